-- +goose Up
-- What flows keep of a person in variables that go with them: the child's stage, so that it is asked once. The body is sealed.
CREATE TABLE person_vars (
    person_id  CHAR(36) NOT NULL PRIMARY KEY,
    body       VARBINARY(4096) NOT NULL,
    changed_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE person_vars;
