-- +goose Up
-- A person as everyone but delivery sees them. mark is the alias without the audience's word before it.
CREATE TABLE persons (
    id         TEXT   NOT NULL PRIMARY KEY,
    alias      TEXT   NOT NULL,
    mark       TEXT   NOT NULL,
    audience   TEXT   NOT NULL,
    channel    TEXT   NOT NULL,
    account    TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX persons_mark ON persons (mark);

-- The only place that knows who someone is on a platform: a keyed hash to search by, and the sealed address.
CREATE TABLE identities (
    index_hash     TEXT   NOT NULL PRIMARY KEY,
    person_id      TEXT   NOT NULL,
    sealed_address BLOB   NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX identities_person ON identities (person_id);

-- inbound is a keyed hash of the inbound message's ID, NULL for what the person did not say.
CREATE TABLE messages (
    id        TEXT   NOT NULL PRIMARY KEY,
    person_id TEXT   NOT NULL,
    inbound   TEXT   NULL,
    speaker   TEXT   NOT NULL,
    body      BLOB   NOT NULL,
    at        BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_inbound ON messages (inbound);
CREATE INDEX messages_person ON messages (person_id, id);

-- state: waiting, parked, buried, done. run_at is when a waiting row may be claimed next: a claim moves it to the end of
-- its lease. due_at never moves and, with seq, is the order within a lane (a person and a kind).
CREATE TABLE outbox (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT    NOT NULL,
    op_key    TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    person_id TEXT    NOT NULL,
    lane      TEXT    NULL,
    payload   BLOB    NOT NULL,
    state     TEXT    NOT NULL,
    due_at    BIGINT  NOT NULL,
    run_at    BIGINT  NOT NULL,
    attempts  INTEGER NOT NULL,
    worker    TEXT    NOT NULL,
    last_err  TEXT    NOT NULL
);
CREATE UNIQUE INDEX outbox_id ON outbox (id);
CREATE UNIQUE INDEX outbox_op_key ON outbox (op_key);
CREATE INDEX outbox_run ON outbox (state, run_at, seq);
CREATE INDEX outbox_lane ON outbox (lane, state, due_at, seq);
CREATE INDEX outbox_person ON outbox (person_id, state, due_at, seq);

-- +goose Down
DROP TABLE outbox;
DROP TABLE messages;
DROP TABLE identities;
DROP TABLE persons;
