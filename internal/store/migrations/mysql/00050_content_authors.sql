-- +goose Up
-- Everybody who wrote in a draft, by the IDs of their accounts with spaces between; '' of older ones: by_id alone.
ALTER TABLE content_edits ADD COLUMN authors VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
-- Why a colleague sent the draft back, and who; '' where nobody did.
ALTER TABLE content_edits ADD COLUMN remark VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
ALTER TABLE content_edits ADD COLUMN remark_by VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE content_edits DROP COLUMN remark_by;
ALTER TABLE content_edits DROP COLUMN remark;
ALTER TABLE content_edits DROP COLUMN authors;
