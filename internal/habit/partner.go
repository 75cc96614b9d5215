package habit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/shortcode"
)

// A parent and a child may tick one challenge from two phones. Whose challenge it is shows a code; who writes it in their own chat
// joins as the child, sees how far both have come and nothing else of the other, and leaves whenever they like.

// Code is a code by which somebody may join a challenge.
type Code struct {
	Code      string
	Challenge string
	Until     time.Time
}

// PartnerStore is what joining needs of the database.
type PartnerStore interface {
	// PutCode keeps the code of a person's challenge instead of the one before.
	PutCode(ctx context.Context, personID string, c Code) error
	// Invited returns the challenge that a code leads to; ErrNotFound where there is none, or it is over.
	Invited(ctx context.Context, code string, now time.Time) (Challenge, error)
	// Join lets a person take part and uses up the code; ErrAlready where somebody was faster.
	Join(ctx context.Context, personID, id string, at time.Time) error
	// Leave ends that a person takes part in somebody else's challenge.
	Leave(ctx context.Context, personID string) error
}

const (
	// CodeLife is how long a code may be used.
	CodeLife   = 30 * time.Minute
	codeLength = 6
)

// Invite returns a code by which a child may join the person's challenge. An earlier one leads nowhere any more.
func (s *Service) Invite(ctx context.Context, personID string) (Code, error) {
	var code Code
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		c, _, err := s.running(ctx, personID)
		if err != nil {
			return err
		}
		if !c.Running() || c.Joined(personID) {
			return ErrNotFound
		}
		if c.Partner != "" {
			return ErrAlready
		}
		code = Code{shortcode.New(codeLength), c.ID, s.Time().Add(CodeLife)}
		return s.Store.PutCode(ctx, personID, code)
	})
	if err != nil {
		return Code{}, fmt.Errorf("invite to a challenge: %w", err)
	}
	return code, nil
}

// Invited returns the challenge that a code leads to.
func (s *Service) Invited(ctx context.Context, personID, said string) (Challenge, error) {
	by := budget.Of(ctx).As(personID)
	if err := s.Budget.Spent(ctx, budget.Code, by); err != nil { // right ones too: nobody learns which are
		return Challenge{}, err
	}
	c, err := s.Store.Invited(ctx, shortcode.Clean(said), s.Time())
	switch {
	case errors.Is(err, ErrNotFound):
		s.Budget.Note(ctx, budget.Code, by)
		return Challenge{}, err
	case err != nil:
		return Challenge{}, err
	case c.Person == personID:
		return Challenge{}, ErrOwn
	case c.Day(s.Time()) > Days:
		return Challenge{}, ErrNotFound
	case c.Partner != "" && c.Partner != personID:
		return Challenge{}, ErrAlready
	}
	return c, nil
}

// Join lets a person take part in the challenge of a code, as the child. Whoever has a challenge of their own ends that first.
func (s *Service) Join(ctx context.Context, personID, said string) (Challenge, error) {
	var c Challenge
	err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		mine, err := s.Store.Running(ctx, personID)
		if err == nil && !mine.Joined(personID) {
			return ErrAlready
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if c, err = s.Invited(ctx, personID, said); err != nil {
			return err
		}
		return s.Store.Join(ctx, personID, c.ID, s.Time())
	})
	if err != nil {
		return Challenge{}, fmt.Errorf("join a challenge: %w", err)
	}
	return c, nil
}

// together are the commands of two phones.
func (s *Service) together() []dialog.Command {
	type types = map[string]dialog.Type
	text := dialog.TypeText
	return []dialog.Command{
		{Name: "habit.invite", Results: types{"code": text}, Outcomes: []string{"ok", "already", "none"}, Run: s.invite},
		{Name: "habit.invited", Args: types{"code": text}, Results: types{"text": text, "again": text}, Outcomes: []string{"ok", "own", "already", "missing", "many"}, Run: s.invited},
		{Name: "habit.join", Commits: true, Once: true, Args: types{"code": text}, Results: types{"text": text, "again": text}, Outcomes: []string{"ok", "own", "already", "missing", "many"}, Run: s.join},
	}
}

func (s *Service) invite(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	code, err := s.Invite(ctx, c.Person)
	if err != nil {
		return outcome(err, "none")
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"code": code.Code}}, nil
}

func (s *Service) invited(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	k, err := s.Invited(ctx, c.Person, c.Text("code"))
	if err != nil {
		return s.refused(err)
	}
	h := s.habit(k)
	text := fmt.Sprintf("和家里一起做“%s”，今天第 %d 天。", h.Name, k.Day(s.Time()))
	if h.What != "" {
		text += "\n每天：" + h.What
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text}}, nil
}

// refused says why a code leads nowhere, and after many wrong ones when the next is looked at.
func (s *Service) refused(err error) (dialog.Result, error) {
	if many := (*budget.RefusedError)(nil); errors.As(err, &many) {
		return dialog.Result{Outcome: "many", Vars: map[string]any{"again": many.When(s.Time())}}, nil
	}
	return outcome(err, "missing")
}

func (s *Service) join(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	k, err := s.Join(ctx, c.Person, c.Text("code"))
	if err != nil {
		return s.refused(err)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": fmt.Sprintf("加入了，“%s”一起做。", s.habit(k).Name)}}, nil
}
