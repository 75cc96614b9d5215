package event

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// KindReminder is the outbox kind of a reminder the day before.
const KindReminder = "event.reminder"

// early is how long before its start a date is reminded of; late is for who signs up less than that before.
const (
	early = 24 * time.Hour
	late  = 3 * time.Hour
)

type reminder struct {
	Signup string    `json:"signup"`
	Start  time.Time `json:"start"` // as it was when the reminder was made
}

// Kind implements outbox.Job.
func (reminder) Kind() string { return KindReminder }

// putReminder puts a reminder of a start on its way. Who signs up at the last moment needs none.
func (s *Service) putReminder(ctx context.Context, x Signup, start time.Time) error {
	at, ok := s.remindAt(start)
	if !ok {
		return nil
	}
	key := fmt.Sprintf("event-remind:%s:%d", x.ID, start.Unix())
	return outbox.Ask(ctx, s.Outbox, reminder{x.ID, start}, outbox.Row{ID: s.ID(), Key: key, Person: x.Person, RunAt: at})
}

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

// Remind returns what to say for a reminder, nothing to who cancelled. Of a date that was moved or called off it tells what
// the last look at all of them did not tell yet.
func (s *Service) Remind(ctx context.Context, r outbox.Row) ([]channel.Reply, error) {
	m, err := outbox.Decode[reminder](r)
	if err != nil {
		return nil, err
	}
	x, err := s.Store.Get(ctx, m.Signup)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("remind: %w", err)
	}
	if !x.Active() {
		return nil, nil
	}
	if changed, err := s.tellChange(ctx, x, m.Start); err != nil || changed {
		return nil, err
	}
	date, _ := s.Calendar().Date(x.Date)
	if !date.At.After(s.Time()) {
		return nil, nil
	}
	if err := s.refill(ctx, date); err != nil {
		return nil, err
	}
	return say("提醒您：%s 有“%s”。\n地点：%s\n签到码：%s\n来不了的话，发“我的报名”取消，让给候补的家庭。", date.When(), date.Title, date.Where(), x.Code), nil
}

func say(format string, args ...any) []channel.Reply {
	return []channel.Reply{{Text: fmt.Sprintf(format, args...)}}
}
