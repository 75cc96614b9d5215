-- +goose Up
-- The span that asked for the work, as W3C traceparent; '' where it was not followed.
ALTER TABLE outbox ADD COLUMN trace_parent TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE outbox DROP COLUMN trace_parent;
