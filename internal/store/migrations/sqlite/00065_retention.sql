-- +goose Up
-- When each kind of thing was last gone through for what is kept no longer, and what came of it.
CREATE TABLE retention_runs (
    kind    TEXT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    done    INTEGER NOT NULL,
    failed  TEXT NOT NULL
);

-- +goose Down
DROP TABLE retention_runs;
