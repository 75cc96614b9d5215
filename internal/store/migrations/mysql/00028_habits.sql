-- +goose Up
-- Challenges of 21 days: a person has one under way, (person_id, active) is unique and active NULL once it ended; a day
-- is ticked once by each of the two. Times are microseconds, 0 is never.
CREATE TABLE habit_challenges (
    id         CHAR(36)     NOT NULL PRIMARY KEY,
    person_id  CHAR(36)     NOT NULL,
    active     INTEGER      NULL,
    habit      VARCHAR(64)  NOT NULL,
    first_day  VARCHAR(10)  NOT NULL,
    remind_at  VARCHAR(5)   NOT NULL,
    token      VARCHAR(64)  NOT NULL,
    made_key   VARCHAR(160) NOT NULL,
    started_at BIGINT       NOT NULL,
    ended_at   BIGINT       NOT NULL,
    ending     VARCHAR(16)  NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX habit_challenges_active ON habit_challenges (person_id, active);
CREATE UNIQUE INDEX habit_challenges_token ON habit_challenges (token);
CREATE UNIQUE INDEX habit_challenges_made_key ON habit_challenges (made_key);

CREATE TABLE habit_ticks (
    challenge_id CHAR(36)    NOT NULL,
    day_no       INTEGER     NOT NULL,
    who          VARCHAR(16) NOT NULL,
    person_id    CHAR(36)    NOT NULL,
    made_up      INTEGER     NOT NULL,
    ticked_at    BIGINT      NOT NULL,
    PRIMARY KEY (challenge_id, day_no, who)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX habit_ticks_person ON habit_ticks (person_id);

-- +goose Down
DROP TABLE habit_ticks;
DROP TABLE habit_challenges;
