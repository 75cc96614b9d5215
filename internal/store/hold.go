package store

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
)

// Hold implements booking.Store: the person's hold is replaced, and those of the slot that are over go.
func (s Appointments) Hold(ctx context.Context, h booking.Hold, now time.Time) error {
	tx := s.db.write(ctx)
	err := tx.Exec("DELETE FROM booking_holds WHERE slot_id = ? AND until_at <= ?", h.Slot, toMicros(now)).Error
	if err == nil {
		err = s.Release(ctx, h.Person)
	}
	if err == nil {
		err = tx.Exec("INSERT INTO booking_holds (person_id, slot_id, station_id, start_at, until_at) VALUES (?, ?, ?, ?, ?)",
			h.Person, h.Slot, h.Station, toMicros(h.Start), toMicros(h.Until)).Error
	}
	if err != nil {
		return fmt.Errorf("hold a slot: %w", err)
	}
	return nil
}

// Release implements booking.Store.
func (s Appointments) Release(ctx context.Context, personID string) error {
	if err := s.db.write(ctx).Exec("DELETE FROM booking_holds WHERE person_id = ?", personID).Error; err != nil {
		return fmt.Errorf("release a slot: %w", err)
	}
	return nil
}

// Held implements booking.Store. EXPLAIN: booking_holds_station.
func (s Appointments) Held(ctx context.Context, stationID string, q booking.HeldQuery) (map[string]int, error) {
	return s.countSlots(ctx, "SELECT slot_id, COUNT(*) AS n FROM booking_holds WHERE station_id = ? AND start_at >= ? AND start_at < ? AND until_at > ? AND person_id <> ? GROUP BY slot_id",
		stationID, toMicros(q.From), toMicros(q.To), toMicros(q.Now), q.Except)
}

func (s Appointments) countSlots(ctx context.Context, query string, args ...any) (map[string]int, error) {
	var rows []struct {
		SlotID string
		N      int
	}
	if err := s.db.read(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count places: %w", err)
	}
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.SlotID] = r.N
	}
	return out, nil
}

// Missed implements booking.Store. EXPLAIN: appointments_person.
func (s Appointments) Missed(ctx context.Context, personID string, since time.Time) (int, error) {
	var n int
	err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM appointments WHERE person_id = ? AND start_at > ? AND status = ? AND unkept % 2 = 0", personID, toMicros(since), string(booking.NoShow)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count what somebody missed: %w", err)
	}
	return n, nil
}
