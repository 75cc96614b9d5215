package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// Pair is the two people of a step that needs two: First asked or wrote, Second agrees.
type Pair struct {
	First, Second string    // IDs of accounts
	Right         Right     // that the second one needs
	Keeps         Right     // that the first one must still have; "" for none
	Since         time.Time // when the first one asked: a second one who came to their role later does not count; zero: any
}

// Second says whether the second of a pair may agree to what the first asked: two accounts, of two people as far as can be
// known, and the role that the policy asks for, had before anybody asked. ErrSamePerson or ErrNotSecond where not.
func (s *Service) Second(ctx context.Context, p Pair) error {
	if p.First == p.Second {
		return ErrSamePerson
	}
	second, err := s.Store.ByID(ctx, p.Second)
	if errors.Is(err, ErrNotFound) {
		return ErrNotSecond
	}
	if err != nil {
		return fmt.Errorf("look who agrees: %w", err)
	}
	if !second.Active() || !second.May(p.Right) || !p.Since.IsZero() && second.RoleAt.After(p.Since) {
		return ErrNotSecond
	}
	if p.Keeps != "" {
		first, err := s.Store.ByID(ctx, p.First)
		switch {
		case errors.Is(err, ErrNotFound):
			return ErrNotSecond
		case err != nil:
			return fmt.Errorf("look who asked: %w", err)
		case !first.Active() || !first.May(p.Keeps):
			return ErrNotSecond
		}
	}
	return s.Apart(ctx, p.First, p.Second)
}

// Apart is ErrSamePerson where two accounts are one person's, as far as can be known: of one name, or with one telephone bound.
func (s *Service) Apart(ctx context.Context, firstID, secondID string) error {
	if firstID == secondID {
		return ErrSamePerson
	}
	first, err := s.Store.ByID(ctx, firstID)
	if errors.Is(err, ErrNotFound) { // a program, or somebody from before accounts were kept
		return nil
	}
	if err != nil {
		return fmt.Errorf("look who asked: %w", err)
	}
	second, err := s.Store.ByID(ctx, secondID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look who agrees: %w", err)
	}
	if sameName(first.DisplayName, second.DisplayName) {
		return ErrSamePerson
	}
	one, err := s.Phone(ctx, first.ID)
	if err != nil {
		return err
	}
	other, err := s.Phone(ctx, second.ID)
	if err != nil {
		return err
	}
	if one.Person != "" && one.Person == other.Person { // one telephone
		return ErrSamePerson
	}
	return nil
}

// sameName says whether two names are one to whoever reads them.
func sameName(a, b string) bool {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, width.Fold.String(s))
	}
	return fold(a) == fold(b)
}

// People counts how many people some accounts are: of one name they are one.
func People(all []Account) (n int) {
	for i, a := range all {
		if !slices.ContainsFunc(all[:i], func(b Account) bool { return sameName(a.DisplayName, b.DisplayName) }) {
			n++
		}
	}
	return n
}
