-- +goose Up
-- Who was named in a note of a case, until they have read it. The words stand in the step of the same key.
CREATE TABLE case_mentions (
    id       TEXT   NOT NULL PRIMARY KEY,
    case_id  TEXT   NOT NULL,
    staff_id TEXT   NOT NULL,
    by_name  TEXT   NOT NULL,
    op_key   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    read_at  BIGINT NULL
);
CREATE UNIQUE INDEX case_mentions_op_key ON case_mentions (op_key, staff_id);
CREATE INDEX case_mentions_staff ON case_mentions (staff_id, read_at, at);
CREATE INDEX case_mentions_case ON case_mentions (case_id, staff_id);

-- +goose Down
DROP TABLE case_mentions;
