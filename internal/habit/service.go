package habit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Store is what challenges need of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Add keeps a new challenge; ErrAlready where the person has one under way.
	Add(ctx context.Context, c Challenge) error
	// ByKey returns the challenge that a command with this key made, Get the one with this ID, ByToken the one whose picture
	// this is; ErrNotFound where there is none.
	ByKey(ctx context.Context, key string) (Challenge, error)
	Get(ctx context.Context, id string) (Challenge, error)
	ByToken(ctx context.Context, token string) (Challenge, error)
	// Running returns the person's challenge that is under way, or the one that they joined, and holds off others that change it
	// until the transaction of ctx ends; ErrNotFound where there is none.
	Running(ctx context.Context, personID string) (Challenge, error)
	// RemindAt changes when the person is reminded.
	RemindAt(ctx context.Context, id, clock string) error
	// End ends a challenge that is under way.
	End(ctx context.Context, id string, how Ending, at time.Time) error
	// Tick keeps a tick; a second one of the same day and person changes nothing.
	Tick(ctx context.Context, personID, id string, t Tick) error
	Ticks(ctx context.Context, id string) ([]Tick, error)
	PartnerStore
}

// Service keeps challenges. Now and NewID have working defaults.
type Service struct {
	Catalogue func() *Catalogue
	Store     Store
	Outbox    outbox.Queue
	Budget    *budget.Purse // how often wrong codes are taken; nil: without bound
	citytime.Clock
}

// Start begins a challenge today. A second call with the key returns the first one's.
func (s *Service) Start(ctx context.Context, key, personID, habitID, remindAt string) (Challenge, error) {
	var made Challenge
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		known, err := s.Store.ByKey(ctx, key)
		if !errors.Is(err, ErrNotFound) {
			made = known
			return err
		}
		if _, err := s.Store.Running(ctx, personID); !errors.Is(err, ErrNotFound) {
			if err == nil {
				err = ErrAlready
			}
			return err
		}
		if _, ok := s.Catalogue().Habit(habitID); !ok {
			return ErrNotFound
		}
		now := s.Time()
		made = Challenge{
			ID: s.ID(), Person: personID, Habit: habitID, First: now.In(citytime.Zone).Format(time.DateOnly), RemindAt: remindAt,
			Token: strings.ToLower(rand.Text()), Key: key, StartedAt: now,
		}
		if err := s.Store.Add(ctx, made); err != nil {
			return err
		}
		return s.plan(ctx, made, 1)
	})
	if err != nil {
		return Challenge{}, fmt.Errorf("start a challenge: %w", err)
	}
	return made, nil
}

// Tick notes that somebody did it today. It returns the challenge as it then stands, ended where that was the last tick.
func (s *Service) Tick(ctx context.Context, personID string, who ...Who) (Challenge, Progress, error) {
	return s.tick(ctx, personID, func(c Challenge, _ Progress) (int, bool) { return c.Day(s.Time()), false }, who)
}

// MakeUp notes that somebody did it on the latest missed day, once in a challenge. Without a day to make up it changes nothing.
func (s *Service) MakeUp(ctx context.Context, personID string, who ...Who) (Challenge, Progress, error) {
	return s.tick(ctx, personID, func(_ Challenge, p Progress) (int, bool) {
		if p.MadeUp {
			return 0, true
		}
		return p.Missed, true
	}, who)
}

func (s *Service) tick(ctx context.Context, personID string, which func(Challenge, Progress) (day int, madeUp bool), who []Who) (c Challenge, p Progress, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		if c, p, err = s.running(ctx, personID); err != nil || !c.Running() {
			return err
		}
		day, madeUp := which(c, p)
		if day < 1 || day > Days {
			return nil
		}
		for _, w := range who {
			if err := s.Store.Tick(ctx, personID, c.ID, Tick{Day: day, Who: w, MadeUp: madeUp, At: s.Time()}); err != nil {
				return err
			}
		}
		c, p, err = s.running(ctx, personID)
		return err
	})
	if err != nil {
		return Challenge{}, Progress{}, fmt.Errorf("tick a day: %w", err)
	}
	return c, p, nil
}

// Current returns the person's challenge and how far it has come. One whose days are over ends by that, and is returned as ended.
func (s *Service) Current(ctx context.Context, personID string) (c Challenge, p Progress, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		c, p, err = s.running(ctx, personID)
		return err
	})
	if err != nil {
		return Challenge{}, Progress{}, fmt.Errorf("look at a challenge: %w", err)
	}
	return c, p, nil
}

func (s *Service) running(ctx context.Context, personID string) (Challenge, Progress, error) {
	c, err := s.Store.Running(ctx, personID)
	if err != nil {
		return Challenge{}, Progress{}, err
	}
	ticks, err := s.Store.Ticks(ctx, c.ID)
	if err != nil {
		return Challenge{}, Progress{}, err
	}
	today := c.Day(s.Time())
	p := progress(ticks, today)
	if today > Days || today == Days && p.Days[Days-1].both() {
		c.Ending, c.EndedAt = Finished, s.Time()
		if err := s.Store.End(ctx, c.ID, c.Ending, c.EndedAt); err != nil {
			return Challenge{}, Progress{}, err
		}
	}
	return c, p, nil
}

// Remind changes the hour of the reminders; "" is none.
func (s *Service) Remind(ctx context.Context, personID, clock string) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		c, err := s.Store.Running(ctx, personID)
		if err == nil && c.Joined(personID) { // the hour is whose challenge it is
			err = ErrNotFound
		}
		if err != nil || c.RemindAt == clock {
			return err
		}
		if err := s.Store.RemindAt(ctx, c.ID, clock); err != nil {
			return err
		}
		c.RemindAt = clock
		return s.plan(ctx, c, c.Day(s.Time()))
	})
	if err != nil {
		return fmt.Errorf("change a reminder: %w", err)
	}
	return nil
}

// Quit ends the person's challenge without a word of blame. Whoever joined one leaves it alone.
func (s *Service) Quit(ctx context.Context, personID string) (Challenge, error) {
	var c Challenge
	err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if c, err = s.Store.Running(ctx, personID); err != nil {
			return err
		}
		if c.Joined(personID) { // the other phone goes on
			return s.Store.Leave(ctx, personID)
		}
		return s.Store.End(ctx, c.ID, Quit, s.Time())
	})
	if err != nil {
		return Challenge{}, fmt.Errorf("quit a challenge: %w", err)
	}
	return c, nil
}

// Picture draws the challenge behind a token.
func (s *Service) Picture(ctx context.Context, token string) ([]byte, error) {
	c, err := s.Store.ByToken(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("draw a challenge: %w", err)
	}
	ticks, err := s.Store.Ticks(ctx, c.ID)
	if err != nil {
		return nil, fmt.Errorf("draw a challenge: %w", err)
	}
	return picture(s.habit(c).Name, progress(ticks, Days))
}

// habit is what the challenge is about; editors may have taken it out since.
func (s *Service) habit(c Challenge) Habit {
	if h, ok := s.Catalogue().Habit(c.Habit); ok {
		return h
	}
	return Habit{ID: c.Habit, Name: "好习惯", Daily: []string{"又是一天，真好。"}, Reminders: []string{"今天的好习惯，做到了发“打卡”点一下就行。"}}
}

// KindReminder is the outbox kind of a day's reminder.
const KindReminder = "habit.reminder"

type reminder struct {
	Challenge string `json:"challenge"`
	Day       int    `json:"day"`
	Clock     string `json:"clock"` // as it was when the row was made
}

// Kind implements outbox.Job.
func (reminder) Kind() string { return KindReminder }

// plan puts the next reminder on its way, on this day of the challenge or the next one whose hour is still to come; the
// one after the last day brings the picture.
func (s *Service) plan(ctx context.Context, c Challenge, day int) error {
	for ; day <= Days+1; day++ {
		at, ok := c.on(day, c.RemindAt)
		if !ok {
			return nil
		}
		if !at.After(s.Time()) {
			continue
		}
		// The hour stands in the key: whoever changes it and back again within a day finds the row that there is.
		key := fmt.Sprintf("habit-remind:%s:%d:%s", c.ID, day, c.RemindAt)
		return outbox.Ask(ctx, s.Outbox, reminder{c.ID, day, c.RemindAt}, outbox.Row{ID: s.ID(), Key: key, Person: c.Person, RunAt: at})
	}
	return nil
}

// Due is what a reminder says, and until when that is true (the zero time: for ever).
type Due struct {
	Replies []channel.Reply
	Until   time.Time
}

// Reminder does a row of KindReminder: it puts the next day's on its way and returns what to say, nothing where the day is
// done, the hour was changed or the challenge has ended.
func (s *Service) Reminder(ctx context.Context, r outbox.Row) (due Due, err error) {
	m, err := outbox.Decode[reminder](r)
	if err != nil {
		return Due{}, err
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		due = Due{}
		c, p, err := s.running(ctx, r.Person)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil || c.ID != m.Challenge || c.RemindAt != m.Clock {
			return err
		}
		if !c.Running() {
			due.Replies = s.ended(c, p)
			return nil
		}
		today := c.Day(s.Time())
		if m.Day == today && !p.Days[today-1].both() {
			due = Due{Replies: []channel.Reply{{Text: of(s.habit(c).Reminders, today)}}, Until: midnight(s.Time()).AddDate(0, 0, 1)}
		}
		return s.plan(ctx, c, m.Day+1) // after an outage that may be today
	})
	if err != nil {
		return Due{}, fmt.Errorf("remind of a habit: %w", err)
	}
	return due, nil
}
