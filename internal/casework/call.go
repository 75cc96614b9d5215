package casework

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
)

// KindCall is the outbox kind whose Handler is Service.Called.
const KindCall = "case.call"

// call asks certain members of staff to do something for a case, by every way, beside the ladder.
type call struct {
	For notify.Kind
	By  Actor
	Who []Actor // nobody: the supervisors on the rota
	Key string  // one call, however often it is written
}

// callPayload is one call by one way.
type callPayload struct {
	Case string      `json:"case"`
	Why  notify.Kind `json:"kind"`
	By   string      `json:"by,omitempty"` // display name
	Who  []Actor     `json:"who,omitempty"`
	Key  string      `json:"key"`
	Way  string      `json:"way"`
}

// Kind implements outbox.Job.
func (callPayload) Kind() string { return KindCall }

// putCall writes one row for each way, in the transaction of what makes the call needful.
func (s *Service) putCall(ctx context.Context, c Case, what call) error {
	ids := make([]string, len(what.Who))
	for i, a := range what.Who {
		ids[i] = a.ID
	}
	called := s.leads(ctx, c, what.For)
	if len(ids) == 0 {
		called = s.supervisors(ctx, c)
	}
	if err := s.letContactsSee(ctx, c, called, ids...); err != nil {
		return err
	}
	for _, way := range slices.Sorted(maps.Keys(s.Ladder.Ways)) {
		job := callPayload{Case: c.ID, Why: what.For, By: what.By.Name, Who: what.Who, Key: what.Key, Way: way}
		row := outbox.Row{ID: s.ID(), Key: fmt.Sprintf("call:%s:%s:%s", what.Key, what.For, way), RunAt: s.now(), Urgent: true}
		if err := outbox.Ask(ctx, s.Outbox, job, row); err != nil {
			return err
		}
	}
	return nil
}

// Call asks colleagues, or the supervisors where none is named, to look at a case: to review it, or to grant an identity.
func (s *Service) Call(ctx context.Context, id string, by Actor, kind notify.Kind, who []Actor, key string) (Case, error) {
	return s.change(ctx, "call colleagues to", id, s.once(key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, ErrClosed
		}
		st := by.step(StepCalled, kind.Label()+" · "+names(who))
		return st, s.putCall(ctx, *c, call{For: kind, By: by, Who: who, Key: key})
	}))
}

func names(who []Actor) string {
	if len(who) == 0 {
		return rota.Supervisor
	}
	all := make([]string, len(who))
	for i, a := range who {
		all[i] = a.Name
	}
	return strings.Join(all, "、")
}

// Called is the outbox handler of one call by one way.
func (s *Service) Called(ctx context.Context, r outbox.Row) error {
	p, err := outbox.Decode[callPayload](r)
	if err != nil {
		return err
	}
	c, err := s.Store.Get(ctx, p.Case)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	told := p.Why == notify.IdentityOpened || p.Why == notify.IdentityAlone // of what was done, be the case closed by now
	if _, there := s.Ladder.Ways[p.Way]; !there || c.Status == StatusClosed && !told || !s.stillCalls(c, p) {
		return nil
	}
	if p.Why == notify.Identity {
		steps, err := s.Store.Steps(ctx, c.ID)
		if err != nil {
			return err
		}
		if st := IdentityOf(c, steps, s.now()); !st.Until.IsZero() || st.ask != "" && st.Asked.IsZero() { // answered meanwhile, or too old
			return nil
		}
	}
	a := s.alertOf(ctx, c, p.Why)
	a.ID, a.By, a.Call, a.Rung = fmt.Sprintf("%s-%s", c.ID, p.Key), p.By, s.contacts(ctx, p.Who...), ""
	a.Ref = ref{Call: &p}.String()
	switch {
	case len(p.Who) == 0:
		a.Rung, a.Call = rota.Supervisor, s.supervisors(ctx, c)
	default:
		a.Call = joined(a.Call, s.leads(ctx, c, p.Why), p.By)
	}
	return s.notify(ctx, c, p.Way, a, r.Attempts, p.Why.Label()+" · "+p.Way+" · "+called(rota.Rung{Name: a.Rung, Call: a.Call}))
}

// leads are whoever leads the duty of the person's district, where a call is about their identity.
func (s *Service) leads(ctx context.Context, c Case, why notify.Kind) []notify.Contact {
	if why != notify.Identity && why != notify.IdentityOpened && why != notify.IdentityAlone {
		return nil
	}
	for _, r := range s.rungs(ctx, c) {
		if r.Name == rota.Supervisor {
			return r.Call
		}
	}
	return nil
}

// joined are contacts and those of others who are not among them yet; not is the name of somebody who need not be called.
func joined(to, others []notify.Contact, not string) []notify.Contact {
	for _, o := range others {
		same := func(c notify.Contact) bool {
			return c == o || c.Account != "" && strings.EqualFold(c.Account, o.Account)
		}
		if o.Name != not && !slices.ContainsFunc(to, same) {
			to = append(to, o)
		}
	}
	return to
}

// stillCalls says whether what a call is for still stands.
func (s *Service) stillCalls(c Case, p callPayload) bool {
	is := func(a Actor) bool { return slices.ContainsFunc(p.Who, func(w Actor) bool { return w.ID == a.ID }) }
	switch p.Why {
	case notify.Offered:
		return is(c.Offered)
	case notify.Invited:
		return is(c.Second)
	case notify.OfferBack:
		return is(Actor{ID: c.Assignee})
	}
	return true
}

// supervisors are those of the case's ladder; where the rota names none, everybody.
func (s *Service) supervisors(ctx context.Context, c Case) []notify.Contact {
	c.Waits = WaitsEyes
	rungs := s.rungs(ctx, c)
	for _, r := range rungs {
		if r.Name == rota.Supervisor {
			return r.Call
		}
	}
	return rungs[len(rungs)-1].Call
}
