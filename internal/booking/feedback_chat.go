package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// rating are the commands that hear how a visit was.
func (s *Service) rating() []dialog.Command {
	type types = map[string]dialog.Type
	text := dialog.TypeText
	return []dialog.Command{
		{Name: "booking.to_rate", Results: types{"text": text}, Outcomes: []string{"ok", "none"}, Run: s.toRate},
		{Name: "booking.rate", Args: types{"opinion": text}, Results: types{"text": text}, Outcomes: []string{"ok", "nohelp", "none"}, Run: s.rate},
		{Name: "booking.rate_words", Commits: true, Once: true, Args: types{"words": text, "named": text}, Outcomes: []string{"ok", "none"}, Run: s.rateWords},
	}
}

func (s *Service) toRate(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	as, err := s.ToRate(ctx, c.Person)
	if err != nil || len(as) == 0 {
		return dialog.Result{Outcome: "none"}, err
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": s.question(as[0])}}, nil
}

// rate takes an opinion of the latest visit that waits for one, and says of which.
func (s *Service) rate(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	o, ok := opinionOf(c.Text("opinion"))
	as, err := s.ToRate(ctx, c.Person)
	if err != nil || !ok || len(as) == 0 {
		return dialog.Result{Outcome: "none"}, err
	}
	if err := s.Rate(ctx, c.Person, as[0].ID, o); err != nil {
		if errors.Is(err, ErrRated) || errors.Is(err, ErrNotFound) {
			return dialog.Result{Outcome: "none"}, nil
		}
		return dialog.Result{}, err
	}
	res := dialog.Result{Outcome: "ok", Vars: map[string]any{"text": fmt.Sprintf("记下了：%s，%s，%s。", DayLabel(as[0].Start), s.place(as[0]), o.Label())}}
	if o == NoHelp {
		res.Outcome = "nohelp"
	}
	return res, nil
}

func (s *Service) rateWords(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	last, err := s.lastRated(ctx, c.Person)
	if err == nil {
		err = s.Reword(ctx, c.Person, last.Appointment, c.Text("words"), c.Text("named") == "yes")
	}
	if errors.Is(err, ErrNotFound) {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok"}, err
}
