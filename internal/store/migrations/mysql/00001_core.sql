-- +goose Up
-- A person as everyone but delivery sees them. mark is the alias without the audience's word before it.
CREATE TABLE persons (
    id         CHAR(36)    NOT NULL PRIMARY KEY,
    alias      VARCHAR(64) NOT NULL,
    mark       VARCHAR(48) NOT NULL,
    audience   VARCHAR(16) NOT NULL,
    channel    VARCHAR(32) NOT NULL,
    account    VARCHAR(64) NOT NULL,
    created_at BIGINT      NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX persons_mark ON persons (mark);

-- The only place that knows who someone is on a platform: a keyed hash to search by, and the sealed address.
CREATE TABLE identities (
    index_hash     CHAR(64) NOT NULL PRIMARY KEY,
    person_id      CHAR(36) NOT NULL,
    sealed_address BLOB     NOT NULL,
    created_at     BIGINT   NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX identities_person ON identities (person_id);

-- inbound is a keyed hash of the inbound message's ID, NULL for what the person did not say.
CREATE TABLE messages (
    id        CHAR(36)    NOT NULL PRIMARY KEY,
    person_id CHAR(36)    NOT NULL,
    inbound   CHAR(64)    NULL,
    speaker   VARCHAR(16) NOT NULL,
    body      MEDIUMBLOB  NOT NULL,
    at        BIGINT      NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX messages_inbound ON messages (inbound);
CREATE INDEX messages_person ON messages (person_id, id);

-- state: waiting, parked, buried, done. run_at is when a waiting row may be claimed next: a claim moves it to the end of
-- its lease. due_at never moves and, with seq, is the order within a lane (a person and a kind).
CREATE TABLE outbox (
    seq       BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id        CHAR(36)     NOT NULL,
    op_key    VARCHAR(191) NOT NULL,
    kind      VARCHAR(64)  NOT NULL,
    person_id VARCHAR(36)  NOT NULL,
    lane      VARCHAR(101) NULL,
    payload   MEDIUMBLOB   NOT NULL,
    state     VARCHAR(16)  NOT NULL,
    due_at    BIGINT       NOT NULL,
    run_at    BIGINT       NOT NULL,
    attempts  INT          NOT NULL,
    worker    VARCHAR(64)  NOT NULL,
    last_err  VARCHAR(500) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
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
