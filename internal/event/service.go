package event

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// The errors of events.
var (
	ErrFull     = errors.New("event: no place, and no room to wait")
	ErrAlready  = errors.New("event: the person has a place or waits there, or has too many to come")
	ErrGone     = errors.New("event: nobody can sign up for it any more")
	ErrNotFound = errors.New("event: no such sign-up")
)

// maxComing is how many events a person may have to come.
const maxComing = 5

// Signup is a family's place at a date, or its wait for one.
type Signup struct {
	ID          string
	Date        string // ID
	Person      string
	Seat        int // from 1; 0 while waiting
	Start       time.Time
	Code        string // what the family says at the door
	Name        string // what they want to be called there, may be empty
	Key         string // the idempotency key that made it
	SignedAt    time.Time
	CancelledAt time.Time
}

// Active says that the family has a place or waits.
func (s Signup) Active() bool { return s.CancelledAt.IsZero() }

// Waits says that the family waits for a place.
func (s Signup) Waits() bool { return s.Active() && s.Seat == 0 }

// Store is what events need of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Lock holds off others that change who comes to a date, until the transaction of ctx ends.
	Lock(ctx context.Context, dateID string) error
	// ByKey returns the sign-up that a command with this key made; ErrNotFound where there was none.
	ByKey(ctx context.Context, key string) (Signup, error)
	// Add keeps a new sign-up. A seat that is taken, or a second sign-up of the person, fails by a unique constraint.
	Add(ctx context.Context, s Signup) error
	// Seat gives a waiting sign-up a seat, which fails by a unique constraint where it is taken.
	Seat(ctx context.Context, id string, seat int) error
	Cancel(ctx context.Context, id string, at time.Time) error
	Get(ctx context.Context, id string) (Signup, error)
	// At returns a date's sign-ups, the cancelled ones too, in the order in which they were made.
	At(ctx context.Context, dateID string) ([]Signup, error)
	// After returns up to n sign-ups that are not cancelled and start after a time, by ID, those behind an ID.
	After(ctx context.Context, from time.Time, after string, n int) ([]Signup, error)
	// Of returns a person's sign-ups that are not cancelled and start after a time, the next first.
	Of(ctx context.Context, personID string, after time.Time) ([]Signup, error)
}

// Service signs up and cancels. Now, NewID and NewCode have working defaults.
type Service struct {
	Calendar func() *Calendar
	Store    Store
	Outbox   outbox.Queue
	citytime.Clock
	NewCode func() string `wired:"optional"` // 4 digits: said at a door, among a few hundred people
	// Door lets somebody of whom nothing is known do this so often, and then asks them to show that they are there, by an error
	// of its own; leave gives it back. nil: nobody is asked.
	Door func(ctx context.Context, personID, network string) (leave func(), err error)
}

func (s *Service) newCode() string {
	if s.NewCode != nil {
		return s.NewCode()
	}
	n, err := rand.Int(rand.Reader, big.NewInt(10000))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return fmt.Sprintf("%04d", n.Int64())
}

// SignUp gives a family a seat, or a wait where there is none. A second call with the key returns the first one's.
func (s *Service) SignUp(ctx context.Context, key, personID, dateID, name string) (Signup, error) {
	var made Signup
	leave := func() {}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		leave() // a transaction may run again
		leave = func() {}
		if err := s.Store.Lock(ctx, dateID); err != nil {
			return err
		}
		known, err := s.Store.ByKey(ctx, key)
		if !errors.Is(err, ErrNotFound) {
			made = known
			return err
		}
		now := s.Time()
		date, ok := s.Calendar().Date(dateID)
		if !ok || !date.Open(now) {
			return ErrGone
		}
		if err := s.mayCome(ctx, personID, dateID, now); err != nil {
			return err
		}
		room, err := s.fill(ctx, date)
		if err != nil {
			return err
		}
		if room.free == 0 && room.waiting >= date.Waiting {
			return ErrFull
		}
		if s.Door != nil {
			if leave, err = s.Door(ctx, personID, budget.Of(ctx).Network); err != nil {
				return err
			}
		}
		made = Signup{ID: s.ID(), Date: date.ID, Person: personID, Seat: room.free, Start: date.At, Code: room.code(s.newCode), Name: name, Key: key, SignedAt: now}
		if err := s.Store.Add(ctx, made); err != nil {
			return err
		}
		if made.Waits() {
			return nil
		}
		return s.putReminder(ctx, made, date.At)
	})
	if err != nil {
		leave()
		return Signup{}, fmt.Errorf("sign up for %s: %w", dateID, err)
	}
	return made, nil
}

func (s *Service) mayCome(ctx context.Context, personID, dateID string, now time.Time) error {
	mine, err := s.coming(ctx, personID, now)
	if err != nil {
		return err
	}
	mine = slices.DeleteFunc(mine, func(m Signup) bool { // one that was called off keeps nobody from another
		date, _ := s.Calendar().Date(m.Date)
		return date.Cancelled
	})
	if len(mine) >= maxComing || slices.ContainsFunc(mine, func(m Signup) bool { return m.Date == dateID }) {
		return ErrAlready
	}
	return nil
}

// moved is how far an editor may put a date off and still find who signed up for it.
const moved = 60 * 24 * time.Hour

// coming lists the sign-ups of a person for dates that are still to come, by the calendar as it is now.
func (s *Service) coming(ctx context.Context, personID string, now time.Time) ([]Signup, error) {
	xs, err := s.Store.Of(ctx, personID, now.Add(-moved))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(xs, func(x Signup) bool {
		date, there := s.Calendar().Date(x.Date)
		return !there || !date.At.After(now)
	}), nil
}

// room is what a date still has.
type room struct {
	free    int // the lowest free seat, 0 where there is none
	waiting int
	codes   map[string]bool
}

// code draws one that nobody else has there.
func (r room) code(draw func() string) string {
	code := draw()
	for tries := 0; r.codes[code] && tries < 100; tries++ {
		code = draw()
	}
	return code
}

// fill gives free seats to those who wait, the longest first, and tells them; the caller holds the date's lock.
func (s *Service) fill(ctx context.Context, date Date) (room, error) {
	all, err := s.Store.At(ctx, date.ID)
	if err != nil {
		return room{}, err
	}
	taken, r := map[int]bool{}, room{codes: map[string]bool{}}
	var waiting []Signup
	for _, x := range all {
		r.codes[x.Code] = true
		switch {
		case x.Waits():
			waiting = append(waiting, x)
		case x.Active():
			taken[x.Seat] = true
		}
	}
	next := func() int {
		for seat := 1; seat <= date.Capacity; seat++ {
			if !taken[seat] {
				return seat
			}
		}
		return 0
	}
	for len(waiting) > 0 && next() > 0 && date.Open(s.Time()) {
		lucky, seat := waiting[0], next()
		if err := s.Store.Seat(ctx, lucky.ID, seat); err != nil {
			return room{}, err
		}
		if err := s.seated(ctx, lucky, date); err != nil {
			return room{}, err
		}
		taken[seat], waiting = true, waiting[1:]
	}
	r.free, r.waiting = next(), len(waiting)
	return r, nil
}

// refill gives places to those who wait where some became free without a cancellation: the editor raised the capacity, or
// a family had its data erased.
func (s *Service) refill(ctx context.Context, date Date) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.Store.Lock(ctx, date.ID); err != nil {
			return err
		}
		_, err := s.fill(ctx, date)
		return err
	})
	if err != nil {
		return fmt.Errorf("give free places of %s to who waits: %w", date.ID, err)
	}
	return nil
}

// seated tells a family that waited that it has a seat now.
func (s *Service) seated(ctx context.Context, x Signup, date Date) error {
	text := fmt.Sprintf("您候补的活动有位子了，已经替您留好。\n%s\n时间：%s\n地点：%s\n签到码：%s\n来不了的话，发“我的报名”取消，让给别的家庭。", date.Title, date.When(), date.Where(), x.Code)
	if err := outbox.Ask(ctx, s.Outbox, channel.Tell(x.Person, text), outbox.Row{ID: s.ID(), Key: "event-seated:" + x.ID, Person: x.Person, RunAt: s.Time()}); err != nil {
		return err
	}
	return s.putReminder(ctx, x, date.At)
}

// Cancel gives a family's place, or its wait, back; who waits longest gets the place.
func (s *Service) Cancel(ctx context.Context, personID, id string) (Signup, error) {
	var gone Signup
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		x, err := s.mine(ctx, personID, id)
		if err != nil {
			return err
		}
		if err := s.Store.Lock(ctx, x.Date); err != nil {
			return err
		}
		if x, err = s.mine(ctx, personID, id); err != nil { // as it is under the lock
			return err
		}
		gone = x
		if !x.Active() {
			return nil
		}
		if err := s.Store.Cancel(ctx, id, s.Time()); err != nil {
			return err
		}
		date, ok := s.Calendar().Date(x.Date)
		if !ok || x.Waits() {
			return nil
		}
		_, err = s.fill(ctx, date)
		return err
	})
	if err != nil {
		return Signup{}, fmt.Errorf("cancel sign-up %s: %w", id, err)
	}
	return gone, nil
}

// CancelAll gives back all that a person is signed up for, or waits for: they took back their consent.
func (s *Service) CancelAll(ctx context.Context, personID string) error {
	xs, err := s.Store.Of(ctx, personID, s.Time())
	if err != nil {
		return fmt.Errorf("list a person's sign-ups: %w", err)
	}
	for _, x := range xs {
		if _, err := s.Cancel(ctx, personID, x.ID); err != nil {
			return err
		}
	}
	return nil
}

// mine returns a sign-up of the person; another's does not exist for them.
func (s *Service) mine(ctx context.Context, personID, id string) (Signup, error) {
	x, err := s.Store.Get(ctx, id)
	if err == nil && x.Person != personID {
		return Signup{}, ErrNotFound
	}
	return x, err
}
