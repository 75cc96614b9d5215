-- +goose Up
-- The span that asked for the work, as W3C traceparent; '' where it was not followed.
ALTER TABLE outbox ADD COLUMN trace_parent VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE outbox DROP COLUMN trace_parent;
