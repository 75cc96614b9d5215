-- +goose Up
-- Finished self-checks. body holds the answers, the score and the page's token, sealed; token is a keyed hash.
CREATE TABLE results (
    id        CHAR(36)     NOT NULL PRIMARY KEY,
    person_id CHAR(36)     NOT NULL,
    survey    VARCHAR(64)  NOT NULL,
    op_key    VARCHAR(160) NOT NULL,
    token     CHAR(64)     NOT NULL,
    body      BLOB         NOT NULL,
    at        BIGINT       NOT NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE UNIQUE INDEX results_op_key ON results (op_key);
CREATE UNIQUE INDEX results_token ON results (token);
CREATE INDEX results_person ON results (person_id, survey, at);

-- +goose Down
DROP TABLE results;
