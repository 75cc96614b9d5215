package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/event"
)

// Signups keeps who comes to events.
type Signups struct{ db *DB }

// Signups returns the view of events.
func (db *DB) Signups() Signups { return Signups{db} }

var _ event.Store = Signups{}

type signupRow struct {
	ID          string `gorm:"column:id;primaryKey"`
	EventID     string `gorm:"column:event_id"`
	PersonID    string `gorm:"column:person_id"`
	SeatNo      *int   `gorm:"column:seat_no"`
	Active      *int   `gorm:"column:active"`
	StartAt     micros `gorm:"column:start_at"`
	Code        string `gorm:"column:code"`
	MadeKey     string `gorm:"column:made_key"`
	Body        []byte `gorm:"column:body"`
	SignedAt    micros `gorm:"column:signed_at"`
	CancelledAt micros `gorm:"column:cancelled_at"`
}

func (signupRow) TableName() string { return "event_signups" }

const signupColumns = "id, event_id, person_id, seat_no, active, start_at, code, made_key, body, signed_at, cancelled_at"

// InTx implements event.Store.
func (s Signups) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// Lock implements event.Store: one row a date, which every change writes first.
func (s Signups) Lock(ctx context.Context, dateID string) error {
	query := "INSERT INTO event_halls (event_id, changes) VALUES (?, 1) ON CONFLICT (event_id) DO UPDATE SET changes = changes + 1"
	if s.db.mysql() {
		query = "INSERT INTO event_halls (event_id, changes) VALUES (?, 1) ON DUPLICATE KEY UPDATE changes = changes + 1"
	}
	if _, err := s.db.exec(ctx, query, dateID); err != nil {
		return fmt.Errorf("lock an event: %w", err)
	}
	return nil
}

// Add implements event.Store.
func (s Signups) Add(ctx context.Context, x event.Signup) error {
	body, err := s.db.sealFor(ctx, x.Person, x.Name, "signup:"+x.ID)
	if err != nil {
		return fmt.Errorf("add a sign-up: %w", err)
	}
	active := 1
	row := &signupRow{
		ID: x.ID, EventID: x.Date, PersonID: x.Person, Active: &active, StartAt: toMicros(x.Start), Code: x.Code, MadeKey: x.Key, Body: body,
		SignedAt: toMicros(x.SignedAt),
	}
	if x.Seat > 0 {
		row.SeatNo = &x.Seat
	}
	err = s.db.write(ctx).Create(row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return event.ErrAlready
	}
	if err != nil {
		return fmt.Errorf("add a sign-up: %w", err)
	}
	return nil
}

// Seat implements event.Store.
func (s Signups) Seat(ctx context.Context, id string, seat int) error {
	if err := s.db.write(ctx).Exec("UPDATE event_signups SET seat_no = ? WHERE id = ? AND active = 1", seat, id).Error; err != nil {
		return fmt.Errorf("seat a sign-up: %w", err)
	}
	return nil
}

// Cancel implements event.Store.
func (s Signups) Cancel(ctx context.Context, id string, at time.Time) error {
	err := s.db.write(ctx).Exec("UPDATE event_signups SET seat_no = NULL, active = NULL, cancelled_at = ? WHERE id = ?", toMicros(at), id).Error
	if err != nil {
		return fmt.Errorf("cancel a sign-up: %w", err)
	}
	return nil
}

// ByKey implements event.Store.
func (s Signups) ByKey(ctx context.Context, key string) (event.Signup, error) {
	return s.one(ctx, "made_key = ?", key)
}

// Get implements event.Store.
func (s Signups) Get(ctx context.Context, id string) (event.Signup, error) {
	return s.one(ctx, "id = ?", id)
}

func (s Signups) one(ctx context.Context, where, arg string) (event.Signup, error) {
	xs, err := s.query(ctx, "WHERE "+where+" LIMIT 1", arg)
	if err != nil {
		return event.Signup{}, err
	}
	if len(xs) == 0 {
		return event.Signup{}, event.ErrNotFound
	}
	return xs[0], nil
}

// At implements event.Store. EXPLAIN: event_signups_seat, whose first column is the event.
func (s Signups) At(ctx context.Context, dateID string) ([]event.Signup, error) {
	return s.query(ctx, "WHERE event_id = ? ORDER BY signed_at, id", dateID)
}

// After implements event.Store. Whoever signed up for what is long over is left out by the start.
func (s Signups) After(ctx context.Context, from time.Time, after string, n int) ([]event.Signup, error) {
	return s.query(ctx, "WHERE active = 1 AND start_at > ? AND id > ? ORDER BY id LIMIT ?", toMicros(from), after, n)
}

// Of implements event.Store. EXPLAIN: event_signups_person.
func (s Signups) Of(ctx context.Context, personID string, after time.Time) ([]event.Signup, error) {
	return s.query(ctx, "WHERE person_id = ? AND start_at > ? AND active = 1 ORDER BY start_at, id LIMIT 50", personID, toMicros(after))
}

func (s Signups) query(ctx context.Context, tail string, args ...any) ([]event.Signup, error) {
	var rows []signupRow
	if err := s.db.read(ctx).Raw("SELECT "+signupColumns+" FROM event_signups "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sign-ups: %w", err)
	}
	if err := keysFor(ctx, s.db, rows, func(r signupRow) []byte { return r.Body }); err != nil {
		return nil, err
	}
	out := make([]event.Signup, 0, len(rows))
	for _, r := range rows {
		name, err := s.db.text(ctx, cell{"event_signups", r.ID, "signup:" + r.ID}, r.Body)
		if err != nil {
			return nil, err
		}
		x := event.Signup{
			ID: r.ID, Date: r.EventID, Person: r.PersonID, Start: r.StartAt.Time(), Code: r.Code, Name: name, Key: r.MadeKey,
			SignedAt: r.SignedAt.Time(), CancelledAt: r.CancelledAt.Time(),
		}
		if r.SeatNo != nil {
			x.Seat = *r.SeatNo
		}
		out = append(out, x)
	}
	return out, nil
}
