package casework

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
)

// KindFlood is the outbox kind whose Handler is Service.Flooded.
const KindFlood = "case.flood"

// A flood of unproved visitors must not drown the calls for others: while more than floodCalls of them wait at a level, or
// above it, further ones of that level share one call every floodEvery. Somebody graver than all of them is called for by
// themselves, so is everybody known, and so are the first of another network than the flood's (Service.Alone). Those for whom
// a platform vouches are children most likely, however many they are: what is said of them together is said every floodSoon.
const (
	floodCalls = 5
	floodEvery = 10 * time.Minute
	floodSoon  = 20 * time.Second
)

// floodPayload is one call for all unproved visitors who wait, by one way.
type floodPayload struct {
	Way  string    `json:"way"`
	From time.Time `json:"from"` // who came since then is called for by it the first time
}

// Kind implements outbox.Job.
func (floodPayload) Kind() string { return KindFlood }

// fold says whether a case shares its call with others, and writes that call.
func (s *Service) fold(ctx context.Context, c Case) (bool, error) {
	if !c.Unproved || len(s.Ladder.Ways) == 0 {
		return false, nil
	}
	floods, err := s.Store.Floods(reach.Lifted(ctx))
	if err != nil {
		return false, err
	}
	waiting := 0
	for _, f := range floods {
		if f.Level.AtLeast(c.Level) {
			waiting += f.Cases
		}
	}
	if waiting <= floodCalls || s.Alone != nil && s.Alone(ctx, c) {
		return false, nil
	}
	every := floodEvery
	if s.Vouched != nil && s.Vouched(c) {
		every = floodSoon
	}
	from := s.now().Truncate(every)
	at := from.Add(every)
	for _, way := range slices.Sorted(maps.Keys(s.Ladder.Ways)) {
		job := floodPayload{Way: way, From: from}
		row := outbox.Row{ID: s.ID(), Key: fmt.Sprintf("flood:%d:%s", at.Unix(), way), RunAt: at, Urgent: true}
		if err := outbox.Ask(ctx, s.Outbox, job, row); err != nil {
			return false, err
		}
	}
	return true, nil
}

// floodLook is how many of those who wait are looked at for how far their calls have come.
const floodLook = 200

// Flooded is the outbox handler of one call for all unproved visitors who wait: it says how many they are, asks the rung
// that the gravest of them have come to, and leads to the first of these. Where nobody waits any more it calls nobody.
func (s *Service) Flooded(ctx context.Context, r outbox.Row) error {
	p, err := outbox.Decode[floodPayload](r)
	if err != nil {
		return err
	}
	if _, there := s.Ladder.Ways[p.Way]; !there {
		return nil
	}
	cases, _, err := s.Store.List(ctx, Filter{Group: GroupVisitors, Limit: floodLook})
	if err != nil || len(cases) == 0 {
		return err
	}
	floods, err := s.Store.Floods(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, f := range floods {
		n += f.Cases
	}
	first, rung := cases[0], 0
	for _, c := range cases {
		if c.Level == first.Level {
			rung = max(rung, c.Rung)
		}
	}
	ladder := s.rungs(ctx, first)
	asked := ladder[min(rung, len(ladder)-1)]
	a := s.alertOf(ctx, first, notify.Opened)
	a.ID, a.Alias, a.Within = fmt.Sprintf("flood-%d", r.RunAt.Unix()), fmt.Sprintf("%d 位新访客", n), s.within(first.Level)
	a.Rung, a.Call = asked.Name, asked.Call
	note := fmt.Sprintf("和别的新访客合成一条（共 %d 位）· %s · %s", n, p.Way, called(asked))
	if err := s.notify(ctx, first, p.Way, a, r.Attempts, note); err != nil {
		return err
	}
	return s.noteTogether(ctx, first.ID, p.From, note)
}

// noteTogether writes into the history of each unproved visitor who came since then, but for one, that they were called for.
func (s *Service) noteTogether(ctx context.Context, but string, since time.Time, note string) error {
	for cursor := ""; ; {
		cases, next, err := s.Store.List(ctx, Filter{Group: GroupVisitors, From: since, Limit: floodLook, Cursor: cursor})
		if err != nil {
			return err
		}
		err = s.Store.InTx(ctx, func(ctx context.Context) error {
			for _, c := range cases {
				if c.ID == but {
					continue
				}
				if err := s.step(ctx, c, Step{Kind: StepAlerted, Note: note}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || next == "" {
			return err
		}
		cursor = next
	}
}
