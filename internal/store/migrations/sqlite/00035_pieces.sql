-- +goose Up
-- How many messages of a copy the platform has taken: the rest alone is sent again.
ALTER TABLE campaign_recipients ADD COLUMN pieces INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE campaign_recipients DROP COLUMN pieces;
