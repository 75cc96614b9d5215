package booking

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Distance is metres as people say them: 约 300 米, 约 2.4 公里.
func (n Near) Distance() string { return distance(n.Metres) }

// Free returns every slot of a station that a person can book now, the next first; ErrGone where there is no such station.
func (s *Service) Free(ctx context.Context, stationID string) ([]Slot, error) {
	st, ok := s.Directory().Station(stationID)
	if !ok {
		return nil, ErrGone
	}
	from, to := s.Horizon()
	return s.free(ctx, st, opening{from: from, to: to, offered: s.bookable()})
}

// Horizon is the days within which people can book: the midnight of today, and the one after the last day.
func (s *Service) Horizon() (from, to time.Time) {
	today := on(s.Time().In(citytime.Zone), "00:00")
	return today, today.Add(ahead + 24*time.Hour)
}

// Mine lists a person's appointments: those to come, the next first, then what became of the last ones.
func (s *Service) Mine(ctx context.Context, personID string) ([]Appointment, error) {
	now := s.Time()
	as, err := s.Store.Upcoming(ctx, personID, now.Add(-lately))
	if err != nil {
		return nil, fmt.Errorf("list a person's appointments: %w", err)
	}
	as = slices.DeleteFunc(as, func(a Appointment) bool { return a.Status == Booked && now.Sub(a.Start) > lateness })
	slices.SortStableFunc(as, func(a, b Appointment) int { return cmp.Compare(begun(a, now), begun(b, now)) })
	return as, nil
}

// Own returns a person's appointment by the token of its page; ErrNotFound also where it is somebody else's.
func (s *Service) Own(ctx context.Context, personID, token string) (Appointment, error) {
	a, err := s.Store.ByToken(ctx, token)
	if err == nil && (a.Person != personID || personID == "") {
		return Appointment{}, ErrNotFound
	}
	return a, err
}

// Changeable says whether the person can still move or cancel it.
func (a Appointment) Changeable(now time.Time) bool { return begun(a, now) == 0 }

// Steps is the history of an appointment, the oldest first.
func (s *Service) Steps(ctx context.Context, a Appointment) ([]Step, error) {
	return s.Store.Steps(ctx, a.ID)
}
