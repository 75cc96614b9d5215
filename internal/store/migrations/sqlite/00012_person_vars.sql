-- +goose Up
-- What flows keep of a person in variables that go with them: the child's stage, so that it is asked once. The body is sealed.
CREATE TABLE person_vars (
    person_id  TEXT   NOT NULL PRIMARY KEY,
    body       BLOB NOT NULL,
    changed_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE person_vars;
