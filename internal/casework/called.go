package casework

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
)

// CallStore keeps who was called to a case: they may see it, however far their work reaches else.
type CallStore interface {
	// AddCalled writes who was called to a case, by the names they sign in with or by ID. Where none of them is known it is
	// everybody. Whoever was called before stays so.
	AddCalled(ctx context.Context, caseID string, names, ids []string, at time.Time) error
}

// letSee lets those who are called on a rung of the ladder see the case. Danger that nobody takes who is near climbs to those
// beyond; the last rung is everybody.
func (s *Service) letSee(ctx context.Context, c Case, rungs []rota.Rung, rung int) error {
	rung = min(max(rung, 0), len(rungs)-1)
	called := rungs[rung].Call
	if rung == len(rungs)-1 && rungs[rung].Name == rota.Everybody {
		called = nil
	}
	return s.letContactsSee(ctx, c, called)
}

func (s *Service) letContactsSee(ctx context.Context, c Case, called []notify.Contact, ids ...string) error {
	var names []string
	for _, who := range called {
		if who.Account != "" {
			names = append(names, strings.ToLower(who.Account))
		}
	}
	if err := s.Store.AddCalled(ctx, c.ID, names, ids, s.now()); err != nil {
		return fmt.Errorf("let those who are called see the case: %w", err)
	}
	return nil
}
