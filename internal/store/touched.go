package store

import (
	"context"
	"fmt"
	"time"
)

// What an edit of the content touches: counts alone, for whoever is about to take something away.

// Open counts the appointments to come at a station; index appointments_station.
func (s Appointments) Open(ctx context.Context, stationID string, now time.Time) (int, error) {
	var n int
	err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM appointments WHERE station_id = ? AND start_at > ? AND place_no IS NOT NULL", stationID, toMicros(now)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count a station's appointments: %w", err)
	}
	return n, nil
}

// Followers counts the people who liked a lesson, and those who opened it. It reads the whole table: a lesson is taken away
// by hand, a few times a year.
func (s Lessons) Followers(ctx context.Context, lessonID string) (liked, opened int, err error) {
	var row struct {
		Liked  int `gorm:"column:liked"`
		Opened int `gorm:"column:opened"`
	}
	err = s.db.read(ctx).Raw("SELECT COUNT(CASE WHEN liked_at > 0 THEN 1 END) AS liked, COUNT(CASE WHEN opened_at > 0 THEN 1 END) AS opened FROM lesson_marks WHERE lesson_id = ?", lessonID).Scan(&row).Error
	if err != nil {
		return 0, 0, fmt.Errorf("count a lesson's followers: %w", err)
	}
	return row.Liked, row.Opened, nil
}

// Coming counts who signed up for the dates to come of an event; a date of a weekly one has its day behind an @.
func (s Signups) Coming(ctx context.Context, eventID string, now time.Time) (int, error) {
	var n int
	err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM event_signups WHERE (event_id = ? OR event_id >= ? AND event_id < ?) AND active IS NOT NULL AND start_at > ?",
		eventID, eventID+"@", eventID+"A", toMicros(now)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count who comes to an event: %w", err)
	}
	return n, nil
}
