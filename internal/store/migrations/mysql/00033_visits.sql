-- +goose Up
-- What somebody said of an appointment of theirs: the body, sealed, says what, in which words, and whether these may bear who
-- wrote them. month is that of the visit.
CREATE TABLE visit_ratings (
    appointment_id CHAR(36)        NOT NULL PRIMARY KEY,
    person_id      CHAR(36)        NOT NULL,
    station_id     VARCHAR(64)     NOT NULL,
    month          CHAR(7)         NOT NULL,
    body           VARBINARY(4096) NOT NULL,
    rated_at       BIGINT          NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX visit_ratings_person ON visit_ratings (person_id);
CREATE INDEX visit_ratings_station ON visit_ratings (station_id, appointment_id);

-- How many people said what of a station's visits of a month: nobody's row is behind a number.
CREATE TABLE visit_counts (
    station_id VARCHAR(64) NOT NULL,
    month      CHAR(7)     NOT NULL,
    opinion    VARCHAR(16) NOT NULL,
    people     INTEGER     NOT NULL,
    PRIMARY KEY (station_id, month, opinion)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE visit_counts;
DROP TABLE visit_ratings;
