package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
)

// Appointments keeps who has which place.
type Appointments struct{ db *DB }

// Appointments returns the view of bookings.
func (db *DB) Appointments() Appointments { return Appointments{db} }

var _ booking.Store = Appointments{}

type appointmentRow struct {
	ID        string  `gorm:"column:id;primaryKey"`
	PersonID  string  `gorm:"column:person_id"`
	SlotID    string  `gorm:"column:slot_id"`
	PlaceNo   *int    `gorm:"column:place_no"`
	StationID string  `gorm:"column:station_id"`
	StartAt   micros  `gorm:"column:start_at"`
	Code      string  `gorm:"column:code"`
	Token     string  `gorm:"column:token"`
	MadeKey   string  `gorm:"column:made_key"`
	OpKey     string  `gorm:"column:op_key"`
	Body      []byte  `gorm:"column:body"`
	BookedAt  micros  `gorm:"column:booked_at"`
	Status    string  `gorm:"column:status"`
	ArrivedAt *micros `gorm:"column:arrived_at"`
	Unkept    int     `gorm:"column:unkept"`
}

func (appointmentRow) TableName() string { return "appointments" }

const appointmentColumns = "id, person_id, slot_id, place_no, station_id, start_at, code, token, made_key, op_key, body, booked_at, status, arrived_at, unkept"

// appointmentBody is what of an appointment is sealed.
type appointmentBody struct {
	Note    string          `json:"note,omitempty"`
	Token   string          `json:"token"`
	Where   string          `json:"where,omitempty"`
	Consent booking.Consent `json:"consent,omitempty"`
}

func appointmentCell(id string) cell { return cell{"appointments", id, "appointment:" + id} }

// InTx implements booking.Store.
func (s Appointments) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

func (s Appointments) tokenHash(token string) string {
	return s.db.sealer.Digest("appointment", token)
}

// Place implements booking.Store: the unique index decides who has a place, so nothing is locked before.
func (s Appointments) Place(ctx context.Context, a booking.Appointment, places int) error {
	sealed, err := s.body(ctx, a)
	if err != nil {
		return fmt.Errorf("place an appointment: %w", err)
	}
	return s.take(ctx, a.Slot, places, func(place int) error {
		return s.db.write(ctx).Create(&appointmentRow{
			ID: a.ID, PersonID: a.Person, SlotID: a.Slot, PlaceNo: &place, StationID: a.Station, StartAt: toMicros(a.Start), Code: a.Code,
			Token: s.tokenHash(a.Token), MadeKey: a.Key, OpKey: a.Key, Body: sealed, BookedAt: toMicros(a.BookedAt),
			Status: string(cmp.Or(a.Status, booking.Booked)), ArrivedAt: microsOrNil(a.ArrivedAt),
		}).Error
	})
}

// body is what of an appointment is sealed.
func (s Appointments) body(ctx context.Context, a booking.Appointment) ([]byte, error) {
	body, err := json.Marshal(appointmentBody{a.Note, a.Token, a.Where, a.Consent})
	if err != nil {
		return nil, err
	}
	return s.db.sealFor(ctx, a.Person, string(body), "appointment:"+a.ID)
}

// Rehouse implements booking.Store. What the person wrote is worth more than where the station was: what cannot be read stays.
func (s Appointments) Rehouse(ctx context.Context, a booking.Appointment) error {
	switch err := s.db.guard(ctx, appointmentCell(a.ID), "SELECT body FROM appointments WHERE id = ?", a.ID); {
	case errors.Is(err, ErrUnreadable):
		return nil
	case err != nil:
		return err
	}
	sealed, err := s.body(ctx, a)
	if err == nil {
		err = s.db.write(ctx).Exec("UPDATE appointments SET body = ? WHERE id = ?", sealed, a.ID).Error
	}
	if err != nil {
		return fmt.Errorf("write where an appointment is: %w", err)
	}
	return nil
}

// Turn implements booking.Store.
func (s Appointments) Turn(ctx context.Context, a booking.Appointment) error {
	if err := s.db.write(ctx).Exec("UPDATE appointments SET unkept = ? WHERE id = ?", a.Unkept, a.ID).Error; err != nil {
		return fmt.Errorf("write what the person of an appointment was told: %w", err)
	}
	return nil
}

// Move implements booking.Store.
func (s Appointments) Move(ctx context.Context, a booking.Appointment, places int) error {
	return s.take(ctx, a.Slot, places, func(place int) error {
		return s.db.write(ctx).Exec("UPDATE appointments SET slot_id = ?, place_no = ?, station_id = ?, start_at = ?, op_key = ?, unkept = ? WHERE id = ?",
			a.Slot, place, a.Station, toMicros(a.Start), a.Key, a.Unkept, a.ID).Error
	})
}

// take tries the places of a slot that look free until one is ours. Each race lost means that another got a place, so
// there are at most as many tries as places.
func (s Appointments) take(ctx context.Context, slot string, places int, claim func(place int) error) error {
	lost := map[int]bool{}
	for {
		var taken []int
		if err := s.db.read(ctx).Raw("SELECT place_no FROM appointments WHERE slot_id = ? AND place_no IS NOT NULL", slot).Scan(&taken).Error; err != nil {
			return fmt.Errorf("look for a place: %w", err)
		}
		for _, t := range taken {
			lost[t] = true
		}
		place := 1
		for lost[place] {
			place++
		}
		if place > places {
			return booking.ErrFull
		}
		err := claim(place)
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			lost[place] = true
			continue
		}
		if err != nil {
			return fmt.Errorf("take a place: %w", err)
		}
		return nil
	}
}

// Mark implements booking.Store.
func (s Appointments) Mark(ctx context.Context, a booking.Appointment) error {
	set := "status = ?, arrived_at = ?"
	if a.Cancelled() {
		set += ", place_no = NULL"
	}
	if err := s.db.write(ctx).Exec("UPDATE appointments SET "+set+" WHERE id = ?", string(a.Status), microsOrNil(a.ArrivedAt), a.ID).Error; err != nil {
		return fmt.Errorf("mark an appointment: %w", err)
	}
	return nil
}

// ByKey implements booking.Store.
func (s Appointments) ByKey(ctx context.Context, key string) (booking.Appointment, error) {
	return s.one(ctx, "made_key = ?", key)
}

// Get implements booking.Store.
func (s Appointments) Get(ctx context.Context, id string) (booking.Appointment, error) {
	return s.one(ctx, "id = ?", id)
}

// ForUpdate implements booking.Store. On SQLite a transaction has the only write lock from its start.
func (s Appointments) ForUpdate(ctx context.Context, id string) (booking.Appointment, error) {
	if s.db.mysql() {
		var locked []string
		if err := s.db.write(ctx).Raw("SELECT id FROM appointments WHERE id = ? FOR UPDATE", id).Scan(&locked).Error; err != nil {
			return booking.Appointment{}, fmt.Errorf("lock an appointment: %w", err)
		}
	}
	return s.Get(ctx, id)
}

// ByToken implements booking.Store.
func (s Appointments) ByToken(ctx context.Context, token string) (booking.Appointment, error) {
	return s.one(ctx, "token = ?", s.tokenHash(token))
}

func (s Appointments) one(ctx context.Context, where, arg string) (booking.Appointment, error) {
	as, err := s.query(ctx, "WHERE "+where+" LIMIT 1", arg)
	if err != nil {
		return booking.Appointment{}, err
	}
	if len(as) == 0 {
		return booking.Appointment{}, booking.ErrNotFound
	}
	return as[0], nil
}

func (s Appointments) query(ctx context.Context, tail string, args ...any) ([]booking.Appointment, error) {
	var rows []appointmentRow
	if err := s.db.read(ctx).Raw("SELECT "+appointmentColumns+" FROM appointments "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read appointments: %w", err)
	}
	if err := keysFor(ctx, s.db, rows, func(r appointmentRow) []byte { return r.Body }); err != nil {
		return nil, err
	}
	out := make([]booking.Appointment, 0, len(rows))
	for _, r := range rows {
		var body appointmentBody
		readable, err := s.db.body(ctx, appointmentCell(r.ID), r.Body, &body)
		if err != nil {
			return nil, err
		}
		if !readable {
			body.Note = Unreadable
		}
		out = append(out, booking.Appointment{
			ID: r.ID, Person: r.PersonID, Slot: r.SlotID, Station: r.StationID, Start: r.StartAt.Time(), Code: r.Code, Token: body.Token, Note: body.Note, Where: body.Where, Consent: body.Consent,
			Key: r.OpKey, BookedAt: r.BookedAt.Time(), Status: booking.Status(r.Status), ArrivedAt: timeOrZero(r.ArrivedAt), Unkept: r.Unkept,
		})
	}
	return out, nil
}

// Upcoming implements booking.Store. In a transaction the person's row is locked, so that two bookings of one person
// count each other.
func (s Appointments) Upcoming(ctx context.Context, personID string, now time.Time) ([]booking.Appointment, error) {
	if err := s.db.lockPerson(ctx, personID); err != nil {
		return nil, err
	}
	return s.query(ctx, "WHERE person_id = ? AND start_at > ? AND place_no IS NOT NULL ORDER BY start_at LIMIT 20", personID, toMicros(now))
}

// Taken implements booking.Store. EXPLAIN: appointments_station.
func (s Appointments) Taken(ctx context.Context, stationID string, from, to time.Time) (map[string]int, error) {
	return s.countSlots(ctx, "SELECT slot_id, COUNT(*) AS n FROM appointments WHERE station_id = ? AND start_at >= ? AND start_at < ? AND place_no IS NOT NULL GROUP BY slot_id",
		stationID, toMicros(from), toMicros(to))
}

// List implements booking.Store. IDs are in the order of time, so the last ID of a page is its cursor.
func (s Appointments) List(ctx context.Context, cursor string, limit int) ([]booking.Appointment, string, error) {
	in, args := stationsInReach(ctx, "station_id")
	where := "WHERE " + in + " "
	if cursor != "" {
		where, args = where+"AND id < ? ", append(args, cursor)
	}
	as, err := s.query(ctx, where+"ORDER BY id DESC LIMIT ?", append(args, limit+1)...)
	if err != nil || len(as) <= limit {
		return as, "", err
	}
	return as[:limit], as[limit-1].ID, nil
}

// CountUpcoming implements booking.Store.
func (s Appointments) CountUpcoming(ctx context.Context, now time.Time) (int, error) {
	var n int
	in, of := stationsInReach(ctx, "station_id")
	if err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM appointments WHERE start_at > ? AND place_no IS NOT NULL AND "+in, append([]any{toMicros(now)}, of...)...).Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count appointments: %w", err)
	}
	return n, nil
}

// Coming implements booking.Store. EXPLAIN: appointments_start.
func (s Appointments) Coming(ctx context.Context, from time.Time, after string, n int) ([]booking.Appointment, error) {
	at := toMicros(from)
	return s.query(ctx, "WHERE status = ? AND (start_at > ? OR start_at = ? AND id > ?) AND start_at >= ? ORDER BY start_at, id LIMIT ?", string(booking.Booked), at, at, after, at, n)
}
