-- +goose Up
-- What a parent agreed to have remembered of their children: a pet name, grade or year of birth, district. The body is sealed.
-- A row is a consent; where it is withdrawn there is no row.
CREATE TABLE child_profiles (
    person_id  CHAR(36) NOT NULL PRIMARY KEY,
    body       VARBINARY(4096) NOT NULL,
    agreed_at  BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE child_profiles;
