package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// KindOffer is the outbox kind whose Handler is Service.OfferLapses.
const KindOffer = "case.offer"

// offerWaits is how long a colleague may take to accept a conversation whose level has no clock.
const offerWaits = 10 * time.Minute

// Handing is what is said with a conversation that goes from one counsellor to another.
type Handing struct {
	Note  string // what the other should know; a reason where it is taken over
	Key   string
	Quiet bool // of an offer: the colleague was called for another conversation of the same shift
}

// HolderStore says which cases are in whose hands.
type HolderStore interface {
	// Involving returns the open cases that a member of staff has, promised, was offered or was asked into, the most urgent first.
	Involving(ctx context.Context, staffID string) ([]Case, error)
	// Involved returns the IDs of everybody who has an open case, or promised to take one.
	Involved(ctx context.Context) ([]string, error)
	// Holding counts the open conversations of each member of staff who has any.
	Holding(ctx context.Context) (map[string]int, error)
}

// TakeOver gives a conversation that a colleague has to a supervisor, who says why.
func (s *Service) TakeOver(ctx context.Context, id string, by Actor, h Handing) (Case, error) {
	note, err := checkNote(h.Note)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, "take over", id, s.once(h.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		switch {
		case c.Status == StatusClosed:
			return nil, ErrClosed
		case c.Assignee == by.ID:
			return nil, nil
		}
		return by.step(StepTakenOver, note), s.give(ctx, c, by)
	}))
}

// Offer asks a colleague to take over a conversation. It stays with the actor until the colleague accepts, and comes back
// after the level's time.
func (s *Service) Offer(ctx context.Context, id string, by, to Actor, h Handing) (Case, error) {
	note, err := checkNote(h.Note)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, "offer", id, s.once(h.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		switch {
		case c.Status == StatusClosed:
			return nil, ErrClosed
		case c.Assignee != by.ID:
			return nil, ErrNotYours
		case to.ID == "" || to.ID == by.ID:
			return nil, ErrColleague
		}
		c.Offered, c.OfferedAt = to, s.now()
		if err := s.putOffer(ctx, *c); err != nil {
			return nil, err
		}
		if !h.Quiet {
			if err := s.putCall(ctx, *c, call{For: notify.Offered, By: by, Who: []Actor{to}, Key: h.Key}); err != nil {
				return nil, err
			}
		}
		st := by.step(StepOffered, to.Name+"："+note)
		st.Ref = to.ID
		return st, nil
	}))
}

// offerPayload names an offer that ends.
type offerPayload struct {
	Case string    `json:"case"`
	At   time.Time `json:"at"`
}

// Kind implements outbox.Job.
func (offerPayload) Kind() string { return KindOffer }

func (s *Service) putOffer(ctx context.Context, c Case) error {
	job := offerPayload{Case: c.ID, At: c.OfferedAt}
	due := c.OfferedAt.Add(cmp.Or(s.within(c.Level), offerWaits))
	return outbox.Ask(ctx, s.Outbox, job, outbox.Row{ID: s.ID(), Key: fmt.Sprintf("offer:%s:%d", c.ID, c.OfferedAt.UnixMicro()), RunAt: due, Urgent: true})
}

// OfferLapses is the outbox handler of an offer whose time is over: the conversation stays where it is, and whoever has it
// is told. Run twice it acts once.
func (s *Service) OfferLapses(ctx context.Context, r outbox.Row) error {
	p, err := outbox.Decode[offerPayload](r)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, "take back the offer of", p.Case, func(ctx context.Context, c *Case) (*Step, error) {
		if c.Status == StatusClosed || c.Offered.ID == "" || !c.OfferedAt.Equal(p.At) {
			return nil, nil
		}
		return s.offerReturns(ctx, c, &Step{Kind: StepOfferBack, Note: c.Offered.Name + "没有接，还在" + c.AssigneeName + "这里"}, r.Key)
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// offerReturns ends an offer and tells whoever has the conversation still.
func (s *Service) offerReturns(ctx context.Context, c *Case, st *Step, key string) (*Step, error) {
	c.Offered, c.OfferedAt = Actor{}, time.Time{}
	holder := Actor{ID: c.Assignee, Name: c.AssigneeName}
	return st, s.putCall(ctx, *c, call{For: notify.OfferBack, Who: []Actor{holder}, Key: key})
}

// AcceptOffer gives the conversation to the colleague to whom it was offered.
func (s *Service) AcceptOffer(ctx context.Context, id string, by Actor) (Case, error) {
	return s.change(ctx, "accept", id, func(ctx context.Context, c *Case) (*Step, error) {
		switch {
		case c.Status == StatusClosed:
			return nil, ErrClosed
		case c.Assignee == by.ID:
			return nil, nil
		case c.Offered.ID != by.ID:
			return nil, ErrOffer
		}
		return s.accept(ctx, c, by)
	})
}

func (s *Service) accept(ctx context.Context, c *Case, by Actor) (*Step, error) {
	st := by.step(StepHandedOver, "从"+c.AssigneeName+"手里接过")
	return st, s.give(ctx, c, by)
}

// DeclineOffer says that the colleague cannot take it; whoever has it is told.
func (s *Service) DeclineOffer(ctx context.Context, id string, by Actor, h Handing) (Case, error) {
	note, err := checkNote(cmp.Or(h.Note, "现在接不了"))
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, "decline", id, s.once(h.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		if c.Status == StatusClosed || c.Offered.ID != by.ID {
			return nil, ErrOffer
		}
		return s.offerReturns(ctx, c, by.step(StepOfferBack, note), h.Key)
	}))
}

// WithdrawOffer ends an offer of the actor's own.
func (s *Service) WithdrawOffer(ctx context.Context, id string, by Actor) (Case, error) {
	return s.change(ctx, "withdraw the offer of", id, func(_ context.Context, c *Case) (*Step, error) {
		switch {
		case c.Assignee != by.ID:
			return nil, ErrNotYours
		case c.Offered.ID == "":
			return nil, nil
		}
		st := by.step(StepOfferBack, "不用"+c.Offered.Name+"接了")
		c.Offered, c.OfferedAt = Actor{}, time.Time{}
		return st, nil
	})
}

// Invite asks a second counsellor into a conversation: both may speak, the first keeps it.
func (s *Service) Invite(ctx context.Context, id string, by, who Actor, key string) (Case, error) {
	return s.change(ctx, "invite into", id, s.once(key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		switch {
		case c.Status == StatusClosed:
			return nil, ErrClosed
		case c.Assignee != by.ID:
			return nil, ErrNotYours
		case who.ID == "" || who.ID == by.ID:
			return nil, ErrColleague
		case c.Second.ID == who.ID:
			return nil, nil
		}
		c.Second = who
		st := by.step(StepInvited, who.Name)
		st.Ref = who.ID
		return st, s.putCall(ctx, *c, call{For: notify.Invited, By: by, Who: []Actor{who}, Key: key})
	}))
}

// Leave ends the part of the second counsellor: they leave, or whoever has the conversation sends them away.
func (s *Service) Leave(ctx context.Context, id string, by Actor) (Case, error) {
	return s.change(ctx, "leave", id, func(_ context.Context, c *Case) (*Step, error) {
		switch {
		case c.Second.ID == "":
			return nil, nil
		case by.ID != c.Second.ID && by.ID != c.Assignee:
			return nil, ErrNotYours
		}
		st := by.step(StepLeft, c.Second.Name)
		st.Ref, c.Second = c.Second.ID, Actor{}
		return st, nil
	})
}

// greet tells the person, before the first word of a second counsellor, that they came.
func (s *Service) greet(ctx context.Context, c Case, second Actor) error {
	steps, err := s.Store.Steps(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, st := range slices.Backward(steps) {
		if st.Kind == StepJoined && st.By == second.ID {
			return nil
		}
		if st.Kind == StepInvited && st.Ref == second.ID {
			break
		}
	}
	if err := s.step(ctx, c, *second.step(StepJoined, "")); err != nil {
		return err
	}
	n := channel.Delivery{Person: c.Person, Notice: noticeJoined, Name: second.Name, From: c.AssigneeName, Holds: c.Assignee}
	return s.put(ctx, "joined:"+s.ID(), c.Person, n)
}

// Involving returns the open cases that a member of staff has, promised, was offered or was asked into.
func (s *Service) Involving(ctx context.Context, staffID string) ([]Case, error) {
	cs, err := s.Store.Involving(ctx, staffID)
	if err != nil {
		return nil, fmt.Errorf("list the cases of a member of staff: %w", err)
	}
	return cs, nil
}

// HeldBy returns the open cases whose conversation a member of staff has.
func (s *Service) HeldBy(ctx context.Context, staffID string) ([]Case, error) {
	cs, err := s.Involving(ctx, staffID)
	return slices.DeleteFunc(cs, func(c Case) bool { return c.Assignee != staffID }), err
}

// OfferedTo returns the open cases that wait for a member of staff to take them over.
func (s *Service) OfferedTo(ctx context.Context, staffID string) ([]Case, error) {
	cs, err := s.Involving(ctx, staffID)
	return slices.DeleteFunc(cs, func(c Case) bool { return c.Offered.ID != staffID }), err
}

// Involved returns the IDs of everybody who has an open case, or promised to take one.
func (s *Service) Involved(ctx context.Context) ([]string, error) {
	ids, err := s.Store.Involved(ctx)
	if err != nil {
		return nil, fmt.Errorf("list who has cases: %w", err)
	}
	return ids, nil
}

// Release takes a member of staff who is not there any more out of every open case. Their conversations are nobody's, and
// the ladder runs as if they were new; what they promised calls the next; what was offered to them comes back.
func (s *Service) Release(ctx context.Context, staffID, why string) error {
	return s.releaseFrom(ctx, staffID, why, func(Case) bool { return true })
}

func (s *Service) releaseFrom(ctx context.Context, staffID, why string, which func(Case) bool) error {
	cs, err := s.Involving(ctx, staffID)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range cs {
		if !which(c) {
			continue
		}
		_, err := s.change(ctx, "release", c.ID, func(ctx context.Context, c *Case) (*Step, error) { return s.release(ctx, c, staffID, why) })
		if !errors.Is(err, ErrNotFound) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// ReleaseAbsent releases everybody who is not there any more from what they have or promised. present says of each ID whether
// they are; whoever it leaves out is no member of staff (a program with a token) and stays. What was offered to somebody, or
// what they were asked into, waits for them: they are called, and an offer ends by itself.
func (s *Service) ReleaseAbsent(ctx context.Context, present func(ctx context.Context, ids []string) (map[string]bool, error)) error {
	ids, err := s.Involved(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	there, err := present(ctx, ids)
	if err != nil {
		return fmt.Errorf("look who is there: %w", err)
	}
	var errs []error
	for _, id := range ids {
		if here, known := there[id]; known && !here {
			held := func(c Case) bool { return c.Assignee == id || c.Promised.ID == id }
			errs = append(errs, s.releaseFrom(ctx, id, "不在线了", held))
		}
	}
	return errors.Join(errs...)
}

func (s *Service) release(ctx context.Context, c *Case, staffID, why string) (*Step, error) {
	switch {
	case c.Status == StatusClosed || staffID == "":
		return nil, nil
	case c.Assignee == staffID:
		st := &Step{Kind: StepReleased, Note: c.AssigneeName + why + "，重新叫人", Ref: staffID}
		return st, s.leave(ctx, c)
	case c.Promised.ID == staffID:
		st := &Step{Kind: StepReleased, Note: c.Promised.Name + why + "，说了收到、还没有接手", Ref: staffID}
		breakPromise(c)
		if s.within(c.Level) == 0 {
			return st, nil
		}
		c.DueAt = s.now() // the clock's row calls the next
		return st, s.putDeadline(ctx, *c)
	case c.Offered.ID == staffID:
		st := &Step{Kind: StepOfferBack, Note: c.Offered.Name + why + "，还在" + c.AssigneeName + "这里", Ref: staffID}
		return s.offerReturns(ctx, c, st, fmt.Sprintf("released:%s:%d", c.ID, c.OfferedAt.UnixMicro()))
	case c.Second.ID == staffID:
		st := &Step{Kind: StepLeft, Note: c.Second.Name + why, Ref: staffID}
		c.Second = Actor{}
		return st, nil
	}
	return nil, nil
}
