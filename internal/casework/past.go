package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// PastCase is a closed case of somebody who is here again: enough to know it, the rest is a click away.
type PastCase struct {
	Case
	Outcome Outcome
}

// PastStore is what the past of a person needs of the database.
type PastStore interface {
	// PastCases returns the closed cases of a person, the newest first, at most n.
	PastCases(ctx context.Context, personID string, n int) ([]PastCase, error)
}

// pastShown bounds the past that a case shows.
const pastShown = 50

// PastCases returns the other cases of the case's person that are closed, the newest first.
func (s *Service) PastCases(ctx context.Context, c Case) ([]PastCase, error) {
	past, err := s.Store.PastCases(ctx, c.Person, pastShown)
	if err != nil {
		return nil, fmt.Errorf("read the past cases of the person of case %s: %w", c.ID, err)
	}
	others := past[:0]
	for _, p := range past {
		if p.ID != c.ID {
			others = append(others, p)
		}
	}
	return others, nil
}

// Within is how long a case of a level may wait for a human; zero where the level has no clock.
func (s *Service) Within(l risk.Level) time.Duration { return s.within(l) }
