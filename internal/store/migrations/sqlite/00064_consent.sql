-- +goose Up
-- What is held of a person's age (person_ages), what they and their guardian said last to each purpose (consents), and how it came
-- to that (consent_steps). Bodies are sealed: they say until when somebody is under 14, and by which paper or phone a guardian
-- agreed. guardian_id is the person who agreed for a child, '' for a paper and for one's own word.
CREATE TABLE person_ages (
    person_id  TEXT NOT NULL PRIMARY KEY,
    body       BLOB NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE consents (
    person_id   TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    side        TEXT NOT NULL,
    version     TEXT NOT NULL,
    agreed      INTEGER NOT NULL,
    guardian_id TEXT NOT NULL,
    body        BLOB NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (person_id, purpose, side)
);
CREATE INDEX consents_guardian ON consents (guardian_id, person_id);

CREATE TABLE consent_steps (
    id        TEXT NOT NULL PRIMARY KEY,
    op_key    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    purpose   TEXT NOT NULL,
    side      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    version   TEXT NOT NULL,
    body      BLOB NOT NULL,
    at        BIGINT NOT NULL
);
CREATE UNIQUE INDEX consent_steps_op_key ON consent_steps (op_key);
CREATE INDEX consent_steps_person ON consent_steps (person_id, id);

-- A code that a child shows to a guardian: a keyed hash of it, until when it is good, who entered it first, whether it was used.
CREATE TABLE guardian_codes (
    id        TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    purpose   TEXT NOT NULL,
    version   TEXT NOT NULL,
    until_at  BIGINT NOT NULL,
    opened_by TEXT NOT NULL,
    used_at   BIGINT NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX guardian_codes_person ON guardian_codes (person_id, at);

CREATE TABLE guardian_tries (
    id    TEXT NOT NULL PRIMARY KEY,
    tries INTEGER NOT NULL,
    since BIGINT NOT NULL
);
CREATE INDEX guardian_tries_since ON guardian_tries (since);

-- +goose Down
DROP TABLE guardian_tries;
DROP TABLE guardian_codes;
DROP TABLE consent_steps;
DROP TABLE consents;
DROP TABLE person_ages;
