-- +goose Up
-- The rota as it is kept on the desk: bases, each under its version, and the changes by date that lie over whichever base counts.
CREATE TABLE rota_plans (
    version    INT          NOT NULL PRIMARY KEY,
    op_key     VARCHAR(191) NOT NULL,
    body       MEDIUMBLOB   NOT NULL,
    staff_id   CHAR(36)     NOT NULL,
    staff_name VARCHAR(191) NOT NULL,
    at         BIGINT       NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX rota_plans_op_key ON rota_plans (op_key);

CREATE TABLE rota_changes (
    id           CHAR(36)     NOT NULL PRIMARY KEY,
    op_key       VARCHAR(191) NOT NULL,
    kind         VARCHAR(16)  NOT NULL,
    district     VARCHAR(64)  NOT NULL,
    from_at      BIGINT       NOT NULL,
    to_at        BIGINT       NOT NULL,
    leaves       VARCHAR(64)  NOT NULL,
    comes        VARCHAR(64)  NOT NULL,
    note         BLOB         NOT NULL,
    state        VARCHAR(16)  NOT NULL,
    touched_at   BIGINT       NOT NULL,
    asked_id     CHAR(36)     NOT NULL,
    asked_name   VARCHAR(191) NOT NULL,
    asked_at     BIGINT       NOT NULL,
    decided_id   VARCHAR(36)  NOT NULL,
    decided_name VARCHAR(191) NOT NULL,
    decided_at   BIGINT       NULL,
    ended_id     VARCHAR(36)  NOT NULL,
    ended_name   VARCHAR(191) NOT NULL,
    ended_at     BIGINT       NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX rota_changes_op_key ON rota_changes (op_key);
CREATE INDEX rota_changes_to ON rota_changes (to_at, state);
CREATE INDEX rota_changes_touched ON rota_changes (touched_at);

-- +goose Down
DROP TABLE rota_changes;
DROP TABLE rota_plans;
