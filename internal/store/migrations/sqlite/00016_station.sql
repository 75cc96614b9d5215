-- +goose Up
-- What becomes of an appointment, and when the person arrived. A cancelled one has no place, so its slot is free again.
ALTER TABLE appointments ADD COLUMN status TEXT NOT NULL DEFAULT 'booked';
ALTER TABLE appointments ADD COLUMN arrived_at BIGINT NULL;
UPDATE appointments SET status = 'cancelled' WHERE place_no IS NULL;
CREATE INDEX appointments_code ON appointments (code);

-- What was done to an appointment, by whom and when; body is sealed. One form makes one step: its key is unique.
CREATE TABLE appointment_steps (
    id             TEXT   NOT NULL PRIMARY KEY,
    appointment_id TEXT   NOT NULL,
    kind           TEXT   NOT NULL,
    staff_id       TEXT   NOT NULL,
    staff_name     TEXT   NOT NULL,
    op_key         TEXT   NOT NULL,
    body           BLOB   NOT NULL,
    at             BIGINT NOT NULL
);
CREATE UNIQUE INDEX appointment_steps_key ON appointment_steps (op_key);
CREATE INDEX appointment_steps_of ON appointment_steps (appointment_id, at);

-- When a station takes nobody; body, the reason, is sealed. lifted_at is NULL while the block holds.
CREATE TABLE booking_blocks (
    id          TEXT   NOT NULL PRIMARY KEY,
    station_id  TEXT   NOT NULL,
    from_at     BIGINT NOT NULL,
    to_at       BIGINT NOT NULL,
    made_key    TEXT   NOT NULL,
    made_by     TEXT   NOT NULL,
    made_name   TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    lifted_name TEXT   NOT NULL DEFAULT '',
    lifted_at   BIGINT NULL,
    body        BLOB   NOT NULL
);
CREATE UNIQUE INDEX booking_blocks_key ON booking_blocks (made_key);
CREATE INDEX booking_blocks_station ON booking_blocks (station_id, from_at);

-- One row a station's day: who books there and who blocks time there writes it first, so that they take turns.
CREATE TABLE booking_days (
    id      TEXT   NOT NULL PRIMARY KEY,
    changes BIGINT NOT NULL
);

-- The one station that somebody of the role "station" works at.
ALTER TABLE staff ADD COLUMN station_id TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE staff DROP COLUMN station_id;
DROP TABLE booking_days;
DROP TABLE booking_blocks;
DROP TABLE appointment_steps;
DROP INDEX appointments_code;
ALTER TABLE appointments DROP COLUMN arrived_at;
ALTER TABLE appointments DROP COLUMN status;
