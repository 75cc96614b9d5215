package store

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
)

type waitRow struct {
	PersonID  string `gorm:"column:person_id"`
	StationID string `gorm:"column:station_id"`
	Day       string `gorm:"column:day"`
	Since     micros `gorm:"column:since"`
	SlotID    string `gorm:"column:slot_id"`
	UntilAt   micros `gorm:"column:until_at"`
}

// PutWait implements booking.Store: a person's wait is replaced.
func (s Appointments) PutWait(ctx context.Context, w booking.Wait) error {
	if err := s.EndWait(ctx, w.Person); err != nil {
		return err
	}
	err := s.db.write(ctx).Exec("INSERT INTO booking_waits (person_id, station_id, day, since, slot_id, until_at) VALUES (?, ?, ?, ?, ?, ?)",
		w.Person, w.Station, w.Day, toMicros(w.Since), w.Slot, untilMicros(w.Until)).Error
	if err != nil {
		return fmt.Errorf("wait for a place: %w", err)
	}
	return nil
}

// untilMicros is when an offer ends, 0 where nothing is offered.
func untilMicros(t time.Time) micros {
	if t.IsZero() {
		return 0
	}
	return toMicros(t)
}

// EndWait implements booking.Store.
func (s Appointments) EndWait(ctx context.Context, personID string) error {
	if err := s.db.write(ctx).Exec("DELETE FROM booking_waits WHERE person_id = ?", personID).Error; err != nil {
		return fmt.Errorf("end a wait: %w", err)
	}
	return nil
}

// WaitOf implements booking.Store.
func (s Appointments) WaitOf(ctx context.Context, personID string) (booking.Wait, error) {
	ws, err := s.waits(ctx, "WHERE person_id = ?", personID)
	if err != nil || len(ws) == 0 {
		return booking.Wait{}, orElse(err, booking.ErrNotFound)
	}
	return ws[0], nil
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// WaitsAt implements booking.Store. EXPLAIN: booking_waits_station.
func (s Appointments) WaitsAt(ctx context.Context, stationID string) ([]booking.Wait, error) {
	return s.waits(ctx, "WHERE station_id = ? ORDER BY since, person_id", stationID)
}

// Awaited implements booking.Store.
func (s Appointments) Awaited(ctx context.Context) ([]string, error) {
	var ids []string
	if err := s.db.read(ctx).Raw("SELECT DISTINCT station_id FROM booking_waits ORDER BY station_id").Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("list where people wait: %w", err)
	}
	return ids, nil
}

func (s Appointments) waits(ctx context.Context, tail string, args ...any) ([]booking.Wait, error) {
	var rows []waitRow
	if err := s.db.read(ctx).Raw("SELECT person_id, station_id, day, since, slot_id, until_at FROM booking_waits "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read who waits: %w", err)
	}
	out := make([]booking.Wait, len(rows))
	for i, r := range rows {
		out[i] = booking.Wait{Person: r.PersonID, Station: r.StationID, Day: r.Day, Since: r.Since.Time(), Slot: r.SlotID}
		if r.UntilAt > 0 {
			out[i].Until = r.UntilAt.Time()
		}
	}
	return out, nil
}
