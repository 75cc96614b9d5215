-- +goose Up
-- The clock of a case: what it waits for, until when, and how far up the ladder the calls have come; who promised, was
-- offered or was asked into it; its short number; whether its person is known or an unproved visitor, and from where.
ALTER TABLE cases ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN waits VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN due_at BIGINT NULL;
ALTER TABLE cases ADD COLUMN rung INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN answered_at BIGINT NULL;
ALTER TABLE cases ADD COLUMN promised_by VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN promised_name VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN offered_to VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN offered_name VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN offered_at BIGINT NULL;
ALTER TABLE cases ADD COLUMN second_id VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN second_name VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN district VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN unproved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN origin VARCHAR(64) NOT NULL DEFAULT '';
UPDATE cases SET waits = 'eyes', due_at = waiting_since + CASE level WHEN 'imminent' THEN 180000000 WHEN 'high' THEN 600000000 ELSE 7200000000 END
WHERE acknowledged_at IS NULL AND status <> 'closed' AND level IN ('imminent', 'high', 'medium');
UPDATE cases SET waits = 'eyes' WHERE acknowledged_at IS NULL AND status <> 'closed' AND waits = '';
UPDATE cases SET answered_at = acknowledged_at;
-- Cases that are there already get numbers in the order in which they were opened.
UPDATE cases JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY opened_at, id) AS n FROM cases) ranked ON ranked.id = cases.id SET cases.number = ranked.n;
CREATE UNIQUE INDEX cases_number ON cases (number);
CREATE INDEX cases_assignee ON cases (assignee, status);
CREATE INDEX cases_person ON cases (person_id, opened_at);

-- Numbers that count on. A number is taken by an update in the transaction that uses it.
CREATE TABLE counters (
    name VARCHAR(32) NOT NULL PRIMARY KEY,
    n    BIGINT      NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO counters (name, n) SELECT 'case', COUNT(*) FROM cases;

-- Who a session is of, and when they last did something: a colleague whose sessions have all ended has no case any more.
ALTER TABLE staff_sessions ADD COLUMN staff_id VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE staff_sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX staff_sessions_staff ON staff_sessions (staff_id, expires_at);

-- +goose Down
DROP INDEX staff_sessions_staff ON staff_sessions;
ALTER TABLE staff_sessions DROP COLUMN seen_at;
ALTER TABLE staff_sessions DROP COLUMN staff_id;
DROP TABLE counters;
DROP INDEX cases_person ON cases;
DROP INDEX cases_assignee ON cases;
DROP INDEX cases_number ON cases;
ALTER TABLE cases DROP COLUMN origin;
ALTER TABLE cases DROP COLUMN unproved;
ALTER TABLE cases DROP COLUMN district;
ALTER TABLE cases DROP COLUMN second_name;
ALTER TABLE cases DROP COLUMN second_id;
ALTER TABLE cases DROP COLUMN offered_at;
ALTER TABLE cases DROP COLUMN offered_name;
ALTER TABLE cases DROP COLUMN offered_to;
ALTER TABLE cases DROP COLUMN promised_name;
ALTER TABLE cases DROP COLUMN promised_by;
ALTER TABLE cases DROP COLUMN answered_at;
ALTER TABLE cases DROP COLUMN rung;
ALTER TABLE cases DROP COLUMN due_at;
ALTER TABLE cases DROP COLUMN waits;
ALTER TABLE cases DROP COLUMN number;
