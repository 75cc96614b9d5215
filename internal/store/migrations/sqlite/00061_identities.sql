-- +goose Up
-- The wishes to learn who an anonymous person is, and what came of each: asked, granted, refused, alone (opened by one member of
-- staff with life at stake), signed (and looked at by a supervisor since). Why stands in the steps of the case.
CREATE TABLE identity_asks (
    op_key      TEXT   NOT NULL PRIMARY KEY,
    case_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    second_name TEXT   NOT NULL DEFAULT '',
    asked_at    BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL
);
CREATE INDEX identity_asks_state ON identity_asks (state, changed_at);
CREATE INDEX identity_asks_case ON identity_asks (case_id);

-- +goose Down
DROP TABLE identity_asks;
