-- +goose Up
-- One open case a person: open_person is the person while the case is open and NULL once it is closed.
CREATE TABLE cases (
    id              TEXT    NOT NULL PRIMARY KEY,
    person_id       TEXT    NOT NULL,
    open_person     TEXT    NULL,
    level           TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    urgency         INTEGER NOT NULL,
    reason          BLOB    NOT NULL,
    opened_at       BIGINT  NOT NULL,
    last_signal_at  BIGINT  NOT NULL,
    waiting_since   BIGINT  NOT NULL,
    acknowledged_at BIGINT  NULL,
    assignee        TEXT    NOT NULL,
    assignee_name   TEXT    NOT NULL,
    closed_at       BIGINT  NULL,
    unread          INTEGER NOT NULL
);
CREATE UNIQUE INDEX cases_open_person ON cases (open_person);
CREATE INDEX cases_urgency ON cases (urgency, last_signal_at, id);

CREATE TABLE case_signals (
    id      TEXT   NOT NULL PRIMARY KEY,
    case_id TEXT   NOT NULL,
    op_key  TEXT   NOT NULL,
    level   TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    rule_id TEXT   NOT NULL,
    reason  BLOB   NOT NULL,
    message TEXT   NOT NULL,
    at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX case_signals_op_key ON case_signals (op_key);
CREATE INDEX case_signals_case ON case_signals (case_id, at);

CREATE TABLE case_steps (
    id      TEXT   NOT NULL PRIMARY KEY,
    case_id TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    staff   TEXT   NOT NULL,
    note    BLOB   NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX case_steps_case ON case_steps (case_id, at);

-- What staff said, once for each key of the desk's reply form.
CREATE TABLE case_messages (
    message_id TEXT   NOT NULL PRIMARY KEY,
    case_id    TEXT   NOT NULL,
    op_key     TEXT   NOT NULL,
    at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX case_messages_op_key ON case_messages (op_key);

-- +goose Down
DROP TABLE case_messages;
DROP TABLE case_steps;
DROP TABLE case_signals;
DROP TABLE cases;
