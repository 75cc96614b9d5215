package course

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Service answers flows about the running catalogue and remembers what a person learnt. Now and NewID have working defaults.
type Service struct {
	Catalogue func() *Catalogue
	Store     Store
	Outbox    outbox.Queue
	Audience  func(ctx context.Context, person string) (string, error) // whom a person speaks as, where nobody asks: parent, student, …
	// Grown is what a stage became for a child that a parent agreed to have remembered, since that child is no more of it; "" else. Default: none is remembered.
	Grown func(ctx context.Context, person, stage string) (string, error)
	citytime.Clock
}

// The number of lessons that one message shows.
const (
	hitsShown    = 5
	guessesShown = 3
	pageSize     = 6
)

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	text, number, choices := dialog.TypeText, dialog.TypeNumber, dialog.TypeChoices
	page := types{"lessons": choices, "more": dialog.TypeBool}
	return []dialog.Command{
		{Name: "course.find", Args: types{"query": text}, Results: types{"hits": choices}, Outcomes: []string{"ok", "maybe", "none"}, Run: s.find},
		{Name: "course.stages", Results: types{"stages": choices}, Outcomes: []string{"ok"}, Run: s.stages},
		{Name: "course.themes", Results: types{"themes": choices}, Outcomes: []string{"ok"}, Run: s.themes},
		{Name: "course.browse", Args: types{"stage": text, "theme": text, "page": number}, Results: page, Outcomes: []string{"ok", "none"}, Run: s.browse},
		{Name: "course.newest", Args: types{"page": number}, Results: page, Outcomes: []string{"ok", "none"}, Run: s.newest},
		{Name: "course.lesson", Args: types{"id": text}, Results: types{"title": text, "liked": dialog.TypeBool}, Outcomes: []string{"ok", "missing"}, Run: s.lesson},
		{Name: "course.related", Args: types{"lesson": text}, Results: types{"lessons": choices}, Outcomes: []string{"ok", "none"}, Run: s.related},
		{Name: "course.question", Args: types{"lesson": text, "n": number}, Results: types{"question": text, "answers": choices}, Outcomes: []string{"item", "done"}, Run: s.question},
		{Name: "course.answer", Args: types{"lesson": text, "n": number, "answer": text, "right": number}, Results: types{"verdict": text, "right": number}, Outcomes: []string{"ok", "gone"}, Run: s.answer},
		{Name: "course.learnt", Args: types{"lesson": text, "right": number}, Results: types{"text": text}, Outcomes: []string{"ok", "missing"}, Run: s.learnt},
		{Name: "course.like", Args: types{"lesson": text}, Outcomes: []string{"ok"}, Run: s.like},
		{Name: "course.unlike", Args: types{"lesson": text}, Outcomes: []string{"ok"}, Run: s.unlike},
		{Name: "course.liked", Args: types{"page": number}, Results: page, Outcomes: []string{"ok", "none"}, Run: s.liked},
		{Name: "course.continue", Results: types{"lessons": choices}, Outcomes: []string{"ok", "none"}, Run: s.goOn},
		{Name: "course.progress", Results: types{"text": text}, Outcomes: []string{"ok", "none"}, Run: s.progress},
		{Name: "course.weekly", Results: types{"text": text}, Outcomes: []string{"on", "off"}, Run: s.weekly},
		{Name: "course.subscribe", Args: types{"stage": text}, Results: types{"when": text}, Outcomes: []string{"ok"}, Run: s.subscribe},
		{Name: "course.unsubscribe", Outcomes: []string{"ok", "none"}, Run: s.unsubscribe},
	}
}

func choicesOf(ls []Lesson) []channel.Choice {
	out := make([]channel.Choice, len(ls))
	for i, l := range ls {
		out[i] = channel.Choice{Label: l.Title, Say: l.ID}
	}
	return out
}

// paged is a page of lessons as a flow hears it.
func paged(ls []Lesson, more bool) (dialog.Result, error) {
	if len(ls) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"lessons": choicesOf(ls), "more": more}}, nil
}

// find looks for who asked for lessons: a guess is better than nothing, and is called one.
func (s *Service) find(_ context.Context, c dialog.Call) (dialog.Result, error) {
	hits := s.seenBy(c).Search(c.Text("query"), hitsShown)
	if len(hits) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	res := dialog.Result{Outcome: "maybe"}
	if hits[0].Sure {
		res.Outcome = "ok"
	}
	var ls []Lesson
	for _, h := range hits {
		if h.Sure || len(ls) < guessesShown {
			ls = append(ls, h.Lesson)
		}
	}
	stage, _ := c.Kept[family.KeptStage].(string)
	res.Vars = map[string]any{"hits": choicesOf(FirstOf(stage, ls))}
	return res, nil
}

// seenBy is the catalogue as the caller sees it.
func (s *Service) seenBy(c dialog.Call) *Catalogue { return s.Catalogue().For(c.Audience) }

func (s *Service) stages(_ context.Context, c dialog.Call) (dialog.Result, error) {
	var out []channel.Choice
	for _, st := range s.seenBy(c).Stages {
		out = append(out, channel.Choice{Label: st.Name, Say: st.ID})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"stages": out}}, nil
}

func (s *Service) themes(_ context.Context, c dialog.Call) (dialog.Result, error) {
	var out []channel.Choice
	for _, t := range s.seenBy(c).Themes {
		out = append(out, channel.Choice{Label: t, Say: t})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"themes": out}}, nil
}

func (s *Service) browse(_ context.Context, c dialog.Call) (dialog.Result, error) {
	return paged(s.seenBy(c).Browse(Filter{c.Text("stage"), c.Text("theme")}, int(c.Number("page")), pageSize))
}

func (s *Service) newest(_ context.Context, c dialog.Call) (dialog.Result, error) {
	return paged(s.seenBy(c).Newest(int(c.Number("page")), pageSize))
}

func (s *Service) related(_ context.Context, c dialog.Call) (dialog.Result, error) {
	l, _ := s.Catalogue().Lesson(c.Text("lesson"))
	var ls []Lesson
	for _, id := range l.Related {
		if r, ok := s.Catalogue().Lesson(id); ok {
			ls = append(ls, r)
		}
	}
	if len(ls) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"lessons": choicesOf(ls)}}, nil
}

// lesson shows a lesson's card and notes that the person opened it.
func (s *Service) lesson(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	l, ok := s.Catalogue().Lesson(c.Text("id"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	mark, err := s.Open(ctx, c.Person, l.ID)
	if err != nil {
		return dialog.Result{}, err
	}
	return dialog.Result{
		Outcome: "ok", Vars: map[string]any{"title": l.Title, "liked": !mark.Liked.IsZero()}, Replies: []channel.Reply{{Card: s.Catalogue().Card(l)}},
	}, nil
}

// Tones is how many colours of covers there are.
const Tones = 6

// Tone is the colour of a lesson's cover, from 0: a theme keeps its colour.
func (c *Catalogue) Tone(l Lesson) int {
	if len(l.Themes) == 0 {
		return 0
	}
	return max(slices.Index(c.Themes, l.Themes[0]), 0) % Tones
}

// Card shows a lesson in a chat.
func (c *Catalogue) Card(l Lesson) *channel.Card {
	title := l.Title
	if l.Sample {
		title += "（示例）"
	}
	summary := strings.Join(l.Points, "；")
	if l.Minutes > 0 {
		summary = fmt.Sprintf("%d 分钟 · %s", l.Minutes, summary)
	}
	return &channel.Card{Title: title, Summary: summary, URL: "/p/lesson/" + l.ID, Picture: l.picture(), Tone: c.Tone(l) + 1, Series: l.Series}
}

// picture is the address of the lesson's cover: a page's own where it is a picture of dialogs/media.
func (l Lesson) picture() string {
	if l.Cover == "" || webAddress(l.Cover) {
		return l.Cover
	}
	return dialog.MediaPath + l.Cover
}
