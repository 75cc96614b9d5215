-- +goose Up
CREATE TABLE staff (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    display_name  TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    password_at   BIGINT  NOT NULL,
    must_change   INTEGER NOT NULL,
    created_at    BIGINT  NOT NULL,
    disabled_at   BIGINT  NULL
);
CREATE UNIQUE INDEX staff_name ON staff (name);

-- API tokens: only the SHA-256 of each is kept.
CREATE TABLE api_tokens (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NULL
);
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (hash);

-- Sessions of signed-in staff: id is the SHA-256 of the cookie's token.
CREATE TABLE staff_sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    data       BLOB   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX staff_sessions_expires ON staff_sessions (expires_at);

-- Failed sign-ins: id is the SHA-256 of an account name or a network address.
CREATE TABLE login_attempts (
    id    TEXT    NOT NULL PRIMARY KEY,
    tries INTEGER NOT NULL,
    since BIGINT  NOT NULL
);

-- Who opened what, kept for the yearly audit.
CREATE TABLE audit_log (
    id         TEXT   NOT NULL PRIMARY KEY,
    staff_id   TEXT   NOT NULL,
    staff_name TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    object     TEXT   NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX audit_log_object ON audit_log (object, at);
CREATE INDEX audit_log_at ON audit_log (at, id);

-- +goose Down
DROP TABLE audit_log;
DROP TABLE login_attempts;
DROP TABLE staff_sessions;
DROP TABLE api_tokens;
DROP TABLE staff;
