package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// copied is a delivery of a campaign to one of many: it is done by Send, which knows quotas.
type copied struct{ channel.Delivery }

// Kind implements outbox.Job.
func (copied) Kind() string { return KindSend }

// putRest puts what is left of a copy on its way: rest, which may begin inside a message that went out in part.
func (s *Service) putRest(ctx context.Context, k Recipient, rest []channel.Reply) error {
	c, there := s.Calendar().Campaign(k.Campaign)
	if !there {
		return nil
	}
	if _, err := s.Store.Recipient(ctx, k.Campaign, k.Person); errors.Is(err, ErrNotFound) { // erased meanwhile
		return nil
	} else if err != nil {
		return err
	}
	one := copied{channel.Delivery{Person: k.Person, Replies: rest, Said: true, Aside: true, Until: c.after, Campaign: c.ID}}
	return outbox.Ask(ctx, s.Outbox, one, outbox.Row{ID: s.ID(), Key: k.Key, Person: k.Person, RunAt: s.Time().Add(restAfter), Apart: true})
}

// restAfter is how long after the first messages of a copy the rest is tried again.
const restAfter = time.Minute

func (s *Service) putCopy(ctx context.Context, c Campaign, k Recipient, said bool) error {
	replies := c.Replies()
	if c.Way != Contact {
		replies = pieces(replies)
		replies = replies[min(k.Pieces, len(replies)-1):]
	}
	one := copied{channel.Delivery{Person: k.Person, Replies: replies, Said: said, Wait: c.Way == Contact, Aside: true, Until: c.after, Campaign: c.ID}}
	return outbox.Ask(ctx, s.Outbox, one, outbox.Row{ID: s.ID(), Key: k.Key, Person: k.Person, RunAt: s.Time(), Apart: true})
}

// pieces are replies as single messages of the platform, so that of a copy which went out in part the rest can be sent alone.
func pieces(replies []channel.Reply) (out []channel.Reply) {
	for _, r := range replies {
		card := r.Card
		r.Card = nil
		out = append(out, r)
		if card != nil {
			out = append(out, channel.Reply{Card: card})
		}
	}
	return out
}

// The platform's codes that say more than yes or no.
const (
	codeQuota   = 45009 // all of today's calls are used up
	codeRefused = 43101 // the person refuses notices
)

var codesGone = []int{40003, 43004} // no follower (any more)

// Send does a row of KindSend: one person's copy, at most once. It is marked before it is given to the platform: where the
// program is stopped in between, nobody knows whether it arrived, and it is not sent again.
func (s *Service) Send(ctx context.Context, row outbox.Row) error {
	p, err := outbox.Decode[copied](row)
	if err != nil {
		return err
	}
	k, goes, err := s.begin(ctx, p.Campaign, row)
	if err != nil || !goes {
		return err
	}
	err = s.Deliver(ctx, row)
	return s.settle(context.WithoutCancel(ctx), k, row, err)
}

// begin decides whether the copy may go out now, and marks it.
func (s *Service) begin(ctx context.Context, id string, row outbox.Row) (k Recipient, goes bool, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		goes = false
		r, err := s.Store.Run(ctx, id)
		if err != nil {
			return err
		}
		k, err = s.Store.Recipient(ctx, id, row.Person)
		if errors.Is(err, ErrNotFound) { // erased
			return nil
		}
		if err != nil || k.Key != row.Key {
			return err
		}
		agreed, _, err := s.Store.Consent(ctx, row.Person)
		if err != nil {
			return err
		}
		c, there := s.Calendar().Campaign(id)
		k.At = s.Time()
		switch {
		case k.Fate == Sending:
			k.Fate = Unsure
		case k.Fate != Queued && k.Fate != Waiting: // a copy that waited and is here again was not taken along
			return nil
		case r.State == Paused && k.Fate == Waiting:
			k.Fate, k.Code = Held, codeQuota // as one that stands in the conversation
		case r.State == Paused:
			k.Fate = Held
		case !agreed, !there, !s.Time().Before(c.after):
			k.Fate = Left
		default:
			k.Fate, goes = Sending, true
		}
		return s.Store.Fate(ctx, k)
	})
	if err != nil {
		return k, false, fmt.Errorf("begin a copy: %w", err)
	}
	return k, goes, nil
}

// settle notes what became of a copy, and says to the outbox what to do with its row.
func (s *Service) settle(ctx context.Context, k Recipient, row outbox.Row, sending error) error {
	id := k.Campaign
	var pe *channel.PushError
	var part *channel.PartError
	var verdict *outbox.Error
	code := 0
	if errors.As(sending, &pe) {
		code = pe.Code
	}
	k.Fate, k.Code, k.At = Sent, code, s.Time()
	if errors.As(sending, &part) {
		k.Pieces += part.Taken
	}
	decided := errors.As(sending, &verdict)
	out := sending
	switch {
	case sending == nil:
	case pe != nil && errors.Is(sending, context.DeadlineExceeded): // the platform had it: it may have arrived
		k.Fate, out = Unsure, nil
	case code == codeQuota:
		k.Fate, out = Held, nil
	case code == codeRefused:
		k.Fate = Refused
	case slices.Contains(codesGone, code), pe != nil && pe.Gone:
		k.Fate = Blocked
	case decided && verdict.Verdict == outbox.Park:
		k.Fate = Waiting
	case decided:
		k.Fate = Failed
	default: // tried again by the outbox: nothing was taken by the platform
		k.Fate = Queued
	}
	if k.Fate == Refused || k.Fate == Blocked { // nothing waits for them: they said no, or are gone
		out = nil
	}
	again := part != nil && (k.Fate == Queued || k.Fate == Waiting) // the rest, in a row of its own: this one holds all of it
	if again {
		k.Fate, k.Key, out = Queued, fmt.Sprintf("%s:%d.%d", row.Key, k.Pieces, len(part.Rest)), nil
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		if again {
			if err := s.putRest(ctx, k, part.Rest); err != nil {
				return err
			}
		}
		if code == codeQuota {
			r, err := s.Store.Run(ctx, id)
			if err != nil {
				return err
			}
			if r.State != Paused {
				r.State, r.Reason, r.ChangedAt = Paused, "平台今天的发送次数用完了。零点以后点“接着发”，从停下的地方继续", s.Time()
				if err := s.Store.Save(ctx, r); err != nil {
					return err
				}
			}
		}
		return s.Store.Fate(ctx, k)
	})
	if err != nil {
		return errors.Join(out, fmt.Errorf("note what became of a copy: %w", err))
	}
	return out
}
