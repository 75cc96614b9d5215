package survey

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// ErrNotFound says that there is no such result.
var ErrNotFound = errors.New("survey: no such result")

// Result is a finished self-check. It belongs to the person and is shown to nobody else. Token opens its page.
type Result struct {
	ID      string    `json:"-"`
	Person  string    `json:"-"`
	Survey  string    `json:"-"`
	Key     string    `json:"-"` // the idempotency key of the command that finished it
	Token   string    `json:"token"`
	Version string    `json:"version"`
	Answers []int     `json:"answers"` // indexes of options
	Score   float64   `json:"score"`
	Band    string    `json:"band"`
	At      time.Time `json:"-"`
}

// Store keeps results, sealed.
type Store interface {
	// Save keeps a result and returns it, or the one that its Key has already.
	Save(ctx context.Context, r Result) (Result, error)
	ByToken(ctx context.Context, token string) (Result, error)
}

// Service offers the scales to flows and their results to pages. NewID and NewToken have working defaults.
type Service struct {
	Library  func() *Library
	Store    Store
	Now      func() time.Time
	NewID    func() string
	NewToken func() string // 128 random bits that nobody guesses
}

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Service) newID() string {
	if s.NewID != nil {
		return s.NewID()
	}
	return uuid.Must(uuid.NewV7()).String()
}

func (s *Service) newToken() string {
	if s.NewToken != nil {
		return s.NewToken()
	}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	return []dialog.Command{
		{Name: "survey.list", Results: types{"surveys": dialog.TypeChoices}, Outcomes: []string{"ok"}, Run: s.list},
		{Name: "survey.start", Args: types{"survey": dialog.TypeText}, Results: types{"intro": dialog.TypeText, "run": dialog.TypeText, "total": dialog.TypeNumber}, Outcomes: []string{"ok", "missing", "not_for_you"}, Run: s.start},
		{Name: "survey.ask", Args: types{"run": dialog.TypeText}, Results: types{"question": dialog.TypeText, "options": dialog.TypeChoices}, Outcomes: []string{"item", "done"}, Run: s.ask},
		{Name: "survey.answer", Args: types{"run": dialog.TypeText, "answer": dialog.TypeText}, Results: types{"run": dialog.TypeText}, Outcomes: []string{"next", "done", "unclear"}, Run: s.answer},
		{Name: "survey.finish", Args: types{"run": dialog.TypeText}, Results: types{"summary": dialog.TypeText, "next_steps": dialog.TypeText}, Outcomes: []string{"ok"}, Run: s.finish},
	}
}

func (s *Service) list(_ context.Context, c dialog.Call) (dialog.Result, error) {
	var out []channel.Choice
	for _, sc := range s.Library().For(c.Audience) {
		out = append(out, channel.Choice{Label: sc.Title, Say: sc.ID})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"surveys": out}}, nil
}

func (s *Service) start(_ context.Context, c dialog.Call) (dialog.Result, error) {
	sc, ok := s.Library().Scale(c.Text("survey"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	if !sc.allows(c.Audience) {
		return dialog.Result{Outcome: "not_for_you"}, nil
	}
	run := Run{Survey: sc.ID, Version: sc.Version}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"intro": strings.TrimSpace(sc.About), "run": run.String(), "total": float64(len(sc.Items))}}, nil
}

// running reads the run that a command was given, with its scale.
func (s *Service) running(c dialog.Call) (Run, *Scale, error) {
	r, err := parseRun(c.Text("run"))
	if err != nil {
		return r, nil, err
	}
	sc, ok := s.Library().Scale(r.Survey)
	if !ok || len(r.Answers) > len(sc.Items) {
		return r, nil, fmt.Errorf("survey: scale %q is gone or has changed", r.Survey)
	}
	for _, a := range r.Answers {
		if a < 0 || a >= len(sc.Options) {
			return r, nil, fmt.Errorf("survey: scale %q has changed", r.Survey)
		}
	}
	return r, sc, nil
}

func (s *Service) ask(_ context.Context, c dialog.Call) (dialog.Result, error) {
	r, sc, err := s.running(c)
	if err != nil {
		return dialog.Result{}, err
	}
	if len(r.Answers) == len(sc.Items) {
		return dialog.Result{Outcome: "done"}, nil
	}
	options := make([]channel.Choice, len(sc.Options))
	for i, o := range sc.Options {
		options[i] = channel.Choice{Label: o.Label, Say: strconv.Itoa(i)}
	}
	return dialog.Result{Outcome: "item", Vars: map[string]any{"question": sc.ask(r), "options": options}}, nil
}

func (s *Service) answer(_ context.Context, c dialog.Call) (dialog.Result, error) {
	r, sc, err := s.running(c)
	if err != nil {
		return dialog.Result{}, err
	}
	next, level, ok := sc.answer(r, c.Text("answer"))
	if !ok {
		return dialog.Result{Outcome: "unclear"}, nil
	}
	res := dialog.Result{Outcome: "next", Vars: map[string]any{"run": next.String()}}
	if len(next.Answers) == len(sc.Items) {
		res.Outcome = "done"
	}
	if level.AtLeast(risk.Medium) {
		res.Danger = &dialog.Danger{Level: level, Reason: "自测《" + sc.Title + "》里的一道安全题，回答提示有危险"}
	}
	return res, nil
}

func (s *Service) finish(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	r, sc, err := s.running(c)
	if err != nil {
		return dialog.Result{}, err
	}
	if len(r.Answers) != len(sc.Items) {
		return dialog.Result{}, fmt.Errorf("survey: %d of %d items are answered", len(r.Answers), len(sc.Items))
	}
	o := sc.outcome(r.Answers)
	saved, err := s.Store.Save(ctx, Result{
		ID: s.newID(), Person: c.Person, Survey: sc.ID, Key: c.Key, Token: s.newToken(), Version: sc.Version, Answers: r.Answers,
		Score: o.Score, Band: o.Band.ID, At: s.now(),
	})
	if err != nil {
		return dialog.Result{}, fmt.Errorf("keep a result: %w", err)
	}
	return dialog.Result{
		Outcome: "ok",
		Vars:    map[string]any{"summary": sc.summary(o), "next_steps": strings.TrimSpace(o.Band.Next)},
		Replies: []channel.Reply{{Card: &channel.Card{Title: sc.Title + "：您的结果", Summary: "只有您自己能打开", URL: "/p/result/" + saved.Token}}},
	}, nil
}

// summary puts an outcome into words that say what it is not.
func (s *Scale) summary(o Outcome) string {
	_, high := s.spread()
	text := fmt.Sprintf("您的得分是 %v 分（满分 %v 分），属于“%s”。\n%s", o.Score, high*float64(len(s.Items))*s.Factor, o.Band.Name, strings.TrimSpace(o.Band.Text))
	for _, sub := range s.Subs {
		text += fmt.Sprintf("\n%s：%s。", sub.Name, o.Subs[sub.ID].Band.Name)
	}
	return text + "\n这只是最近状态的一个参考，不是诊断。"
}

// View is a result as its page shows it.
type View struct {
	Title   string
	Score   float64
	Low     float64
	High    float64
	Band    Band
	Bands   []Band
	Subs    []SubView
	Summary string
	Source  string
	At      time.Time
}

// SubView is a subscale's result.
type SubView struct {
	Name string
	Band string
}

// ResultByToken opens a result for its page; ErrNotFound where there is none, or where its scale is gone.
func (s *Service) ResultByToken(ctx context.Context, token string) (View, error) {
	r, err := s.Store.ByToken(ctx, token)
	if err != nil {
		return View{}, fmt.Errorf("open a result: %w", err)
	}
	sc, ok := s.Library().Scale(r.Survey)
	if !ok || len(r.Answers) != len(sc.Items) {
		return View{}, ErrNotFound
	}
	o := sc.outcome(r.Answers)
	low, high := sc.spread()
	n := float64(len(sc.Items)) * sc.Factor
	v := View{Title: sc.Title, Score: o.Score, Low: low * n, High: high * n, Band: o.Band, Bands: sc.Bands, Summary: sc.summary(o), Source: sc.Source, At: r.At}
	for _, sub := range sc.Subs {
		v.Subs = append(v.Subs, SubView{sub.Name, o.Subs[sub.ID].Band.Name})
	}
	return v, nil
}
