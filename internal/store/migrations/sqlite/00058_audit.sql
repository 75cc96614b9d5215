-- +goose Up
-- The trail of who did what, line by line: each bears a keyed hash over itself and the line before. Nothing here is ever
-- changed; lines go from the front alone, when their time is over, and the mark 'start' then says where the trail begins.
-- It takes the place of audit_log, whose lines are carried over when the program starts.
CREATE TABLE audit_lines (
    seq       BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    actor     TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    role      TEXT   NOT NULL,
    came_from TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    object    TEXT   NOT NULL,
    note      TEXT   NOT NULL,
    prev      TEXT   NOT NULL,
    hash      TEXT   NOT NULL
);
CREATE INDEX audit_lines_at ON audit_lines (at);
CREATE INDEX audit_lines_object ON audit_lines (object, seq);
CREATE INDEX audit_lines_actor ON audit_lines (actor, seq);
CREATE INDEX audit_lines_kind ON audit_lines (kind, seq);

-- Where the trail begins and ends, signed: without it, lines cut off at the end would not be missed.
CREATE TABLE audit_marks (
    name TEXT   NOT NULL PRIMARY KEY,
    seq  BIGINT NOT NULL,
    hash TEXT   NOT NULL,
    at   BIGINT NOT NULL,
    mac  TEXT   NOT NULL
);
INSERT INTO audit_marks (name, seq, hash, at, mac) VALUES ('head', 0, '', 0, ''), ('start', 0, '', 0, '');

-- +goose Down
DROP TABLE audit_marks;
DROP TABLE audit_lines;
