package course

import (
	"context"
	"fmt"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// Service answers flows about the running catalogue.
type Service struct {
	Catalogue func() *Catalogue
}

// The number of lessons that one message shows.
const (
	hitsShown = 5
	pageSize  = 6
)

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	return []dialog.Command{
		{Name: "course.search", Args: types{"query": dialog.TypeText}, Results: types{"hits": dialog.TypeChoices, "count": dialog.TypeNumber}, Outcomes: []string{"ok", "none"}, Run: s.search},
		{Name: "course.stages", Results: types{"stages": dialog.TypeChoices}, Outcomes: []string{"ok"}, Run: s.stages},
		{Name: "course.browse", Args: types{"stage": dialog.TypeText, "page": dialog.TypeNumber}, Results: types{"lessons": dialog.TypeChoices, "more": dialog.TypeBool}, Outcomes: []string{"ok", "none"}, Run: s.browse},
		{Name: "course.lesson", Args: types{"id": dialog.TypeText}, Results: types{"title": dialog.TypeText}, Outcomes: []string{"ok", "missing"}, Run: s.lesson},
	}
}

func choices(ls []Lesson) []channel.Choice {
	out := make([]channel.Choice, len(ls))
	for i, l := range ls {
		out[i] = channel.Choice{Label: l.Title, Say: l.ID}
	}
	return out
}

func (s *Service) search(_ context.Context, c dialog.Call) (dialog.Result, error) {
	var ls []Lesson
	for _, h := range s.Catalogue().Search(c.Text("query"), hitsShown) {
		ls = append(ls, h.Lesson)
	}
	if len(ls) == 0 {
		return dialog.Result{Outcome: "none", Vars: map[string]any{"count": 0.0}}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"hits": choices(ls), "count": float64(len(ls))}}, nil
}

func (s *Service) stages(context.Context, dialog.Call) (dialog.Result, error) {
	var out []channel.Choice
	for _, st := range s.Catalogue().Stages {
		out = append(out, channel.Choice{Label: st.Name, Say: st.ID})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"stages": out}}, nil
}

func (s *Service) browse(_ context.Context, c dialog.Call) (dialog.Result, error) {
	ls, more := s.Catalogue().Browse(c.Text("stage"), int(c.Number("page")), pageSize)
	if len(ls) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"lessons": choices(ls), "more": more}}, nil
}

func (s *Service) lesson(_ context.Context, c dialog.Call) (dialog.Result, error) {
	l, ok := s.Catalogue().Lesson(c.Text("id"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"title": l.Title}, Replies: []channel.Reply{{Card: l.Card()}}}, nil
}

// Card shows the lesson in a chat.
func (l Lesson) Card() *channel.Card {
	title := l.Title
	if l.Sample {
		title += "（示例）"
	}
	summary := strings.Join(l.Points, "；")
	if l.Minutes > 0 {
		summary = fmt.Sprintf("%d 分钟 · %s", l.Minutes, summary)
	}
	return &channel.Card{Title: title, Summary: summary, URL: "/p/lesson/" + l.ID, Picture: l.Cover}
}
