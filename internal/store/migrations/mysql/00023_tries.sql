-- +goose Up
-- A follow-up that reached nobody stays open: how often it was tried in vain, and when last.
ALTER TABLE case_tasks ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE case_tasks ADD COLUMN tried_at BIGINT NULL;

-- +goose Down
ALTER TABLE case_tasks DROP COLUMN tried_at;
ALTER TABLE case_tasks DROP COLUMN tries;
