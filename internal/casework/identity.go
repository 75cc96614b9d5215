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
	ErrNotYet       = errors.New("casework: those who may agree still have time to answer")
	ErrRefused      = errors.New("casework: a supervisor said no, and nothing new has come since")
	ErrNothingAlone = errors.New("casework: no identity of this case was opened alone")
)

// How long a wish waits for the second person, how long the identity is shown once it is open, and how long those who may agree
// have before whoever asked may open it alone, where life is at stake.
const (
	IdentityWaits  = 30 * time.Minute
	IdentityShown  = 10 * time.Minute
	IdentityAnswer = 5 * time.Minute
)

// Plea is a reason to open a person's identity.
type Plea struct {
	Reason string
	Key    string
	Call   []Actor // who may agree, and is called to do so or told of it; nobody: the supervisors on the rota
}

// IdentityState is where the opening of an identity stands.
type IdentityState struct {
	Allowed  bool // the level is imminent and the case open
	AskedBy  Actor
	Asked    time.Time // zero where nobody has asked within IdentityWaits
	OpenedBy Actor     // who agreed; whoever asked, where they opened it alone
	Until    time.Time // shown until then; zero where it is sealed
	Alone    bool      // it is, or last was, opened by one person, and no supervisor has looked at that since
	AloneBy  Actor
	AloneAt  time.Time // from when whoever asked may open it alone; zero where they may not
	Refused  Actor     // who said no to the latest wish, while nothing new has come since
	ask      string    // the key of the latest wish
}

// IdentityOf reads the history. A wish, or an opening, ends with its time and with the imminent danger.
func IdentityOf(c Case, steps []Step, now time.Time) IdentityState {
	st := IdentityState{Allowed: c.Level == risk.Imminent && c.Status != StatusClosed}
	for _, s := range steps {
		who := Actor{ID: s.By, Name: s.Staff}
		switch s.Kind {
		case StepIdentityAsked:
			st.AskedBy, st.Asked, st.ask = who, s.At, s.Key
			st.OpenedBy, st.Until = Actor{}, time.Time{}
		case StepIdentityOpened:
			st.OpenedBy, st.Until, st.Refused = who, s.At.Add(IdentityShown), Actor{}
		case StepIdentityAlone:
			st.OpenedBy, st.Until = who, s.At.Add(IdentityShown)
			st.Alone, st.AloneBy = true, who
		case StepIdentityRefused:
			st.AskedBy, st.Asked, st.Refused = Actor{}, time.Time{}, who
		case StepIdentitySigned:
			st.Alone, st.AloneBy = false, Actor{}
		case StepSignal:
			st.Refused = Actor{}
		}
	}
	if !st.Allowed {
		return IdentityState{Alone: st.Alone, AloneBy: st.AloneBy, ask: st.ask}
	}
	if !now.Before(st.Until) {
		opened := !st.Until.IsZero()
		st.OpenedBy, st.Until = Actor{}, time.Time{}
		if opened || now.Sub(st.Asked) >= IdentityWaits {
			st.AskedBy, st.Asked = Actor{}, time.Time{}
		}
	}
	if !st.Asked.IsZero() && st.Until.IsZero() && st.Refused.ID == "" {
		st.AloneAt = st.Asked.Add(IdentityAnswer)
	}
	return st
}

// AskIdentity is the first of the two who open a person's identity: it says why, calls those who may agree, and opens
// nothing.
func (s *Service) AskIdentity(ctx context.Context, id string, by Actor, p Plea) (Case, error) {
	return s.plead(ctx, "ask for the identity in", id, p, by, func(ctx context.Context, c Case, st IdentityState) (StepKind, error) {
		if !st.Until.IsZero() || !st.Asked.IsZero() && st.AskedBy.ID != by.ID { // then the other one is to agree, not to ask anew
			return "", nil
		}
		wish := Wish{Case: c.ID, Key: p.Key, By: by, State: WishAsked, Asked: s.now(), Changed: s.now()}
		if err := s.Store.AddWish(ctx, wish); err != nil {
			return "", err
		}
		return StepIdentityAsked, s.putCall(ctx, c, call{For: notify.Identity, By: by, Who: p.Call, Key: p.Key})
	})
}

// OpenIdentity is the second: a different person, with a reason of their own, whom Second lets agree. It opens for whoever asked
// alone; the others who may agree are told.
func (s *Service) OpenIdentity(ctx context.Context, id string, by Actor, p Plea) (Case, error) {
	return s.plead(ctx, "open the identity in", id, p, by, func(ctx context.Context, c Case, st IdentityState) (StepKind, error) {
		if !st.Until.IsZero() {
			return "", nil
		}
		if err := s.answer(ctx, st, by, WishGranted); err != nil {
			return "", err
		}
		if len(p.Call) == 0 && len(s.leads(ctx, c, notify.IdentityOpened)) == 0 { // nobody is left to be told
			return StepIdentityOpened, nil
		}
		return StepIdentityOpened, s.putCall(ctx, c, call{For: notify.IdentityOpened, By: by, Who: p.Call, Key: p.Key})
	})
}

// RefuseIdentity says no to a wish; whoever asked is told.
func (s *Service) RefuseIdentity(ctx context.Context, id string, by Actor, p Plea) (Case, error) {
	return s.plead(ctx, "refuse the identity in", id, p, by, func(ctx context.Context, c Case, st IdentityState) (StepKind, error) {
		if !st.Until.IsZero() {
			return "", ErrNotAsked
		}
		if err := s.answer(ctx, st, by, WishRefused); err != nil {
			return "", err
		}
		return StepIdentityRefused, s.putCall(ctx, c, call{For: notify.IdentityRefused, By: by, Who: []Actor{st.AskedBy}, Key: p.Key})
	})
}

// answer ends a wish by somebody who may agree to it.
func (s *Service) answer(ctx context.Context, st IdentityState, by Actor, to WishState) error {
	if st.Asked.IsZero() {
		return ErrNotAsked
	}
	if err := s.second(ctx, Pair{Identity, st.AskedBy.ID, by.ID, st.Asked}); err != nil {
		return err
	}
	return s.Store.MoveWish(ctx, st.ask, to, by.Name, s.now())
}

// OpenIdentityAlone is the way for life at stake where nobody answers: whoever asked, after IdentityAnswer, opens the identity at
// once and says why. Everybody who could have agreed is called, and it stands in a list until one of them has signed it off.
func (s *Service) OpenIdentityAlone(ctx context.Context, id string, by Actor, p Plea) (Case, error) {
	return s.plead(ctx, "open alone the identity in", id, p, by, func(ctx context.Context, c Case, st IdentityState) (StepKind, error) {
		switch {
		case !st.Until.IsZero():
			return "", nil
		case st.Asked.IsZero() || st.AskedBy.ID != by.ID:
			return "", ErrNotAsked
		case st.Refused.ID != "":
			return "", ErrRefused
		case s.now().Before(st.AloneAt):
			return "", ErrNotYet
		}
		if err := s.Store.MoveWish(ctx, st.ask, WishAlone, "", s.now()); err != nil {
			return "", err
		}
		return StepIdentityAlone, s.putCall(ctx, c, call{For: notify.IdentityAlone, By: by, Who: p.Call, Key: p.Key})
	})
}

// SignIdentity says that somebody who may agree to such a wish has looked at an opening by one person alone.
func (s *Service) SignIdentity(ctx context.Context, id string, by Actor, p Plea) (Case, error) {
	note, err := checkNote(p.Reason)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, "sign off the identity in", id, s.once(p.Key, func(ctx context.Context, c *Case, steps []Step) (*Step, error) {
		st := IdentityOf(*c, steps, s.now())
		if !st.Alone {
			return nil, ErrNothingAlone
		}
		if err := s.second(ctx, Pair{For: Identity, First: st.AloneBy.ID, Second: by.ID}); err != nil {
			return nil, err
		}
		if err := s.Store.SignWishes(ctx, c.ID, by.Name, s.now()); err != nil {
			return nil, err
		}
		return by.step(StepIdentitySigned, note), nil
	}))
}

func (s *Service) plead(ctx context.Context, what, id string, p Plea, by Actor, decide func(context.Context, Case, IdentityState) (StepKind, error)) (Case, error) {
	reason, err := checkNote(p.Reason)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, what, id, s.once(p.Key, func(ctx context.Context, c *Case, steps []Step) (*Step, error) {
		st := IdentityOf(*c, steps, s.now())
		if !st.Allowed {
			return nil, ErrNotImminent
		}
		kind, err := decide(ctx, *c, st)
		if err != nil || kind == "" {
			return nil, err
		}
		as := audit.IdentityGranted
		switch kind {
		case StepIdentityAsked:
			as = audit.IdentityAsked
		case StepIdentityRefused:
			as = audit.IdentityRefused
		default:
		}
		return by.step(kind, reason), s.Trail.Record(ctx, audit.Event{Kind: as, Object: id})
	}))
}

// Identity returns the address behind a person, and until when it may be shown, while it is open and to whoever asked for it
// alone: whoever agreed need not know it. Each showing is a step of the case and a line of the trail, as the
// page that shows it: audit.OpenIdentity or audit.OpenPolice. Whoever agreed must still be somebody who may.
func (s *Service) Identity(ctx context.Context, id string, by Actor, as audit.Kind) (to channel.Address, until time.Time, err error) {
	var c Case
	c, err = s.change(ctx, "show the identity in", id, func(ctx context.Context, c *Case) (*Step, error) {
		steps, err := s.Store.Steps(ctx, id)
		if err != nil {
			return nil, err
		}
		st := IdentityOf(*c, steps, s.now())
		if st.Until.IsZero() || by.ID != st.AskedBy.ID {
			return nil, ErrSealed
		}
		if st.OpenedBy.ID != st.AskedBy.ID {
			switch err := s.second(ctx, Pair{Identity, st.AskedBy.ID, st.OpenedBy.ID, st.Asked}); {
			case errors.Is(err, ErrSecondPerson):
				return nil, ErrSealed
			case err != nil:
				return nil, err
			}
		}
		until = st.Until
		return by.step(StepIdentityShown, ""), s.Trail.Record(ctx, audit.Event{Kind: as, Object: id})
	})
	if err != nil {
		return channel.Address{}, time.Time{}, err
	}
	if to, err = s.Address(ctx, c.Person); err != nil {
		return channel.Address{}, time.Time{}, fmt.Errorf("open the identity in case %s: %w", id, err)
	}
	return to, until, nil
}
