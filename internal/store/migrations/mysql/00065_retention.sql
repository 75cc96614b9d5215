-- +goose Up
-- When each kind of thing was last gone through for what is kept no longer, and what came of it.
CREATE TABLE retention_runs (
    kind    VARCHAR(40) NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    done    INTEGER NOT NULL,
    failed  VARCHAR(200) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE retention_runs;
