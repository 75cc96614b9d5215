-- +goose Up
-- What the board counts by beside the opening of a case: its closing, and when staff first wrote in it.
CREATE INDEX cases_closed ON cases (closed_at);
CREATE INDEX case_messages_case ON case_messages (case_id, at);

-- With these the few rows of a case are counted in the index, past its sealed notes and reasons.
DROP INDEX case_steps_case ON case_steps;
CREATE INDEX case_steps_case ON case_steps (case_id, at, staff, kind, code);
DROP INDEX case_signals_case ON case_signals;
CREATE INDEX case_signals_case ON case_signals (case_id, at, level);

-- What a signal was about and how grave its reading was, so that calls in vain can be followed by rule.
ALTER TABLE case_signals ADD COLUMN category VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
ALTER TABLE case_signals ADD COLUMN score DOUBLE NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE case_signals DROP COLUMN score;
ALTER TABLE case_signals DROP COLUMN category;
DROP INDEX case_signals_case ON case_signals;
CREATE INDEX case_signals_case ON case_signals (case_id, at);
DROP INDEX case_steps_case ON case_steps;
CREATE INDEX case_steps_case ON case_steps (case_id, at);
DROP INDEX case_messages_case ON case_messages;
DROP INDEX cases_closed ON cases;
