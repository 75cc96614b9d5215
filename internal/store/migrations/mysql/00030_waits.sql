-- +goose Up
-- Who waits for a place at a station that is full: one wait a person. slot_id and until_at are what is offered to them
-- just now, '' and 0 while nothing is.
CREATE TABLE booking_waits (
    person_id  VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    station_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    day        VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    since      BIGINT NOT NULL,
    slot_id    VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    until_at   BIGINT NOT NULL
);
CREATE INDEX booking_waits_station ON booking_waits (station_id, since);

-- +goose Down
DROP TABLE booking_waits;
