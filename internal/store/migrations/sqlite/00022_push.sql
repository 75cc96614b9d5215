-- +goose Up
-- The browsers in which staff turned on notifications, and the keys by which push services know this program.
CREATE TABLE staff_browsers (
    id       TEXT   NOT NULL PRIMARY KEY,
    staff_id TEXT   NOT NULL,
    label    TEXT   NOT NULL,
    body     BLOB   NOT NULL,
    at       BIGINT NOT NULL
);
CREATE INDEX staff_browsers_staff ON staff_browsers (staff_id);

CREATE TABLE program_keys (
    name TEXT   NOT NULL PRIMARY KEY,
    body BLOB   NOT NULL,
    at   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE program_keys;
DROP TABLE staff_browsers;
