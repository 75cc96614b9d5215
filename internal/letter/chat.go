package letter

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
)

// needs is what a writer agrees to before a word of a letter is kept.
const needs = "letters"

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	const text, number, yes, choices = dialog.TypeText, dialog.TypeNumber, dialog.TypeBool, dialog.TypeChoices
	code := types{"code": text}
	answer := types{"code": text, "answer": text, "mine": yes, "rated": yes, "public": yes}
	return []dialog.Command{
		{Name: "letter.begin", Results: types{"count": number, "chars": number}, Outcomes: []string{"fresh", "unsent"}, Run: s.begin},
		{Name: "letter.add", Once: true, Needs: needs, Args: types{"text": text}, Results: types{"count": number}, Outcomes: []string{"ok", "long"}, Run: s.add},
		{Name: "letter.look", Results: types{"draft": text, "count": number, "chars": number}, Outcomes: []string{"ok", "empty"}, Run: s.look},
		{Name: "letter.unadd", Outcomes: []string{"ok", "empty"}, Run: s.unadd},
		{Name: "letter.discard", Outcomes: []string{"ok"}, Run: s.discard},
		{Name: "letter.send", Commits: true, Once: true, Needs: needs, Results: types{"code": text, "again": text}, Outcomes: []string{"ok", "asked_on", "empty", "presence", "many"}, Run: s.send},
		{Name: "letter.mine", Results: types{"letters": choices}, Outcomes: []string{"ok", "none"}, Run: s.mine},
		{Name: "letter.open", Results: answer, Outcomes: []string{"answered", "none"}, Run: s.openNewest},
		{Name: "letter.read", Args: code, Results: answer, Outcomes: []string{"answered", "asked_on", "waiting", "missing", "paused"}, Run: s.readByCode},
		{Name: "letter.rate", Args: types{"code": text, "rating": text}, Results: types{"words": text}, Outcomes: []string{"ask", "thanks", "sorry", "missing"}, Run: s.rate},
		{Name: "letter.agree", Args: code, Outcomes: []string{"ok", "missing"}, Run: s.consents(true)},
		{Name: "letter.refuse", Args: code, Outcomes: []string{"ok", "missing"}, Run: s.consents(false)},
		{Name: "letter.withdraw", Args: code, Outcomes: []string{"ok", "missing"}, Run: s.withdraw},
		{Name: "letter.ask_on", Args: code, Outcomes: []string{"ok", "busy", "waiting", "missing"}, Run: s.askOn},
		{Name: "letter.column", Args: types{"words": text, "page": number}, Results: types{"letters": choices, "more": yes}, Outcomes: []string{"ok", "none"}, Run: s.columnPage},
		{Name: "letter.column_show", Args: types{"letter": text}, Results: types{"id": text, "title": text, "text": text}, Outcomes: []string{"ok", "missing"}, Run: s.columnShow},
	}
}

func outcome(name string, vars map[string]any) (dialog.Result, error) {
	return dialog.Result{Outcome: name, Vars: vars}, nil
}

func sizes(l Letter) map[string]any {
	return map[string]any{"count": float64(len(l.Parts)), "chars": float64(utf8.RuneCountInString(joined(l.Parts)))}
}

func (s *Service) begin(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	l, err := s.Unsent(ctx, c.Person)
	switch {
	case errors.Is(err, ErrNotFound):
		return outcome("fresh", nil)
	case err != nil:
		return dialog.Result{}, err
	case len(l.Parts) == 0: // something was to be asked on, and not a word of it was written
		if err := s.Discard(ctx, c.Person); err != nil {
			return dialog.Result{}, err
		}
		return outcome("fresh", nil)
	}
	return outcome("unsent", sizes(l))
}

func (s *Service) add(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	l, err := s.Add(ctx, c.Person, Part{Key: c.Key, Order: c.Order, Text: c.Text("text")})
	switch {
	case errors.Is(err, ErrLong):
		return outcome("long", nil)
	case err != nil && !errors.Is(err, ErrEmpty):
		return dialog.Result{}, err
	}
	return outcome("ok", map[string]any{"count": float64(len(l.Parts))})
}

func (s *Service) look(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	l, err := s.Unsent(ctx, c.Person)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return dialog.Result{}, err
	}
	if len(l.Parts) == 0 {
		return outcome("empty", nil)
	}
	vars := sizes(l)
	vars["draft"] = dialog.Verbatim(l.Preview())
	return outcome("ok", vars)
}

func (s *Service) unadd(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	l, err := s.Unadd(ctx, c.Person)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrEmpty):
		return outcome("empty", nil)
	case err != nil:
		return dialog.Result{}, err
	case len(l.Parts) == 0:
		return outcome("empty", nil)
	}
	return outcome("ok", nil)
}

func (s *Service) discard(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	if err := s.Discard(ctx, c.Person); err != nil {
		return dialog.Result{}, err
	}
	return outcome("ok", nil)
}

func (s *Service) send(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	sent, err := s.Send(ctx, c.Key, c.Person)
	var many *budget.RefusedError
	switch {
	case errors.Is(err, ErrEmpty):
		return outcome("empty", nil)
	case errors.Is(err, presence.ErrAsk):
		return outcome("presence", nil)
	case errors.As(err, &many):
		return outcome("many", map[string]any{"again": many.When(s.Time())})
	case err != nil:
		return dialog.Result{}, err
	}
	res := dialog.Result{Outcome: "ok", Vars: map[string]any{"code": sent.Code}}
	if sent.AskedOn {
		res.Outcome = "asked_on"
	}
	if w := sent.Whole; w.Calls() {
		res.Danger = &dialog.Danger{Level: w.Level, Subject: w.Subject, Category: w.Category, Reason: "一封信整篇读下来：" + w.Reason}
	}
	return res, nil
}

// mineShown is how many of their letters a person is offered.
const mineShown = 5

func (s *Service) mine(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	ls, err := s.Store.Of(ctx, c.Person, mineShown)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("list letters: %w", err)
	}
	if len(ls) == 0 {
		return outcome("none", nil)
	}
	var cs []channel.Choice
	for _, l := range ls {
		state := "还没回"
		switch {
		case l.State == Answered:
			state = "已回信"
		case len(l.Turns) > 1:
			state = "追问还没回"
		}
		cs = append(cs, channel.Choice{Label: l.SentAt.In(citytime.Zone).Format("1月2日 15:04") + "（" + state + "）", Say: l.Code})
	}
	return outcome("ok", map[string]any{"letters": cs})
}

// openNewest opens the newest answer that its writer has not seen, else the newest of all.
func (s *Service) openNewest(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	const looked = 20
	ls, err := s.Store.Of(ctx, c.Person, looked)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("list letters: %w", err)
	}
	var (
		newest Letter
		at     time.Time
		unseen bool
	)
	for _, l := range ls {
		t, ok := l.LastAnswer()
		if fresh := t.OpenedAt.IsZero(); ok && (fresh && !unseen || fresh == unseen && t.AnsweredAt.After(at)) {
			newest, at, unseen = l, t.AnsweredAt, fresh
		}
	}
	if at.IsZero() {
		return outcome("none", nil)
	}
	return s.shown(ctx, newest, true)
}

func (s *Service) readByCode(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	l, own, err := s.ByCode(ctx, c.Person, c.Text("code"))
	switch {
	case errors.Is(err, ErrNotFound):
		return outcome("missing", nil)
	case errors.Is(err, ErrPaused):
		return outcome("paused", nil)
	case err != nil:
		return dialog.Result{}, err
	}
	if _, answered := l.LastAnswer(); !answered {
		return outcome("waiting", nil)
	}
	return s.shown(ctx, l, own)
}

// shown is an answer for whoever opened it. Its writer's first look is noted: staff see that it arrived.
func (s *Service) shown(ctx context.Context, l Letter, own bool) (dialog.Result, error) {
	t, _ := l.LastAnswer()
	if own && t.OpenedAt.IsZero() {
		err := s.ofOwn(ctx, l.Person, l.Code, "note the reading of", func(_ context.Context, l *Letter) error {
			for i := range l.Turns {
				if x := &l.Turns[i]; !x.AnsweredAt.IsZero() && x.OpenedAt.IsZero() {
					x.OpenedAt = s.Time()
				}
			}
			return nil
		})
		if err != nil {
			return dialog.Result{}, err
		}
	}
	name := "answered"
	if l.State != Answered {
		name = "asked_on"
	}
	return outcome(name, map[string]any{"code": l.Code, "answer": dialog.Verbatim(t.Answer), "mine": own, "rated": l.Rating != "", "public": l.Consent.Agreed == Yes})
}

func (s *Service) rate(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	r := Rating(c.Text("rating"))
	ask, err := s.Rate(ctx, c.Person, normalCode(c.Text("code")), r)
	switch {
	case errors.Is(err, ErrNotFound):
		return outcome("missing", nil)
	case err != nil:
		return dialog.Result{}, err
	case ask:
		return outcome("ask", map[string]any{"words": consentFor(c.Audience)})
	case r == Useless:
		return outcome("sorry", nil)
	}
	return outcome("thanks", nil)
}

func (s *Service) consents(yes bool) func(context.Context, dialog.Call) (dialog.Result, error) {
	return func(ctx context.Context, c dialog.Call) (dialog.Result, error) {
		err := s.Agree(ctx, c.Person, normalCode(c.Text("code")), yes)
		switch {
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrConsent):
			return outcome("missing", nil)
		case err != nil:
			return dialog.Result{}, err
		}
		return outcome("ok", nil)
	}
}

func (s *Service) withdraw(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	err := s.Withdraw(ctx, normalCode(c.Text("code")))
	if errors.Is(err, ErrNotFound) {
		return outcome("missing", nil)
	}
	if err != nil {
		return dialog.Result{}, err
	}
	return outcome("ok", nil)
}

func (s *Service) askOn(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	err := s.AskOn(ctx, c.Person, normalCode(c.Text("code")))
	switch {
	case errors.Is(err, ErrChanged):
		return outcome("busy", nil)
	case errors.Is(err, ErrWaits):
		return outcome("waiting", nil)
	case errors.Is(err, ErrNotFound):
		return outcome("missing", nil)
	case err != nil:
		return dialog.Result{}, fmt.Errorf("ask on: %w", err)
	}
	return outcome("ok", nil)
}

// columnSize is how many letters of the column are offered at a time.
const columnSize = 5

func (s *Service) columnPage(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	pieces, err := s.Column(ctx, "", c.Text("words"))
	if err != nil {
		return dialog.Result{}, err
	}
	from := max(0, int(c.Number("page"))-1) * columnSize
	if from >= len(pieces) {
		return outcome("none", nil)
	}
	to := min(from+columnSize, len(pieces))
	var cs []channel.Choice
	for _, p := range pieces[from:to] {
		cs = append(cs, channel.Choice{Label: p.Words.Title, Say: p.ID})
	}
	return outcome("ok", map[string]any{"letters": cs, "more": to < len(pieces)})
}

// shownInChat is how much of a letter of the column stands in the chat; the page has all of it.
const shownInChat = 120

func (s *Service) columnShow(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	p, err := s.Shown(ctx, c.Text("letter"))
	if errors.Is(err, ErrNotFound) {
		return outcome("missing", nil)
	}
	if err != nil {
		return dialog.Result{}, err
	}
	return outcome("ok", map[string]any{"id": p.ID, "title": p.Words.Title, "text": dialog.Verbatim(begins(p.Words.Letter) + "\n\n回信：" + begins(p.Words.Answer))})
}

func begins(text string) string {
	r := []rune(text)
	if len(r) <= shownInChat {
		return text
	}
	return string(r[:shownInChat]) + "……"
}
