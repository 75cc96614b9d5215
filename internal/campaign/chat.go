package campaign

import (
	"context"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	return []dialog.Command{
		{Name: "campaign.consent", Outcomes: []string{"ask", "yes", "no"}, Run: s.consent},
		{Name: "campaign.agree", Commits: true, Once: true, Outcomes: []string{"ok"}, Run: s.agree},
		{Name: "campaign.leave", Outcomes: []string{"ok", "none"}, Run: s.leave},
	}
}

func (s *Service) consent(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	agreed, asked, err := s.Store.Consent(ctx, c.Person)
	switch {
	case err != nil:
		return dialog.Result{}, fmt.Errorf("look for a consent: %w", err)
	case agreed:
		return dialog.Result{Outcome: "yes"}, nil
	case asked:
		return dialog.Result{Outcome: "no"}, nil
	}
	return dialog.Result{Outcome: "ask"}, nil
}

func (s *Service) agree(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	if err := s.Store.SetConsent(ctx, c.Person, true, s.Time()); err != nil {
		return dialog.Result{}, fmt.Errorf("keep a consent: %w", err)
	}
	return dialog.Result{Outcome: "ok"}, nil
}

// leave ends a consent, or notes that there is none, so that nobody is asked twice.
func (s *Service) leave(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	agreed, _, err := s.Store.Consent(ctx, c.Person)
	if err == nil {
		err = s.Store.SetConsent(ctx, c.Person, false, s.Time())
	}
	if err != nil {
		return dialog.Result{}, fmt.Errorf("end a consent: %w", err)
	}
	if agreed {
		return dialog.Result{Outcome: "ok"}, nil
	}
	return dialog.Result{Outcome: "none"}, nil
}
