package booking

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/shortcode"
)

// The errors of booking.
var (
	ErrFull     = errors.New("booking: the slot is full")
	ErrNotFound = errors.New("booking: no such appointment")
)

// Appointment is a place in a slot. Note is what the person wrote for the counsellor; Token opens its page.
type Appointment struct {
	ID        string
	Person    string
	Slot      string
	Station   string // ID
	Start     time.Time
	Code      string // what the person says at the station
	Token     string
	Note      string
	Where     string  // the address that the person knows
	Consent   Consent // of whoever is no adult; empty for anybody else
	Key       string  // the idempotency key of the last change
	BookedAt  time.Time
	Status    Status
	ArrivedAt time.Time // zero until somebody said so at the station
	Unkept    int       // how often the person was told that it is not kept, and that it is after all; see Closed
}

// Cancelled says that nobody comes and the place is free again.
func (a Appointment) Cancelled() bool { return a.Status == Cancelled }

// WalkIn says that somebody came without an appointment: nobody knows who.
func (a Appointment) WalkIn() bool { return a.Person == "" }

// Store is what booking needs of the database. Writes join the transaction that ctx carries.
type Store interface {
	WaitStore
	RatingStore
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// ByKey returns the appointment that a command with this key made or changed; ErrNotFound where there was none.
	ByKey(ctx context.Context, key string) (Appointment, error)
	// Place takes a free place of the slot (1 … places) for a new appointment; ErrFull where there is none, decided by a unique constraint.
	Place(ctx context.Context, a Appointment, places int) error
	// Move gives an appointment a place in another slot and frees the old one, or fails with ErrFull and changes nothing.
	Move(ctx context.Context, a Appointment, places int) error
	// Mark writes the status of an appointment and its arrival; a cancelled one gives its place back.
	Mark(ctx context.Context, a Appointment) error
	// Rehouse writes the address that the person of an appointment knows.
	Rehouse(ctx context.Context, a Appointment) error
	// Turn writes how often the person of an appointment was told that it is not kept, or is after all.
	Turn(ctx context.Context, a Appointment) error
	// AddStep writes a line of an appointment's history.
	AddStep(ctx context.Context, st Step) error
	// Steps returns an appointment's history, the oldest line first.
	Steps(ctx context.Context, appointmentID string) ([]Step, error)
	// LockDay holds off others who change a day of a station, until the transaction of ctx ends.
	LockDay(ctx context.Context, stationID string, day time.Time) error
	// Blocks returns a station's blocks that hold and touch the time between two others, the first first.
	Blocks(ctx context.Context, stationID string, from, to time.Time) ([]Block, error)
	Get(ctx context.Context, id string) (Appointment, error)
	// ForUpdate is Get that holds off others who change the appointment, until the transaction of ctx ends.
	ForUpdate(ctx context.Context, id string) (Appointment, error)
	ByToken(ctx context.Context, token string) (Appointment, error)
	// Upcoming returns a person's appointments that start after now, the next first; inside a transaction it locks the person.
	Upcoming(ctx context.Context, personID string, now time.Time) ([]Appointment, error)
	// Missed counts the appointments of a person that start after a time and to which they did not come, though they were told
	// last that somebody will be there.
	Missed(ctx context.Context, personID string, since time.Time) (int, error)
	// Hold keeps a slot for a person, instead of the one that was kept for them before.
	Hold(ctx context.Context, h Hold, now time.Time) error
	// Release ends what is kept for a person.
	Release(ctx context.Context, personID string) error
	// Held counts the places of slots of a station that are kept for people, by slot ID.
	Held(ctx context.Context, stationID string, q HeldQuery) (map[string]int, error)
	// Taken counts the places taken in slots of a station between two times, by slot ID.
	Taken(ctx context.Context, stationID string, from, to time.Time) (map[string]int, error)
	// List returns a page, the newest booking first.
	List(ctx context.Context, cursor string, limit int) ([]Appointment, string, error)
	CountUpcoming(ctx context.Context, now time.Time) (int, error)
	// Coming returns up to n appointments that somebody is expected at, after a start and, at that start, after an ID.
	Coming(ctx context.Context, from time.Time, after string, n int) ([]Appointment, error)
}

// Service books. Now, NewID, NewCode and NewToken have working defaults.
type Service struct {
	Directory func() *Directory
	Store     Store
	Outbox    outbox.Queue
	citytime.Clock
	NewCode  func() string `wired:"optional"` // 6 characters without look-alikes
	NewToken func() string `wired:"optional"` // 128 random bits
	Tally    Tally         // what one network takes; nil: no bound
	// Door lets somebody of whom nothing is known book so often, and then asks them to show that they are there, by an error of
	// its own; leave gives it back. nil: nobody is asked.
	Door func(ctx context.Context, personID, network string) (leave func(), err error)
	// Consent says by which consent a person may book; ErrGuardian or ErrConsent where they may not. Nil: nobody needs one.
	Consent func(ctx context.Context, personID, audience string) (Consent, error)
}

func (s *Service) newCode() string {
	if s.NewCode != nil {
		return s.NewCode()
	}
	return shortcode.Of("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 6)
}

func (s *Service) newToken() string {
	if s.NewToken != nil {
		return s.NewToken()
	}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Wish is what somebody books.
type Wish struct {
	Key    string // the idempotency key
	Person string
	Slot   string // ID
	Note   string
	// Audience is who speaks.
	Audience string
	// Network is a keyed hash of where the wish comes from, on a channel where anybody can be any number of people; else "".
	Network string
}

// Book takes a place in a slot. A second call with the key returns the first one's appointment.
func (s *Service) Book(ctx context.Context, w Wish) (Appointment, error) {
	var a Appointment
	takes, giveBack := s.takesOf(ctx, w.Network, w.Slot, books)
	leave, asks := s.door(ctx, w.Person, w.Network)
	fresh := false
	err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		fresh = false
		if a, err = s.Store.ByKey(ctx, w.Key); !errors.Is(err, ErrNotFound) {
			return err
		}
		if !takes {
			return ErrCrowded
		}
		if asks != nil {
			return asks
		}
		fresh = true
		why, err := s.consent(ctx, w.Person, w.Audience)
		if err != nil {
			return err
		}
		now := s.Time()
		slot, err := s.Directory().Slot(w.Slot, now)
		if err != nil {
			return err
		}
		if err := s.enter(ctx, slot); err != nil {
			return err
		}
		if err := s.mayBook(ctx, w.Person, slot, ""); err != nil {
			return err
		}
		if err := s.room(ctx, w.Person, slot); err != nil {
			return err
		}
		a = Appointment{
			ID: s.ID(), Person: w.Person, Slot: slot.ID(), Station: slot.Station.ID, Start: slot.Start, Code: s.newCode(), Token: s.newToken(),
			Note: w.Note, Where: slot.Station.Address, Consent: why, Key: w.Key, BookedAt: now, Status: Booked,
		}
		if err := s.Store.Place(ctx, a, slot.Station.Counsellors); err != nil {
			return err
		}
		if err := s.letGo(ctx, a, func(w Wait) bool { return w.Station == a.Station }); err != nil {
			return err
		}
		return s.putReminder(ctx, a)
	})
	if err != nil || !fresh {
		giveBack()
		leave()
	}
	if err != nil {
		return Appointment{}, fmt.Errorf("book slot %s: %w", w.Slot, err)
	}
	return a, nil
}

// consent says by which consent a person may book.
func (s *Service) consent(ctx context.Context, personID, audience string) (Consent, error) {
	if s.Consent == nil {
		return "", nil
	}
	return s.Consent(ctx, personID, audience)
}

// enter holds others off the slot's day and says ErrGone where the time is blocked. Who books and who blocks time take
// turns here, so that of two at one moment only one gets the slot.
func (s *Service) enter(ctx context.Context, slot Slot) error {
	if err := s.Store.LockDay(ctx, slot.Station.ID, slot.Start); err != nil {
		return err
	}
	blocks, err := s.Store.Blocks(ctx, slot.Station.ID, slot.Start, slot.End())
	if err == nil && len(blocks) > 0 {
		return ErrGone
	}
	return err
}

// Move gives an appointment another slot.
func (s *Service) Move(ctx context.Context, key, personID, id, slotID string) (Appointment, error) {
	var a Appointment
	err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if a, err = s.mine(ctx, personID, id); err != nil || a.Key == key {
			return err
		}
		slot, err := s.Directory().Slot(slotID, s.Time())
		if err != nil {
			return err
		}
		if err := s.enter(ctx, slot); err != nil {
			return err
		}
		if err := s.mayBook(ctx, personID, slot, id); err != nil { // locks the person before the appointment, as an erasure does
			return err
		}
		if a, err = s.Store.ForUpdate(ctx, id); err != nil {
			return err
		}
		if a.Status != Booked {
			return ErrNotFound
		}
		if a.Slot == slot.ID() {
			return nil
		}
		if err := s.room(ctx, personID, slot); err != nil {
			return err
		}
		step := Step{ID: s.ID(), Appointment: a.ID, Kind: StepMoved, Note: movedNote(a.Start, slot.Start), Key: key, At: s.Time()}
		a.Key = key
		if a, err = s.moveTo(ctx, a, slot, step); err != nil {
			return err
		}
		return s.letGo(ctx, a, func(w Wait) bool { return w.Slot == a.Slot })
	})
	if err != nil {
		return Appointment{}, fmt.Errorf("move appointment %s: %w", id, err)
	}
	return a, nil
}

// moveTo gives an appointment a place in a slot whose day is held, and its reminder goes with it.
func (s *Service) moveTo(ctx context.Context, a Appointment, slot Slot, step Step) (Appointment, error) {
	from := a.Station
	a.Slot, a.Station, a.Start = slot.ID(), slot.Station.ID, slot.Start
	if a.Closed() { // what they were told was of the other time
		a.Unkept++
	}
	if err := s.Store.Move(ctx, a, slot.Station.Counsellors); err != nil {
		return a, err
	}
	if a.Where != slot.Station.Address { // it is told with the new time
		a.Where = slot.Station.Address
		if err := s.Store.Rehouse(ctx, a); err != nil {
			return a, err
		}
	}
	if err := s.Store.AddStep(ctx, step); err != nil {
		return a, err
	}
	if err := s.freed(ctx, from); err != nil {
		return a, err
	}
	return a, s.putReminder(ctx, a)
}

func movedNote(from, to time.Time) string { return WhenLabel(from) + " → " + WhenLabel(to) }

// Cancel frees an appointment's place.
func (s *Service) Cancel(ctx context.Context, personID, id string) (Appointment, error) {
	var a Appointment
	err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if a, err = s.mine(ctx, personID, id); err != nil {
			return err
		}
		if a, err = s.Store.ForUpdate(ctx, id); err != nil || a.Cancelled() {
			return err
		}
		if a.Status != Booked {
			return ErrNotFound
		}
		a.Status = Cancelled
		if err := s.Store.Mark(ctx, a); err != nil {
			return err
		}
		if err := s.Store.AddStep(ctx, Step{ID: s.ID(), Appointment: a.ID, Kind: StepCancelled, Key: "cancelled:" + s.ID(), At: s.Time()}); err != nil {
			return err
		}
		return s.freed(ctx, a.Station)
	})
	if err != nil {
		return Appointment{}, fmt.Errorf("cancel appointment %s: %w", id, err)
	}
	return a, nil
}

// mine returns an appointment of the person; another's does not exist for them.
func (s *Service) mine(ctx context.Context, personID, id string) (Appointment, error) {
	a, err := s.Store.Get(ctx, id)
	if err == nil && a.Person != personID {
		return Appointment{}, ErrNotFound
	}
	return a, err
}

// KindReminder is the outbox kind of a reminder.
const KindReminder = "booking.reminder"

// An appointment is reminded of early, the day before, and late, in time to set out.
const (
	early = 24 * time.Hour
	late  = 2 * time.Hour
)

type reminder struct {
	Appointment string    `json:"appointment"`
	Start       time.Time `json:"start"`
	Late        bool      `json:"late,omitempty"`
}

// Kind implements outbox.Job.
func (reminder) Kind() string { return KindReminder }

// putReminder puts the reminders of an appointment on their way, those for which there is time, and the question how it was.
func (s *Service) putReminder(ctx context.Context, a Appointment) error {
	if a.WalkIn() {
		return nil
	}
	var rows []outbox.Row
	for _, before := range []time.Duration{early, late} {
		at := a.Start.Add(-before)
		if at.Before(s.Time().Add(time.Minute)) {
			continue
		}
		key := fmt.Sprintf("remind:%s:%d:%.0fh", a.ID, a.Start.Unix(), before.Hours())
		row, err := outbox.For(reminder{a.ID, a.Start, before == late}, outbox.Row{ID: s.ID(), Key: key, Person: a.Person, RunAt: at})
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	ask, err := s.askOf(a)
	if err != nil {
		return err
	}
	return s.Outbox.Put(ctx, append(rows, ask)...)
}

// remindAt is when a start is first reminded of; false where there is no time for any reminder.
func (s *Service) remindAt(start time.Time) (time.Time, bool) {
	soon := s.Time().Add(time.Minute)
	for _, before := range []time.Duration{early, late} {
		if at := start.Add(-before); !at.Before(soon) {
			return at, true
		}
	}
	return time.Time{}, false
}

// RemindsOf is the start that a reminder is of.
func (s *Service) RemindsOf(r outbox.Row) (time.Time, error) {
	m, err := outbox.Decode[reminder](r)
	return m.Start, err
}

// Remind returns what to say for a reminder, nothing where the appointment was moved, cancelled or is past.
func (s *Service) Remind(ctx context.Context, r outbox.Row) ([]channel.Reply, error) {
	m, err := outbox.Decode[reminder](r)
	if err != nil {
		return nil, err
	}
	a, err := s.Store.Get(ctx, m.Appointment)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("remind: %w", err)
	}
	if a.Status != Booked || !a.Start.Equal(m.Start) || !a.Start.After(s.Time()) {
		return nil, nil
	}
	if err := s.look(ctx, a); err != nil { // told at once, if the last look was not yet
		return nil, fmt.Errorf("remind: %w", err)
	}
	if !s.kept(a) {
		return nil, nil
	}
	where := "预约的站点"
	if st, ok := s.Directory().Station(a.Station); ok {
		where = st.Name + "，" + st.Address
	}
	if m.Late {
		return []channel.Reply{{Text: fmt.Sprintf("再过两小时左右，%s 就是您的预约了。\n地点：%s\n预约码：%s\n路上注意安全。实在来不了，发“我的预约”取消，位子会让给别的家庭。", a.Start.In(citytime.Zone).Format("15:04"), where, a.Code)}}, nil
	}
	return []channel.Reply{{Text: fmt.Sprintf("提醒您：%s 有一次预约。\n地点：%s\n预约码：%s\n来不了的话，发“我的预约”可以改时间或取消。", WhenLabel(a.Start), where, a.Code)}}, nil
}
