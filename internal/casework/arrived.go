package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// A platform that takes a call to somebody's phone has not shown it yet: minutes later it says what became of it. A call that
// did not arrive stands in the case's history with the name of whoever it was for, and the next on the ladder is called, once
// nobody of the rung is left whom it may have reached.

// The outbox kinds of a call that is on its way to a phone, and of what the platform says of it later.
const (
	KindSent    = "alert.sent"
	KindOutcome = "alert.outcome" // whose Handler is Service.Arrived
)

// outcomeWithin is how long the platform may take to say what became of a call.
const outcomeWithin = time.Hour

// Sent is a call that a platform took. Ref is the alert's.
type Sent struct {
	Account string `json:"account"`
	Job     string `json:"job"` // the platform's number of it
	Person  string `json:"person"`
	Ref     string `json:"ref"`
}

// Kind implements outbox.Job.
func (Sent) Kind() string { return KindSent }

func sentKey(account, job string) string { return KindSent + ":" + account + ":" + job }

// Arrival is what a platform says became of a call that it took. It may come before the call's own row is written, and of
// messages that another program sent by the account.
type Arrival struct {
	Account string `json:"account"`
	Job     string `json:"job"`
	Status  string `json:"status"` // the platform's own words
}

// Kind implements outbox.Job.
func (Arrival) Kind() string { return KindOutcome }

// Failed says whether the call did not arrive.
func (o Arrival) Failed() bool { return !strings.EqualFold(strings.TrimSpace(o.Status), "success") }

// why is the platform's reason in the words of staff. It writes them with and without a space.
func (o Arrival) why() string {
	switch said := strings.ToLower(o.Status); {
	case strings.Contains(said, "block"):
		return "在微信里拒收了公众号的消息"
	case strings.Contains(said, "system"):
		return "微信系统没有送到"
	}
	return "微信没有送到（" + o.Status + "）"
}

// PutArrival makes an outcome durable. Of a call that arrived nothing more is to be done.
func PutArrival(ctx context.Context, q outbox.Queue, o Arrival, at time.Time) error {
	if !o.Failed() {
		return nil
	}
	return outbox.Ask(ctx, q, o, outbox.Row{Key: KindOutcome + ":" + o.Account + ":" + o.Job, RunAt: at, Urgent: true})
}

// Calls takes back the row of a call that is on its way, inside a transaction; false where there is none.
type Calls interface {
	Take(ctx context.Context, key string) (outbox.Row, bool, error)
}

// OnItsWay remembers a call that a platform took, until its outcome is known.
func (s *Service) OnItsWay(ctx context.Context, sent Sent) error {
	return outbox.Ask(ctx, s.Outbox, sent, outbox.Row{ID: s.ID(), Key: sentKey(sent.Account, sent.Job), Person: sent.Person, RunAt: s.now().Add(outcomeWithin), Apart: true})
}

// Unknown is the outbox handler of a call whose outcome never came: the clock of its case did not wait for it.
func (s *Service) Unknown(context.Context, outbox.Row) error { return nil }

// outcomeTries is how often an outcome looks for its call, whose row may be a moment late.
const outcomeTries = 4

// Arrived is the outbox handler of what a platform says became of a call.
func (s *Service) Arrived(ctx context.Context, r outbox.Row) error {
	o, err := outbox.Decode[Arrival](r)
	if err != nil || !o.Failed() || s.Calls == nil {
		return err
	}
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		row, found, err := s.Calls.Take(ctx, sentKey(o.Account, o.Job))
		switch {
		case err != nil:
			return fmt.Errorf("find the call that an outcome is of: %w", err)
		case !found && r.Attempts < outcomeTries:
			return errors.New("no call of that number is known yet")
		case !found: // another program's
			return nil
		}
		sent, err := outbox.Decode[Sent](row)
		if err != nil {
			return err
		}
		return s.Unreached(ctx, sent.Ref, sent.Person, o.why(), o.Account+":"+o.Job)
	})
}

// ref is what an alert's Ref holds: which call it is.
type ref struct {
	Alert *alertPayload `json:"alert,omitempty"`
	Call  *callPayload  `json:"call,omitempty"`
	Rung  string        `json:"rung,omitempty"` // whom it was for, as staff read it
}

func (r ref) String() string {
	raw, err := json.Marshal(r)
	if err != nil {
		return ""
	}
	return string(raw)
}

// unreached begins the keys of steps that say whom a call did not reach.
const unreached = "unreached:"

// Unreached notes that a call did not reach somebody: why, and once for a key. Where nobody is left whom the calls of the rung
// by this way may have reached, the next rung is called at once.
func (s *Service) Unreached(ctx context.Context, alertRef, person, why, key string) error {
	var what ref
	if err := json.Unmarshal([]byte(alertRef), &what); err != nil || what.Alert == nil && what.Call == nil { // a trial, or a call for many
		return nil //nolint:nilerr // it belongs to no case
	}
	who := "有一位老师"
	if s.Ladder.Phone != nil {
		if name := s.Ladder.Phone(ctx, person); name != "" {
			who = name
		}
	}
	if what.Call != nil {
		note := what.Call.Why.Label() + " · " + what.Call.Way + " · " + who + "：" + why
		return s.changeOnce(ctx, what.Call.Case, unreached+key, func(context.Context, *Case, []Step) (*Step, error) {
			return &Step{Kind: StepUnreached, Note: note}, nil
		})
	}
	p := *what.Alert
	head := fmt.Sprintf("第 %d 次 · %s · ", p.Rung+1, p.Way)
	return s.changeOnce(ctx, p.Case, unreached+key, func(ctx context.Context, c *Case, steps []Step) (*Step, error) {
		st := &Step{Kind: StepUnreached, Note: head + who + "：" + why}
		if c.Status == StatusClosed {
			return nil, nil
		}
		if p.stale(*c) || c.Rung != p.Rung || c.DueAt.IsZero() { // somebody acts, or the next was called meanwhile
			return st, nil
		}
		rungs, missed := s.rungs(ctx, *c), 1
		for _, before := range steps {
			if before.Kind == StepUnreached && strings.HasPrefix(before.Note, head) && !before.At.Before(p.Since) {
				missed++
			}
		}
		if p.Rung+1 >= len(rungs) || missed < len(rungs[max(p.Rung, 0)].Call) {
			return st, nil
		}
		st.Note += "，马上叫" + called(rungs[p.Rung+1])
		return st, s.callNext(ctx, c)
	})
}

// changeOnce changes a case, which may have been erased, once for a key.
func (s *Service) changeOnce(ctx context.Context, id, key string, f func(context.Context, *Case, []Step) (*Step, error)) error {
	_, err := s.change(ctx, "note whom a call did not reach in", id, s.once(key, f))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
