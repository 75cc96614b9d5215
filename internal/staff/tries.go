package staff

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// Tries counts tries within a window of time, for all replicas together. Keys are hashes.
type Tries interface {
	// Count counts one more try and returns how many there were in the window that now is in.
	Count(ctx context.Context, key string, now time.Time, window time.Duration) (int, error)
	// Forgive takes one try of the present window back, for it was right.
	Forgive(ctx context.Context, key string, now time.Time, window time.Duration) error
}

// storeTries counts in the database, where there is nothing faster that all replicas share.
type storeTries struct{ Store }

func (s storeTries) Count(ctx context.Context, key string, now time.Time, window time.Duration) (int, error) {
	return s.CountTry(ctx, key, now, now.Add(-window))
}

func (s storeTries) Forgive(ctx context.Context, key string, _ time.Time, _ time.Duration) error {
	return s.ForgiveTry(ctx, key)
}

func (s *Service) tries() Tries {
	if s.Tries != nil {
		return s.Tries
	}
	return storeTries{s.Store}
}

// What may be wrong within a window. Nobody can shut another person out: what is refused is an account from one network, or
// one network, or one device, and a device that its owner has used before counts for itself alone. The tries at an account
// from everywhere together only slow those down who come from elsewhere.
const (
	tryWindow      = 15 * time.Minute
	triesByPair    = 8   // of an account from one network
	triesByDevice  = 10  // of an account in a browser that its owner has used before
	triesByNetwork = 200 // of whatever accounts: a whole school may sit behind one address
	triesOfOwner   = 8   // by somebody who is signed in and gives their own password or code again
	slowAfter      = 20  // tries at an account, from everywhere; each more waits for slowFor
	slowFor        = 3 * time.Second
	mostSlowed     = 200 // who may wait at once on a replica

	// Only who knows the password comes to the code, so that this many wrong ones from unknown devices say that it is known to
	// somebody else. Guessing one of the three codes that count stays at one in ten thousand a day.
	codeWindow  = 24 * time.Hour
	codesByPair = 8
	codesOfAll  = 30
)

// TryKept is longer than any window: tries older than it count no more.
const TryKept = 2 * codeWindow

// budget is how often something may go wrong.
type budget struct {
	key    string
	most   int
	window time.Duration
}

// spend counts a try in each budget, before it is known whether it is right, so that many at once do not slip through;
// ErrThrottled where one is used up. forgive takes the count back of a try that was right.
func (s *Service) spend(ctx context.Context, of ...budget) (forgive func(context.Context) error, err error) {
	now := s.Time().UTC()
	for _, b := range of {
		n, err := s.tries().Count(ctx, b.key, now, b.window)
		if err != nil {
			return nil, fmt.Errorf("count a try: %w", err)
		}
		if n > b.most {
			return nil, ErrThrottled
		}
	}
	return func(ctx context.Context) error {
		for _, b := range of {
			if err := s.tries().Forgive(ctx, b.key, now, b.window); err != nil {
				return fmt.Errorf("forgive a try: %w", err)
			}
		}
		return nil
	}, nil
}

// slow lets whoever comes from an unknown device wait, once an account has been tried often. It refuses nobody: the wait
// costs a guesser their speed, and the owner of the account three seconds.
func (s *Service) slow(ctx context.Context, name string) (forgive func(context.Context) error, err error) {
	key, now := tryKey("all", name), s.Time().UTC()
	n, err := s.tries().Count(ctx, key, now, tryWindow)
	if err != nil {
		return nil, fmt.Errorf("count a try: %w", err)
	}
	if n > slowAfter {
		if s.slowed.Add(1) > mostSlowed {
			s.slowed.Add(-1)
			return nil, ErrBusy
		}
		err = s.wait(ctx, slowFor)
		s.slowed.Add(-1)
		if err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) error { return s.tries().Forgive(ctx, key, now, tryWindow) }, nil
}

func (s *Service) wait(ctx context.Context, d time.Duration) error {
	if s.Wait != nil {
		return s.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// networkOf is whom an address counts as: whoever has one address of IPv6 has all of its /64.
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

func tryKey(kind string, of ...string) string {
	text := kind
	for _, o := range of {
		text += ":" + o
	}
	return hexHash(text)
}
