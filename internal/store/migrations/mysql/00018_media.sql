-- +goose Up
-- Pictures, voices and videos that people sent while staff followed the conversation: where each stands, and its bytes,
-- sealed in pieces. The ID is made of the message's key, so that a message that comes again is the same item.
CREATE TABLE media_items (
    id         CHAR(36)     NOT NULL PRIMARY KEY,
    person_id  CHAR(36)     NOT NULL,
    case_id    VARCHAR(36)  NOT NULL,
    kind       VARCHAR(16)  NOT NULL,
    state      VARCHAR(16)  NOT NULL,
    why        VARCHAR(32)  NOT NULL,
    type       VARCHAR(64)  NOT NULL,
    size       BIGINT       NOT NULL,
    pieces     INTEGER      NOT NULL,
    width      INTEGER      NOT NULL,
    height     INTEGER      NOT NULL,
    sent_at    BIGINT       NOT NULL,
    ended_at   BIGINT       NOT NULL,
    expires_at BIGINT       NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX media_items_person ON media_items (person_id, sent_at);
CREATE INDEX media_items_expiry ON media_items (state, expires_at);
CREATE INDEX media_items_case ON media_items (case_id);

-- A piece is a quarter of a mebibyte, far below every server's max_allowed_packet.
CREATE TABLE media_pieces (
    item_id   CHAR(36)   NOT NULL,
    seq       INTEGER    NOT NULL,
    person_id CHAR(36)   NOT NULL,
    body      MEDIUMBLOB NOT NULL,
    PRIMARY KEY (item_id, seq)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX media_pieces_person ON media_pieces (person_id);

-- +goose Down
DROP TABLE media_pieces;
DROP TABLE media_items;
