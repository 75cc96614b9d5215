-- +goose Up
-- The parents' school: what a person did with a lesson, who gets a lesson a week, and who comes to an event. Times are
-- microseconds, 0 is never. A seat of an event is given once: (event_id, seat_no) is unique, and a person has one place
-- or one wait there: (event_id, person_id, active) is unique, active being NULL once cancelled. body is sealed.
CREATE TABLE lesson_marks (
    person_id     TEXT    NOT NULL,
    lesson_id     TEXT    NOT NULL,
    opened_at     BIGINT  NOT NULL,
    liked_at      BIGINT  NOT NULL,
    learnt_at     BIGINT  NOT NULL,
    suggested_at  BIGINT  NOT NULL,
    right_answers INTEGER NOT NULL,
    asked         INTEGER NOT NULL,
    PRIMARY KEY (person_id, lesson_id)
);

CREATE TABLE lesson_weekly (
    person_id     TEXT    NOT NULL PRIMARY KEY,
    stage         TEXT    NOT NULL,
    active        INTEGER NOT NULL,
    serial        INTEGER NOT NULL,
    week          INTEGER NOT NULL,
    last_key      TEXT    NOT NULL
);

CREATE TABLE event_halls (
    event_id      TEXT    NOT NULL PRIMARY KEY,
    changes       BIGINT  NOT NULL
);

CREATE TABLE event_signups (
    id            TEXT    NOT NULL PRIMARY KEY,
    event_id      TEXT    NOT NULL,
    person_id     TEXT    NOT NULL,
    seat_no       INTEGER NULL,
    active        INTEGER NULL,
    start_at      BIGINT  NOT NULL,
    code          TEXT    NOT NULL,
    made_key      TEXT    NOT NULL,
    body          BLOB    NOT NULL,
    signed_at     BIGINT  NOT NULL,
    cancelled_at  BIGINT  NOT NULL
);
CREATE UNIQUE INDEX event_signups_seat ON event_signups (event_id, seat_no);
CREATE UNIQUE INDEX event_signups_once ON event_signups (event_id, person_id, active);
CREATE UNIQUE INDEX event_signups_made_key ON event_signups (made_key);
CREATE INDEX event_signups_person ON event_signups (person_id, start_at);

-- +goose Down
DROP TABLE event_signups;
DROP TABLE event_halls;
DROP TABLE lesson_weekly;
DROP TABLE lesson_marks;
