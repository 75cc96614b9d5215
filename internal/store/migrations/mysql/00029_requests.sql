-- +goose Up
-- What people ask the school for, or tell of somebody else, with what became of it. body and note are sealed. Times are
-- microseconds, 0 is never.
CREATE TABLE school_requests (
    id         CHAR(36)     NOT NULL PRIMARY KEY,
    number     VARCHAR(16)  NOT NULL,
    person_id  CHAR(36)     NOT NULL,
    kind       VARCHAR(16)  NOT NULL,
    state      VARCHAR(16)  NOT NULL,
    made_key   VARCHAR(160) NOT NULL,
    body       BLOB         NOT NULL,
    made_at    BIGINT       NOT NULL,
    changed_at BIGINT       NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX school_requests_number ON school_requests (number);
CREATE UNIQUE INDEX school_requests_made_key ON school_requests (made_key);
CREATE INDEX school_requests_person ON school_requests (person_id, made_at);
CREATE INDEX school_requests_state ON school_requests (state, made_at, id);

CREATE TABLE school_request_steps (
    id         CHAR(36)     NOT NULL PRIMARY KEY,
    request_id CHAR(36)     NOT NULL,
    state      VARCHAR(16)  NOT NULL,
    staff_id   VARCHAR(36)  NOT NULL,
    staff_name VARCHAR(64)  NOT NULL,
    note       BLOB         NOT NULL,
    at         BIGINT       NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX school_request_steps_request ON school_request_steps (request_id, at, id);

INSERT INTO counters (name, n) VALUES ('requests', 0);

-- +goose Down
DELETE FROM counters WHERE name = 'requests';
DROP TABLE school_request_steps;
DROP TABLE school_requests;
