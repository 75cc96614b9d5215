-- +goose Up
-- Anonymous letters. body holds the words and the answer, sealed; code is a keyed hash. person_id is for delivering the
-- answer alone and is never shown.
CREATE TABLE letters (
    id          TEXT    NOT NULL PRIMARY KEY,
    person_id   TEXT    NOT NULL,
    code        TEXT    NOT NULL,
    op_key      TEXT    NOT NULL,
    level       TEXT    NOT NULL,
    urgency     INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    sent_at     BIGINT  NOT NULL,
    answered_at BIGINT  NULL
);
CREATE UNIQUE INDEX letters_code ON letters (code);
CREATE UNIQUE INDEX letters_op_key ON letters (op_key);
CREATE INDEX letters_person ON letters (person_id, id);
CREATE INDEX letters_urgency ON letters (urgency, id);

-- +goose Down
DROP TABLE letters;
