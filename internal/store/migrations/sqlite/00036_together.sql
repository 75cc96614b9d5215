-- +goose Up
-- Whoever works for one account of the service, a school's or a district's, sees the requests of that account alone; '' is all of
-- the city's. A request bears the account that it came by.
ALTER TABLE staff ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE school_requests ADD COLUMN account TEXT NOT NULL DEFAULT '';
UPDATE school_requests SET account = COALESCE((SELECT persons.account FROM persons WHERE persons.id = school_requests.person_id), '');
CREATE INDEX school_requests_account ON school_requests (account, state, made_at, id);

-- Two phones, one challenge: the code by which a child joins, as a keyed hash, until it is used or over; and who joined.
CREATE TABLE habit_codes (
    person_id    TEXT   NOT NULL PRIMARY KEY,
    challenge_id TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    until_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX habit_codes_code ON habit_codes (code);

CREATE TABLE habit_partners (
    person_id    TEXT   NOT NULL PRIMARY KEY,
    challenge_id TEXT   NOT NULL,
    joined_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX habit_partners_challenge ON habit_partners (challenge_id);

-- +goose Down
DROP TABLE habit_partners;
DROP TABLE habit_codes;
DROP INDEX school_requests_account;
ALTER TABLE school_requests DROP COLUMN account;
ALTER TABLE staff DROP COLUMN account;
