-- +goose Up
-- Changes of the content in dialogs/, made in the desk: a draft until somebody publishes it, then a line of its item's
-- history. number is the order of publishing, in which every replica writes the changes into its own folder.
CREATE TABLE content_edits (
    id            TEXT    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL,
    file          TEXT    NOT NULL,
    item          TEXT    NOT NULL,
    item_after    TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    ask           TEXT    NOT NULL,
    old_text      TEXT    NOT NULL,
    new_text      TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    rev           INTEGER NOT NULL,
    number        BIGINT  NULL,
    by_id         TEXT    NOT NULL,
    by_name       TEXT    NOT NULL,
    made_at       BIGINT  NOT NULL,
    saved_at      BIGINT  NOT NULL,
    approver_id   TEXT    NOT NULL,
    approver_name TEXT    NOT NULL,
    published_at  BIGINT  NOT NULL
);
CREATE UNIQUE INDEX content_edits_number ON content_edits (number);
CREATE INDEX content_edits_state ON content_edits (state, saved_at);
CREATE INDEX content_edits_kind ON content_edits (kind, number);

-- What people asked and nobody had an answer to: no person, and no way back to one. digest is a keyed hash of the text, by
-- day; mark is a keyed hash of a person and the text together, so that people are counted and never known again.
CREATE TABLE missed_texts (
    digest  TEXT    NOT NULL,
    day     TEXT    NOT NULL,
    said    INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    last_at BIGINT  NOT NULL,
    PRIMARY KEY (digest, day)
);
CREATE INDEX missed_texts_day ON missed_texts (day);
CREATE TABLE missed_marks (
    mark   TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    day    TEXT NOT NULL
);
CREATE INDEX missed_marks_digest ON missed_marks (digest, day);
CREATE INDEX missed_marks_day ON missed_marks (day);
CREATE TABLE missed_settled (
    digest  TEXT   NOT NULL PRIMARY KEY,
    outcome TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    at      BIGINT NOT NULL
);

-- +goose Down
DROP TABLE missed_settled;
DROP TABLE missed_marks;
DROP TABLE missed_texts;
DROP TABLE content_edits;
