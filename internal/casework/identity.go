package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// The errors of opening an identity.
var (
	ErrNotImminent  = errors.New("casework: an identity opens for imminent danger alone")
	ErrNotAsked     = errors.New("casework: nobody has asked for the identity, or too long ago")
	ErrSecondPerson = errors.New("casework: another person must agree")
	ErrSealed       = errors.New("casework: the identity is not open")
)

// How long a request waits for the second person, and how long the identity is shown after both agreed.
const (
	IdentityWaits = 30 * time.Minute
	IdentityShown = 10 * time.Minute
)

// Plea is a reason to open a person's identity.
type Plea struct {
	Reason string
	Key    string
	Call   []Actor // who may agree, and is called to do so, for AskIdentity alone; nobody: the supervisors on the rota
}

// IdentityState is where the opening of an identity stands.
type IdentityState struct {
	Allowed  bool // the level is imminent and the case open
	AskedBy  Actor
	Asked    time.Time // zero where nobody has asked within IdentityWaits
	OpenedBy Actor
	Until    time.Time // shown until then; zero where it is sealed
}

// IdentityOf reads the history. A request, or an opening, ends with its time and with the imminent danger.
func IdentityOf(c Case, steps []Step, now time.Time) IdentityState {
	st := IdentityState{Allowed: c.Level == risk.Imminent && c.Status != StatusClosed}
	if !st.Allowed {
		return st
	}
	for _, s := range steps {
		switch s.Kind {
		case StepIdentityAsked:
			st.AskedBy, st.Asked = Actor{ID: s.By, Name: s.Staff}, s.At
			st.OpenedBy, st.Until = Actor{}, time.Time{}
		case StepIdentityOpened:
			st.OpenedBy, st.Until = Actor{ID: s.By, Name: s.Staff}, s.At.Add(IdentityShown)
		}
	}
	if !now.Before(st.Until) {
		opened := !st.Until.IsZero()
		st.OpenedBy, st.Until = Actor{}, time.Time{}
		if opened || now.Sub(st.Asked) >= IdentityWaits {
			st.AskedBy, st.Asked = Actor{}, time.Time{}
		}
	}
	return st
}

// AskIdentity is the first of the two who open a person's identity: it says why, calls those who may agree, and opens
// nothing.
func (s *Service) AskIdentity(ctx context.Context, id string, by Actor, p Plea) (Case, error) {
	return s.plead(ctx, "ask for the identity in", id, p, func(st IdentityState) (StepKind, error) {
		if !st.Until.IsZero() || !st.Asked.IsZero() && st.AskedBy.ID != by.ID { // then the other one is to agree, not to ask anew
			return "", nil
		}
		return StepIdentityAsked, nil
	}, by)
}

// OpenIdentity is the second: a different person, with a reason of their own. That their role may do so is for the caller
// to see to (staff.GrantIdentity).
func (s *Service) OpenIdentity(ctx context.Context, id string, by Actor, p Plea) (Case, error) {
	return s.plead(ctx, "open the identity in", id, p, func(st IdentityState) (StepKind, error) {
		switch {
		case !st.Until.IsZero():
			return "", nil
		case st.Asked.IsZero():
			return "", ErrNotAsked
		case st.AskedBy.ID == by.ID:
			return "", ErrSecondPerson
		}
		return StepIdentityOpened, nil
	}, by)
}

func (s *Service) plead(ctx context.Context, what, id string, p Plea, decide func(IdentityState) (StepKind, error), by Actor) (Case, error) {
	reason, err := checkNote(p.Reason)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, what, id, s.once(p.Key, func(ctx context.Context, c *Case, steps []Step) (*Step, error) {
		st := IdentityOf(*c, steps, s.now())
		if !st.Allowed {
			return nil, ErrNotImminent
		}
		kind, err := decide(st)
		if err != nil || kind == "" {
			return nil, err
		}
		as := audit.IdentityGranted
		if kind == StepIdentityAsked {
			as = audit.IdentityAsked
		}
		if err := s.Trail.Record(ctx, audit.Event{Kind: as, Object: id}); err != nil {
			return nil, err
		}
		if kind != StepIdentityAsked {
			return by.step(kind, reason), nil
		}
		return by.step(kind, reason), s.putCall(ctx, *c, call{For: notify.Identity, By: by, Who: p.Call, Key: p.Key})
	}))
}

// Identity returns the address behind a person, and until when it may be shown, while it is open and to the two who
// opened it alone, once the trail has it as the page that shows it: audit.OpenIdentity or audit.OpenPolice.
func (s *Service) Identity(ctx context.Context, id string, by Actor, as audit.Kind) (channel.Address, time.Time, error) {
	c, err := s.Get(ctx, id)
	if err != nil {
		return channel.Address{}, time.Time{}, err
	}
	steps, err := s.Steps(ctx, id)
	if err != nil {
		return channel.Address{}, time.Time{}, err
	}
	st := IdentityOf(c, steps, s.now())
	if st.Until.IsZero() || by.ID != st.AskedBy.ID && by.ID != st.OpenedBy.ID {
		return channel.Address{}, time.Time{}, ErrSealed
	}
	if err := s.Trail.Record(ctx, audit.Event{Kind: as, Object: id}); err != nil {
		return channel.Address{}, time.Time{}, fmt.Errorf("open the identity in case %s: %w", id, err)
	}
	to, err := s.Address(ctx, c.Person)
	if err != nil {
		return channel.Address{}, time.Time{}, fmt.Errorf("open the identity in case %s: %w", id, err)
	}
	return to, st.Until, nil
}
