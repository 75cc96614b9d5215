package request

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// A concern that is no danger opens no case: nobody is called, and it waits in the list. Where it waits too long, it stands
// first there, and whoever is on duty is told once.

// ReadWithin is how soon somebody should have read a concern.
const ReadWithin = 4 * time.Hour

// The outbox kinds of a concern that nobody reads.
const (
	KindUnread = "request.unread" // the look at whether somebody read it
	KindNotice = "request.notice" // one call by one way; payload Notice
)

// lookAgain is when to look again where nobody knows when somebody is on duty next.
const lookAgain = 30 * time.Minute

// Overdue says that nobody has read a concern in time.
func (r Request) Overdue(now time.Time) bool {
	return r.Kind == Concern && r.State == New && now.Sub(r.MadeAt) >= ReadWithin
}

// Late is the time before which a concern came that is overdue now.
func (s *Service) Late() time.Time { return s.Time().Add(-ReadWithin) }

type unread struct {
	Request string `json:"request"`
}

// Kind implements outbox.Job.
func (unread) Kind() string { return KindUnread }

// Notice is a call about a concern by one way of calling staff.
type Notice struct {
	Request string `json:"request"`
	Way     string `json:"way"`
}

// Kind implements outbox.Job.
func (Notice) Kind() string { return KindNotice }

func (s *Service) putUnread(ctx context.Context, id string, at time.Time) error {
	return outbox.Ask(ctx, s.Outbox, unread{id}, outbox.Row{ID: s.ID(), Key: fmt.Sprintf("request-unread:%s:%d", id, at.Unix()), RunAt: at})
}

// Unread does a row of KindUnread. In duty hours it puts one call by each way on its way; outside of them it looks again when
// the next duty begins.
func (s *Service) Unread(ctx context.Context, row outbox.Row) error {
	u, err := outbox.Decode[unread](row)
	if err != nil {
		return err
	}
	r, err := s.Store.Get(ctx, u.Request)
	if errors.Is(err, ErrNotFound) || err == nil && r.State != New {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at a concern: %w", err)
	}
	if s.OnDuty != nil {
		if on, next := s.OnDuty(s.Time()); !on {
			if !next.After(s.Time()) {
				next = s.Time().Add(lookAgain)
			}
			return s.putUnread(ctx, r.ID, next)
		}
	}
	var rows []outbox.Row
	for _, way := range s.Ways {
		row, err := outbox.For(Notice{r.ID, way}, outbox.Row{ID: s.ID(), Key: "request-notice:" + r.ID + ":" + way, RunAt: s.Time()})
		if err != nil {
			return fmt.Errorf("call about a concern: %w", err)
		}
		rows = append(rows, row)
	}
	return s.Outbox.Put(ctx, rows...)
}

// Noticed returns the concern that a row of KindNotice calls about, and by which way; ok is false where somebody has read it.
func (s *Service) Noticed(ctx context.Context, row outbox.Row) (r Request, way string, ok bool, err error) {
	n, err := outbox.Decode[Notice](row)
	if err != nil {
		return Request{}, "", false, err
	}
	r, err = s.Store.Get(ctx, n.Request)
	if errors.Is(err, ErrNotFound) {
		return r, n.Way, false, nil
	}
	return r, n.Way, err == nil && r.State == New, err
}
