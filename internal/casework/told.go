package casework

import (
	"context"
	"slices"
)

// told are the steps that Told takes: what the person let us know, be it by saying nothing.
var told = []StepKind{StepSilent, StepSaidSafe, StepSaidGone, StepSaidWrong, StepSaidStop, StepSaidRevoked, StepUnfollowed, StepFollowed}

// Told notes in an open case what the person let the program know, and what it did about it. A closed case
// takes nothing, and a key is noted once.
func (s *Service) Told(ctx context.Context, caseID string, kind StepKind, note, key string) error {
	if !slices.Contains(told, kind) {
		return ErrKind
	}
	_, err := s.change(ctx, "note what the person said in", caseID, s.once(key, func(_ context.Context, c *Case, _ []Step) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, nil
		}
		return &Step{Kind: kind, Note: note}, nil
	}))
	return err
}
