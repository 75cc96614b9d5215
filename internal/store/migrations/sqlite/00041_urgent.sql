-- +goose Up
-- 1: a call for help, which has workers of its own. Rows of the version before are 0; any worker of it does both.
ALTER TABLE outbox ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_urgent ON outbox (urgent, state, run_at, seq);

-- +goose Down
DROP INDEX outbox_urgent;
ALTER TABLE outbox DROP COLUMN urgent;
