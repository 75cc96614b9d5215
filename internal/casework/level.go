package casework

import (
	"context"
	"errors"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Ruling is a level that staff set, with the reason.
type Ruling struct {
	Level  risk.Level
	Reason string
	Key    string
}

// Levels are those that staff may set, the gravest first.
func Levels() []risk.Level { return []risk.Level{risk.Imminent, risk.High, risk.Medium, risk.Low} }

// SetLevel raises or lowers the level of a case. Raising is always open; from high or imminent a level goes down only
// after another person reviewed the case.
func (s *Service) SetLevel(ctx context.Context, id string, by Actor, r Ruling) (Case, error) {
	reason, err := checkNote(r.Reason)
	if err != nil {
		return Case{}, err
	}
	if !r.Level.Valid() || r.Level == risk.None {
		return Case{}, ErrLevel
	}
	return s.change(ctx, "set the level of", id, s.once(r.Key, func(ctx context.Context, c *Case, steps []Step) (*Step, error) {
		switch {
		case c.Status == StatusClosed:
			return nil, ErrClosed
		case c.Level == r.Level:
			return nil, ErrLevel
		case r.Level.Rank() < c.Level.Rank():
			if err := s.reviewed(ctx, *c, steps, by); err != nil {
				return nil, err
			}
		}
		before := c.Level
		c.Level = r.Level
		st := by.step(StepLevel, reason)
		st.Level = r.Level
		return st, errors.Join(s.levelSet(ctx, c, by, before), s.putFollowUps(ctx, *c))
	}))
}

// levelSet fits the clock to the level that staff gave a case, which may be the one that it had before. Whoever raises a
// case that a colleague has calls that colleague; what nobody has seen yet is the actor's promise now.
func (s *Service) levelSet(ctx context.Context, c *Case, by Actor, before risk.Level) error {
	rises := c.Level.Rank() > before.Rank()
	switch {
	case rises && c.Assignee != "" && c.Assignee != by.ID:
		s.callBack(c)
		return s.putClock(ctx, *c)
	case c.asks(by), rises && c.Assignee == "" && c.Waits == WaitsNothing:
		return s.promise(ctx, c, by)
	case c.Level == before:
		return nil
	}
	return s.retime(ctx, c, !rises)
}
