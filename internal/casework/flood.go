package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Anybody can be any number of new visitors of a web page. Danger in their words is answered and is a case like any other;
// but until they are proved they rank below equal levels of known people, stand together where they are many, and a
// supervisor may sweep those that one network made up.

// Origin is what came from one network: unproved visitors who wait.
type Origin struct {
	Hash    string // Case.Origin; "" for those of whom it is not known
	Cases   int
	Gravest risk.Level
	First   time.Time // when the oldest of them was opened, and the newest
	Last    time.Time
	Sample  []Case // the newest few
}

// FloodStore is what telling a flood of new visitors from people in need takes.
type FloodStore interface {
	// Floods returns the levels in which unproved visitors wait, the gravest first.
	Floods(ctx context.Context) ([]Flood, error)
	Origins(ctx context.Context, limit int) ([]Origin, error)
	// UnprovedOf returns the IDs of up to limit cases of unproved visitors of an origin that ask for a human, opened at a
	// moment or before.
	UnprovedOf(ctx context.Context, origin string, until time.Time, limit int) ([]string, error)
}

// prove makes a visitor known: whoever has a conversation with somebody has met them.
func (c *Case) prove() {
	if c.Assignee != "" {
		c.Unproved = false
	}
}

// Known says that a new visitor is a real person: their case ranks as anybody's. It is idempotent.
func (s *Service) Known(ctx context.Context, id string, by Actor) (Case, error) {
	return s.change(ctx, "mark as known", id, func(_ context.Context, c *Case) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, ErrClosed
		}
		if !c.Unproved {
			return nil, nil
		}
		c.Unproved = false
		return by.step(StepKnown, ""), nil
	})
}

// Origins lists where unproved visitors who wait come from, the network with the most of them first.
func (s *Service) Origins(ctx context.Context, limit int) ([]Origin, error) {
	os, err := s.Store.Origins(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("list where new visitors come from: %w", err)
	}
	return os, nil
}

// SweepMost is how many cases one sweep closes: each is a change of its own, and a page waits for them.
const SweepMost = 300

// ErrNothing says that a form ticks nothing.
var ErrNothing = errors.New("casework: nothing is ticked")

// Sweeping is what a supervisor ticked on a page of origins.
type Sweeping struct {
	Origins []string
	Reason  string
	Seen    time.Time // when the page was made: what came later was not looked at
	Key     string
}

// Swept is what a sweep came to.
type Swept struct {
	Closed int
	Left   int  // taken, proved, or written in again since the page was made
	More   bool // there are more than one sweep closes
}

// Sweep closes the cases of unproved visitors of whole origins. What a colleague has taken, or whose person wrote again
// since the supervisor looked, stays. The history of each case says who swept it and why; a sweep that is sent twice closes
// nothing twice. Whoever was swept and writes again opens a new case.
func (s *Service) Sweep(ctx context.Context, by Actor, sw Sweeping) (Swept, error) {
	reason, err := checkNote(sw.Reason)
	switch {
	case err != nil:
		return Swept{}, err
	case sw.Key == "" || len(sw.Key) > maxKey/2 || sw.Seen.IsZero():
		return Swept{}, ErrKey
	case len(sw.Origins) == 0:
		return Swept{}, ErrNothing
	}
	var out Swept
	for _, origin := range sw.Origins {
		ids, err := s.Store.UnprovedOf(ctx, origin, sw.Seen, SweepMost+1)
		if err != nil {
			return out, fmt.Errorf("sweep: %w", err)
		}
		for _, id := range ids {
			if out.Closed == SweepMost {
				out.More = true
				return out, nil
			}
			closed, err := s.sweep(ctx, id, by, Sweeping{Reason: reason, Seen: sw.Seen, Key: sw.Key})
			if err != nil {
				return out, fmt.Errorf("sweep: %w", err)
			}
			if closed {
				out.Closed++
			} else {
				out.Left++
			}
		}
	}
	return out, nil
}

// sweep closes one case and says whether it did.
func (s *Service) sweep(ctx context.Context, id string, by Actor, sw Sweeping) (closed bool, err error) {
	_, err = s.change(ctx, "sweep", id, s.once(sw.Key+":"+id, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		closed = false // a transaction may run again
		if !c.Unproved || !c.Asks() || c.Assignee != "" {
			return nil, nil
		}
		again, err := s.wroteSince(ctx, *c, sw.Seen)
		if err != nil || again {
			return nil, err
		}
		if err := s.dropTasks(ctx, *c, by); err != nil {
			return nil, err
		}
		closed = true
		c.Status, c.AcknowledgedAt, c.ClosedAt = StatusClosed, s.now(), s.now()
		c.Waits, c.DueAt, c.Rung, c.Promised = WaitsNothing, time.Time{}, 0, Actor{}
		st := by.step(StepSwept, sw.Reason)
		st.Ref = sw.Key
		return st, nil
	}))
	return closed, err
}

// sweepLook is how far back a sweep looks for words of the person: a few of the bot's may follow them.
const sweepLook = 20

func (s *Service) wroteSince(ctx context.Context, c Case, at time.Time) (bool, error) {
	if c.LastSignalAt.After(at) {
		return true, nil
	}
	latest, err := s.Transcript.Latest(ctx, c.Person, "", sweepLook)
	return slices.ContainsFunc(latest, func(m transcript.Message) bool { return m.From == transcript.FromPerson && m.At.After(at) }), err
}
