package casework

import (
	"context"
	"errors"
	"time"
)

// Agreement names what two members of staff do together.
type Agreement string

// The agreements.
const (
	Identity  Agreement = "identity" // one asks who a person is, the other agrees
	SecondEye Agreement = "review"   // one worked on a case, the other looks at it
)

// Pair is the two of an agreement: First asked or worked, Second agrees. Two people are two accounts, of two people as far as
// can be known, and the roles that the policy asks for; package staff knows.
type Pair struct {
	For           Agreement
	First, Second string    // staff IDs
	Since         time.Time // when the first one asked; zero: whenever
}

// second is ErrSecondPerson, or what Second says, where the second of two may not agree.
func (s *Service) second(ctx context.Context, p Pair) error {
	if p.First == p.Second {
		return ErrSecondPerson
	}
	if s.Second == nil {
		return nil
	}
	return s.Second(ctx, p)
}

// reviewed says whether the actor may lower or close a case: no second look is needed, or another person gave it.
func (s *Service) reviewed(ctx context.Context, c Case, steps []Step, by Actor) error {
	st := StandingOf(c, steps, by)
	if !st.Passed() {
		return ErrReviewNeeded
	}
	if !st.Needed {
		return nil
	}
	err := s.second(ctx, Pair{For: SecondEye, First: by.ID, Second: st.reviewer})
	if errors.Is(err, ErrSecondPerson) {
		return ErrReviewNeeded
	}
	return err
}
