-- +goose Up
-- Anonymous letters. body holds the words and the answer, sealed; code is a keyed hash. person_id is for delivering the
-- answer alone and is never shown.
CREATE TABLE letters (
    id          CHAR(36)     NOT NULL PRIMARY KEY,
    person_id   CHAR(36)     NOT NULL,
    code        CHAR(64)     NOT NULL,
    op_key      VARCHAR(160) NOT NULL,
    level       VARCHAR(16)  NOT NULL,
    urgency     INTEGER      NOT NULL,
    body        MEDIUMBLOB   NOT NULL,
    sent_at     BIGINT       NOT NULL,
    answered_at BIGINT       NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE UNIQUE INDEX letters_code ON letters (code);
CREATE UNIQUE INDEX letters_op_key ON letters (op_key);
CREATE INDEX letters_person ON letters (person_id, id);
CREATE INDEX letters_urgency ON letters (urgency, id);

-- +goose Down
DROP TABLE letters;
