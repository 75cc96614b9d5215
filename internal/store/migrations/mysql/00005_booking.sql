-- +goose Up
-- Appointments. A place of a slot is given once: (slot_id, place_no) is unique, and place_no is NULL once cancelled.
CREATE TABLE appointments (
    id         CHAR(36)     NOT NULL PRIMARY KEY,
    person_id  CHAR(36)     NOT NULL,
    slot_id    VARCHAR(64)  NOT NULL,
    place_no   INTEGER      NULL,
    station_id VARCHAR(32)  NOT NULL,
    start_at   BIGINT       NOT NULL,
    code       VARCHAR(16)  NOT NULL,
    token      CHAR(64)     NOT NULL,
    made_key   VARCHAR(160) NOT NULL,
    op_key     VARCHAR(160) NOT NULL,
    body       BLOB         NOT NULL,
    booked_at  BIGINT       NOT NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE UNIQUE INDEX appointments_place ON appointments (slot_id, place_no);
CREATE UNIQUE INDEX appointments_made_key ON appointments (made_key);
CREATE UNIQUE INDEX appointments_token ON appointments (token);
CREATE INDEX appointments_person ON appointments (person_id, start_at);
CREATE INDEX appointments_station ON appointments (station_id, start_at);
CREATE INDEX appointments_start ON appointments (start_at);

-- +goose Down
DROP TABLE appointments;
