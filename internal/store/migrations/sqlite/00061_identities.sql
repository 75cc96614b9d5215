-- +goose Up
-- Identities that one member of staff opened alone, with life at stake: each stands in a list until a supervisor has signed it
-- off. Why stands in the steps of the case.
CREATE TABLE identity_alone (
    case_id   TEXT   NOT NULL,
    op_key    TEXT   NOT NULL,
    staff_id  TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    opened_at BIGINT NOT NULL,
    signed_at BIGINT NULL,
    signed_by TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (case_id, op_key)
);
CREATE INDEX identity_alone_signed ON identity_alone (signed_at, opened_at);

-- +goose Down
DROP TABLE identity_alone;
