-- +goose Up
-- The slot that somebody is just choosing: for a few minutes nobody else is given its last place. One row a person.
CREATE TABLE booking_holds (
    person_id  VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    slot_id    VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    station_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    start_at   BIGINT NOT NULL,
    until_at   BIGINT NOT NULL
);
CREATE INDEX booking_holds_slot ON booking_holds (slot_id);
CREATE INDEX booking_holds_station ON booking_holds (station_id, start_at);

-- +goose Down
DROP TABLE booking_holds;
