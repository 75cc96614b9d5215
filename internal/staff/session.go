package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrOver says that a session has ended: by its age, for want of any sign of its owner, or because it was ended.
var ErrOver = errors.New("staff: the session is over")

// The limits of a session where the service names none: a night shift is twelve hours and its hand-over.
const (
	DefaultIdle    = time.Hour
	DefaultLongest = 14 * time.Hour
)

// Session is one sign-in that goes on.
type Session struct {
	ID        string // the hash of its cookie's token
	Of        string // staff ID
	Began     time.Time
	Seen      time.Time
	Confirmed time.Time // when its owner last gave their password or code
	Ends      time.Time // whatever its owner does
	Second    bool      // its owner gave the code of their second factor
	Device    string    // the ID of the browser
	Label     string    // what it is: Windows · Edge
	Network   string    // roughly where, see NetworkLabel
}

// SessionStore keeps whose the sessions are, and when their owners were last there.
type SessionStore interface {
	// OwnSession says whose a session is that was just begun, and where.
	OwnSession(ctx context.Context, x Session) error
	// Session fails with ErrNotFound where there is none of the ID.
	Session(ctx context.Context, id string) (Session, error)
	// TouchSession says that the owner is there; an earlier moment than the known one changes nothing.
	TouchSession(ctx context.Context, id string, at time.Time) error
	// Present returns whose sessions go on after now and were touched since a moment, of active accounts, each once.
	Present(ctx context.Context, now, since time.Time) ([]string, error)
	// EndSessions ends all sessions of somebody.
	EndSessions(ctx context.Context, staffID string) error
	// SessionsOf lists somebody's sessions that were not ended, those with the newest sign of them first.
	SessionsOf(ctx context.Context, staffID string, now time.Time) ([]Session, error)
	// EndSession ends one of somebody's sessions, EndOthers all but one.
	EndSession(ctx context.Context, staffID, id string) error
	EndOthers(ctx context.Context, staffID, but string) error
	// ConfirmSession says that the owner gave their password or code again, SecondSession that they gave their first code.
	ConfirmSession(ctx context.Context, id string, at time.Time) error
	SecondSession(ctx context.Context, id string) error
}

// Limits are how long a session lasts without a sign of its owner, and how long at most.
func (s *Service) Limits() (idle, longest time.Duration) {
	idle, longest = s.Idle, s.Longest
	if idle == 0 {
		idle = DefaultIdle
	}
	if longest == 0 {
		longest = DefaultLongest
	}
	return idle, longest
}

// touchEvery is how often at most a session's owner is written to be there.
func (s *Service) touchEvery() time.Duration {
	idle, _ := s.Limits()
	return min(time.Minute, idle/4)
}

// SessionsOf lists somebody's sessions that go on.
func (s *Service) SessionsOf(ctx context.Context, staffID string) ([]Session, error) {
	now := s.Time().UTC()
	all, err := s.Store.SessionsOf(ctx, staffID, now)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return slices.DeleteFunc(all, func(x Session) bool { return !now.Before(s.IdleAt(x)) }), nil
}

// EndSession ends one of somebody's sessions.
func (s *Service) EndSession(ctx context.Context, staffID, id string) error {
	if err := s.Store.EndSession(ctx, staffID, id); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// EndOthers ends all sessions of its owner but this one.
func (s *Service) EndOthers(ctx context.Context, x Session) error {
	if err := s.Store.EndOthers(ctx, x.Of, x.ID); err != nil {
		return fmt.Errorf("end the other sessions: %w", err)
	}
	return nil
}

// Session returns a session that goes on; ErrOver for any other.
func (s *Service) Session(ctx context.Context, id string) (Session, error) {
	x, err := s.Store.Session(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Session{}, ErrOver
	}
	if err != nil {
		return Session{}, fmt.Errorf("read a session: %w", err)
	}
	if now := s.Time().UTC(); !now.Before(x.Ends) || !now.Before(s.IdleAt(x)) {
		return Session{}, ErrOver
	}
	return x, nil
}

// IdleAt is when a session ends if its owner gives no sign.
func (s *Service) IdleAt(x Session) time.Time {
	idle, _ := s.Limits()
	return x.Seen.Add(idle)
}

// Stay says that the owner of a session is there. It writes at most once a minute.
func (s *Service) Stay(ctx context.Context, x Session) (Session, error) {
	now := s.Time().UTC()
	if now.Sub(x.Seen) < s.touchEvery() {
		return x, nil
	}
	if err := s.Store.TouchSession(ctx, x.ID, now); err != nil {
		return x, fmt.Errorf("touch a session: %w", err)
	}
	x.Seen = now
	return x, nil
}

// Present says of each of these members of staff whether they are there: their account is active, and they are signed in
// with a session that shows a sign of them. An ID that is no account, as that of a program with a token, is left out.
func (s *Service) Present(ctx context.Context, staffIDs []string) (map[string]bool, error) {
	idle, _ := s.Limits()
	now := s.Time().UTC()
	there, err := s.Store.Present(ctx, now, now.Add(-idle))
	if err != nil {
		return nil, fmt.Errorf("look who is there: %w", err)
	}
	all, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(staffIDs))
	for _, a := range all {
		if slices.Contains(staffIDs, a.ID) {
			out[a.ID] = slices.Contains(there, a.ID)
		}
	}
	return out, nil
}

// Colleague is somebody to whom a conversation can be given.
type Colleague struct {
	Account
	Present bool
}

// Colleagues returns whoever may talk with people, those who are there first, then by name.
func (s *Service) Colleagues(ctx context.Context) ([]Colleague, error) {
	all, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	there, err := s.Present(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []Colleague
	for _, a := range all {
		if a.Active() && a.May(Talk) {
			out = append(out, Colleague{Account: a, Present: there[a.ID]})
		}
	}
	slices.SortStableFunc(out, func(a, b Colleague) int {
		if a.Present != b.Present {
			if a.Present {
				return -1
			}
			return 1
		}
		return strings.Compare(a.DisplayName, b.DisplayName)
	})
	return out, nil
}
