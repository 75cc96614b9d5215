-- +goose Up
-- How often a person was told that their appointment is not kept, and that it is after all: odd while the last word was that
-- nobody will be there.
ALTER TABLE appointments ADD COLUMN unkept INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE appointments DROP COLUMN unkept;
