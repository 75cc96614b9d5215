package worry

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Service answers the conversation from the running content.
type Service struct {
	Book      func() *Book
	Catalogue func() *course.Catalogue
}

// shown is how many choices stand under an answer.
const shown = 3

// general is how a meeting without a kind is remembered.
const general = "general"

// Commands are what the conversation may call. before and met are how the last worry was met: the same is not met twice in
// the same words. bare is a feeling without its reason: there is an answer to it elsewhere. sure wants nothing but a kind that
// is surely meant: the text may be no worry at all.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	return []dialog.Command{{
		Name: "worry.meet", Args: types{"query": dialog.TypeText, "before": dialog.TypeText, "bare": dialog.TypeBool, "sure": dialog.TypeBool},
		Results: types{"text": dialog.TypeText, "hits": dialog.TypeChoices, "met": dialog.TypeText}, Outcomes: []string{"ok", "none"}, Run: s.meet,
	}}
}

// meet gives the first answer to a text that nothing else answers: what was heard and one thing for tonight, in one text, with
// lessons under it. A text that is no worry is searched for among the lessons; what is like nothing is said to be so.
func (s *Service) meet(_ context.Context, c dialog.Call) (dialog.Result, error) {
	b, cat := s.Book(), s.Catalogue().For(c.Audience)
	query := c.Text("query")
	told := family.Read(query)
	asked := Asked{Text: query, Role: roleOf(c, told), Stage: string(told.Stage)}
	if asked.Stage == "" {
		asked.Stage, _ = c.Kept[family.KeptStage].(string)
	}
	sure, _ := c.Args["sure"].(bool)
	if told.Only && !sure {
		only := b.only
		if asked.Role == family.Student {
			only = b.onlyPupil
		}
		lessons, _ := cat.Browse(course.Filter{Stage: asked.Stage}, 1, shown)
		return ok(pick(only, spread(query)), choicesOf(lessons), ""), nil
	}
	bare, _ := c.Args["bare"].(bool)
	asked.Bare = bare
	if f, found := b.Find(asked); found && (!bare || !f.Worry.Wide) && (!sure || b.surely(f, asked)) {
		n := again(c.Text("before"), f.Worry.ID)
		return ok(b.words(f.Worry, asked, n), asksFor(query, cat, b.follow(f.Worry, asked.Stage, s.Catalogue())), remember(f.Worry.ID, n)), nil
	}
	if bare || sure {
		return dialog.Result{Outcome: "none"}, nil
	}
	var lessons []course.Lesson
	for _, h := range cat.Search(query, shown) {
		if h.Sure {
			lessons = append(lessons, h.Lesson)
		}
	}
	hits := choicesOf(course.FirstOf(asked.Stage, lessons))
	if !b.Hard(asked) && (len(hits) == 0 || b.wants(asked)) {
		if len(hits) == 0 {
			return dialog.Result{Outcome: "none"}, nil
		}
		return ok("", hits, ""), nil
	}
	n := again(c.Text("before"), general)
	if len(hits) == 0 {
		hits = b.waysOut(asked.Role)
	}
	return ok(b.openly(asked, n+spread(query)), hits, remember(general, n)), nil
}

func ok(text string, hits []channel.Choice, met string) dialog.Result {
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text, "hits": hits, "met": met}}
}

// roleOf is whom a person speaks as: what the text introduces, what was said before, and else what the text lets be
// understood.
func roleOf(c dialog.Call, told family.Told) family.Role {
	switch {
	case told.Sure:
		return told.Role
	case c.Audience == string(family.Parent):
		if told.Role == family.Grandparent {
			return told.Role
		}
		if kept, _ := c.Kept[family.KeptRole].(string); kept != "" {
			return family.RoleNamed(kept)
		}
		return family.Parent
	case c.Audience != "":
		return family.Role(c.Audience)
	}
	return told.Role
}

// again counts how often the same was met in a row before.
func again(before, id string) int {
	last, count, _ := strings.Cut(before, "#")
	n, err := strconv.Atoi(count)
	if last != id || err != nil {
		return 0
	}
	return n + 1
}

func remember(id string, n int) string { return id + "#" + strconv.Itoa(n) }

// spread is a number that is the same for the same text, and likely another for another.
func spread(text string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(hanzi.Fold(text))) // a hash never fails
	return int(h.Sum32() % 64)
}

// words are the two lines to a worry of a known kind; n counts how often it was met in a row before.
func (b *Book) words(w Worry, a Asked, n int) string {
	heard := pick(w.Heard, n)
	if n >= len(w.Heard) { // everything of its own was said
		heard = b.heardOpenly(a.Role, n)
	}
	text := heard + "\n" + w.Tonight
	if !slices.Contains(w.For, family.Student) && ofGirl(hanzi.Fold(a.Text)) {
		return her(text)
	}
	return text
}

func (b *Book) openly(a Asked, n int) string {
	g := b.generalFor(a.Role)
	return pick(g.Heard, n) + "\n" + pick(g.Tonight, n/len(g.Heard)+n)
}

func (b *Book) heardOpenly(r family.Role, n int) string { return pick(b.generalFor(r).Heard, n) }

func (b *Book) generalFor(r family.Role) General {
	if r == family.Grandparent || r == family.Expecting || r == "" {
		r = family.Parent
	}
	for _, g := range b.general {
		if slices.Contains(g.For, r) {
			return g
		}
	}
	return b.general[0]
}

// follow are the lessons and ways that a kind leads to, in its order, lessons for the child's age before the others.
func (b *Book) follow(w Worry, stage string, cat *course.Catalogue) []channel.Choice {
	var out []channel.Choice
	for _, f := range ofAge(w.Follow, stage, cat) {
		if l, there := cat.Lesson(f); there {
			out = append(out, channel.Choice{Label: l.Title, Say: l.ID})
			continue
		}
		if way, isWay := strings.CutPrefix(f, "@"); isWay {
			out = append(out, channel.Choice{Label: b.ways[way], Say: f})
		}
	}
	return out
}

// ofAge brings lessons for an age before those for others; ways keep their places.
func ofAge(follow []string, stage string, cat *course.Catalogue) []string {
	if stage == "" {
		return follow
	}
	var (
		out     = slices.Clone(follow)
		places  []int
		lessons []course.Lesson
	)
	for i, f := range follow {
		if l, there := cat.Lesson(f); there {
			places, lessons = append(places, i), append(lessons, l)
		}
	}
	for i, l := range course.FirstOf(stage, lessons) {
		out[places[i]] = l.ID
	}
	return out
}

// waysOut are offered where there is no lesson.
func (b *Book) waysOut(r family.Role) []channel.Choice {
	ways := []string{"human", "calm"}
	if r == family.Student {
		ways = []string{"letters", "human"}
	}
	var out []channel.Choice
	for _, w := range ways {
		if label := b.ways[w]; label != "" {
			out = append(out, channel.Choice{Label: label, Say: "@" + w})
		}
	}
	return out
}

func choicesOf(ls []course.Lesson) []channel.Choice {
	var out []channel.Choice
	for _, l := range ls[:min(shown, len(ls))] {
		out = append(out, channel.Choice{Label: l.Title, Say: l.ID})
	}
	return out
}
