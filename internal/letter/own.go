package letter

import (
	"context"
	"fmt"
)

// sentShown is how many of their letters a person finds on their page.
const sentShown = 50

// Sent lists the letters that a person sent, the newest first.
func (s *Service) Sent(ctx context.Context, personID string) ([]Letter, error) {
	ls, err := s.Store.Of(ctx, personID, sentShown)
	if err != nil {
		return nil, fmt.Errorf("list a person's letters: %w", err)
	}
	return ls, nil
}
