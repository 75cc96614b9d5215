-- +goose Up
-- The key of each person, under which all is sealed that they wrote and that was written of them; sealed itself with a key of the
-- key file. Whoever is erased loses it, and what is left of their texts anywhere is noise. Backups hold this table apart.
CREATE TABLE person_keys (
    id        CHAR(32) NOT NULL PRIMARY KEY,
    person_id CHAR(36) NOT NULL,
    body      BLOB   NOT NULL,
    made_at   BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX person_keys_person ON person_keys (person_id);

-- Who was erased: a keyed hash that leads to nobody, so that an old backup that is put back loses them again.
CREATE TABLE erasures (
    mark CHAR(64) NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which keys of the key file each replica knows and which it seals with: a new key seals once all know it.
CREATE TABLE key_replicas (
    replica CHAR(36) NOT NULL PRIMARY KEY,
    knows   VARCHAR(600) NOT NULL,
    seals   VARCHAR(20) NOT NULL,
    spooled INTEGER NOT NULL,
    seen_at BIGINT  NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- By which a key file is known to be this database's.
CREATE TABLE key_marks (
    name VARCHAR(40) NOT NULL PRIMARY KEY,
    mark CHAR(64) NOT NULL,
    at   BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How far each table was sealed anew.
CREATE TABLE reseals (
    name       VARCHAR(60) NOT NULL PRIMARY KEY,
    target     VARCHAR(20) NOT NULL,
    place      VARCHAR(600) NOT NULL,
    moved      BIGINT  NOT NULL,
    unreadable INTEGER NOT NULL,
    worker     CHAR(36) NOT NULL,
    until_at   BIGINT  NOT NULL,
    done_at    BIGINT  NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE reseals;
DROP TABLE key_marks;
DROP TABLE key_replicas;
DROP TABLE erasures;
DROP TABLE person_keys;
