-- +goose Up
-- The browsers in which staff turned on notifications, and the keys by which push services know this program.
CREATE TABLE staff_browsers (
    id       CHAR(64)     NOT NULL PRIMARY KEY,
    staff_id CHAR(36)     NOT NULL,
    label    VARCHAR(191) NOT NULL,
    body     BLOB         NOT NULL,
    at       BIGINT       NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX staff_browsers_staff ON staff_browsers (staff_id);

CREATE TABLE program_keys (
    name VARCHAR(64) NOT NULL PRIMARY KEY,
    body BLOB        NOT NULL,
    at   BIGINT      NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE program_keys;
DROP TABLE staff_browsers;
