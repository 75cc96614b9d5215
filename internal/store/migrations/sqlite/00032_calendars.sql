-- +goose Up
-- The private address of a person's calendar, one each: its keyed hash, and the address itself, sealed.
CREATE TABLE calendar_feeds (
    person_id TEXT NOT NULL PRIMARY KEY,
    token     TEXT NOT NULL,
    body      BLOB NOT NULL,
    since     BIGINT NOT NULL
);
CREATE UNIQUE INDEX calendar_feeds_token ON calendar_feeds (token);

-- +goose Down
DROP TABLE calendar_feeds;
