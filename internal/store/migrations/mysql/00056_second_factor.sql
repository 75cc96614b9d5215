-- +goose Up
-- The second factor of a member of staff: the sealed secret that their authenticator has, the one that is being set up in its
-- place, and the newest step of time whose code was used, so that no code counts twice.
CREATE TABLE staff_factors (
    staff_id    CHAR(36) NOT NULL PRIMARY KEY,
    secret      BLOB NULL,
    since_at    BIGINT NULL,
    last_step   BIGINT NOT NULL,
    next_secret BLOB NULL,
    next_at     BIGINT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Recovery codes: id is a keyed hash of each, for whoever has lost their authenticator.
CREATE TABLE staff_recovery (
    id       CHAR(64) NOT NULL PRIMARY KEY,
    staff_id CHAR(36) NOT NULL,
    used_at  BIGINT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX staff_recovery_staff ON staff_recovery (staff_id, used_at);

-- The browsers in which a member of staff has signed in: device is the SHA-256 of a cookie. told_at is empty until its
-- owner was told of a new one.
CREATE TABLE staff_devices (
    staff_id CHAR(36) NOT NULL,
    device   CHAR(64) NOT NULL,
    label    VARCHAR(64) NOT NULL,
    network  VARCHAR(64) NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    told_at  BIGINT NULL,
    PRIMARY KEY (staff_id, device)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

ALTER TABLE staff_sessions ADD COLUMN device VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE staff_sessions ADD COLUMN label VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE staff_sessions ADD COLUMN network VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE staff_sessions ADD COLUMN began_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff_sessions ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff_sessions ADD COLUMN second_factor INT NOT NULL DEFAULT 0;

-- When a one-time password was used: it opens the desk once.
ALTER TABLE staff ADD COLUMN one_time_used_at BIGINT NULL;

-- +goose Down
ALTER TABLE staff DROP COLUMN one_time_used_at;
ALTER TABLE staff_sessions DROP COLUMN second_factor;
ALTER TABLE staff_sessions DROP COLUMN confirmed_at;
ALTER TABLE staff_sessions DROP COLUMN began_at;
ALTER TABLE staff_sessions DROP COLUMN network;
ALTER TABLE staff_sessions DROP COLUMN label;
ALTER TABLE staff_sessions DROP COLUMN device;
DROP TABLE staff_devices;
DROP TABLE staff_recovery;
DROP TABLE staff_factors;
