package habit

import (
	"errors"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Days is how long a challenge lasts.
const Days = 21

// The errors of challenges.
var (
	ErrAlready  = errors.New("habit: another challenge is under way")
	ErrNotFound = errors.New("habit: no such challenge")
	ErrOwn      = errors.New("habit: the code is of the person's own challenge")
)

// Who ticked.
type Who string

// The two who do a challenge together.
const (
	Parent Who = "parent"
	Child  Who = "child"
)

// Ending is how a challenge ended.
type Ending string

// The endings; a challenge that is under way has none.
const (
	Finished Ending = "finished"
	Quit     Ending = "quit"
)

// Label is how a challenge stands, in words.
func (e Ending) Label() string {
	switch e {
	case Finished:
		return "走完了 21 天"
	case Quit:
		return "停下了"
	}
	return "进行中"
}

// Challenge is 21 days of one habit, of one family.
type Challenge struct {
	ID        string
	Person    string
	Partner   string // who joined from a phone of their own, the child; "" for nobody
	Habit     string
	First     string // its first day in Guangzhou, 2026-03-02
	RemindAt  string // 20:00; empty: no reminder
	Token     string // leads to the picture and to nothing else
	Key       string // the idempotency key that made it
	StartedAt time.Time
	EndedAt   time.Time
	Ending    Ending
}

// Joined says that the person takes part in somebody else's challenge.
func (c Challenge) Joined(personID string) bool { return c.Partner == personID && personID != "" }

// Running says that the challenge has not ended.
func (c Challenge) Running() bool { return c.Ending == "" }

// Tick is one day that one of the two did it.
type Tick struct {
	Day    int // 1 to Days
	Who    Who
	MadeUp bool // a missed day, made up later
	At     time.Time
}

// Day is which day of the challenge a time is: 1 is the first.
func (c Challenge) Day(at time.Time) int {
	return int(midnight(at).Sub(c.first())/(24*time.Hour)) + 1
}

func (c Challenge) first() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, c.First, citytime.Zone)
	if err != nil {
		return midnight(c.StartedAt) // never: Start writes it
	}
	return t
}

// on is the moment of a clock (20:00) on a day of the challenge.
func (c Challenge) on(day int, clock string) (time.Time, bool) {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}, false
	}
	return c.first().AddDate(0, 0, day-1).Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute), true
}

func midnight(t time.Time) time.Time {
	l := t.In(citytime.Zone)
	return time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, citytime.Zone)
}

// Progress is how far a family has come.
type Progress struct {
	Days     [Days]Mark
	Done     int // days on which somebody did it
	Together int // days on which both did
	Streak   int // days without a gap, up to today or, while today is open, yesterday
	Missed   int // the latest day before today on which nobody did; 0: none
	MadeUp   bool
}

// Mark is who did it on a day.
type Mark struct{ Parent, Child bool }

func (m Mark) any() bool  { return m.Parent || m.Child }
func (m Mark) both() bool { return m.Parent && m.Child }

// progress counts the ticks as they stand on a day.
func progress(ticks []Tick, today int) Progress {
	var p Progress
	for _, t := range ticks {
		if t.Day < 1 || t.Day > Days {
			continue
		}
		m := &p.Days[t.Day-1]
		m.Parent, m.Child = m.Parent || t.Who == Parent, m.Child || t.Who == Child
		p.MadeUp = p.MadeUp || t.MadeUp
	}
	for i, m := range p.Days {
		switch {
		case m.any():
			p.Done++
		case i+1 < today:
			p.Missed = i + 1
		}
		if m.both() {
			p.Together++
		}
	}
	last := min(today, Days)
	if last >= 1 && !p.Days[last-1].any() {
		last--
	}
	for last >= 1 && p.Days[last-1].any() {
		p.Streak++
		last--
	}
	return p
}
