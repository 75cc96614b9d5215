-- +goose Up
-- Who was named in a note of a case, until they have read it. The words stand in the step of the same key.
CREATE TABLE case_mentions (
    id       CHAR(36)    NOT NULL PRIMARY KEY,
    case_id  CHAR(36)    NOT NULL,
    staff_id VARCHAR(36) NOT NULL,
    by_name  VARCHAR(64) NOT NULL,
    op_key   VARCHAR(96) NOT NULL,
    at       BIGINT      NOT NULL,
    read_at  BIGINT      NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX case_mentions_op_key ON case_mentions (op_key, staff_id);
CREATE INDEX case_mentions_staff ON case_mentions (staff_id, read_at, at);
CREATE INDEX case_mentions_case ON case_mentions (case_id, staff_id);

-- +goose Down
DROP TABLE case_mentions;
