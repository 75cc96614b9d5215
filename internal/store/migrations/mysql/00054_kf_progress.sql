-- +goose Up
-- How far the messages of an account of WeCom customer service were pulled and taken. done: messages behind the place that were
-- taken already, as JSON; version grows with every step, so that a replica that was held up takes nothing back.
CREATE TABLE kf_progress (
    open_kfid VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    place VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    done VARCHAR(8000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    version BIGINT NOT NULL
);

-- +goose Down
DROP TABLE kf_progress;
