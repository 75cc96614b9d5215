-- +goose Up
-- The rota as it is kept on the desk: bases, each under its version, and the changes by date that lie over whichever base counts.
CREATE TABLE rota_plans (
    version    INTEGER NOT NULL PRIMARY KEY,
    op_key     TEXT    NOT NULL,
    body       BLOB    NOT NULL,
    staff_id   TEXT    NOT NULL,
    staff_name TEXT    NOT NULL,
    at         BIGINT  NOT NULL
);
CREATE UNIQUE INDEX rota_plans_op_key ON rota_plans (op_key);

CREATE TABLE rota_changes (
    id           TEXT   NOT NULL PRIMARY KEY,
    op_key       TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    district     TEXT   NOT NULL,
    from_at      BIGINT NOT NULL,
    to_at        BIGINT NOT NULL,
    leaves       TEXT   NOT NULL,
    comes        TEXT   NOT NULL,
    note         BLOB   NOT NULL,
    state        TEXT   NOT NULL,
    touched_at   BIGINT NOT NULL,
    asked_id     TEXT   NOT NULL,
    asked_name   TEXT   NOT NULL,
    asked_at     BIGINT NOT NULL,
    decided_id   TEXT   NOT NULL,
    decided_name TEXT   NOT NULL,
    decided_at   BIGINT NULL,
    ended_id     TEXT   NOT NULL,
    ended_name   TEXT   NOT NULL,
    ended_at     BIGINT NULL
);
CREATE UNIQUE INDEX rota_changes_op_key ON rota_changes (op_key);
CREATE INDEX rota_changes_to ON rota_changes (to_at, state);
CREATE INDEX rota_changes_touched ON rota_changes (touched_at);

-- +goose Down
DROP TABLE rota_changes;
DROP TABLE rota_plans;
