package staff

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// Record writes a line into the audit trail: by an account, or by whoever acts in ctx where that is somebody else, such as an
// operator at the command line.
func (s *Service) Record(ctx context.Context, by Account, e audit.Event) error {
	actor, _ := audit.By(ctx)
	if actor.ID == "" {
		actor.ID, actor.Name, actor.Role = by.ID, by.DisplayName, string(by.Role)
	}
	return s.Trail.Record(audit.With(ctx, actor), e)
}

// recordChange writes a change of an account or token, by whoever acts in ctx; where nobody does, the program did it of itself,
// as for the account of a first start.
func (s *Service) recordChange(ctx context.Context, e audit.Event) error {
	if actor, ok := audit.By(ctx); !ok || actor.ID == "" {
		ctx = audit.With(ctx, audit.Program("xinqiao"))
	}
	return s.Trail.Record(ctx, e)
}

// recordRefusal writes that somebody was not let in. A name that nobody has is kept as a keyed hash: it may be a password that
// was typed in the wrong field. Refusals without looking are one line a minute, so that a flood of them does not fill the trail.
func (s *Service) recordRefusal(ctx context.Context, a Account, t Attempt, e audit.Event) error {
	if e.Object = a.ID; e.Object == "" {
		e.Person = t.Name
	}
	ctx = audit.With(ctx, audit.Actor{From: t.Address})
	if e.Kind == audit.SignInLocked {
		return s.Trail.RecordOnce(ctx, e)
	}
	return s.Trail.Record(ctx, e)
}
