package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// KindDeadline is the outbox kind whose Handler is Service.Overdue.
const KindDeadline = "case.deadline"

// AcknowledgeWithin is how long a case of a level may wait for somebody to say that they saw it; 0 where nothing
// presses, as with a plain wish to talk with a human.
func AcknowledgeWithin(level risk.Level) time.Duration {
	switch level {
	case risk.Imminent:
		return 3 * time.Minute
	case risk.High:
		return 10 * time.Minute
	case risk.Medium:
		return 2 * time.Hour
	case risk.Low, risk.None:
	}
	return 0
}

// deadlinePayload names the wait that a deadline ends. A case may wait more than once: each rise of its level asks anew.
type deadlinePayload struct {
	Case  string     `json:"case"`
	Level risk.Level `json:"level"`
	Since time.Time  `json:"since"`
	Until time.Time  `json:"until"`
}

// putDeadline sets the clock of a case that waits. It is a row in the transaction of the signal, so that neither a
// restart nor the death of the replica that set it loses it. A deadline set earlier stays: a rise may only bring the
// moment nearer.
func (s *Service) putDeadline(ctx context.Context, c Case) error {
	within := AcknowledgeWithin(c.Level)
	if within == 0 || !c.AcknowledgedAt.IsZero() {
		return nil
	}
	p := deadlinePayload{Case: c.ID, Level: c.Level, Since: c.WaitingSince, Until: c.WaitingSince.Add(within)}
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode a deadline: %w", err)
	}
	key := fmt.Sprintf("deadline:%s:%d", c.ID, c.WaitingSince.UnixMicro())
	// For nobody, hence in no lane: the nearer deadline of a rise must not wait behind an earlier, longer one.
	return s.Outbox.Put(ctx, outbox.Row{ID: s.newID(), Key: key, Kind: KindDeadline, Payload: b, RunAt: p.Until})
}

// Overdue is the outbox handler of a deadline: where nobody has acknowledged the case since, the case says so in its
// history and open pages hear of it. Run twice it records once.
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
		return &Step{Kind: StepOverdue, Note: fmt.Sprintf("%d 分钟内没有人确认", int(p.Until.Sub(p.Since).Minutes()))}, nil
	})
	if errors.Is(err, ErrNotFound) { // erased meanwhile
		return nil
	}
	return err
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
