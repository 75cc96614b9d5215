package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// A case that waits for a human has a clock: Waits says for what, DueAt when it runs out, Rung how far up the ladder the
// calls have come. Nobody falls through a case that somebody has:
//
//	eyes    nobody has seen it: whoever is on duty is called at once, then rung by rung
//	taking  somebody said 收到 and has the level's time to act; then the next rung is called, and it waits for eyes again
//	answer  somebody has the conversation and words of danger stand: after the level's time they are called, then the ladder
//
// Whatever a human says to the person, or does for them, stops it (acted).

// KindDeadline is the outbox kind whose Handler is Service.Overdue.
const KindDeadline = "case.deadline"

// DefaultWithin is how long a case of a level may wait. A level that is not named has no clock, as a plain wish to talk
// with a human.
func DefaultWithin() map[risk.Level]time.Duration {
	return map[risk.Level]time.Duration{risk.Imminent: 3 * time.Minute, risk.High: 10 * time.Minute, risk.Medium: 2 * time.Hour}
}

// The pauses between two calls of everybody, once the whole ladder has been asked.
const (
	firstRepeat = 30 * time.Minute
	lastRepeat  = 4 * time.Hour
)

// uncalled is the rung of a wait in which nobody has been called yet.
const uncalled = -1

func (s *Service) within(l risk.Level) time.Duration {
	if s.Ladder.Within == nil {
		return DefaultWithin()[l]
	}
	return s.Ladder.Within[l]
}

// deadlinePayload names the case whose clock runs out. What is due then is asked of the case.
type deadlinePayload struct {
	Case  string    `json:"case"`
	Until time.Time `json:"until"`
}

// Kind implements outbox.Job.
func (deadlinePayload) Kind() string { return KindDeadline }

// wait starts the clock of what a case waits for from now on, at a rung. A clock that runs already for the same is never
// put off: a rise may only bring the moment nearer.
func (s *Service) wait(c *Case, what Waits, rung int) {
	due := time.Time{}
	if within := s.within(c.Level); within > 0 {
		due = s.now().Add(within)
		if c.Waits == what && !c.DueAt.IsZero() && c.DueAt.Before(due) {
			due = c.DueAt
		}
	}
	c.Waits, c.WaitingSince, c.DueAt, c.Rung = what, s.now(), due, rung
}

// waitForEyes drops every promise to look at a case: it waits until somebody on duty has seen it.
func (s *Service) waitForEyes(c *Case) {
	if c.Status != StatusTalking {
		c.Status = StatusOpen
	}
	c.AcknowledgedAt, c.Promised = time.Time{}, Actor{}
	s.wait(c, WaitsEyes, 0)
}

// putClock writes the clock of a wait that just began, and the calls of its rung, as rows in the transaction of what began
// it: neither a restart nor the death of the replica that set them loses them.
func (s *Service) putClock(ctx context.Context, c Case) error {
	rows, err := s.clock(ctx, c)
	if err != nil {
		return err
	}
	return s.Outbox.Put(ctx, rows...)
}

func (s *Service) clock(ctx context.Context, c Case) (rows []outbox.Row, err error) {
	if c.DueAt.IsZero() {
		return nil, nil
	}
	if c.Rung != uncalled {
		if rows, err = s.alerts(ctx, c, notify.Opened); err != nil {
			return nil, err
		}
	}
	deadline, err := s.deadline(c)
	return append(rows, deadline), err
}

func (s *Service) putDeadline(ctx context.Context, c Case) error {
	row, err := s.deadline(c)
	if err != nil {
		return err
	}
	return s.Outbox.Put(ctx, row)
}

func (s *Service) deadline(c Case) (outbox.Row, error) {
	job := deadlinePayload{Case: c.ID, Until: c.DueAt}
	key := fmt.Sprintf("deadline:%s:%d:%d", c.ID, c.WaitingSince.UnixMicro(), c.DueAt.UnixMicro())
	// For nobody, hence in no lane: the nearer deadline of a rise must not wait behind an earlier, longer one.
	return outbox.For(job, outbox.Row{ID: s.ID(), Key: key, RunAt: c.DueAt, Urgent: true})
}

// retime fits a running clock to a level that staff changed. Only a lower level puts it off.
func (s *Service) retime(ctx context.Context, c *Case, lowered bool) error {
	if c.Waits == WaitsNothing {
		return nil
	}
	within, due := s.within(c.Level), c.DueAt
	if within == 0 {
		c.DueAt = time.Time{}
		return nil
	}
	c.DueAt = s.now().Add(within)
	if !lowered && !due.IsZero() && due.Before(c.DueAt) {
		c.DueAt = due
		return nil
	}
	return s.putDeadline(ctx, *c)
}

// acted says that a human spoke to the person, or did something for them: no clock runs any more. Whatever the person had
// said by then is answered, also where another replica's clock was ahead when they said it.
func (s *Service) acted(c *Case) {
	c.AnsweredAt = s.now()
	if c.AnsweredAt.Before(c.LastSignalAt) {
		c.AnsweredAt = c.LastSignalAt
	}
	s.rest(c)
}

// heard says that the person gave a sign just now, which nobody has answered: a sign that was kept somewhere during an
// outage is as new to staff as any.
func (s *Service) heard(c *Case) {
	at := s.now()
	if !at.After(c.AnsweredAt) {
		at = c.AnsweredAt.Add(time.Microsecond)
	}
	if at.After(c.LastSignalAt) {
		c.LastSignalAt = at
	}
}

// breakPromise ends a promise that was not kept: the case waits for what it waited for before.
func breakPromise(c *Case) {
	c.Promised, c.Waits = Actor{}, WaitsAnswer
	if c.Assignee == "" {
		c.Waits, c.Status, c.AcknowledgedAt = WaitsEyes, StatusOpen, time.Time{}
	}
}

// rest stops the clock.
func (s *Service) rest(c *Case) {
	if c.AcknowledgedAt.IsZero() {
		c.AcknowledgedAt = s.now()
	}
	if c.Status == StatusOpen {
		c.Status = StatusAcknowledged
	}
	c.Waits, c.DueAt, c.Rung, c.Promised = WaitsNothing, time.Time{}, 0, Actor{}
}

// promise says that the actor has seen a case and will take it, or write down what they did, within the level's time.
func (s *Service) promise(ctx context.Context, c *Case, by Actor) error {
	rung := c.Rung
	c.AcknowledgedAt, c.Promised = s.now(), by
	if c.Status == StatusOpen {
		c.Status = StatusAcknowledged
	}
	s.wait(c, WaitsTaking, rung)
	if c.DueAt.IsZero() {
		return nil
	}
	return s.putDeadline(ctx, *c)
}

// escalated says whether whoever has the conversation was called in vain and the ladder is asked: anybody may take it.
func (c Case) escalated() bool {
	return c.Assignee != "" && (c.Waits == WaitsAnswer || c.Waits == WaitsTaking) && c.Rung > 0
}

// asks says whether a case asks whoever is on duty to promise that they look at it.
func (c Case) asks(by Actor) bool {
	return c.Waits == WaitsEyes || c.Waits == WaitsAnswer && c.escalated() && c.Assignee != by.ID
}

// Overdue is the outbox handler of a clock: where it has run out, the case says so in its history, the next rung of the
// ladder is called, and the clock is set again. After the last rung everybody is called again and again, ever more rarely,
// until somebody acts. Run twice it acts once: the first run moved the clock on.
func (s *Service) Overdue(ctx context.Context, r outbox.Row) error {
	p, err := outbox.Decode[deadlinePayload](r)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, "mind the clock of", p.Case, func(ctx context.Context, c *Case) (*Step, error) {
		if c.Status == StatusClosed || c.DueAt.IsZero() || s.now().Before(c.DueAt) { // answered, or a later clock has a row of its own
			return nil, nil
		}
		st := &Step{Kind: StepOverdue, Note: s.missed(*c)}
		if c.Waits == WaitsTaking {
			breakPromise(c)
		}
		return st, s.callNext(ctx, c)
	})
	if errors.Is(err, ErrNotFound) { // erased meanwhile
		return nil
	}
	return err
}

// callNext calls the next rung of a case, and sets the clock for it.
func (s *Service) callNext(ctx context.Context, c *Case) error {
	c.Rung++
	rows, err := s.alerts(ctx, *c, kindOfCall(*c))
	if err != nil {
		return err
	}
	c.DueAt = s.now().Add(s.pause(ctx, *c))
	deadline, err := s.deadline(*c)
	if err != nil {
		return err
	}
	return s.Outbox.Put(ctx, append(rows, deadline)...)
}

// missed says what was not done in time.
func (s *Service) missed(c Case) string {
	span := notify.Span(c.DueAt.Sub(c.WaitingSince))
	switch c.Waits {
	case WaitsTaking:
		return c.Promised.Name + "说了收到，" + span + "内没有接手"
	case WaitsAnswer:
		return c.AssigneeName + "的对话里，" + span + "内没有回应 TA 的话"
	case WaitsEyes, WaitsNothing:
	}
	return span + "内没有人确认"
}

func kindOfCall(c Case) notify.Kind {
	if c.Waits == WaitsAnswer {
		return notify.Unanswered
	}
	return notify.Overdue
}

// pause is how long the rung that was just called may take.
func (s *Service) pause(ctx context.Context, c Case) time.Duration {
	within := s.within(c.Level)
	beyond := c.Rung - len(s.rungs(ctx, c))
	if beyond < 0 {
		return within
	}
	return max(within, min(firstRepeat<<min(beyond, 3), lastRepeat))
}
