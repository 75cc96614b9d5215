-- +goose Up
-- What a person committed, under the key of the message that committed it and in the same transaction: done again, it is
-- found here, whatever became of the session, the reply or the replica. result is sealed. Rows live for some days.
CREATE TABLE operations (
    op_key    TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    result    BLOB NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX operations_person ON operations (person_id);
CREATE INDEX operations_at ON operations (at);

-- One row, written to find out whether the database takes what is written.
CREATE TABLE trials (
    id INTEGER NOT NULL PRIMARY KEY,
    at BIGINT  NOT NULL
);

-- +goose Down
DROP TABLE trials;
DROP TABLE operations;
