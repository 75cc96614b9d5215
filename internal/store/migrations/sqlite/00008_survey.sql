-- +goose Up
-- A result is shared with the counsellors from shared_at on; 0 where it is not.
ALTER TABLE results ADD COLUMN shared_at BIGINT NOT NULL DEFAULT 0;

-- A self-check left in the middle, one a person; body holds the answers, sealed.
CREATE TABLE survey_drafts (
    person_id TEXT   NOT NULL PRIMARY KEY,
    body      BLOB   NOT NULL,
    at        BIGINT NOT NULL
);

-- How many people came out in a band of a scale in a month (of Guangzhou), first results only. It names nobody.
CREATE TABLE survey_counts (
    survey   TEXT    NOT NULL,
    month    TEXT    NOT NULL,
    audience TEXT    NOT NULL,
    band     TEXT    NOT NULL,
    people   INTEGER NOT NULL,
    PRIMARY KEY (survey, month, audience, band)
);

-- +goose Down
DROP TABLE survey_counts;
DROP TABLE survey_drafts;
ALTER TABLE results DROP COLUMN shared_at;
