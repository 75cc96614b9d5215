-- +goose Up
-- How the queue and its search find cases. stands says in which part of the queue a case is: nobody and visitor ask for a
-- human, visitor of somebody unproved; held, seen, closed. mark is the person's, without the audience's word: it never
-- changes, and a search for a part of an alias reads cases alone. owner is who has the conversation, or had it last.
-- changed_at rises with every change, so that an open page asks one index whether to read the queue again.
ALTER TABLE cases ADD COLUMN stands VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN mark VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN owner VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
UPDATE cases SET mark = COALESCE((SELECT persons.mark FROM persons WHERE persons.id = cases.person_id), ''),
    owner = CASE WHEN assignee <> '' THEN assignee ELSE COALESCE((SELECT case_steps.staff_id FROM case_steps
        WHERE case_steps.case_id = cases.id AND case_steps.kind = 'taken' ORDER BY case_steps.at DESC, case_steps.id DESC LIMIT 1), '') END,
    stands = CASE WHEN status = 'closed' THEN 'closed' WHEN assignee <> '' THEN 'held' WHEN acknowledged_at IS NOT NULL THEN 'seen'
        WHEN unproved = 1 THEN 'visitor' ELSE 'nobody' END;
-- One number to sort by: closed ones last, the level, those that ask first, known people before unproved visitors.
UPDATE cases SET urgency = CASE WHEN status = 'closed' THEN 1000 ELSE 0 END
    + CASE level WHEN 'imminent' THEN 0 WHEN 'high' THEN 10 WHEN 'medium' THEN 20 WHEN 'low' THEN 30 ELSE 40 END
    + CASE WHEN stands IN ('nobody', 'visitor') THEN 0 ELSE 2 END + unproved;
CREATE INDEX cases_stands ON cases (stands, urgency, waiting_since, id, origin);
CREATE INDEX cases_offered ON cases (offered_to);
CREATE INDEX cases_promised ON cases (promised_by);
CREATE INDEX cases_second ON cases (second_id);
CREATE INDEX cases_changed ON cases (changed_at, id);
CREATE INDEX cases_opened ON cases (opened_at, id);
CREATE INDEX cases_level ON cases (level, opened_at, id);
CREATE INDEX cases_owner ON cases (owner, opened_at, id);
CREATE INDEX cases_district ON cases (district, opened_at, id);
CREATE INDEX cases_mark ON cases (mark);

-- +goose Down
DROP INDEX cases_mark ON cases;
DROP INDEX cases_district ON cases;
DROP INDEX cases_owner ON cases;
DROP INDEX cases_level ON cases;
DROP INDEX cases_opened ON cases;
DROP INDEX cases_changed ON cases;
DROP INDEX cases_second ON cases;
DROP INDEX cases_promised ON cases;
DROP INDEX cases_offered ON cases;
DROP INDEX cases_stands ON cases;
UPDATE cases SET urgency = FLOOR(urgency / 10) * 10 + CASE WHEN acknowledged_at IS NULL THEN 0 ELSE 1 END;
ALTER TABLE cases DROP COLUMN changed_at;
ALTER TABLE cases DROP COLUMN owner;
ALTER TABLE cases DROP COLUMN mark;
ALTER TABLE cases DROP COLUMN stands;
