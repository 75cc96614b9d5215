package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Service decides what happens to cases. Every change writes its Step and its outbox rows in one transaction, and
// touches the live topics once that is done.
type Service struct {
	Store      Store
	Outbox     outbox.Queue
	Transcript transcript.Store // opened by File, LastWords and Words alone, which say so in the trail
	Trail      *audit.Log       // who opened what; without it nothing is opened
	Bus        live.Bus
	Ladder     Ladder
	Calls      Calls                                                               // calls to phones that are on their way; nil: their outcomes are not heard of
	Second     func(ctx context.Context, p Pair) error                             // whether the second of two may agree; nil: any other one may
	Metrics    *Metrics                                                            // nil: nothing is measured
	Address    func(ctx context.Context, personID string) (channel.Address, error) // who a person is; for Identity alone
	Alone      func(ctx context.Context, c Case) bool                              // whether one more unproved person is called for by themselves while many wait; nil: none is
	Vouched    func(c Case) bool                                                   // whether a platform vouches that a case's person is one: what is called together for them goes out within floodSoon; nil: none does
	citytime.Clock
}

// SignalStore is what it takes to record a signal.
type SignalStore interface {
	// Before says what must be known before a signal of this key is recorded. The open case is locked for update inside a transaction.
	Before(ctx context.Context, personID, key string) (Before, error)
	// Insert fails with ErrTaken when the person has an open case already (a unique constraint). It gives the case its number.
	Insert(ctx context.Context, c *Case) error
	// AddSignal reports false when the signal's Key is known.
	AddSignal(ctx context.Context, caseID string, s Signal) (bool, error)
}

// ChangeStore is what every change of a case needs.
type ChangeStore interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// ForUpdate returns a case locked for update inside a transaction.
	ForUpdate(ctx context.Context, id string) (Case, error)
	Get(ctx context.Context, id string) (Case, error)
	// Update writes everything of a case but Unread, which counts by itself.
	Update(ctx context.Context, c Case) error
	AddStep(ctx context.Context, caseID string, s Step) error
}

// raceTries bounds how often Raise starts again after losing a race for the person's one open case.
const raceTries = 5

// errRace rolls a transaction back that found itself late.
var errRace = errors.New("casework: lost a race")

// Raise records a signal in the person's open case, or opens one. The level of a case only rises here. A signal whose
// Key is known changes nothing and returns the case that holds it, even where that is closed by now.
func (s *Service) Raise(ctx context.Context, sig Signal) (Case, error) {
	return s.raiseAnd(ctx, sig, func(_ context.Context, c Case) (Case, error) { return c, nil })
}

// raiseAnd raises a signal and does then in the same transaction.
func (s *Service) raiseAnd(ctx context.Context, sig Signal, then func(context.Context, Case) (Case, error)) (Case, error) {
	if sig.Person == "" || sig.Key == "" || !sig.Level.Valid() {
		return Case{}, fmt.Errorf("raise a signal: person, key and a valid level are needed")
	}
	for try := 1; ; try++ {
		var c Case
		err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
			if c, err = s.raise(ctx, sig); err != nil {
				return err
			}
			c, err = then(ctx, c)
			return err
		})
		if (errors.Is(err, ErrTaken) || errors.Is(err, errRace)) && try < raceTries {
			continue
		}
		if err != nil {
			return Case{}, fmt.Errorf("raise a signal: %w", err)
		}
		s.publish(ctx, c)
		return c, nil
	}
}

func (s *Service) raise(ctx context.Context, sig Signal) (c Case, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		sig.ID = cmp.Or(sig.ID, s.ID())
		if sig.At.IsZero() {
			sig.At = s.now()
		}
		before, err := s.Store.Before(ctx, sig.Person, sig.Key)
		switch {
		case err != nil:
		case before.Known != "": // its case may be closed by now
			c, err = s.Store.Get(ctx, before.Known)
		case before.Open.ID == "":
			c, err = s.openCase(ctx, before, sig)
		default:
			c, err = s.joinCase(ctx, before.Open, sig)
		}
		return err
	})
	return c, err
}

// openCase makes a case of a signal.
func (s *Service) openCase(ctx context.Context, before Before, sig Signal) (Case, error) {
	c := Case{
		ID: s.ID(), Person: sig.Person, Alias: before.Alias, Channel: before.Channel, Account: before.Account, Level: sig.Level, Subject: sig.Subject, Status: StatusOpen,
		Reason: sig.Reason, OpenedAt: s.now(), LastSignalAt: sig.At, Unproved: sig.Unproved, Origin: sig.Origin,
	}
	c.District = s.district(ctx, c)
	if sig.Unread {
		c.Unread = 1
	}
	s.waitForEyes(&c)
	if err := s.Store.Insert(ctx, &c); err != nil {
		return Case{}, err
	}
	c.Opened = true
	if fresh, err := s.Store.AddSignal(ctx, c.ID, sig); err != nil {
		return Case{}, err
	} else if !fresh {
		return Case{}, errRace
	}
	clock, err := s.clock(ctx, c)
	if err != nil {
		return Case{}, err
	}
	tasks, err := s.planFollowUps(ctx, c)
	if err != nil {
		return Case{}, err
	}
	if err := s.Outbox.Put(ctx, append(clock, tasks...)...); err != nil {
		return Case{}, err
	}
	return c, s.step(ctx, c, Step{Kind: StepOpened, Level: sig.Level, Note: sig.Reason, At: sig.At})
}

// joinCase records a signal in an open case.
func (s *Service) joinCase(ctx context.Context, c Case, sig Signal) (Case, error) {
	if fresh, err := s.Store.AddSignal(ctx, c.ID, sig); err != nil {
		return Case{}, err
	} else if !fresh {
		return Case{}, errRace
	}
	st, level := Step{Kind: StepSignal, Note: sig.Reason, At: sig.At}, c.Level
	began := s.join(&c, sig)
	if err := s.Store.Update(ctx, c); err != nil {
		return Case{}, err
	}
	var rows []outbox.Row
	var err error
	if c.Level != level {
		st.Level = c.Level
		if rows, err = s.planFollowUps(ctx, c); err != nil {
			return Case{}, err
		}
	}
	if began {
		clock, err := s.clock(ctx, c)
		if err != nil {
			return Case{}, err
		}
		rows = append(rows, clock...)
	}
	if err := s.Outbox.Put(ctx, rows...); err != nil {
		return Case{}, err
	}
	return c, s.step(ctx, c, st)
}

// join lets a signal act on an open case, and says whether a clock began with it. A higher level than any before needs
// new eyes: neither the acknowledgement of a lower level nor a conversation covers it. Where nobody minds the case any more,
// since it was handed back or what was promised was done, a new signal asks for eyes again, be it the wish to talk.
func (s *Service) join(c *Case, sig Signal) (began bool) {
	rises := sig.Level.Rank() > c.Level.Rank()
	if rises {
		c.Level, c.Reason, c.Subject = sig.Level, sig.Reason, sig.Subject
	}
	s.heard(c)
	switch {
	case c.Status == StatusTalking && rises:
		s.callBack(c)
	case c.Status == StatusTalking && c.Waits == WaitsNothing && sig.Level.AtLeast(risk.Medium):
		s.wait(c, WaitsAnswer, uncalled)
	case c.Status != StatusTalking && (rises || c.Waits == WaitsNothing):
		s.waitForEyes(c)
	default:
		return false
	}
	return true
}

// Acknowledge is a promise by name: the actor has seen the case and will take it, or write down what they did, within the
// time of its level; else the next on the ladder is called. It is idempotent: the first one counts.
func (s *Service) Acknowledge(ctx context.Context, id string, by Actor) (Case, error) {
	return s.change(ctx, "acknowledge", id, func(ctx context.Context, c *Case) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, ErrClosed
		}
		if !c.asks(by) {
			return nil, nil
		}
		if err := s.promise(ctx, c, by); err != nil {
			return nil, err
		}
		return by.step(StepAcknowledged, ""), nil
	})
}

// Take gives the actor the conversation: from here on the dialog is silent and the actor speaks. It is idempotent for
// the same actor; ErrTaken where a colleague has it, unless it was offered to the actor, or that colleague was called in vain.
func (s *Service) Take(ctx context.Context, id string, by Actor) (Case, error) {
	return s.change(ctx, "take", id, func(ctx context.Context, c *Case) (*Step, error) {
		switch {
		case c.Status == StatusClosed:
			return nil, ErrClosed
		case c.Assignee == by.ID:
			return nil, nil
		case c.Offered.ID == by.ID && by.ID != "":
			return s.accept(ctx, c, by)
		case c.Assignee != "" && !c.escalated():
			return nil, ErrTaken
		}
		return by.step(StepTaken, ""), s.give(ctx, c, by)
	})
}

// give makes the actor the one who has the conversation. Words that nobody has answered are theirs to answer, and have a
// clock.
func (s *Service) give(ctx context.Context, c *Case, to Actor) error {
	c.Status, c.Assignee, c.AssigneeName = StatusTalking, to.ID, to.Name
	c.Offered, c.OfferedAt, c.Unproved = Actor{}, time.Time{}, false
	if c.Second.ID == to.ID {
		c.Second = Actor{}
	}
	waited := c.Waits == WaitsAnswer || taken(*c)
	s.rest(c)
	if !waited && !c.Unanswered() {
		return nil
	}
	s.wait(c, WaitsAnswer, uncalled)
	return s.putClock(ctx, *c)
}

// taken says whether a case waits for a promise that was made because whoever has it did not answer.
func taken(c Case) bool { return c.Waits == WaitsTaking && c.Assignee != "" }

// callBack calls whoever has a conversation at once, since it became graver. Where they were called in vain before, it stays
// with the ladder, and open to whoever takes it.
func (s *Service) callBack(c *Case) {
	rung := 0
	if c.escalated() {
		rung = c.Rung
	}
	c.Promised = Actor{}
	s.wait(c, WaitsAnswer, rung)
}

// leave makes a conversation nobody's: it waits for eyes, and the ladder runs as if it were new.
func (s *Service) leave(ctx context.Context, c *Case) error {
	c.Status, c.Assignee, c.AssigneeName = StatusOpen, "", ""
	c.Offered, c.OfferedAt, c.Second = Actor{}, time.Time{}, Actor{}
	c.Waits = WaitsNothing
	s.waitForEyes(c)
	return s.putClock(ctx, *c)
}

// HandBack gives the conversation back to the dialog, with a closing message to the person where closing is not empty.
// Where words of danger stand that nobody answered, it is nobody's then, and the ladder runs: a goodbye is no answer.
func (s *Service) HandBack(ctx context.Context, id string, by Actor, closing string) (Case, error) {
	if closing != "" {
		var err error
		if closing, err = checkText(closing); err != nil {
			return Case{}, err
		}
	}
	return s.change(ctx, "hand back", id, func(ctx context.Context, c *Case) (*Step, error) {
		switch {
		case c.Status == StatusClosed:
			return nil, ErrClosed
		case c.Status == StatusHandedBack:
			return nil, nil
		case c.Assignee != by.ID:
			return nil, ErrNotYours
		}
		if closing != "" {
			if _, err := s.write(ctx, *c, by, closing, s.ID()); err != nil {
				return nil, err
			}
		}
		if c.Unanswered() || closing == "" && c.Waits != WaitsNothing {
			return by.step(StepHandedBack, "TA 说的话还没有人回应，已经重新叫人"), s.leave(ctx, c)
		}
		s.rest(c)
		c.Status, c.Assignee, c.AssigneeName = StatusHandedBack, "", ""
		c.Offered, c.OfferedAt, c.Second = Actor{}, time.Time{}, Actor{}
		return by.step(StepHandedBack, ""), nil
	})
}

// change runs f on a locked case and, where f returns a step, saves the case with the step and its outbox rows.
func (s *Service) change(ctx context.Context, what, id string, f func(context.Context, *Case) (*Step, error)) (Case, error) {
	var c, before Case
	var did StepKind
	changed := false
	err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if c, err = s.Store.ForUpdate(ctx, id); err != nil {
			return err
		}
		before = c
		step, err := f(ctx, &c)
		if err != nil || step == nil {
			return err
		}
		changed, did = true, step.Kind
		c.prove()
		if err := s.Store.Update(ctx, c); err != nil {
			return err
		}
		if before.Assignee != c.Assignee {
			if err := s.putHandoff(ctx, before, c, step.Kind); err != nil {
				return err
			}
		}
		return s.step(ctx, c, *step)
	})
	if err != nil {
		return Case{}, fmt.Errorf("%s case %s: %w", what, id, err)
	}
	if changed {
		s.Metrics.changed(before, c, did, s.now())
		s.publish(ctx, c)
	}
	return c, nil
}

func (s *Service) step(ctx context.Context, c Case, st Step) error {
	if st.At.IsZero() {
		st.At = s.now()
	}
	return s.Store.AddStep(ctx, c.ID, st)
}

// publish touches the topics of a case; a page that misses it reads again within seconds, so an error is dropped here.
func (s *Service) publish(ctx context.Context, c Case) {
	if s.Bus == nil {
		return
	}
	_ = s.Bus.Publish(ctx, live.TopicCases)
	_ = s.Bus.Publish(ctx, live.TopicPerson(c.Person))
}

// now is as fine as the store keeps it, so that what a change returns is what a later read returns.
func (s *Service) now() time.Time { return s.Time().UTC().Truncate(time.Microsecond) }
