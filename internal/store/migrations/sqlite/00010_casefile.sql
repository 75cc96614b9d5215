-- +goose Up
-- Who did a step, what of it, and the level from there on. op_key is the desk form's: one step, however often it is clicked.
ALTER TABLE case_steps ADD COLUMN staff_id TEXT NOT NULL DEFAULT '';
ALTER TABLE case_steps ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE case_steps ADD COLUMN level TEXT NOT NULL DEFAULT '';
ALTER TABLE case_steps ADD COLUMN ref TEXT NOT NULL DEFAULT '';
ALTER TABLE case_steps ADD COLUMN op_key TEXT NULL;
CREATE UNIQUE INDEX case_steps_op_key ON case_steps (op_key);

-- Follow-ups: what somebody must do for a case at a time.
CREATE TABLE case_tasks (
    id       TEXT   NOT NULL PRIMARY KEY,
    case_id  TEXT   NOT NULL,
    op_key   TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    due_at   BIGINT NOT NULL,
    note     BLOB   NOT NULL,
    done_at  BIGINT NULL,
    done_by  TEXT   NOT NULL
);
CREATE UNIQUE INDEX case_tasks_op_key ON case_tasks (op_key);
CREATE INDEX case_tasks_case ON case_tasks (case_id, due_at);
CREATE INDEX case_tasks_due ON case_tasks (done_at, due_at);

-- Referrals to a hospital or a station, until the other side answers. body holds the form, sealed.
CREATE TABLE case_referrals (
    id         TEXT   NOT NULL PRIMARY KEY,
    case_id    TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    status     TEXT   NOT NULL,
    body       BLOB   NOT NULL,
    made_by    TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX case_referrals_case ON case_referrals (case_id, made_at);

-- +goose Down
DROP TABLE case_referrals;
DROP TABLE case_tasks;
DROP INDEX case_steps_op_key;
ALTER TABLE case_steps DROP COLUMN op_key;
ALTER TABLE case_steps DROP COLUMN ref;
ALTER TABLE case_steps DROP COLUMN level;
ALTER TABLE case_steps DROP COLUMN code;
ALTER TABLE case_steps DROP COLUMN staff_id;
