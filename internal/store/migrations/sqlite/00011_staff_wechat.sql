-- +goose Up
-- Which person of the chat is a member of staff, so that they can be called in their own WeChat. A code waits to be said there.
CREATE TABLE staff_chats (
    staff_id   TEXT   NOT NULL PRIMARY KEY,
    code_hash  TEXT   NULL,
    code_until BIGINT NULL,
    person_id  TEXT   NULL,
    bound_at   BIGINT NULL
);
CREATE UNIQUE INDEX staff_chats_code ON staff_chats (code_hash);
CREATE INDEX staff_chats_person ON staff_chats (person_id);

-- +goose Down
DROP TABLE staff_chats;
