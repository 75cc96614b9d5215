package media

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// The outbox kinds of media.
const (
	KindFetch = "media.fetch" // bring an item; payload errand
	KindPurge = "media.purge" // drop what is over, once a day
)

// errand is the payload of KindFetch: the platform's references, which stand nowhere else.
type errand struct {
	Item    string        `json:"item"`
	Channel string        `json:"channel"`
	Account string        `json:"account"`
	Of      channel.Kind  `json:"kind"`
	Media   channel.Media `json:"media"`
	Round   int           `json:"round,omitempty"`
}

// Kind implements outbox.Job.
func (errand) Kind() string { return KindFetch }

// Sent is what a person sent, in a message that staff follow.
type Sent struct {
	Item   string
	Person string
	Case   string
	channel.Inbound
}

// Expect notes an item and puts its fetch into the outbox, in the transaction that records the message. What cannot be
// fetched is noted too: the desk says so. A second call with the same item does nothing.
func (s *Service) Expect(ctx context.Context, m Sent) error {
	now := s.Now()
	it := Item{ID: m.Item, Person: m.Person, Case: m.Case, Kind: m.Kind, State: Coming, Sent: now, Expires: now.Add(s.AtMost)}
	if m.Media.Kept != "" {
		return s.Store.Adopt(ctx, it)
	}
	why, err := s.refuses(ctx, m.Person, m.Inbound)
	if err != nil {
		return err
	}
	if why != "" {
		it.State, it.Why, it.Ended = Failed, why, now
	}
	fresh, err := s.Store.Add(ctx, it)
	if err != nil || !fresh {
		return err
	}
	if why != "" {
		s.Metrics.ended(it.Kind, string(why))
		return nil
	}
	return s.put(ctx, it, errand{Item: it.ID, Channel: m.Channel, Account: m.Account, Of: m.Kind, Media: m.Media}, now)
}

func (s *Service) put(ctx context.Context, it Item, e errand, at time.Time) error {
	// Apart: one that the platform does not give yet must not hold up the person's next ones.
	return outbox.Ask(ctx, s.Outbox, e, outbox.Row{Key: fmt.Sprintf("%s:%s:%d", KindFetch, it.ID, e.Round), Person: it.Person, RunAt: at, Apart: true})
}

// A row of the outbox is tried for a day at most, and the platform keeps an item for three: after so many tries of one row
// the next round begins, in a new one.
const (
	triesARound = 14
	roundPause  = 4 * time.Hour
)

// Fetch is the outbox handler of KindFetch.
func (s *Service) Fetch(ctx context.Context, r outbox.Row) error {
	e, err := outbox.Decode[errand](r)
	if err != nil {
		return err
	}
	its, err := s.Store.Get(ctx, e.Item)
	if err != nil {
		return fmt.Errorf("fetch media: %w", err)
	}
	it, ok := its[e.Item]
	if !ok || it.State != Coming { // erased, or brought by a try whose end was not noted
		return nil
	}
	data, why, err := s.bring(ctx, e)
	switch {
	case err != nil && !s.Now().Before(it.Sent.Add(PlatformKeeps)):
		return s.lose(ctx, it, Gone)
	case err != nil:
		s.Metrics.ended(it.Kind, "retried")
		if r.Attempts < triesARound {
			return fmt.Errorf("fetch media %s: %w", it.ID, err)
		}
		e.Round++
		return s.put(ctx, it, e, s.Now().Add(roundPause))
	case why != "":
		return s.lose(ctx, it, why)
	}
	return s.keep(ctx, it, data)
}

// bring fetches; an error says that another try may do better.
func (s *Service) bring(ctx context.Context, e errand) ([]byte, Why, error) {
	f := s.Fetcher(e.Channel, e.Account)
	if f == nil {
		return nil, NoWay, nil
	}
	release, err := take(ctx, s.hands)
	if err != nil {
		return nil, "", err
	}
	defer release()
	data, err := f.Fetch(ctx, e.Of, e.Media, Most(e.Of))
	switch {
	case errors.Is(err, channel.ErrMediaGone):
		return nil, Gone, nil
	case errors.Is(err, channel.ErrMediaTooLarge):
		return nil, TooLarge, nil
	}
	return data, "", err
}

// take waits for a place; release gives it back.
func take(ctx context.Context, places chan struct{}) (release func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for other media: %w", ctx.Err())
	}
}

// keep cleans and stores what was brought.
func (s *Service) keep(ctx context.Context, it Item, data []byte) error {
	clean, err := s.clean(ctx, it.Kind, data)
	var no *RefusedError
	switch {
	case errors.As(err, &no):
		return s.lose(ctx, it, no.Why)
	case err != nil:
		return err
	}
	it.Type, it.Size, it.Width, it.Height, it.Ended = clean.Type, int64(len(clean.Data)), clean.Width, clean.Height, s.Now()
	if _, err := s.Store.Keep(ctx, it, clean.Data); err != nil {
		return fmt.Errorf("keep media %s: %w", it.ID, err)
	}
	s.Metrics.ended(it.Kind, string(Kept))
	s.Metrics.bytes.WithLabelValues(string(it.Kind)).Add(float64(it.Size))
	s.touch(ctx, it.Person)
	return nil
}

// lose ends an item that will never come, and lets the person know in the same transaction.
func (s *Service) lose(ctx context.Context, it Item, why Why) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		ended, err := s.Store.Fail(ctx, it.ID, why, s.Now())
		if err != nil || !ended || s.Lost == nil {
			return err
		}
		it.State, it.Why = Failed, why
		return s.Lost(ctx, it)
	})
	if err != nil {
		return fmt.Errorf("give media %s up: %w", it.ID, err)
	}
	s.Metrics.ended(it.Kind, string(why))
	s.touch(ctx, it.Person)
	return nil
}

func (s *Service) touch(ctx context.Context, personID string) {
	if s.Bus == nil {
		return
	}
	if err := s.Bus.Publish(ctx, live.TopicPerson(personID)); err != nil {
		s.Log.Warn("open pages hear of media late", "error", err)
	}
}

// Take takes in a picture that a channel of our own was handed, before its message is. It is for nobody until Expect hears
// of that message, and goes after an hour without one. The key makes a second call the same item.
func (s *Service) Take(ctx context.Context, personID, key string, data []byte) (Item, error) {
	now := s.Now()
	it := Item{ID: ID(key), Person: personID, Kind: channel.KindImage, State: Coming, Sent: now, Expires: now.Add(unsent)}
	its, err := s.Store.Get(ctx, it.ID)
	if err != nil {
		return it, fmt.Errorf("take media in: %w", err)
	}
	if known, ok := its[it.ID]; ok && known.Person == personID && known.State == Kept {
		return known, nil
	}
	n, err := s.Store.CountSince(ctx, personID, now.Add(-24*time.Hour))
	if err != nil {
		return it, fmt.Errorf("take media in: %w", err)
	}
	if n >= OwnPerDay {
		return it, ErrTooMany
	}
	clean, err := s.clean(ctx, it.Kind, data)
	if err != nil {
		if no := (*RefusedError)(nil); errors.As(err, &no) {
			s.Metrics.ended(it.Kind, string(no.Why))
		}
		return it, err
	}
	it.Type, it.Size, it.Width, it.Height, it.Ended = clean.Type, int64(len(clean.Data)), clean.Width, clean.Height, now
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Store.Add(ctx, it); err != nil {
			return err
		}
		_, err := s.Store.Keep(ctx, it, clean.Data)
		return err
	})
	if err != nil {
		return it, fmt.Errorf("take media in: %w", err)
	}
	s.Metrics.ended(it.Kind, string(Kept))
	s.Metrics.bytes.WithLabelValues(string(it.Kind)).Add(float64(it.Size))
	it.State = Kept
	return it, nil
}

// unsent is how long what was taken in waits for its message.
const unsent = time.Hour

type purge struct{}

// Kind implements outbox.Job.
func (purge) Kind() string { return KindPurge }

// Plan puts the next purge into the outbox. Every replica may call it, at its start.
func (s *Service) Plan(ctx context.Context) error {
	at := nextPurge(s.Now())
	row := outbox.Row{Key: KindPurge + ":" + at.Format(time.DateOnly), RunAt: at}
	if err := outbox.Ask(ctx, s.Outbox, purge{}, row); err != nil {
		return fmt.Errorf("plan the next purge of media: %w", err)
	}
	return nil
}

// nextPurge is half past three at night in Guangzhou.
func nextPurge(now time.Time) time.Time {
	at := time.Date(now.UTC().Year(), now.UTC().Month(), now.UTC().Day(), 19, 30, 0, 0, time.UTC)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// purgeBatch is how many items are dropped at a time.
const purgeBatch = 100

// Purge is the outbox handler of KindPurge: it drops what is over, gives up what the platform cannot have any more, and
// plans the next.
func (s *Service) Purge(ctx context.Context, _ outbox.Row) error {
	now := s.Now()
	for {
		n, err := s.Store.Purge(ctx, now, now.Add(-s.AfterClose), purgeBatch)
		if err != nil {
			return fmt.Errorf("purge media: %w", err)
		}
		s.Metrics.purged.Add(float64(n))
		if n < purgeBatch {
			break
		}
	}
	for { // whose errand was lost with a process that died over it again and again
		late, err := s.Store.Overdue(ctx, now.Add(-PlatformKeeps-roundPause), purgeBatch)
		if err != nil {
			return fmt.Errorf("purge media: %w", err)
		}
		for _, it := range late {
			if err := s.lose(ctx, it, Gone); err != nil {
				return err
			}
		}
		if len(late) < purgeBatch {
			break
		}
	}
	return s.Plan(ctx)
}
