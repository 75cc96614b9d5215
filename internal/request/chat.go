package request

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// needs is what somebody agrees to before they are expected anywhere.
const needs = "booking"

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	text := dialog.TypeText
	return []dialog.Command{
		{Name: "request.make", Commits: true, Once: true, Needs: needs, Args: types{"kind": text, "school": text, "grade": text, "about": text, "reach": text, "phone": text}, Results: types{"number": text}, Outcomes: []string{"ok", "many", "presence"}, Run: s.make},
		{Name: "request.report", Commits: true, Once: true, Args: types{"relation": text, "school": text, "seen": text, "about": text, "sure": text, "danger": text, "back": text}, Results: types{"number": text}, Outcomes: []string{"ok", "danger", "many"}, Run: s.report},
		{Name: "request.mine", Results: types{"requests": dialog.TypeChoices, "only": text}, Outcomes: []string{"ok", "one", "none"}, Run: s.list},
		{Name: "request.show", Args: types{"request": text}, Results: types{"text": text}, Outcomes: []string{"ok", "ended", "missing"}, Run: s.show},
		{Name: "request.withdraw", Commits: true, Once: true, Args: types{"request": text}, Results: types{"number": text}, Outcomes: []string{"ok", "missing"}, Run: s.takeBack},
	}
}

// outcome is the one table that maps errors to what a flow hears.
func outcome(err error) (dialog.Result, error) {
	switch {
	case errors.Is(err, ErrMany):
		return dialog.Result{Outcome: "many"}, nil
	case errors.Is(err, presence.ErrAsk):
		return dialog.Result{Outcome: "presence"}, nil
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrState):
		return dialog.Result{Outcome: "missing"}, nil
	}
	return dialog.Result{}, err
}

func (s *Service) make(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	k := Kind(c.Text("kind"))
	if !k.Valid() {
		return dialog.Result{}, fmt.Errorf("no kind of request is called %q", k)
	}
	r, err := s.Make(ctx, c.Key, c.Person, k, Form{School: c.Text("school"), Grade: c.Text("grade"), About: c.Text("about"), Reach: c.Text("reach"), Phone: c.Text("phone")})
	if err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"number": r.Number}}, nil
}

// What a form says of danger, and of harm that must not wait for somebody to read the list.
const (
	dangerNow  = "now"
	seenDeath  = "death"  // said that they do not want to live, or hurt themselves
	seenWounds = "wounds" // hurt by somebody
)

// seenWords are what was seen, in words, by the value of the choice.
var seenWords = map[string]string{
	seenDeath: "说过不想活、伤害自己的话，或者做过", seenWounds: "身上有伤，好像被人打", "bullied": "被欺负、被孤立", "low": "情绪很低落，不说话、不吃不睡",
	"school": "不肯上学，躲着人", "home": "家里出了大事", "other": "别的",
}

// report keeps a concern about somebody else. What is dangerous opens a case about another at once.
func (s *Service) report(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	seen, words := c.Text("seen"), c.Text("seen")
	if w, ok := seenWords[seen]; ok {
		words = w
	}
	f := Form{Relation: c.Text("relation"), School: c.Text("school"), Seen: words, About: c.Text("about"), Sure: c.Text("sure"), AskBack: c.Text("back") == "yes"}
	danger := rated(seen, c.Text("danger") == dangerNow)
	f.Danger = danger != nil
	r, err := s.Make(ctx, c.Key, c.Person, Concern, f)
	if err != nil {
		return outcome(err)
	}
	res := dialog.Result{Outcome: "ok", Vars: map[string]any{"number": r.Number}}
	if danger != nil {
		res.Outcome, res.Danger = "danger", danger
		res.Danger.Reason += "（请求 " + r.Number + "）"
	}
	return res, nil
}

// rated is the level by rule of what a form says; nil is for the list alone.
func rated(seen string, now bool) *dialog.Danger {
	d := &dialog.Danger{Level: risk.Medium, Subject: risk.Other}
	if now {
		d.Level = risk.High
	}
	switch {
	case seen == seenDeath:
		d.Category, d.Reason = "suicide", "有人担心身边的人：对方说过不想活、伤害自己的话，或者做过"
	case seen == seenWounds:
		d.Category, d.Reason = "abuse", "有人担心身边的人：对方身上有伤，好像被人打"
	case now:
		d.Category, d.Reason = "suicide", "有人担心身边的人"
	default:
		return nil
	}
	if now {
		d.Reason += "，现在就可能有危险"
	}
	return d
}

// shown is how many requests a message lists.
const shown = 8

func (s *Service) list(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	rs, err := s.Store.Of(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("list requests: %w", err)
	}
	var cs []channel.Choice
	for _, r := range rs[:min(shown, len(rs))] {
		cs = append(cs, channel.Choice{Label: fmt.Sprintf("%s %s（%s）", r.Number, r.Kind.Label(), r.StateLabel()), Say: r.ID})
	}
	switch len(cs) {
	case 0:
		return dialog.Result{Outcome: "none"}, nil
	case 1:
		return dialog.Result{Outcome: "one", Vars: map[string]any{"requests": cs, "only": rs[0].ID}}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"requests": cs, "only": ""}}, nil
}

func (s *Service) show(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	r, err := s.mine(ctx, c.Person, c.Text("request"))
	if err != nil {
		return outcome(err)
	}
	steps, err := s.Store.Steps(ctx, r.ID)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("show a request: %w", err)
	}
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s，编号 %s\n%s 交上来", r.Kind.Label(), r.Number, r.MadeAt.In(citytime.Zone).Format("1月2日 15:04"))
	for _, st := range steps {
		_, _ = fmt.Fprintf(&b, "\n%s %s", st.At.In(citytime.Zone).Format("1月2日 15:04"), r.Kind.label(st.State))
		if st.Note != "" {
			_, _ = fmt.Fprintf(&b, "：%s", st.Note)
		}
	}
	if r.State == New {
		b.WriteString("\n还没有老师看到，一有消息就告诉您。")
	}
	return told(r, b.String())
}

func told(r Request, text string) (dialog.Result, error) {
	res := dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text}}
	if !r.State.Open() {
		res.Outcome = "ended"
	}
	return res, nil
}

func (s *Service) takeBack(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	r, err := s.Withdraw(ctx, c.Person, c.Text("request"))
	if err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"number": r.Number}}, nil
}
