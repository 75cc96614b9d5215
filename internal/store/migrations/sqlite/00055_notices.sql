-- +goose Up
-- How many notices of each template a person agreed to that were not sent yet, and whether they refused them. The lines of the
-- ledger say how it came to that: each agreement, each use, each refusal, once (op_key).
CREATE TABLE notice_consents (
    person_id  TEXT NOT NULL,
    template   TEXT NOT NULL,
    remaining  INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, template)
);

CREATE TABLE notice_steps (
    id        TEXT NOT NULL PRIMARY KEY,
    op_key    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    template  TEXT NOT NULL,
    kind      TEXT NOT NULL,
    code      TEXT NOT NULL,
    remaining INTEGER NOT NULL,
    at        BIGINT NOT NULL
);
CREATE UNIQUE INDEX notice_steps_op_key ON notice_steps (op_key);
CREATE INDEX notice_steps_person ON notice_steps (person_id, id);

-- +goose Down
DROP TABLE notice_steps;
DROP TABLE notice_consents;
