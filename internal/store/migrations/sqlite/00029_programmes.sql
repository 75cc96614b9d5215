-- +goose Up
-- What people ask the school for, or tell of somebody else, with what became of it. body and note are sealed. And
-- campaigns: who agreed to hear of them, and who got which, once: (campaign_id, person_id) is unique. Times are
-- microseconds, 0 is never.
CREATE TABLE school_requests (
    id            TEXT    NOT NULL PRIMARY KEY,
    number        TEXT    NOT NULL,
    person_id     TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    made_key      TEXT    NOT NULL,
    body          BLOB    NOT NULL,
    made_at       BIGINT  NOT NULL,
    changed_at    BIGINT  NOT NULL
);
CREATE UNIQUE INDEX school_requests_number ON school_requests (number);
CREATE UNIQUE INDEX school_requests_made_key ON school_requests (made_key);
CREATE INDEX school_requests_person ON school_requests (person_id, made_at);
CREATE INDEX school_requests_state ON school_requests (state, made_at, id);

CREATE TABLE school_request_steps (
    id            TEXT    NOT NULL PRIMARY KEY,
    request_id    TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    staff_id      TEXT    NOT NULL,
    staff_name    TEXT    NOT NULL,
    note          BLOB    NOT NULL,
    at            BIGINT  NOT NULL
);
CREATE INDEX school_request_steps_request ON school_request_steps (request_id, at, id);

INSERT INTO counters (name, n) VALUES ('requests', 0);

CREATE TABLE campaigns (
    id            TEXT    NOT NULL PRIMARY KEY,
    state         TEXT    NOT NULL,
    serial        INTEGER NOT NULL,
    after_id      TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    by_name       TEXT    NOT NULL,
    started_at    BIGINT  NOT NULL,
    changed_at    BIGINT  NOT NULL
);

CREATE TABLE campaign_recipients (
    campaign_id   TEXT    NOT NULL,
    person_id     TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    code          INTEGER NOT NULL,
    row_key       TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    PRIMARY KEY (campaign_id, person_id)
);
CREATE INDEX campaign_recipients_person ON campaign_recipients (person_id);
CREATE INDEX campaign_recipients_state ON campaign_recipients (campaign_id, state, person_id);

CREATE TABLE campaign_consents (
    person_id     TEXT    NOT NULL PRIMARY KEY,
    agreed        INTEGER NOT NULL,
    at            BIGINT  NOT NULL
);

-- How many people of an audience answered a question of a quiz in a month (of Guangzhou), and how many right: first results
-- only. It names nobody.
CREATE TABLE survey_items (
    survey        TEXT    NOT NULL,
    month         TEXT    NOT NULL,
    audience      TEXT    NOT NULL,
    item          TEXT    NOT NULL,
    answered      INTEGER NOT NULL,
    correct       INTEGER NOT NULL,
    PRIMARY KEY (survey, month, audience, item)
);

-- +goose Down
DROP TABLE survey_items;
DROP TABLE campaign_consents;
DROP TABLE campaign_recipients;
DROP TABLE campaigns;
DELETE FROM counters WHERE name = 'requests';
DROP TABLE school_request_steps;
DROP TABLE school_requests;
