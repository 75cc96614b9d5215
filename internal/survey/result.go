package survey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// View is a result as its page shows it.
type View struct {
	Title   string    `json:"title"`
	Score   float64   `json:"score"`
	Low     float64   `json:"low"`
	High    float64   `json:"high"`
	Band    Band      `json:"band"`
	Bands   []Band    `json:"bands"`
	Subs    []SubView `json:"subs,omitempty"`
	Summary string    `json:"summary"`
	Source  string    `json:"source"`
	Quiz    bool      `json:"quiz,omitempty"`
	Better  Better    `json:"better,omitempty"`
	At      time.Time `json:"-"`
	Shared  time.Time `json:"-"`
	Earlier []Point   `json:"-"` // where the scale was taken before, oldest first, this result last
}

// SubView is a subscale's result.
type SubView struct {
	Name string `json:"name"`
	Band string `json:"band"`
	Text string `json:"text,omitempty"`
}

// Point is one result of a trend.
type Point struct {
	At    time.Time
	Score float64
}

// view puts an outcome into what the person is shown.
func (s *Scale) view(o Outcome) View {
	v := View{Title: s.Title, Score: o.Score, Band: o.Band, Bands: o.Bands, Source: s.Source, Quiz: s.Scoring == Quiz, Better: s.Better}
	if o.Danger.AtLeast(risk.Medium) { // the score may be calm; what was ticked is not
		v.Band.Text, v.Band.Next, v.Band.Then = s.Alarmed, "", []string{"human", "booking"}
	}
	v.Low, v.High = s.reach()
	for _, sub := range s.Subs {
		b := o.Subs[sub.ID].Band
		v.Subs = append(v.Subs, SubView{sub.Name, b.Name, strings.TrimSpace(b.Text)})
	}
	v.Summary = s.summary(v)
	return v
}

// summary puts a result into words that say what it is not.
func (s *Scale) summary(v View) string {
	if v.Quiz {
		return fmt.Sprintf("您答对了 %v 题（一共 %d 题）：%s。\n%s", v.Score, len(s.Items), v.Band.Name, strings.TrimSpace(v.Band.Text))
	}
	text := fmt.Sprintf("您的得分是 %v 分（满分 %v 分），属于“%s”。\n%s", v.Score, v.High, v.Band.Name, strings.TrimSpace(v.Band.Text))
	for _, sub := range v.Subs {
		text += fmt.Sprintf("\n%s：%s。", sub.Name, sub.Band)
	}
	return text + "\n这只是最近状态的一个参考，不是诊断。"
}

func (s *Service) finish(ctx context.Context, c dialog.Call, r Run, sc *Scale) (dialog.Result, error) {
	if _, open := sc.at(r); open {
		return dialog.Result{}, fmt.Errorf("survey: %d of %d items are answered", len(r.Answers), len(sc.Items))
	}
	saved, err := s.Store.Save(ctx, Result{
		ID: s.ID(), Person: c.Person, Survey: sc.ID, Audience: c.Audience, Key: c.Key, Token: s.newToken(), Run: r, View: sc.view(sc.outcome(r)), Marks: sc.marks(r), At: s.Time(),
	})
	if err != nil {
		return dialog.Result{}, fmt.Errorf("keep a result: %w", err)
	}
	v := saved.View
	return dialog.Result{
		Outcome: "ok",
		Vars:    map[string]any{"summary": v.Summary, "next_steps": strings.TrimSpace(v.Band.Next), "result": saved.ID},
		Replies: []channel.Reply{{Card: &channel.Card{Title: v.Title + "：您的结果", Summary: "只有您自己能打开", URL: "/p/result/" + saved.Token}}},
	}, nil
}

// offered are the next steps that a band may name, beside other scales by their IDs.
var offered = map[string]string{"human": "找老师聊聊", "booking": "约辅导站", "courses": "听听相关的课"}

// offers are what a person may do with the result of a band, the most helpful first.
func (s *Service) offers(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	then := []string{"courses", "booking", "human"}
	r, err := s.Store.Get(ctx, c.Person, c.Text("result"))
	switch {
	case err == nil && len(r.View.Band.Then) > 0:
		then = r.View.Band.Then
	case err != nil && !errors.Is(err, ErrNotFound):
		return dialog.Result{}, fmt.Errorf("read a result: %w", err)
	}
	var out []channel.Choice
	for _, step := range then {
		if label, ok := offered[step]; ok {
			out = append(out, channel.Choice{Label: label, Say: step})
		} else if sc, ok := s.Library().Scale(step); ok && sc.allows(c.Audience) {
			out = append(out, channel.Choice{Label: "再做一份" + sc.Title, Say: step})
		}
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"offers": out}}, nil
}

func (s *Service) share(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	return s.shared(ctx, c, s.Time())
}

func (s *Service) unshare(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	return s.shared(ctx, c, time.Time{})
}

func (s *Service) shared(ctx context.Context, c dialog.Call, at time.Time) (dialog.Result, error) {
	err := s.Store.Share(ctx, c.Person, c.Text("result"), at)
	if errors.Is(err, ErrNotFound) {
		return dialog.Result{Outcome: "gone"}, nil
	}
	if err != nil {
		return dialog.Result{}, fmt.Errorf("share a result: %w", err)
	}
	return dialog.Result{Outcome: "ok"}, nil
}

// SharedBy is what a person has shown the counsellors, for the desk. The trail has it where there is something.
func (s *Service) SharedBy(ctx context.Context, personID string) ([]View, error) {
	rs, err := s.Store.SharedBy(ctx, personID)
	if err == nil && len(rs) > 0 {
		err = s.Trail.RecordOnce(ctx, audit.Event{Kind: audit.OpenResults, Person: personID})
	}
	if err != nil {
		return nil, fmt.Errorf("read shared results: %w", err)
	}
	views := make([]View, len(rs))
	for i, r := range rs {
		views[i] = r.View
		views[i].At, views[i].Shared = r.At, r.Shared
	}
	return views, nil
}
