-- +goose Up
-- The trail of who did what, line by line: each bears a keyed hash over itself and the line before. Nothing here is ever
-- changed; lines go from the front alone, when their time is over, and the mark 'start' then says where the trail begins.
-- It takes the place of audit_log, whose lines are carried over when the program starts.
CREATE TABLE audit_lines (
    seq       BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    actor     VARCHAR(64) NOT NULL,
    name      VARCHAR(64) NOT NULL,
    role      VARCHAR(20) NOT NULL,
    came_from VARCHAR(40) NOT NULL,
    kind      VARCHAR(40) NOT NULL,
    object    VARCHAR(100) NOT NULL,
    note      VARCHAR(200) NOT NULL,
    prev      VARCHAR(64) NOT NULL,
    hash      VARCHAR(64) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX audit_lines_at ON audit_lines (at);
CREATE INDEX audit_lines_object ON audit_lines (object, seq);
CREATE INDEX audit_lines_actor ON audit_lines (actor, seq);
CREATE INDEX audit_lines_kind ON audit_lines (kind, seq);

-- Where the trail begins and ends, signed: without it, lines cut off at the end would not be missed.
CREATE TABLE audit_marks (
    name VARCHAR(16) NOT NULL PRIMARY KEY,
    seq  BIGINT NOT NULL,
    hash VARCHAR(64) NOT NULL,
    at   BIGINT NOT NULL,
    mac  VARCHAR(64) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO audit_marks (name, seq, hash, at, mac) VALUES ('head', 0, '', 0, ''), ('start', 0, '', 0, '');

-- +goose Down
DROP TABLE audit_marks;
DROP TABLE audit_lines;
