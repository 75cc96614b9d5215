-- +goose Up
-- Changes of the content in dialogs/, made in the desk: a draft until somebody publishes it, then a line of its item's
-- history. number is the order of publishing, in which every replica writes the changes into its own folder.
CREATE TABLE content_edits (
    id            CHAR(36)     NOT NULL PRIMARY KEY,
    kind          VARCHAR(16)  NOT NULL,
    file          VARCHAR(191) NOT NULL,
    item          VARCHAR(191) NOT NULL,
    item_after    VARCHAR(191) NOT NULL,
    title         VARCHAR(191) NOT NULL,
    ask           VARCHAR(64)  NOT NULL,
    old_text      MEDIUMTEXT   NOT NULL,
    new_text      MEDIUMTEXT   NOT NULL,
    state         VARCHAR(16)  NOT NULL,
    rev           INTEGER      NOT NULL,
    number        BIGINT       NULL,
    by_id         VARCHAR(36)  NOT NULL,
    by_name       VARCHAR(191) NOT NULL,
    made_at       BIGINT       NOT NULL,
    saved_at      BIGINT       NOT NULL,
    approver_id   VARCHAR(36)  NOT NULL,
    approver_name VARCHAR(191) NOT NULL,
    published_at  BIGINT       NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX content_edits_number ON content_edits (number);
CREATE INDEX content_edits_state ON content_edits (state, saved_at);
CREATE INDEX content_edits_kind ON content_edits (kind, number);

-- What people asked and nobody had an answer to: no person, and no way back to one. digest is a keyed hash of the text, by
-- day; mark is a keyed hash of a person and the text together, so that people are counted and never known again.
CREATE TABLE missed_texts (
    digest  CHAR(64)    NOT NULL,
    day     CHAR(10)    NOT NULL,
    said    INTEGER     NOT NULL,
    body    BLOB        NOT NULL,
    last_at BIGINT      NOT NULL,
    PRIMARY KEY (digest, day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX missed_texts_day ON missed_texts (day);
CREATE TABLE missed_marks (
    mark   CHAR(64) NOT NULL PRIMARY KEY,
    digest CHAR(64) NOT NULL,
    day    CHAR(10) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX missed_marks_digest ON missed_marks (digest, day);
CREATE INDEX missed_marks_day ON missed_marks (day);
CREATE TABLE missed_settled (
    digest  CHAR(64)     NOT NULL PRIMARY KEY,
    outcome VARCHAR(16)  NOT NULL,
    by_name VARCHAR(191) NOT NULL,
    at      BIGINT       NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE missed_settled;
DROP TABLE missed_marks;
DROP TABLE missed_texts;
DROP TABLE content_edits;
