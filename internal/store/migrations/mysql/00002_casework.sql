-- +goose Up
-- One open case a person: open_person is the person while the case is open and NULL once it is closed.
CREATE TABLE cases (
    id              CHAR(36) NOT NULL PRIMARY KEY,
    person_id       CHAR(36) NOT NULL,
    open_person     CHAR(36) NULL,
    level           VARCHAR(16) NOT NULL,
    subject         VARCHAR(16) NOT NULL,
    status          VARCHAR(16) NOT NULL,
    urgency         INT NOT NULL,
    reason          BLOB    NOT NULL,
    opened_at       BIGINT  NOT NULL,
    last_signal_at  BIGINT  NOT NULL,
    waiting_since   BIGINT  NOT NULL,
    acknowledged_at BIGINT  NULL,
    assignee        VARCHAR(36) NOT NULL,
    assignee_name   VARCHAR(64) NOT NULL,
    closed_at       BIGINT  NULL,
    unread          INT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX cases_open_person ON cases (open_person);
CREATE INDEX cases_urgency ON cases (urgency, last_signal_at, id);

CREATE TABLE case_signals (
    id      CHAR(36) NOT NULL PRIMARY KEY,
    case_id CHAR(36) NOT NULL,
    op_key  VARCHAR(191) NOT NULL,
    level   VARCHAR(16) NOT NULL,
    subject VARCHAR(16) NOT NULL,
    rule_id VARCHAR(96) NOT NULL,
    reason  BLOB   NOT NULL,
    message VARCHAR(36) NOT NULL,
    at      BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX case_signals_op_key ON case_signals (op_key);
CREATE INDEX case_signals_case ON case_signals (case_id, at);

CREATE TABLE case_steps (
    id      CHAR(36) NOT NULL PRIMARY KEY,
    case_id CHAR(36) NOT NULL,
    kind    VARCHAR(16) NOT NULL,
    staff   VARCHAR(64) NOT NULL,
    note    BLOB   NOT NULL,
    at      BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX case_steps_case ON case_steps (case_id, at);

-- What staff said, once for each key of the desk's reply form.
CREATE TABLE case_messages (
    message_id CHAR(36) NOT NULL PRIMARY KEY,
    case_id    CHAR(36) NOT NULL,
    op_key     VARCHAR(191) NOT NULL,
    at         BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX case_messages_op_key ON case_messages (op_key);

-- +goose Down
DROP TABLE case_messages;
DROP TABLE case_steps;
DROP TABLE case_signals;
DROP TABLE cases;
