-- +goose Up
-- What is held of a person's age (person_ages), what they and their guardian said last to each purpose (consents), and how it came
-- to that (consent_steps). Bodies are sealed: they say until when somebody is under 14, and by which paper or phone a guardian
-- agreed. guardian_id is the person who agreed for a child, '' for a paper and for one's own word.
CREATE TABLE person_ages (
    person_id CHAR(36) NOT NULL PRIMARY KEY,
    body       VARBINARY(4096) NOT NULL,
    changed_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE consents (
    person_id CHAR(36) NOT NULL,
    purpose VARCHAR(40) NOT NULL,
    side VARCHAR(20) NOT NULL,
    version VARCHAR(40) NOT NULL,
    agreed      INTEGER NOT NULL,
    guardian_id VARCHAR(36) NOT NULL,
    body        VARBINARY(4096) NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (person_id, purpose, side)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX consents_guardian ON consents (guardian_id, person_id);

CREATE TABLE consent_steps (
    id CHAR(36) NOT NULL PRIMARY KEY,
    op_key VARCHAR(190) NOT NULL,
    person_id CHAR(36) NOT NULL,
    purpose VARCHAR(40) NOT NULL,
    side VARCHAR(20) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    version VARCHAR(40) NOT NULL,
    body      VARBINARY(4096) NOT NULL,
    at        BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX consent_steps_op_key ON consent_steps (op_key);
CREATE INDEX consent_steps_person ON consent_steps (person_id, id);

-- A code that a child shows to a guardian: a keyed hash of it, until when it is good, who entered it first, whether it was used.
CREATE TABLE guardian_codes (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    person_id CHAR(36) NOT NULL,
    purpose VARCHAR(40) NOT NULL,
    version VARCHAR(40) NOT NULL,
    until_at  BIGINT NOT NULL,
    opened_by VARCHAR(36) NOT NULL,
    used_at   BIGINT NOT NULL,
    at        BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX guardian_codes_person ON guardian_codes (person_id, at);

CREATE TABLE guardian_tries (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    tries INTEGER NOT NULL,
    since BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX guardian_tries_since ON guardian_tries (since);

-- +goose Down
DROP TABLE guardian_tries;
DROP TABLE guardian_codes;
DROP TABLE consent_steps;
DROP TABLE consents;
DROP TABLE person_ages;
