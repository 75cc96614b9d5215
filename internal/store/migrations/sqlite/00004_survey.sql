-- +goose Up
-- Finished self-checks. body holds the answers, the score and the page's token, sealed; token is a keyed hash.
CREATE TABLE results (
    id        TEXT   NOT NULL PRIMARY KEY,
    person_id TEXT   NOT NULL,
    survey    TEXT   NOT NULL,
    op_key    TEXT   NOT NULL,
    token     TEXT   NOT NULL,
    body      BLOB   NOT NULL,
    at        BIGINT NOT NULL
);
CREATE UNIQUE INDEX results_op_key ON results (op_key);
CREATE UNIQUE INDEX results_token ON results (token);
CREATE INDEX results_person ON results (person_id, survey, at);

-- +goose Down
DROP TABLE results;
