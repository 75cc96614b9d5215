-- +goose Up
-- A result is shared with the counsellors from shared_at on; 0 where it is not.
ALTER TABLE results ADD COLUMN shared_at BIGINT NOT NULL DEFAULT 0;

-- A self-check left in the middle, one a person; body holds the answers, sealed.
CREATE TABLE survey_drafts (
    person_id CHAR(36) NOT NULL PRIMARY KEY,
    body      BLOB     NOT NULL,
    at        BIGINT   NOT NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- How many people came out in a band of a scale in a month (of Guangzhou), first results only. It names nobody.
CREATE TABLE survey_counts (
    survey   VARCHAR(64) NOT NULL,
    month    CHAR(7)     NOT NULL,
    audience VARCHAR(16) NOT NULL,
    band     VARCHAR(64) NOT NULL,
    people   INT         NOT NULL,
    PRIMARY KEY (survey, month, audience, band)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE survey_counts;
DROP TABLE survey_drafts;
ALTER TABLE results DROP COLUMN shared_at;
