package event

import (
	"context"
	"encoding/json"
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

// putReminder puts a reminder of a start on its way. Who signs up at the last moment needs none.
func (s *Service) putReminder(ctx context.Context, x Signup, start time.Time) error {
	at, ok := s.remindAt(start)
	if !ok {
		return nil
	}
	payload, err := json.Marshal(reminder{x.ID, start})
	if err != nil {
		return err
	}
	key := fmt.Sprintf("event-remind:%s:%d", x.ID, start.Unix())
	return s.Outbox.Put(ctx, outbox.Row{ID: s.ID(), Key: key, Kind: KindReminder, Person: x.Person, Payload: payload, RunAt: at})
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
	var m reminder
	if err := json.Unmarshal(r.Payload, &m); err != nil {
		return time.Time{}, &outbox.Error{Verdict: outbox.Bury, Err: fmt.Errorf("read a reminder: %w", err)}
	}
	return m.Start, nil
}

// Remind returns what to say for a reminder, nothing to who cancelled. Of a date that was moved or called off it tells what
// the last look at all of them did not tell yet.
func (s *Service) Remind(ctx context.Context, r outbox.Row) ([]channel.Reply, error) {
	var m reminder
	if err := json.Unmarshal(r.Payload, &m); err != nil {
		return nil, &outbox.Error{Verdict: outbox.Bury, Err: fmt.Errorf("read a reminder: %w", err)}
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
