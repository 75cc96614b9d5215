-- +goose Up
-- Talks in which the program asked before it called anybody. The newest is the one with the highest ID.
CREATE TABLE asked_talks (
    id          CHAR(36)     NOT NULL PRIMARY KEY,
    op_key      VARCHAR(191) NOT NULL,
    person_id   CHAR(36)     NOT NULL,
    subject     VARCHAR(16)  NOT NULL,
    category    VARCHAR(64)  NOT NULL,
    score       DOUBLE       NOT NULL,
    reason      BLOB         NOT NULL,
    message     VARCHAR(36)  NOT NULL,
    at          BIGINT       NOT NULL,
    outcome     VARCHAR(16)  NOT NULL,
    answer      VARCHAR(36)  NOT NULL,
    answered_at BIGINT       NULL,
    case_id     VARCHAR(36)  NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX asked_talks_op_key ON asked_talks (op_key);
CREATE INDEX asked_talks_person ON asked_talks (person_id, outcome, id);
CREATE INDEX asked_talks_outcome ON asked_talks (outcome);
CREATE INDEX asked_talks_at ON asked_talks (at);

-- +goose Down
DROP TABLE asked_talks;
