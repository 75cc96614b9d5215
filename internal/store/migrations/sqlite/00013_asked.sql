-- +goose Up
-- Talks in which the program asked before it called anybody. The newest is the one with the highest ID.
CREATE TABLE asked_talks (
    id          TEXT   NOT NULL PRIMARY KEY,
    op_key      TEXT   NOT NULL,
    person_id   TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    category    TEXT   NOT NULL,
    score       REAL   NOT NULL,
    reason      BLOB   NOT NULL,
    message     TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    answer      TEXT   NOT NULL,
    answered_at BIGINT NULL,
    case_id     TEXT   NOT NULL
);
CREATE UNIQUE INDEX asked_talks_op_key ON asked_talks (op_key);
CREATE INDEX asked_talks_person ON asked_talks (person_id, outcome, id);
CREATE INDEX asked_talks_outcome ON asked_talks (outcome);
CREATE INDEX asked_talks_at ON asked_talks (at);

-- +goose Down
DROP TABLE asked_talks;
