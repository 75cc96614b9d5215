-- +goose Up
-- How far the messages of an account of WeCom customer service were pulled and taken. done: messages behind the place that were
-- taken already, as JSON; version grows with every step, so that a replica that was held up takes nothing back.
CREATE TABLE kf_progress (
    open_kfid TEXT NOT NULL PRIMARY KEY,
    place TEXT NOT NULL,
    done TEXT NOT NULL,
    version BIGINT NOT NULL
);

-- +goose Down
DROP TABLE kf_progress;
