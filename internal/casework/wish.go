package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Wish is that somebody asked to learn who an anonymous person is, and what came of it, for the list of those who oversee.
type Wish struct {
	Key     string // of the form it was written on
	Case    string
	By      Actor
	State   WishState
	Second  string // who agreed, refused, or signed it off
	Asked   time.Time
	Changed time.Time

	Number int // of the case, filled in by the store when read, as what follows
	Alias  string
	Level  risk.Level
}

// WishState is what came of a wish.
type WishState string

// The states of a wish.
const (
	WishAsked   WishState = "asked"
	WishGranted WishState = "granted"
	WishRefused WishState = "refused"
	WishAlone   WishState = "alone"  // opened by one person, and nobody has looked at it
	WishSigned  WishState = "signed" // opened by one person, and looked at since
)

// WishStore keeps wishes. Writes join the transaction that ctx carries.
type WishStore interface {
	AddWish(ctx context.Context, w Wish) error
	MoveWish(ctx context.Context, key string, to WishState, second string, at time.Time) error
	// SignWishes signs off what was opened alone in a case.
	SignWishes(ctx context.Context, caseID, by string, at time.Time) error
	// Wishes returns those of a state that changed since, the newest first.
	Wishes(ctx context.Context, state WishState, since time.Time, n int) ([]Wish, error)
}

// wishesShown bounds a list of wishes.
const wishesShown = 100

// Wishes returns the wishes of a state that changed since, the newest first; those that wait as long as they may be granted.
func (s *Service) Wishes(ctx context.Context, state WishState, since time.Time) ([]Wish, error) {
	if state == WishAsked {
		since = s.now().Add(-IdentityWaits)
	}
	ws, err := s.Store.Wishes(ctx, state, since, wishesShown)
	if err != nil {
		return nil, fmt.Errorf("list who asked for an identity: %w", err)
	}
	return ws, nil
}
