package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
)

// KindHeld is the outbox kind whose Handler is Service.Held.
const KindHeld = "case.held"

// A way may hold calls back: it takes only so many in a minute, is slow, or is down. Each of them is tried again until it
// is made or needless. Staff must not learn of the last of sixty people only then: one call by the same way, as soon as it
// takes one, says how many wait and where the gravest stand.
const (
	heldGather = 2 * time.Second // from the first call that is held until the one for all
	heldEvery  = time.Minute     // between two such calls by a way
)

type heldPayload struct {
	Way string `json:"way"`
}

// Kind implements outbox.Job.
func (heldPayload) Kind() string { return KindHeld }

// putHeld writes the call for many by a way that held a call back.
func (s *Service) putHeld(ctx context.Context, way string) error {
	job := heldPayload{Way: way}
	now := s.now()
	key := fmt.Sprintf("held:%d:%s", now.Truncate(heldEvery).Unix(), way)
	return outbox.Ask(ctx, s.Outbox, job, outbox.Row{ID: s.ID(), Key: key, RunAt: now.Add(heldGather), Urgent: true})
}

// heldLook is how many of those who wait are looked at for who is asked.
const heldLook = 200

// Held is the outbox handler of the one call for all who wait. The history of each says that it was called in it. Where
// fewer than two wait by now, their own calls are enough.
func (s *Service) Held(ctx context.Context, r outbox.Row) error {
	p, err := outbox.Decode[heldPayload](r)
	if err != nil {
		return err
	}
	way, there := s.Ladder.Ways[p.Way]
	if !there {
		return nil
	}
	cases, _, err := s.Store.List(ctx, Filter{Group: GroupNobody, Limit: heldLook})
	if err != nil {
		return err
	}
	cases = slices.DeleteFunc(cases, func(c Case) bool { return c.DueAt.IsZero() }) // nobody was to be called
	if len(cases) < 2 {
		return nil
	}
	a := s.together(ctx, cases)
	a.ID = r.ID
	if len(cases) == heldLook {
		counts, err := s.Store.QueueCounts(ctx, "")
		if err != nil {
			return err
		}
		a.Count = max(a.Count, counts[GroupNobody])
	}
	retry, err := way.Notify(ctx, a)
	switch {
	case err != nil && retry:
		return err
	case err != nil:
		return &outbox.Error{Verdict: outbox.Bury, Err: err}
	}
	note := fmt.Sprintf("和另外 %d 位合成一条 · %s · %s", a.Count-1, p.Way, called(rota.Rung{Name: a.Rung, Call: a.Call}))
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		for _, c := range cases {
			if err := s.step(ctx, c, Step{Kind: StepAlerted, Note: note}); err != nil {
				return err
			}
		}
		return nil
	})
}

// together is one alert for cases, the gravest first: how many there are of each level, and everybody whose turn it is
// on the ladder of any of them.
func (s *Service) together(ctx context.Context, cases []Case) notify.Alert {
	a := s.alertOf(ctx, cases[0], notify.Many)
	a.Alias, a.URL, a.Count = "", s.Ladder.Desk, len(cases)
	var rungs []string
	asked, everybody := map[string]bool{}, false
	for _, c := range cases {
		if n := len(a.Levels); n > 0 && a.Levels[n-1].Level == c.Level {
			a.Levels[n-1].Count++
		} else {
			a.Levels = append(a.Levels, notify.Tally{Level: c.Level, Count: 1})
		}
		if s.district(ctx, c) != a.District {
			a.District = ""
		}
		ladder := s.rungs(ctx, c)
		rung := ladder[min(max(c.Rung, 0), len(ladder)-1)]
		if !slices.Contains(rungs, rung.Name) {
			rungs = append(rungs, rung.Name)
		}
		everybody = everybody || len(rung.Call) == 0
		for _, who := range rung.Call {
			if key := who.Name + "\x00" + who.Account; !asked[key] {
				asked[key] = true
				a.Call = append(a.Call, who)
			}
		}
	}
	a.Rung = strings.Join(rungs, "、")
	if everybody { // a call that names no contact goes to everybody
		a.Call = nil
	}
	return a
}
