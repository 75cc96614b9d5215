-- +goose Up
-- How far the work of an account or a token reaches: districts with commas between, '' for all; a token may serve one account
-- too, as staff do.
ALTER TABLE staff ADD COLUMN districts VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN districts VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN account VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
-- A role by which somebody oversees others waits in wants_role until a colleague who oversees has agreed, or until wants_at.
-- role_at is since when the account has its role; stood says that it has overseen others with a password of its owner's.
ALTER TABLE staff ADD COLUMN wants_role VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN wants_at BIGINT NULL;
ALTER TABLE staff ADD COLUMN role_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN stood INTEGER NOT NULL DEFAULT 0;
UPDATE staff SET role_at = created_at;
UPDATE staff SET stood = 1 WHERE role = 'supervisor' AND must_change = 0;
-- Who was called to a case, and so may see it though it lies beyond their districts; staff_id '*' is everybody.
CREATE TABLE case_calls (
    case_id  CHAR(36) NOT NULL,
    staff_id VARCHAR(64) NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (case_id, staff_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE case_calls;
ALTER TABLE staff DROP COLUMN stood;
ALTER TABLE staff DROP COLUMN role_at;
ALTER TABLE staff DROP COLUMN wants_at;
ALTER TABLE staff DROP COLUMN wants_role;
ALTER TABLE api_tokens DROP COLUMN account;
ALTER TABLE api_tokens DROP COLUMN districts;
ALTER TABLE staff DROP COLUMN districts;
