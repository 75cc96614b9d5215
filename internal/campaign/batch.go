package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Batch does a row of KindBatch: it chooses the next minute's people, puts their copies on their way and the next batch
// behind them, in one transaction: what is stopped in the middle was not begun.
func (s *Service) Batch(ctx context.Context, row outbox.Row) error {
	b, err := outbox.Decode[batch](row)
	if err != nil {
		return err
	}
	for {
		err := s.batch(ctx, b)
		if errors.Is(err, errMoved) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return fmt.Errorf("send the next of campaign %s: %w", b.Campaign, err)
		}
		return nil
	}
}

// errMoved says that another batch was faster: those who come next are others by now.
var errMoved = errors.New("campaign: another batch was faster")

func (s *Service) batch(ctx context.Context, b batch) error {
	found, err := s.lookAhead(ctx, b)
	if err != nil {
		return err
	}
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		r, err := s.Store.Run(ctx, b.Campaign)
		if err != nil || r.State != Running || r.Serial != b.Serial {
			return err
		}
		if r.After != found.after {
			return errMoved
		}
		r.ChangedAt = s.Time()
		c, there := s.Calendar().Campaign(b.Campaign)
		if !there {
			r.State, r.Reason = Paused, "内容里没有这个活动了，请编辑放回来再接着发"
			return s.Store.Save(ctx, r)
		}
		if !s.Time().Before(c.after) {
			r.State = Ended
			return s.Store.Save(ctx, r)
		}
		if at := s.mayFrom(c); at.After(s.Time()) {
			return s.putBatch(ctx, batch{b.Campaign, b.Serial, b.N + 1}, at)
		}
		more, err := s.fill(ctx, c, &r, found)
		if err != nil {
			return err
		}
		if !more {
			r.State = Ended
			return s.Store.Save(ctx, r)
		}
		if err := s.Store.Save(ctx, r); err != nil {
			return err
		}
		return s.putBatch(ctx, batch{b.Campaign, b.Serial, b.N + 1}, s.Time().Add(time.Minute))
	})
}

// lookedAt bounds how many people one batch looks at who are not of the campaign's stages.
const lookedAt = 5000

// ahead are the people who come next, with whether the campaign is for them.
type ahead struct {
	after  string // the person behind whom they stand
	people []candidate
	end    bool // nobody comes behind them
}

type candidate struct {
	person string
	fits   bool
}

// lookAhead looks at the people of the next batch before the campaign is locked, which every copy that goes out waits for: a
// look at thousands of people must not stall what is being sent.
func (s *Service) lookAhead(ctx context.Context, b batch) (found ahead, err error) {
	c, there := s.Calendar().Campaign(b.Campaign)
	r, err := s.Store.Run(ctx, b.Campaign)
	if err != nil || !there || r.State != Running || r.Serial != b.Serial {
		return ahead{after: r.After}, err
	}
	found.after = r.After
	last, fitting := r.After, 0
	for fitting < c.PerMinute && len(found.people) < lookedAt {
		people, err := s.Store.People(ctx, c.Audience, last, c.PerMinute)
		if err != nil {
			return found, err
		}
		if len(people) == 0 {
			found.end = true
			break
		}
		for _, p := range people {
			fits, err := s.fits(ctx, c, p)
			if err != nil {
				return found, err
			}
			if fits {
				fitting++
			}
			found.people, last = append(found.people, candidate{p, fits}), p
		}
	}
	return found, nil
}

// fill puts the copies of one minute on their way: those that were held first.
func (s *Service) fill(ctx context.Context, c Campaign, r *Run, found ahead) (more bool, err error) {
	held, err := s.Store.Held(ctx, c.ID, c.PerMinute)
	if err != nil {
		return false, err
	}
	room := c.PerMinute
	for _, h := range held {
		said := h.Code == codeQuota || h.Pieces > 0 // it stands in the conversation already
		h.Fate, h.Code, h.Key, h.At = Queued, 0, fmt.Sprintf("campaign:%s:%s:%d", c.ID, h.Person, r.Serial), s.Time()
		if err := s.Store.Fate(ctx, h); err != nil {
			return false, err
		}
		if err := s.putCopy(ctx, c, h, said); err != nil {
			return false, err
		}
		room--
	}
	for i, p := range found.people {
		if room == 0 {
			return true, nil
		}
		r.After = p.person
		if !p.fits {
			continue
		}
		k := Recipient{Campaign: c.ID, Person: p.person, Fate: Queued, Key: fmt.Sprintf("campaign:%s:%s", c.ID, p.person), At: s.Time()}
		added, err := s.Store.Keep(ctx, k)
		if err != nil {
			return false, err
		}
		if !added {
			continue
		}
		if err := s.putCopy(ctx, c, k, false); err != nil {
			return false, err
		}
		if room--; room == 0 && i == len(found.people)-1 {
			return true, nil
		}
	}
	return !found.end, nil
}

func (s *Service) fits(ctx context.Context, c Campaign, personID string) (bool, error) {
	if len(c.Stages) == 0 {
		return true, nil
	}
	stage, err := s.Stage(ctx, personID)
	return slices.Contains(c.Stages, stage), err
}
