-- +goose Up
-- Pictures, voices and videos that people sent while staff followed the conversation: where each stands, and its bytes,
-- sealed in pieces. The ID is made of the message's key, so that a message that comes again is the same item.
CREATE TABLE media_items (
    id         TEXT    NOT NULL PRIMARY KEY,
    person_id  TEXT    NOT NULL,
    case_id    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    size       BIGINT  NOT NULL,
    pieces     INTEGER NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    sent_at    BIGINT  NOT NULL,
    ended_at   BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX media_items_person ON media_items (person_id, sent_at);
CREATE INDEX media_items_expiry ON media_items (state, expires_at);
CREATE INDEX media_items_case ON media_items (case_id);

CREATE TABLE media_pieces (
    item_id   TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    person_id TEXT    NOT NULL,
    body      BLOB    NOT NULL,
    PRIMARY KEY (item_id, seq)
);
CREATE INDEX media_pieces_person ON media_pieces (person_id);

-- +goose Down
DROP TABLE media_pieces;
DROP TABLE media_items;
