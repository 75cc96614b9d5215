package consent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// Commands are what flows may call. consent.need is what a gate (needs) runs, and never stands in a flow.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	const text, yes, choices = dialog.TypeText, dialog.TypeBool, dialog.TypeChoices
	what := types{"what": text}
	coded := types{"code": text}
	return []dialog.Command{
		{Name: plan.NeedCommand, Args: types{"what": text, plan.WillShow: yes}, Results: types{dialog.WordsToAgree: text, "version": text}, Outcomes: []string{"ok", plan.NotYet}, Run: s.need},
		{Name: "consent.look", Args: types{"what": text, plan.WillShow: yes}, Results: types{"title": text, "words": text, "version": text}, Outcomes: []string{"ok", "age", "guardian", "words"}, Run: s.look},
		{Name: "consent.age", Once: true, Args: types{"said": text, "what": text}, Outcomes: []string{"ok", "young", "how_young", "earlier", "unclear"}, Run: s.hear},
		{Name: "consent.agree", Commits: true, Once: true, Args: types{"what": text, "version": text}, Outcomes: []string{"ok", "changed"}, Run: s.agree},
		{Name: "consent.invite", Once: true, Args: what, Results: types{"code": text, "until": text}, Outcomes: []string{"ok", "paper", "many"}, Run: s.invite},
		{Name: "guardian.enter", Args: coded, Results: types{"title": text, "words": text}, Outcomes: append([]string{"ok"}, refusals...), Run: s.enter},
		{Name: "guardian.confirm", Commits: true, Once: true, Args: types{"code": text, "relation": text, "all": yes}, Outcomes: append([]string{"ok"}, refusals...), Run: s.confirm},
		{Name: "guardian.refuse", Once: true, Args: coded, Outcomes: append([]string{"ok"}, refusals...), Run: s.refuse},
		{Name: "guardian.mend", Commits: true, Once: true, Args: types{"code": text, "relation": text}, Outcomes: append([]string{"ok"}, refusals...), Run: s.mend},
		{Name: "consent.mine", Results: types{"text": text, "consents": choices}, Outcomes: []string{"ok", "none"}, Run: s.mine},
		{Name: "consent.show", Args: types{"consent": text}, Results: types{"text": text}, Outcomes: []string{"ok", "missing"}, Run: s.show},
		{Name: "consent.withdraw", Commits: true, Once: true, Args: types{"consent": text}, Results: types{"title": text}, Outcomes: []string{"ok", "missing"}, Run: s.withdraw},
	}
}

// refusals are the outcomes of a code that does not work.
var refusals = []string{"missing", "own", "minor", "unproved", "changed", "paused", "many"}

func outcome(name string, vars map[string]any) (dialog.Result, error) {
	return dialog.Result{Outcome: name, Vars: vars}, nil
}

// refused is the one table that maps errors to what a flow hears.
func refused(err error) (dialog.Result, error) {
	for _, m := range []struct {
		err  error
		name string
	}{{ErrNotFound, "missing"}, {ErrOwn, "own"}, {ErrMinor, "minor"}, {ErrUnproved, "unproved"}, {ErrChanged, "changed"}, {ErrPaused, "paused"}, {ErrMany, "many"}} {
		if errors.Is(err, m.err) {
			return outcome(m.name, nil)
		}
	}
	return dialog.Result{}, err
}

// need lets somebody through a gate, with the words that they are to agree to where the flow shows them itself.
func (s *Service) need(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	st, err := s.Standing(ctx, c.Person, c.Audience, Purpose(c.Text("what")))
	if err != nil {
		return dialog.Result{}, err
	}
	shows, _ := c.Args[plan.WillShow].(bool)
	switch {
	case st.Lack == Nothing:
		return outcome("ok", map[string]any{dialog.WordsToAgree: "", "version": ""})
	case st.Lack == LackWords && shows:
		return outcome("ok", map[string]any{dialog.WordsToAgree: st.Text.Words(st.Anew), "version": st.Text.Version})
	}
	return outcome(plan.NotYet, nil)
}

// look says what is lacking. The flow of consent comes back to it after each answer.
func (s *Service) look(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	st, err := s.Standing(ctx, c.Person, c.Audience, Purpose(c.Text("what")))
	if err != nil {
		return dialog.Result{}, err
	}
	name := "ok"
	if shows, _ := c.Args[plan.WillShow].(bool); st.Lack != Nothing && (st.Lack != LackWords || !shows) {
		name = string(st.Lack)
	}
	return outcome(name, map[string]any{"title": st.Text.Title, "words": st.Text.Words(st.Anew), "version": st.Text.Version})
}

func (s *Service) hear(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	said, ok := ReadAge(c.Text("said"), s.Time())
	if !ok {
		return outcome("unclear", nil)
	}
	held, heeded, err := s.HearAge(ctx, c.Person, said, s.Texts().Title(Purpose(c.Text("what"))))
	if err != nil {
		return dialog.Result{}, err
	}
	switch {
	case !heeded:
		return outcome("earlier", nil)
	case held.Band(s.Time()) != Under14:
		return outcome("ok", nil)
	case held.Until.IsZero():
		return outcome("how_young", nil)
	}
	return outcome("young", nil)
}

func (s *Service) agree(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	err := s.Agree(ctx, c.Person, Purpose(c.Text("what")), c.Text("version"))
	if errors.Is(err, ErrChanged) {
		return outcome("changed", nil)
	}
	if err != nil {
		return dialog.Result{}, err
	}
	return outcome("ok", nil)
}

func (s *Service) invite(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	code, err := s.Invite(ctx, c.Person, Purpose(c.Text("what")))
	if errors.Is(err, ErrMany) {
		return outcome("many", nil)
	}
	if err != nil {
		return dialog.Result{}, err
	}
	proved, err := s.Proved(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	name := "ok"
	if !proved {
		name = "paper"
	}
	return outcome(name, map[string]any{"code": code.Shown(), "until": code.Until.In(citytime.Zone).Format("1月2日 15:04")})
}

// Shown is a code as it is read and typed most easily.
func (c Code) Shown() string {
	const half = codeLength / 2
	if len(c.Code) != codeLength {
		return c.Code
	}
	return c.Code[:half] + " " + c.Code[half:]
}

func (s *Service) enter(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	code, err := s.Enter(ctx, c.Person, c.Text("code"))
	if err != nil {
		return refused(err)
	}
	text, _ := s.Texts().Of(code.Purpose)
	return outcome("ok", map[string]any{"title": text.Title, "words": strings.TrimSpace(text.Guardian)})
}

func (s *Service) confirm(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	all, _ := c.Args["all"].(bool)
	return s.did(s.Confirm(ctx, c.Person, Word{Code: c.Text("code"), Relation: c.Text("relation"), All: all}))
}

func (s *Service) refuse(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	return s.did(s.Refuse(ctx, c.Person, c.Text("code")))
}

func (s *Service) mend(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	return s.did(s.MendByGuardian(ctx, c.Person, c.Text("code"), c.Text("relation")))
}

func (s *Service) did(err error) (dialog.Result, error) {
	if err != nil {
		return refused(err)
	}
	return outcome("ok", nil)
}

// asGuardian begins the name of a consent that somebody gave for a child.
const asGuardian = "guardian:"

func (s *Service) mine(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	own, err := s.Mine(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	wards, err := s.Wards(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	var (
		lines []string
		cs    []channel.Choice
	)
	add := func(title, say string, g Given) {
		state := day(g.At) + "同意（" + g.Version + " 版）"
		if !g.Agreed {
			state = day(g.At) + "收回了"
		} else {
			cs = append(cs, channel.Choice{Label: "收回：" + title, Say: say})
		}
		lines = append(lines, "· "+title+"："+state)
	}
	for _, g := range own {
		add(s.Texts().Title(g.Purpose), string(g.Purpose), g)
	}
	seen := map[Purpose]bool{}
	for _, g := range wards {
		if seen[g.Purpose] {
			continue
		}
		seen[g.Purpose] = true
		add("替孩子同意的“"+s.Texts().Title(g.Purpose)+"”", asGuardian+string(g.Purpose), g)
	}
	if len(lines) == 0 {
		return outcome("none", nil)
	}
	return outcome("ok", map[string]any{"text": strings.Join(lines, "\n"), "consents": cs})
}

func day(t time.Time) string { return t.In(citytime.Zone).Format("2006年1月2日") }

func (s *Service) show(_ context.Context, c dialog.Call) (dialog.Result, error) {
	said, forChild := strings.CutPrefix(c.Text("consent"), asGuardian)
	text, ok := s.Texts().Of(Purpose(said))
	if !ok {
		return outcome("missing", nil)
	}
	words := strings.TrimSpace(text.Withdraw)
	if forChild {
		words = "替孩子收回“" + text.Title + "”：孩子这一项就停了，存着的会删掉，里面写了什么不会给您看。孩子照样可以找老师、打热线。"
	}
	return outcome("ok", map[string]any{"text": words})
}

func (s *Service) withdraw(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	said, forChild := strings.CutPrefix(c.Text("consent"), asGuardian)
	p := Purpose(said)
	text, ok := s.Texts().Of(p)
	if !ok {
		return outcome("missing", nil)
	}
	take := s.Withdraw
	if forChild {
		take = s.EndAsGuardian
	}
	if err := take(ctx, c.Person, p); err != nil {
		return dialog.Result{}, fmt.Errorf("take back a consent: %w", err)
	}
	return outcome("ok", map[string]any{"title": text.Title})
}
