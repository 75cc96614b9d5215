package letter

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A code opens a letter without a name, so that guessing must not pay. It has 43 random bits; beyond that, tries are counted
// for the person and for the account that they write to, right ones too, and past the limit nothing is looked up for a
// while. A letter of one's own is never counted: its writer can read it however often.
const (
	guessWindow      = 15 * time.Minute
	guessesByPerson  = 6
	guessesByAccount = 300 // a whole city may write to one account
)

// ByCode returns the letter of a code that somebody typed, and whether it is their own. ErrPaused says that they, or all on
// their account, tried too many; else a code that is none, one of nobody's and one that was erased look the same.
func (s *Service) ByCode(ctx context.Context, personID, typed string) (l Letter, own bool, err error) {
	code := normalCode(typed)
	if code != "" {
		l, err = s.Store.ByCode(ctx, code)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Letter{}, false, fmt.Errorf("look for a letter: %w", err)
		}
		if err == nil && l.State == Writing {
			l, err = Letter{}, ErrNotFound // its code was told to nobody
		}
		if err == nil && l.Person == personID {
			return l, true, nil
		}
	}
	if perr := s.countGuess(ctx, personID); perr != nil {
		return Letter{}, false, perr
	}
	if code == "" || err != nil {
		return Letter{}, false, ErrNotFound
	}
	return l, false, nil
}

func (s *Service) countGuess(ctx context.Context, personID string) error {
	limits := map[string]int{"person:" + personID: guessesByPerson}
	if s.Address != nil {
		a, err := s.Address(ctx, personID)
		if err != nil {
			return fmt.Errorf("find the account of a try: %w", err)
		}
		limits["account:"+a.Channel+"/"+a.Account] = guessesByAccount
	}
	now, paused := s.Time(), false
	for key, most := range limits {
		n, err := s.Store.CountTry(ctx, key, now, now.Add(-guessWindow))
		if err != nil {
			return fmt.Errorf("count a try: %w", err)
		}
		paused = paused || n > most
	}
	if paused {
		return ErrPaused
	}
	return nil
}
