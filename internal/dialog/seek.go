package dialog

import (
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// A text that matches nothing in the flows may be a worry: a first answer and lessons are looked for.

// searchCommand is asked for a first answer and for hits when a text matches nothing.
const searchCommand = "worry.meet"

// wayMark begins what a hit says that leads to a flow; any other hit is a lesson.
const wayMark = "@"

// seek looks for what is said to a worry, and for lessons, by a text.
func (r *run) seek(text string) bool {
	if r.env.Company || r.set.commands[searchCommand].Name == "" {
		return false
	}
	r.look(text, false)
	return true
}

// look searches for a first answer and for lessons. sure is for a text that likely asks about the service: it counts as a
// worry only where that is certain.
func (r *run) look(text string, sure bool) {
	r.st.Asked = text
	r.ask(searchCommand, map[string]any{"query": text, "before": r.st.Met, "bare": r.bare(hanzi.Fold(text)), "sure": sure})
}

// feels meets a text that says that the person feels bad: a parent's longer one tells of a child, and is searched for.
func (r *run) feels(folded string) bool {
	if !r.env.Low || r.env.Company || r.set.plan.Flows[plan.FlowFeelings] == nil || r.env.Audience == "parent" && !r.bare(folded) {
		return false
	}
	r.enter(plan.FlowFeelings)
	return true
}

// bare says whether a text says that the person feels bad, and is too short to say why.
func (r *run) bare(folded string) bool {
	const short = 12
	return r.env.Low && utf8.RuneCountInString(folded) <= short
}

// often says whether the person said that they feel bad for the third time in a few hours: somebody should ask them.
func (r *run) often() bool {
	const third = 3
	n, _ := r.env.Facts["low"].(float64)
	return n >= third
}

// found gives the first answer to a worry and the lessons that were found for it, or meets the text as not understood.
func (r *run) found(res *Result) {
	asked, doubt := hanzi.Fold(r.st.Asked), r.st.Doubt
	r.st.Asked, r.st.Doubt = "", false
	hits, _ := res.Vars["hits"].([]channel.Choice)
	words, _ := res.Vars["text"].(string)
	if res.Outcome != "ok" || len(hits) == 0 && words == "" || r.set.plan.System.Lesson == "" {
		if doubt && r.informs(asked) {
			return
		}
		if !r.feels(asked) {
			r.miss()
		}
		return
	}
	r.st.Met, _ = res.Vars["met"].(string)
	if words == "" {
		words = r.set.plan.System.Hits
	}
	r.st.Misses, r.st.Hits = 0, nil
	var shown []channel.Choice
	for _, h := range hits[:min(3, len(hits))] {
		h.Say, h.ID = h.Saying(), plan.ChoiceID("", "hit", h.Saying())
		r.st.Hits = append(r.st.Hits, h)
		shown = append(shown, channel.Choice{ID: h.ID, Label: h.Label})
	}
	r.reply(words, shown...)
	r.st.Fresh = true
	if r.waits() {
		r.resume()
	}
}

// numbered takes a number where lessons were shown last: they stand first, the choices of the question that waits go on
// counting after them.
func (r *run) numbered(s *plan.Step, n int) bool {
	if n <= len(r.st.Hits) {
		r.hit(r.st.Hits[n-1])
		return true
	}
	return r.interrupted() && r.choosesNumber(s, n-len(r.st.Hits))
}

func (r *run) hit(h channel.Choice) {
	if r.picked(h) {
		return
	}
	if way, ok := strings.CutPrefix(h.Say, wayMark); ok {
		if r.set.plan.Flows[way] == nil { // the content changed meanwhile
			way = plan.FlowMenu
		}
		r.enter(way)
		return
	}
	flowID, stepID, _ := strings.Cut(r.set.plan.System.Lesson, ".")
	r.enterAt(plan.Target{Flow: flowID, Step: stepID}, map[string]any{r.set.plan.System.LessonV: h.Say})
}
