-- +goose Up
-- When the person stopped following the account on their platform; NULL for whoever follows it. Nothing is pushed to them.
ALTER TABLE persons ADD COLUMN unfollowed_at BIGINT NULL;

-- +goose Down
ALTER TABLE persons DROP COLUMN unfollowed_at;
