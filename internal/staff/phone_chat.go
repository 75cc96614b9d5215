package staff

import (
	"context"
	"errors"

	budgets "github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// Commands are what flows can do for members of staff who write to the account themselves.
func (s *Service) Commands() []dialog.Command {
	return []dialog.Command{{
		Name: "staff.bind", Args: map[string]dialog.Type{"code": dialog.TypeText}, Results: map[string]dialog.Type{"name": dialog.TypeText, "again": dialog.TypeText},
		Outcomes: []string{"ok", "wrong", "many"}, Run: s.bind,
	}}
}

func (s *Service) bind(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	by := budgets.Of(ctx).As(c.Person)
	if many := (*budgets.RefusedError)(nil); errors.As(s.Codes.Spent(ctx, budgets.PhoneCode, by), &many) { // right ones too
		return dialog.Result{Outcome: "many", Vars: map[string]any{"again": many.When(s.Time())}}, nil
	}
	a, err := s.BindPhone(ctx, c.Person, c.Text("code"))
	if errors.Is(err, ErrCode) {
		s.Codes.Note(ctx, budgets.PhoneCode, by)
		return dialog.Result{Outcome: "wrong"}, nil
	}
	if err != nil {
		return dialog.Result{}, err
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"name": a.DisplayName}}, nil
}
