package casework

import "context"

// FellSilent notes in an open case that the person has not answered, and what the program did about it.
func (s *Service) FellSilent(ctx context.Context, caseID, note string) error {
	_, err := s.change(ctx, "note silence in", caseID, func(_ context.Context, c *Case) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, nil
		}
		return &Step{Kind: StepSilent, Note: note}, nil
	})
	return err
}
