-- +goose Up
-- A letter is written in several messages, answered by colleagues together and asked on about: where it stands, since when
-- it waits, whose it is. body holds all turns, sealed. A letter whose state is 'writing' was never sent: nobody but its
-- writer sees it.
ALTER TABLE letters ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting';
ALTER TABLE letters ADD COLUMN drafting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN turn_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN claimed_id TEXT NOT NULL DEFAULT '';
ALTER TABLE letters ADD COLUMN draft_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN rating TEXT NOT NULL DEFAULT '';
ALTER TABLE letters ADD COLUMN consent TEXT NOT NULL DEFAULT '';
UPDATE letters SET turn_at = sent_at, state = CASE WHEN answered_at IS NULL THEN 'waiting' ELSE 'answered' END;
UPDATE letters SET urgency = urgency - 100 WHERE urgency >= 100;
DROP INDEX letters_urgency;
CREATE INDEX letters_state ON letters (state, urgency, turn_at, id);
CREATE INDEX letters_claimed ON letters (claimed_id, state);
CREATE INDEX letters_drafting ON letters (person_id, drafting);
CREATE INDEX letters_consent ON letters (consent, id);

-- What colleagues write for an answer: the shared draft, and texts that were saved over a version unseen and are kept aside.
CREATE TABLE letter_drafts (
    id         TEXT    NOT NULL PRIMARY KEY,
    letter_id  TEXT    NOT NULL,
    slot       TEXT NOT NULL,
    version    INTEGER     NOT NULL,
    away       INTEGER     NOT NULL,
    body       BLOB  NOT NULL,
    saved_at   BIGINT      NOT NULL
);
CREATE UNIQUE INDEX letter_drafts_slot ON letter_drafts (letter_id, slot);

-- Pieces of the public column. letter_id is for taking a piece away with its letter's consent, and is never shown; the ID is
-- random and says nothing of a time.
CREATE TABLE letter_pieces (
    id           TEXT    NOT NULL PRIMARY KEY,
    letter_id    TEXT    NOT NULL,
    state        TEXT NOT NULL,
    version      INTEGER     NOT NULL,
    body         BLOB  NOT NULL,
    changed_at   BIGINT      NOT NULL,
    published_at BIGINT      NULL
);
CREATE UNIQUE INDEX letter_pieces_letter ON letter_pieces (letter_id);
CREATE INDEX letter_pieces_state ON letter_pieces (state, changed_at);

-- Tries of codes within a quarter of an hour, under a keyed hash of who tried; older rows go with the next try.
CREATE TABLE letter_tries (
    id    TEXT NOT NULL PRIMARY KEY,
    tries INTEGER  NOT NULL,
    since BIGINT   NOT NULL
);
CREATE INDEX letter_tries_since ON letter_tries (since);

-- +goose Down
DROP TABLE letter_tries;
DROP TABLE letter_pieces;
DROP TABLE letter_drafts;
DROP INDEX letters_consent;
DROP INDEX letters_drafting;
DROP INDEX letters_claimed;
DROP INDEX letters_state;
CREATE INDEX letters_urgency ON letters (urgency, id);
ALTER TABLE letters DROP COLUMN consent;
ALTER TABLE letters DROP COLUMN rating;
ALTER TABLE letters DROP COLUMN draft_version;
ALTER TABLE letters DROP COLUMN claimed_id;
ALTER TABLE letters DROP COLUMN turn_at;
ALTER TABLE letters DROP COLUMN drafting;
ALTER TABLE letters DROP COLUMN state;
