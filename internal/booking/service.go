package booking

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// The errors of booking.
var (
	ErrFull     = errors.New("booking: the slot is full")
	ErrAlready  = errors.New("booking: the person has an appointment then, or too many to come")
	ErrNotFound = errors.New("booking: no such appointment")
)

// maxUpcoming is how many appointments a person may have to come.
const maxUpcoming = 3

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
	Key       string // the idempotency key of the last change
	BookedAt  time.Time
	Status    Status
	ArrivedAt time.Time // zero until somebody said so at the station
}

// Cancelled says that nobody comes and the place is free again.
func (a Appointment) Cancelled() bool { return a.Status == Cancelled }

// WalkIn says that somebody came without an appointment: nobody knows who.
func (a Appointment) WalkIn() bool { return a.Person == "" }

// Store is what booking needs of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// ByKey returns the appointment that a command with this key made or changed; ErrNotFound where there was none.
	ByKey(ctx context.Context, key string) (Appointment, error)
	// Place takes a free place of the slot (1 … places) for a new appointment; ErrFull where there is none, decided by a unique constraint.
	Place(ctx context.Context, a Appointment, places int) error
	// Move gives an appointment a place in another slot and frees the old one, or fails with ErrFull and changes nothing.
	Move(ctx context.Context, a Appointment, places int) error
	// Mark writes the status of an appointment and its arrival; a cancelled one gives its place back.
	Mark(ctx context.Context, a Appointment) error
	// AddStep writes a line of an appointment's history.
	AddStep(ctx context.Context, st Step) error
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
	// Taken counts the places taken in slots of a station between two times, by slot ID.
	Taken(ctx context.Context, stationID string, from, to time.Time) (map[string]int, error)
	// List returns a page, the newest booking first.
	List(ctx context.Context, cursor string, limit int) ([]Appointment, string, error)
	CountUpcoming(ctx context.Context, now time.Time) (int, error)
}

// Service books. Now, NewID, NewCode and NewToken have working defaults.
type Service struct {
	Directory func() *Directory
	Store     Store
	Outbox    outbox.Queue
	Now       func() time.Time
	NewID     func() string
	NewCode   func() string // 6 characters without look-alikes
	NewToken  func() string // 128 random bits
}

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Service) newID() string {
	if s.NewID != nil {
		return s.NewID()
	}
	return uuid.Must(uuid.NewV7()).String()
}

func (s *Service) newCode() string {
	if s.NewCode != nil {
		return s.NewCode()
	}
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	code := make([]byte, 6)
	for i := range code {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		code[i] = alphabet[n.Int64()]
	}
	return string(code)
}

func (s *Service) newToken() string {
	if s.NewToken != nil {
		return s.NewToken()
	}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Book takes a place in a slot. A second call with the key returns the first one's appointment.
func (s *Service) Book(ctx context.Context, key, personID, slotID, note string) (Appointment, error) {
	var a Appointment
	err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if a, err = s.Store.ByKey(ctx, key); !errors.Is(err, ErrNotFound) {
			return err
		}
		now := s.now()
		slot, err := s.Directory().Slot(slotID, now)
		if err != nil {
			return err
		}
		if err := s.hold(ctx, slot); err != nil {
			return err
		}
		mine, err := s.Store.Upcoming(ctx, personID, now)
		if err != nil {
			return err
		}
		for _, other := range mine {
			if other.Start.Equal(slot.Start) {
				return ErrAlready
			}
		}
		if len(mine) >= maxUpcoming {
			return ErrAlready
		}
		a = Appointment{
			ID: s.newID(), Person: personID, Slot: slot.ID(), Station: slot.Station.ID, Start: slot.Start, Code: s.newCode(), Token: s.newToken(),
			Note: note, Key: key, BookedAt: now, Status: Booked,
		}
		if err := s.Store.Place(ctx, a, slot.Station.Counsellors); err != nil {
			return err
		}
		return s.putReminder(ctx, a)
	})
	if err != nil {
		return Appointment{}, fmt.Errorf("book slot %s: %w", slotID, err)
	}
	return a, nil
}

// hold holds others off the slot's day and says ErrGone where the time is blocked. Who books and who blocks time take
// turns here, so that of two at one moment only one gets the slot.
func (s *Service) hold(ctx context.Context, slot Slot) error {
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
		slot, err := s.Directory().Slot(slotID, s.now())
		if err != nil {
			return err
		}
		if err := s.hold(ctx, slot); err != nil {
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
		step := Step{ID: s.newID(), Appointment: a.ID, Kind: StepMoved, Note: movedNote(a.Start, slot.Start), Key: key, At: s.now()}
		a.Key = key
		a, err = s.moveTo(ctx, a, slot, step)
		return err
	})
	if err != nil {
		return Appointment{}, fmt.Errorf("move appointment %s: %w", id, err)
	}
	return a, nil
}

// moveTo gives an appointment a place in a slot whose day is held, and its reminder goes with it.
func (s *Service) moveTo(ctx context.Context, a Appointment, slot Slot, step Step) (Appointment, error) {
	a.Slot, a.Station, a.Start = slot.ID(), slot.Station.ID, slot.Start
	if err := s.Store.Move(ctx, a, slot.Station.Counsellors); err != nil {
		return a, err
	}
	if err := s.Store.AddStep(ctx, step); err != nil {
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
		return s.Store.AddStep(ctx, Step{ID: s.newID(), Appointment: a.ID, Kind: StepCancelled, Key: "cancelled:" + s.newID(), At: s.now()})
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

// KindReminder is the outbox kind of a reminder the day before.
const KindReminder = "booking.reminder"

// early is how long before its start an appointment is reminded of, late for what is booked less than that before.
const (
	early = 24 * time.Hour
	late  = 2 * time.Hour
)

type reminder struct {
	Appointment string    `json:"appointment"`
	Start       time.Time `json:"start"`
}

// putReminder puts a reminder of an appointment on its way, where there is time for one.
func (s *Service) putReminder(ctx context.Context, a Appointment) error {
	at, ok := s.remindAt(a.Start)
	if !ok || a.WalkIn() {
		return nil
	}
	payload, err := json.Marshal(reminder{a.ID, a.Start})
	if err != nil {
		return fmt.Errorf("write a reminder: %w", err)
	}
	return s.Outbox.Put(ctx, outbox.Row{
		ID: s.newID(), Key: fmt.Sprintf("remind:%s:%d", a.ID, a.Start.Unix()), Kind: KindReminder, Person: a.Person, Payload: payload, RunAt: at,
	})
}

// remindAt is when to remind of a start: the day before, or some hours before what is booked for today or tomorrow; false
// where that is past too.
func (s *Service) remindAt(start time.Time) (time.Time, bool) {
	soon := s.now().Add(time.Minute)
	for _, before := range []time.Duration{early, late} {
		if at := start.Add(-before); !at.Before(soon) {
			return at, true
		}
	}
	return time.Time{}, false
}

// Remind returns what to say for a reminder, nothing where the appointment was moved, cancelled or is past.
func (s *Service) Remind(ctx context.Context, r outbox.Row) ([]channel.Reply, error) {
	var m reminder
	if err := json.Unmarshal(r.Payload, &m); err != nil {
		return nil, &outbox.Error{Verdict: outbox.Bury, Err: fmt.Errorf("read a reminder: %w", err)}
	}
	a, err := s.Store.Get(ctx, m.Appointment)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("remind: %w", err)
	}
	if a.Status != Booked || !a.Start.Equal(m.Start) || !a.Start.After(s.now()) {
		return nil, nil
	}
	where := "预约的站点"
	if st, ok := s.Directory().Station(a.Station); ok {
		where = st.Name + "，" + st.Address
	}
	return []channel.Reply{{Text: fmt.Sprintf("提醒您：%s 有一次预约。\n地点：%s\n预约码：%s\n来不了的话，发“我的预约”可以改时间或取消。", WhenLabel(a.Start), where, a.Code)}}, nil
}
