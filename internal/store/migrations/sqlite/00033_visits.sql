-- +goose Up
-- What somebody said of an appointment of theirs: the body, sealed, says what, in which words, and whether these may bear who
-- wrote them. month is that of the visit.
CREATE TABLE visit_ratings (
    appointment_id TEXT   NOT NULL PRIMARY KEY,
    person_id      TEXT   NOT NULL,
    station_id     TEXT   NOT NULL,
    month          TEXT   NOT NULL,
    body           BLOB   NOT NULL,
    rated_at       BIGINT NOT NULL
);
CREATE INDEX visit_ratings_person ON visit_ratings (person_id);
CREATE INDEX visit_ratings_station ON visit_ratings (station_id, appointment_id);

-- How many people said what of a station's visits of a month: nobody's row is behind a number.
CREATE TABLE visit_counts (
    station_id TEXT    NOT NULL,
    month      TEXT    NOT NULL,
    opinion    TEXT    NOT NULL,
    people     INTEGER NOT NULL,
    PRIMARY KEY (station_id, month, opinion)
);

-- +goose Down
DROP TABLE visit_counts;
DROP TABLE visit_ratings;
