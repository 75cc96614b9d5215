package casework

import (
	"context"
	"fmt"
)

// NumberStore leads between a case and its number. Neither tells anything of a person.
type NumberStore interface {
	// Numbers returns the numbers of those of the IDs that are cases.
	Numbers(ctx context.Context, ids ...string) (map[string]int, error)
	// Numbered returns the ID of the case with a number; ErrNotFound where there is none.
	Numbered(ctx context.Context, number int) (string, error)
}

// Numbers returns the numbers of those of the IDs that are cases.
func (s *Service) Numbers(ctx context.Context, ids ...string) (map[string]int, error) {
	ns, err := s.Store.Numbers(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("look up the numbers of cases: %w", err)
	}
	return ns, nil
}

// Numbered returns the ID of the case with a number.
func (s *Service) Numbered(ctx context.Context, number int) (string, error) {
	id, err := s.Store.Numbered(ctx, number)
	if err != nil {
		return "", fmt.Errorf("look up case #%d: %w", number, err)
	}
	return id, nil
}
