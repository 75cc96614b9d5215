package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// KindDeadline is the outbox kind whose Handler is Service.Overdue.
const KindDeadline = "case.deadline"

// DefaultWithin is how long a case of a level may wait for somebody to say that they saw it. A level that is not named
// presses nobody, as a plain wish to talk with a human.
func DefaultWithin() map[risk.Level]time.Duration {
	return map[risk.Level]time.Duration{risk.Imminent: 3 * time.Minute, risk.High: 10 * time.Minute, risk.Medium: 2 * time.Hour}
}

// The pauses between two calls of everybody, once the whole ladder has been asked.
const (
	firstRepeat = 30 * time.Minute
	lastRepeat  = 4 * time.Hour
)

func (s *Service) within(l risk.Level) time.Duration {
	if s.Ladder.Within == nil {
		return DefaultWithin()[l]
	}
	return s.Ladder.Within[l]
}

// Deadline is when a case that waits is overdue; zero where somebody has seen it, or its level presses nobody.
func (s *Service) Deadline(c Case) time.Time {
	within := s.within(c.Level)
	if within == 0 || !c.AcknowledgedAt.IsZero() || c.Status == StatusClosed {
		return time.Time{}
	}
	return c.WaitingSince.Add(within)
}

// deadlinePayload names the wait that a deadline ends. A case may wait more than once: each rise of its level asks anew.
type deadlinePayload struct {
	Case  string     `json:"case"`
	Level risk.Level `json:"level"`
	Since time.Time  `json:"since"`
	From  time.Time  `json:"from"` // when the rung was asked
	Until time.Time  `json:"until"`
	Rung  int        `json:"rung"` // the one that was asked, 0 for whoever is on duty
}

// putWaiting asks whoever is on duty to look at a case that waits, and sets its clock. Both are rows in the transaction
// of the signal, so that neither a restart nor the death of the replica that set them loses them. A deadline set earlier
// stays: a rise may only bring the moment nearer.
func (s *Service) putWaiting(ctx context.Context, c Case) error {
	within := s.within(c.Level)
	if within == 0 || !c.AcknowledgedAt.IsZero() {
		return nil
	}
	if err := s.putAlerts(ctx, c, notify.Opened, 0); err != nil {
		return err
	}
	return s.putDeadline(ctx, deadlinePayload{Case: c.ID, Level: c.Level, Since: c.WaitingSince, From: c.WaitingSince, Until: c.WaitingSince.Add(within)})
}

func (s *Service) putDeadline(ctx context.Context, p deadlinePayload) error {
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode a deadline: %w", err)
	}
	key := fmt.Sprintf("deadline:%s:%d:%d", p.Case, p.Since.UnixMicro(), p.Rung)
	// For nobody, hence in no lane: the nearer deadline of a rise must not wait behind an earlier, longer one.
	return s.Outbox.Put(ctx, outbox.Row{ID: s.newID(), Key: key, Kind: KindDeadline, Payload: b, RunAt: p.Until})
}

// Overdue is the outbox handler of a deadline: where nobody has acknowledged the case since, the case says so in its
// history, the next rung of the ladder is asked, and the clock is set again. After the last rung everybody is asked
// again and again, ever more rarely, until somebody answers. Run twice it acts once.
func (s *Service) Overdue(ctx context.Context, r outbox.Row) error {
	var p deadlinePayload
	if err := json.Unmarshal(r.Payload, &p); err != nil {
		return fmt.Errorf("decode a deadline: %w", err)
	}
	_, err := s.change(ctx, "mind the deadline of", p.Case, func(ctx context.Context, c *Case) (*Step, error) {
		if c.Status == StatusClosed || !c.AcknowledgedAt.IsZero() {
			return nil, nil
		}
		steps, err := s.Store.Steps(ctx, c.ID)
		if err != nil || settled(steps, p) {
			return nil, err
		}
		next := p.Rung + 1
		if err := s.putAlerts(ctx, *c, notify.Overdue, next); err != nil {
			return nil, err
		}
		if p.Since.Equal(c.WaitingSince) { // a later wait has a clock of its own
			again := deadlinePayload{Case: p.Case, Level: c.Level, Since: p.Since, From: p.Until, Until: s.now().Add(s.pause(ctx, *c, next)), Rung: next}
			if err := s.putDeadline(ctx, again); err != nil {
				return nil, err
			}
		}
		return &Step{Kind: StepOverdue, Note: notify.Span(p.Until.Sub(p.From)) + "内没有人确认"}, nil
	})
	if errors.Is(err, ErrNotFound) { // erased meanwhile
		return nil
	}
	return err
}

// pause is how long the rung that was just asked may take.
func (s *Service) pause(ctx context.Context, c Case, rung int) time.Duration {
	within := s.within(c.Level)
	beyond := rung - len(s.rungs(ctx, c))
	if beyond < 0 {
		return within
	}
	return max(within, min(firstRepeat<<min(beyond, 3), lastRepeat))
}

// settled says that the wait of a deadline was answered before, or that its passing stands in the history already.
func settled(steps []Step, p deadlinePayload) bool {
	for _, st := range steps {
		switch st.Kind {
		case StepAcknowledged, StepTaken:
			if !st.At.Before(p.Since) {
				return true
			}
		case StepOverdue:
			if !st.At.Before(p.Until) {
				return true
			}
		}
	}
	return false
}
