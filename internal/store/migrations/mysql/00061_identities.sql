-- +goose Up
-- Identities that one member of staff opened alone, with life at stake: each stands in a list until a supervisor has signed it
-- off. Why stands in the steps of the case.
CREATE TABLE identity_alone (
    case_id   CHAR(36) NOT NULL,
    op_key    VARCHAR(100) NOT NULL,
    staff_id  VARCHAR(64) NOT NULL,
    name      VARCHAR(191) NOT NULL,
    opened_at BIGINT NOT NULL,
    signed_at BIGINT NULL,
    signed_by VARCHAR(191) NOT NULL DEFAULT '',
    PRIMARY KEY (case_id, op_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX identity_alone_signed ON identity_alone (signed_at, opened_at);

-- +goose Down
DROP TABLE identity_alone;
