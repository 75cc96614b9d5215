-- +goose Up
-- How many notices of each template a person agreed to that were not sent yet, and whether they refused them. The lines of the
-- ledger say how it came to that: each agreement, each use, each refusal, once (op_key).
CREATE TABLE notice_consents (
    person_id  CHAR(36) NOT NULL,
    template   VARCHAR(100) NOT NULL,
    remaining  INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, template)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE notice_steps (
    id        CHAR(36) NOT NULL PRIMARY KEY,
    op_key    VARCHAR(190) NOT NULL,
    person_id CHAR(36) NOT NULL,
    template  VARCHAR(100) NOT NULL,
    kind      VARCHAR(20) NOT NULL,
    code      VARCHAR(60) NOT NULL,
    remaining INTEGER NOT NULL,
    at        BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX notice_steps_op_key ON notice_steps (op_key);
CREATE INDEX notice_steps_person ON notice_steps (person_id, id);

-- +goose Down
DROP TABLE notice_steps;
DROP TABLE notice_consents;
