package agenda

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/event"
)

// ErrNoFeed says that an address leads to nobody's calendar: it never did, or was taken back.
var ErrNoFeed = errors.New("agenda: no such calendar")

// Feed is a person's private address: whoever knows it reads their times, until they take it back.
type Feed struct {
	Person string
	Token  string
	Since  time.Time
}

// FeedStore keeps the addresses: one a person.
type FeedStore interface {
	// Open gives a person an address instead of the one that they had.
	Open(ctx context.Context, f Feed) error
	// Close takes a person's address back; there may be none.
	Close(ctx context.Context, personID string) error
	// Of returns a person's address; ErrNoFeed where they have none.
	Of(ctx context.Context, personID string) (Feed, error)
	ByToken(ctx context.Context, token string) (Feed, error)
}

// Whose times stand in a calendar.
type (
	// Appointments are a person's at the stations.
	Appointments interface {
		Mine(ctx context.Context, personID string) ([]booking.Appointment, error)
		Steps(ctx context.Context, a booking.Appointment) ([]booking.Step, error)
	}
	// Signups are a person's for events.
	Signups interface {
		Coming(ctx context.Context, personID string) ([]event.Signup, error)
		Newest(ctx context.Context, personID, dateID string) (event.Signup, error)
	}
)

// Service makes the calendars of people.
type Service struct {
	Maker
	Feeds        FeedStore
	Appointments Appointments
	Signups      Signups
	Directory    func() *booking.Directory
	Calendar     func() *event.Calendar
}

// Appointment is the file of an appointment.
func (s *Service) Appointment(ctx context.Context, a booking.Appointment) ([]byte, error) {
	e, err := s.appointment(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.File(e)
}

func (s *Service) appointment(ctx context.Context, a booking.Appointment) (Entry, error) {
	steps, err := s.Appointments.Steps(ctx, a)
	if err != nil {
		return Entry{}, err
	}
	st, _ := s.Directory().Station(a.Station)
	return Appointment(a, st, steps), nil
}

// Event is the file of a person's newest sign-up for a date, also of one that they gave back.
func (s *Service) Event(ctx context.Context, personID, dateID string) ([]byte, error) {
	d, ok := s.Calendar().Date(dateID)
	if !ok {
		return nil, event.ErrNotFound
	}
	x, err := s.Signups.Newest(ctx, personID, dateID)
	if err != nil {
		return nil, err
	}
	return s.File(Signup(x, d, s.Now()))
}

// Subscribe gives a person a new address; the one that they had leads nowhere from now on.
func (s *Service) Subscribe(ctx context.Context, personID string) (Feed, error) {
	f := Feed{Person: personID, Token: strings.ToLower(rand.Text()), Since: s.Now()}
	if err := s.Feeds.Open(ctx, f); err != nil {
		return Feed{}, fmt.Errorf("open a calendar: %w", err)
	}
	return f, nil
}

// Unsubscribe takes a person's address back.
func (s *Service) Unsubscribe(ctx context.Context, personID string) error {
	return s.Feeds.Close(ctx, personID)
}

// FeedOf returns a person's address; ErrNoFeed where they have none.
func (s *Service) FeedOf(ctx context.Context, personID string) (Feed, error) {
	return s.Feeds.Of(ctx, personID)
}

// Read is the calendar behind an address: what is to come.
func (s *Service) Read(ctx context.Context, token string) ([]byte, error) {
	f, err := s.Feeds.ByToken(ctx, token)
	if err != nil {
		return nil, err
	}
	as, err := s.Appointments.Mine(ctx, f.Person)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, a := range as {
		e, err := s.appointment(ctx, a)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	xs, err := s.Signups.Coming(ctx, f.Person)
	if err != nil {
		return nil, err
	}
	for _, x := range xs {
		if d, ok := s.Calendar().Date(x.Date); ok {
			entries = append(entries, Signup(x, d, s.Now()))
		}
	}
	return s.Feed("我的预约和活动", entries)
}
