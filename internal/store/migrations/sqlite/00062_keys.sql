-- +goose Up
-- The key of each person, under which all is sealed that they wrote and that was written of them; sealed itself with a key of the
-- key file. Whoever is erased loses it, and what is left of their texts anywhere is noise. Backups hold this table apart.
CREATE TABLE person_keys (
    id        TEXT   NOT NULL PRIMARY KEY,
    person_id TEXT   NOT NULL,
    body      BLOB   NOT NULL,
    made_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_keys_person ON person_keys (person_id);

-- Who was erased: a keyed hash that leads to nobody, so that an old backup that is put back loses them again.
CREATE TABLE erasures (
    mark TEXT   NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
);

-- Which keys of the key file each replica knows and which it seals with: a new key seals once all know it.
CREATE TABLE key_replicas (
    replica TEXT    NOT NULL PRIMARY KEY,
    knows   TEXT    NOT NULL,
    seals   TEXT    NOT NULL,
    spooled INTEGER NOT NULL,
    seen_at BIGINT  NOT NULL
);

-- By which a key file is known to be this database's.
CREATE TABLE key_marks (
    name TEXT   NOT NULL PRIMARY KEY,
    mark TEXT   NOT NULL,
    at   BIGINT NOT NULL
);

-- How far each table was sealed anew.
CREATE TABLE reseals (
    name       TEXT    NOT NULL PRIMARY KEY,
    target     TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    moved      BIGINT  NOT NULL,
    unreadable INTEGER NOT NULL,
    worker     TEXT    NOT NULL,
    until_at   BIGINT  NOT NULL,
    done_at    BIGINT  NULL
);

-- +goose Down
DROP TABLE reseals;
DROP TABLE key_marks;
DROP TABLE key_replicas;
DROP TABLE erasures;
DROP TABLE person_keys;
