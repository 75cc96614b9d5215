package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// The errors of a station's reception.
var (
	ErrElsewhere = errors.New("booking: the appointment is at another station")
	ErrNotYours  = errors.New("booking: the clerk works at another station")
	ErrNoCode    = errors.New("booking: no appointment has this code")
	ErrNoStation = errors.New("booking: no such station")
	ErrEarly     = errors.New("booking: the appointment is on a later day")
	ErrNotBegun  = errors.New("booking: the appointment has not begun")
	ErrState     = errors.New("booking: the appointment is not in a state for this")
	ErrWords     = errors.New("booking: the words are missing or too long")
	ErrFormKey   = errors.New("booking: the form has no key")
	ErrPeople    = errors.New("booking: people have appointments in that time")
	ErrTime      = errors.New("booking: the time is not in the station's day, or is past")
)

// maxWords is how many characters a reason or a word to a person may have.
const maxWords = 200

// ReceptionStore is what the reception needs of the database beyond Store.
type ReceptionStore interface {
	ByCode(ctx context.Context, code string) ([]Appointment, error)
	// At returns every appointment of a station that starts between two times, the cancelled ones too, by start.
	At(ctx context.Context, stationID string, from, to time.Time) ([]Appointment, error)
	// CountAt counts the appointments of every station that start between two times, by station and status.
	CountAt(ctx context.Context, from, to time.Time) (map[string]map[Status]int, error)
	Steps(ctx context.Context, appointmentID string) ([]Step, error)
	// StepByKey returns the step that a form with this key made; ErrNotFound where there was none.
	StepByKey(ctx context.Context, key string) (Step, error)
	AddBlock(ctx context.Context, b Block) error
	Block(ctx context.Context, id string) (Block, error)
	// BlockByKey returns the block that a form with this key made; ErrNotFound where there was none.
	BlockByKey(ctx context.Context, key string) (Block, error)
	LiftBlock(ctx context.Context, id, staffName string, at time.Time) error
}

// Clerk is who works at a station's desk. Station is the only one that they may touch, empty for any of Stations; nil there is
// all of them.
type Clerk struct {
	ID, Name string
	Station  string
	Stations []string
}

func (c Clerk) works(stationID string) bool {
	return c.Station == stationID || c.Station == "" && (c.Stations == nil || slices.Contains(c.Stations, stationID))
}

// Reception is the work of a station's staff with its appointments: who came, who did not, moving, cancelling, blocking
// time, and people who walk in. Whoever booked is told of what staff change. Start reading at Mark.
type Reception struct {
	Booking *Service
	Store   ReceptionStore
	Trail   *audit.Log // who opened what; without it nothing is opened
}

// Now is the reception's clock.
func (r *Reception) Now() time.Time { return r.Booking.Time() }

// Find returns the appointment of a code that somebody says at a station. Of several it is the one nearest to now.
func (r *Reception) Find(ctx context.Context, by Clerk, stationID, code string) (Appointment, error) {
	if !by.works(stationID) {
		return Appointment{}, ErrNotYours
	}
	if _, token, scanned := strings.Cut(code, ScanPath); scanned { // a reader of codes types what it reads
		a, err := r.Scanned(ctx, by, token)
		if err == nil && a.Station != stationID {
			return Appointment{}, ErrElsewhere
		}
		return a, err
	}
	code = cleanCode(code)
	if code == "" {
		return Appointment{}, ErrNoCode
	}
	if err := r.Trail.RecordOnce(ctx, audit.Event{Kind: audit.Search, Object: stationID}); err != nil {
		return Appointment{}, fmt.Errorf("find a code: %w", err)
	}
	all, err := r.Store.ByCode(ctx, code)
	if err != nil {
		return Appointment{}, fmt.Errorf("find a code: %w", err)
	}
	if len(all) == 0 {
		return Appointment{}, ErrNoCode
	}
	here := slices.DeleteFunc(all, func(a Appointment) bool { return a.Station != stationID })
	if len(here) == 0 {
		return Appointment{}, ErrElsewhere
	}
	now := r.Now()
	return slices.MinFunc(here, func(a, b Appointment) int { return int(a.Start.Sub(now).Abs() - b.Start.Sub(now).Abs()) }), nil
}

// ScanPath is where the code on the page of an appointment leads, with the page's token behind it.
const ScanPath = "/desk/appointments/scan/"

// Scanned returns the appointment whose code was read by a camera.
func (r *Reception) Scanned(ctx context.Context, by Clerk, token string) (Appointment, error) {
	a, err := r.Booking.Store.ByToken(ctx, strings.TrimSpace(token))
	if err != nil {
		return Appointment{}, fmt.Errorf("scan an appointment: %w", err)
	}
	if !by.works(a.Station) {
		return Appointment{}, ErrElsewhere
	}
	return a, nil
}

// cleanCode reads a code as it is typed in a hurry: in small letters, with blanks, in full width.
func cleanCode(code string) string {
	return strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' { // full-width forms stand in the order of ASCII
			c -= '！' - '!'
		}
		c = unicode.ToUpper(c)
		if 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			return c
		}
		return -1
	}, code)
}

// Visit is an appointment as the station's staff see it.
type Visit struct {
	Appointment
	Ends  time.Time
	Steps []Step
}

// Visit returns an appointment with its note and its history, once the trail has it.
func (r *Reception) Visit(ctx context.Context, by Clerk, id string) (Visit, error) {
	a, err := r.Booking.Store.Get(ctx, id)
	if err != nil {
		return Visit{}, fmt.Errorf("open an appointment: %w", err)
	}
	if !by.works(a.Station) {
		return Visit{}, ErrElsewhere
	}
	if err := r.Trail.RecordOnce(ctx, audit.Event{Kind: audit.OpenAppointment, Object: id}); err != nil {
		return Visit{}, fmt.Errorf("open an appointment: %w", err)
	}
	steps, err := r.Store.Steps(ctx, id)
	if err != nil {
		return Visit{}, fmt.Errorf("open an appointment: %w", err)
	}
	st, _ := r.Booking.Directory().Station(a.Station)
	return Visit{a, Slot{st, a.Start}.End(), steps}, nil
}

// Allows returns why an appointment cannot come to a status now, nil where it can.
func (a Appointment) Allows(to Status, now time.Time) error {
	switch to {
	case Arrived:
		if a.Cancelled() || a.Status == Arrived {
			return ErrState
		}
		if midnight(a.Start).After(now) {
			return ErrEarly
		}
	case NoShow:
		if a.Cancelled() || a.Status == NoShow || a.WalkIn() {
			return ErrState
		}
		if !now.After(a.Start) {
			return ErrNotBegun
		}
	case Booked: // a mistake; who walked in never booked
		if a.Status != Arrived && a.Status != NoShow || a.WalkIn() {
			return ErrState
		}
	case Cancelled:
		if a.Status != Booked && (a.Status != Arrived || !a.WalkIn()) { // a walk-in that was registered by mistake
			return ErrState
		}
	}
	return nil
}

// Mark brings an appointment to a status: the person came, did not come, or one of both was marked by mistake.
func (r *Reception) Mark(ctx context.Context, by Clerk, id, key string, to Status) (Appointment, error) {
	kinds := map[Status]StepKind{Arrived: StepArrived, NoShow: StepNoShow, Booked: StepUndone}
	return r.change(ctx, by, id, key, func(ctx context.Context, a Appointment) (Appointment, error) {
		if a.Status == to { // a colleague was first
			return a, nil
		}
		now := r.Now()
		if err := a.Allows(to, now); err != nil {
			return a, err
		}
		a.Status, a.ArrivedAt = to, time.Time{}
		if to == Arrived {
			a.ArrivedAt = now
		}
		if err := r.Booking.Store.Mark(ctx, a); err != nil {
			return a, err
		}
		return a, r.Booking.Store.AddStep(ctx, r.step(by, a, kinds[to], "", key))
	})
}

// change does something to an appointment of the clerk's station, once for each key.
func (r *Reception) change(ctx context.Context, by Clerk, id, key string, do func(ctx context.Context, a Appointment) (Appointment, error)) (Appointment, error) {
	var a Appointment
	err := r.Booking.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if a, err = r.Booking.Store.ForUpdate(ctx, id); err != nil {
			return err
		}
		if !by.works(a.Station) {
			return ErrElsewhere
		}
		if done, err := r.done(ctx, key); err != nil || done {
			return err
		}
		a, err = do(ctx, a)
		return err
	})
	if err != nil {
		return Appointment{}, fmt.Errorf("change appointment %s: %w", id, err)
	}
	return a, nil
}

// done says whether a form's work was done already.
func (r *Reception) done(ctx context.Context, key string) (bool, error) {
	if err := checkKey(key); err != nil {
		return false, err
	}
	_, err := r.Store.StepByKey(ctx, formKey(key))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func checkKey(key string) error {
	if key == "" || len(key) > 64 {
		return ErrFormKey
	}
	return nil
}

// formKey keeps the keys of forms apart from those of the chat.
func formKey(key string) string { return "desk:" + key }

func (r *Reception) step(by Clerk, a Appointment, kind StepKind, note, key string) Step {
	return Step{ID: r.Booking.ID(), Appointment: a.ID, Kind: kind, By: by.ID, Staff: by.Name, Note: note, Key: formKey(key), At: r.Now()}
}

// Cancel cancels an appointment and tells the person, with the clerk's words where there are any.
func (r *Reception) Cancel(ctx context.Context, by Clerk, id, key, words string) (Appointment, error) {
	words, err := someWords(words)
	if err != nil {
		return Appointment{}, err
	}
	return r.change(ctx, by, id, key, func(ctx context.Context, a Appointment) (Appointment, error) {
		return r.cancel(ctx, a, r.step(by, a, StepCancelled, words, key))
	})
}

func (r *Reception) cancel(ctx context.Context, a Appointment, step Step) (Appointment, error) {
	if err := a.Allows(Cancelled, r.Now()); err != nil {
		return a, err
	}
	a.Status = Cancelled
	if err := r.Booking.Store.Mark(ctx, a); err != nil {
		return a, err
	}
	if err := r.Booking.Store.AddStep(ctx, step); err != nil {
		return a, err
	}
	if err := r.Booking.freed(ctx, a.Station); err != nil {
		return a, err
	}
	text := fmt.Sprintf("很抱歉，您 %s 在%s的预约取消了，请不用过去。", WhenLabel(a.Start), r.where(a.Station))
	if step.Note != "" {
		text += "\n站点的话：" + step.Note
	}
	return a, r.tell(ctx, a, step, text+"\n发“预约”可以另约一个时间，或者换一个站点。想马上找人说说，发“人工”。")
}

// Move gives an appointment another slot of its station and tells the person both times.
func (r *Reception) Move(ctx context.Context, by Clerk, id, key, slotID, words string) (Appointment, error) {
	words, err := someWords(words)
	if err != nil {
		return Appointment{}, err
	}
	slot, err := r.target(slotID)
	if err != nil {
		return Appointment{}, err
	}
	var a Appointment
	err = r.Booking.Store.InTx(ctx, func(ctx context.Context) error {
		if err := r.Booking.Store.LockDay(ctx, slot.Station.ID, slot.Start); err != nil { // before the appointment, as Block does
			return err
		}
		a, err = r.change(ctx, by, id, key, func(ctx context.Context, a Appointment) (Appointment, error) {
			return r.move(ctx, a, slot, r.step(by, a, StepMoved, words, key))
		})
		return err
	})
	return a, err
}

// target reads a slot that staff move somebody to: one that the chat may no longer offer, because it is soon, will do.
func (r *Reception) target(slotID string) (Slot, error) {
	slot, err := r.Booking.Directory().listed(slotID)
	if err == nil && !r.ahead(slot) {
		err = ErrGone
	}
	return slot, err
}

func (r *Reception) ahead(s Slot) bool {
	now := r.Now()
	return s.Start.After(now) && s.Start.Sub(now) <= ahead
}

func (r *Reception) move(ctx context.Context, a Appointment, slot Slot, step Step) (Appointment, error) {
	switch {
	case a.Status != Booked:
		return a, ErrState
	case a.Station != slot.Station.ID:
		return a, ErrElsewhere
	case a.Slot == slot.ID():
		return a, ErrTime
	}
	if err := r.Booking.enter(ctx, slot); err != nil {
		return a, err
	}
	if err := r.Booking.room(ctx, a.Person, slot); err != nil {
		return a, err
	}
	old, words := a.Start, step.Note
	step.Note = strings.TrimSpace(movedNote(old, slot.Start) + "\n" + words)
	a, err := r.Booking.moveTo(ctx, a, slot, step)
	if err != nil {
		return a, err
	}
	text := fmt.Sprintf("您在%s的预约改了时间。\n原来：%s\n现在：%s", r.where(a.Station), WhenLabel(old), WhenLabel(a.Start))
	if words != "" {
		text += "\n站点的话：" + words
	}
	return a, r.tell(ctx, a, step, text+"\n预约码不变："+a.Code+"\n时间不合适的话，发“我的预约”可以再改，也可以取消。")
}

// tell says something to who booked. Who walked in is known to nobody.
func (r *Reception) tell(ctx context.Context, a Appointment, step Step, text string) error {
	if a.WalkIn() {
		return nil
	}
	return outbox.Ask(ctx, r.Booking.Outbox, channel.Tell(a.Person, text), outbox.Row{ID: r.Booking.ID(), Key: "appointment-told:" + step.ID, Person: a.Person, RunAt: r.Now()})
}

func (r *Reception) where(stationID string) string {
	if st, ok := r.Booking.Directory().Station(stationID); ok {
		return st.Name
	}
	return "站点"
}

// WalkIn gives a free place, in a slot of today that is not over, to somebody who stands there without an appointment.
// They get a code; nothing else is kept of them.
func (r *Reception) WalkIn(ctx context.Context, by Clerk, key, slotID string) (Appointment, error) {
	if err := checkKey(key); err != nil {
		return Appointment{}, err
	}
	slot, err := r.Booking.Directory().listed(slotID)
	if err != nil {
		return Appointment{}, err
	}
	if !by.works(slot.Station.ID) {
		return Appointment{}, ErrNotYours
	}
	var a Appointment
	err = r.Booking.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if err := r.Booking.Store.LockDay(ctx, slot.Station.ID, slot.Start); err != nil {
			return err
		}
		if a, err = r.Booking.Store.ByKey(ctx, formKey(key)); !errors.Is(err, ErrNotFound) {
			return err
		}
		now := r.Now()
		if !midnight(slot.Start).Equal(midnight(now)) || !slot.End().After(now) {
			return ErrTime
		}
		if err := r.Booking.enter(ctx, slot); err != nil {
			return err
		}
		if err := r.Booking.room(ctx, "", slot); err != nil {
			return err
		}
		a = Appointment{
			ID: r.Booking.ID(), Slot: slot.ID(), Station: slot.Station.ID, Start: slot.Start, Code: r.Booking.newCode(), Token: r.Booking.newToken(),
			Key: formKey(key), BookedAt: now, Status: Arrived, ArrivedAt: now,
		}
		if err := r.Booking.Store.Place(ctx, a, slot.Station.Counsellors); err != nil {
			return err
		}
		return r.Booking.Store.AddStep(ctx, r.step(by, a, StepWalkedIn, "", key))
	})
	if err != nil {
		return Appointment{}, fmt.Errorf("take in a walk-in: %w", err)
	}
	return a, nil
}

// someWords reads what a clerk wrote, which may be nothing.
func someWords(words string) (string, error) {
	words = strings.TrimSpace(strings.ReplaceAll(words, "\r\n", "\n"))
	if utf8.RuneCountInString(words) > maxWords {
		return "", ErrWords
	}
	return words, nil
}

// midnight is the beginning of a time's day in Guangzhou.
func midnight(t time.Time) time.Time {
	t = t.In(citytime.Zone)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, citytime.Zone)
}
