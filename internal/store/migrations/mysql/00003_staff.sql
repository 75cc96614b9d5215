-- +goose Up
CREATE TABLE staff (
    id            CHAR(36) NOT NULL PRIMARY KEY,
    name          VARCHAR(64) NOT NULL,
    display_name  VARCHAR(64) NOT NULL,
    role          VARCHAR(16) NOT NULL,
    password_hash VARCHAR(191) NOT NULL,
    password_at   BIGINT  NOT NULL,
    must_change   INT NOT NULL,
    created_at    BIGINT  NOT NULL,
    disabled_at   BIGINT  NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX staff_name ON staff (name);

-- API tokens: only the SHA-256 of each is kept.
CREATE TABLE api_tokens (
    id           CHAR(36) NOT NULL PRIMARY KEY,
    name         VARCHAR(64) NOT NULL,
    role         VARCHAR(16) NOT NULL,
    hash         CHAR(64) NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (hash);

-- Sessions of signed-in staff: id is the SHA-256 of the cookie's token.
CREATE TABLE staff_sessions (
    id         CHAR(64) NOT NULL PRIMARY KEY,
    data       BLOB   NOT NULL,
    expires_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX staff_sessions_expires ON staff_sessions (expires_at);

-- Failed sign-ins: id is the SHA-256 of an account name or a network address.
CREATE TABLE login_attempts (
    id    CHAR(64) NOT NULL PRIMARY KEY,
    tries INT NOT NULL,
    since BIGINT  NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who opened what, kept for the yearly audit.
CREATE TABLE audit_log (
    id         CHAR(36) NOT NULL PRIMARY KEY,
    staff_id   CHAR(36) NOT NULL,
    staff_name VARCHAR(64) NOT NULL,
    action     VARCHAR(32) NOT NULL,
    object     VARCHAR(36) NOT NULL,
    at         BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX audit_log_object ON audit_log (object, at);
CREATE INDEX audit_log_at ON audit_log (at, id);

-- +goose Down
DROP TABLE audit_log;
DROP TABLE login_attempts;
DROP TABLE staff_sessions;
DROP TABLE api_tokens;
DROP TABLE staff;
