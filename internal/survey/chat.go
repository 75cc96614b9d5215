package survey

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

const (
	// resume is what a tap on the unfinished run says.
	resume = "resume"
	// draftLife is how long a run may lie: most scales ask about the last two weeks.
	draftLife = 7 * 24 * time.Hour
	// needs is what somebody agrees to before an answer of theirs is kept.
	needs = "checks"
)

// Commands are what flows may call. A command answers "changed" where the scale was edited since the run began: its
// answers would mean something else, so the flow begins anew.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	run := types{"run": dialog.TypeText}
	return []dialog.Command{
		{Name: "survey.list", Args: types{"child_age": dialog.TypeNumber}, Results: types{"surveys": dialog.TypeChoices}, Outcomes: []string{"ok"}, Run: s.list},
		{Name: "survey.find", Args: types{"name": dialog.TypeText}, Results: types{"survey": dialog.TypeText}, Outcomes: []string{"ok", "none"}, Run: s.find},
		{Name: "survey.start", Args: types{"survey": dialog.TypeText}, Results: types{"intro": dialog.TypeText, "run": dialog.TypeText, "total": dialog.TypeNumber, "who": dialog.TypeText},
			Outcomes: []string{"ok", "age", "resumed", "missing", "not_for_you"}, Run: s.start},
		{Name: "survey.age", Args: types{"run": dialog.TypeText, "age": dialog.TypeNumber}, Results: types{"run": dialog.TypeText, "words": dialog.TypeText},
			Outcomes: []string{"ok", "sex", "unsuitable", "changed"}, Run: s.withRun(s.age)},
		{Name: "survey.sex", Args: types{"run": dialog.TypeText, "sex": dialog.TypeText}, Results: run, Outcomes: []string{"ok", "changed"}, Run: s.withRun(s.sex)},
		{Name: "survey.ask", Args: run, Results: types{"question": dialog.TypeText, "options": dialog.TypeChoices}, Outcomes: []string{"item", "review", "changed"}, Run: s.withRun(s.ask)},
		{Name: "survey.answer", Needs: needs, Args: types{"run": dialog.TypeText, "answer": dialog.TypeText}, Results: run, Outcomes: []string{"next", "unclear", "changed"}, Run: s.withRun(s.answer)},
		{Name: "survey.back", Args: run, Results: run, Outcomes: []string{"ok", "first", "changed"}, Run: s.withRun(s.back)},
		{Name: "survey.redo", Args: types{"run": dialog.TypeText, "item": dialog.TypeNumber}, Results: run, Outcomes: []string{"ok", "missing", "changed"}, Run: s.withRun(s.redo)},
		{Name: "survey.finish", Needs: needs, Args: run, Results: types{"summary": dialog.TypeText, "next_steps": dialog.TypeText, "result": dialog.TypeText}, Outcomes: []string{"ok", "changed"}, Run: s.withRun(s.finish)},
		{Name: "survey.offers", Args: types{"result": dialog.TypeText}, Results: types{"offers": dialog.TypeChoices}, Outcomes: []string{"ok"}, Run: s.offers},
		{Name: "survey.share", Args: types{"result": dialog.TypeText}, Outcomes: []string{"ok", "gone"}, Run: s.share},
		{Name: "survey.unshare", Args: types{"result": dialog.TypeText}, Outcomes: []string{"ok", "gone"}, Run: s.unshare},
	}
}

func (s *Service) list(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	var out []channel.Choice
	d, sc, err := s.draft(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	if sc != nil {
		out = append(out, channel.Choice{Label: fmt.Sprintf("继续上次的%s（做到第 %d 题）", sc.Title, min(len(d.Run.Answers)+1, len(sc.Items))), Say: resume})
	}
	for _, sc := range s.Library().of(c.Audience, int(c.Number("child_age"))) {
		out = append(out, channel.Choice{Label: sc.Title, Say: sc.ID})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"surveys": out}}, nil
}

// find looks for the scale that a person calls by its name.
func (s *Service) find(_ context.Context, c dialog.Call) (dialog.Result, error) {
	sc, ok := s.Library().Named(c.Text("name"))
	if !ok {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"survey": sc.ID}}, nil
}

// draft returns a run that can still be gone on with, and its scale; nil where there is none.
func (s *Service) draft(ctx context.Context, personID string) (Draft, *Scale, error) {
	d, err := s.Store.Draft(ctx, personID)
	if errors.Is(err, ErrNotFound) {
		return d, nil, nil
	}
	if err != nil {
		return d, nil, fmt.Errorf("look for an unfinished self-check: %w", err)
	}
	sc, ok := s.Library().Scale(d.Run.Survey)
	if !ok || !sc.fits(d.Run) || len(d.Run.Answers) == 0 || s.Time().Sub(d.At) > draftLife {
		return d, nil, nil
	}
	return d, sc, nil
}

func (s *Service) start(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	if c.Text("survey") == resume {
		d, sc, err := s.draft(ctx, c.Person)
		if err != nil || sc == nil {
			return dialog.Result{Outcome: "missing"}, err
		}
		return dialog.Result{Outcome: "resumed", Vars: map[string]any{"run": d.Run.String(), "total": float64(len(sc.Items))}}, nil
	}
	sc, ok := s.Library().Scale(c.Text("survey"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	if !sc.allows(c.Audience) {
		return dialog.Result{Outcome: "not_for_you"}, nil
	}
	who := "你"
	if sc.OfChild {
		who = "孩子"
	} else if c.Audience == "parent" {
		who = "您"
	}
	res := dialog.Result{Outcome: "ok", Vars: map[string]any{
		"intro": strings.TrimSpace(sc.About), "run": Run{Survey: sc.ID, Version: sc.version}.String(), "total": float64(len(sc.Items)), "who": who,
	}}
	if sc.asksAge(c.Audience) {
		res.Outcome = "age"
	}
	return res, nil
}

// withRun reads the run that a command was given, with its scale.
func (s *Service) withRun(f func(ctx context.Context, c dialog.Call, r Run, sc *Scale) (dialog.Result, error)) func(context.Context, dialog.Call) (dialog.Result, error) {
	return func(ctx context.Context, c dialog.Call) (dialog.Result, error) {
		r, err := parseRun(c.Text("run"))
		if err != nil {
			return dialog.Result{}, err
		}
		sc, ok := s.Library().Scale(r.Survey)
		if !ok || !sc.fits(r) {
			return dialog.Result{Outcome: "changed"}, nil
		}
		return f(ctx, c, r, sc)
	}
}

func with(outcome string, r Run) dialog.Result {
	return dialog.Result{Outcome: outcome, Vars: map[string]any{"run": r.String()}}
}

func (s *Service) age(ctx context.Context, c dialog.Call, r Run, sc *Scale) (dialog.Result, error) {
	age, _ := c.Args["age"].(float64)
	r.Age = int(age)
	if s.Aged != nil && !sc.OfChild {
		var err error
		if r.Age, err = s.Aged(ctx, c.Person, c.Audience, r.Age); err != nil {
			return dialog.Result{}, fmt.Errorf("write down an age: %w", err)
		}
	}
	switch {
	case !sc.suits(r.Age):
		return dialog.Result{Outcome: "unsuitable", Vars: map[string]any{"words": sc.unsuitable()}}, nil
	case sc.asksSex():
		return with("sex", r), nil
	}
	return with("ok", r), nil
}

// unsuitable says for whom the scale is.
func (s *Scale) unsuitable() string {
	if s.TooYoung != "" {
		return strings.TrimSpace(s.TooYoung)
	}
	if s.MaxAge == 0 {
		return fmt.Sprintf("这份自测适合 %d 岁以上。", s.MinAge)
	}
	return fmt.Sprintf("这份自测适合 %d 到 %d 岁。", s.MinAge, s.MaxAge)
}

func (s *Service) sex(_ context.Context, c dialog.Call, r Run, _ *Scale) (dialog.Result, error) {
	switch sex := Sex(c.Text("sex")); sex {
	case Female, Male:
		r.Sex = sex
	}
	return with("ok", r), nil
}

func (s *Service) ask(_ context.Context, _ dialog.Call, r Run, sc *Scale) (dialog.Result, error) {
	item, open := sc.at(r)
	if !open {
		return dialog.Result{Outcome: "review"}, nil
	}
	var options []channel.Choice
	for i, o := range sc.Options {
		options = append(options, channel.Choice{Label: o.Label, Say: strconv.Itoa(i)})
	}
	if sc.skippable(r) {
		options = append(options, channel.Choice{Label: "这题先跳过", Say: strconv.Itoa(skippedItem)})
	}
	return dialog.Result{Outcome: "item", Vars: map[string]any{"question": sc.ask(item), "options": options}}, nil
}

func (s *Service) answer(ctx context.Context, c dialog.Call, r Run, sc *Scale) (dialog.Result, error) {
	item, _ := sc.at(r)
	next, level, ok := sc.answer(r, c.Text("answer"))
	if !ok {
		return dialog.Result{Outcome: "unclear"}, nil
	}
	if err := s.Store.KeepDraft(ctx, c.Person, Draft{Run: next, At: s.Time()}); err != nil {
		return dialog.Result{}, fmt.Errorf("keep an unfinished self-check: %w", err)
	}
	res := with("next", next)
	if sc.Scoring == Quiz {
		res.Replies = []channel.Reply{{Text: sc.explain(item, next.Answers[item])}}
	}
	if level.AtLeast(risk.Medium) {
		subject := risk.Self
		if sc.OfChild {
			subject = risk.Other
		}
		res.Danger = &dialog.Danger{Level: level, Subject: subject, Reason: "自测《" + sc.Title + "》里的一道安全题，回答提示有危险"}
	}
	return res, nil
}

// explain says whether a quiz answer was right, and why.
func (s *Scale) explain(item, option int) string {
	it := s.Items[item]
	switch option {
	case s.right(item):
		return "答对了。" + it.Explain
	case skippedItem:
		return "正确的说法是“" + it.Right + "”。" + it.Explain
	}
	return "很多人也会这样想，不过正确的是“" + it.Right + "”。" + it.Explain
}

func (s *Service) back(_ context.Context, _ dialog.Call, r Run, sc *Scale) (dialog.Result, error) {
	before, ok := sc.back(r)
	if !ok {
		return with("first", r), nil
	}
	return with("ok", before), nil
}

func (s *Service) redo(_ context.Context, c dialog.Call, r Run, sc *Scale) (dialog.Result, error) {
	item, _ := c.Args["item"].(float64)
	again, ok := sc.redo(r, int(item))
	if !ok {
		return with("missing", r), nil
	}
	return with("ok", again), nil
}
