-- +goose Up
-- What a token may do beyond its role's name: the rights it was given ("" is all of its role's, as tokens of before have), until
-- when, and whether it was ended.
ALTER TABLE api_tokens ADD COLUMN rights VARCHAR(500) NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN expires_at BIGINT NULL;
ALTER TABLE api_tokens ADD COLUMN revoked_at BIGINT NULL;
ALTER TABLE api_tokens ADD COLUMN made_by VARCHAR(64) NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE api_tokens DROP COLUMN made_by;
ALTER TABLE api_tokens DROP COLUMN revoked_at;
ALTER TABLE api_tokens DROP COLUMN expires_at;
ALTER TABLE api_tokens DROP COLUMN rights;
