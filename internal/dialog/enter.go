package dialog

import (
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Signatures are what a caller offers to flows: the commands that they may call, and the facts that it tells them, by name.
type Signatures struct {
	Commands []Command
	Facts    map[string]Type
	Others   []string // what people say to other parts of the service, which asks nothing of it
}

// Facts are what the caller tells every flow beside its own variables; conditions and texts read them by name.
type Facts map[string]any

// Resume asks the question again that waits, after the conversation was about something else; nothing where none waits.
func (s *Set) Resume(st State, env Env) Output {
	r := &run{set: s, st: st.clone(), env: env}
	if r.interrupted() {
		r.resume()
	}
	r.out.State = r.st
	return r.out
}

// Leads says whether an input says by itself where to go from a state: an event, a place, a tap, a word that means the
// same everywhere or begins a flow, a question about the service, or one of the choices that wait, in its very words or
// by its number. What is left are a person's own words.
func (s *Set) Leads(st State, in Input, env Env) bool {
	r := &run{set: s, st: st, env: env}
	return r.leads(in) || r.picks(in.Text, true)
}

// Calls says whether an input begins something else of the service by itself, whatever waits: a tap on one of its choices,
// the way to the menu or to help, a word that begins a flow, or a question about the service.
func (s *Set) Calls(st State, in Input, env Env) bool {
	r := &run{set: s, st: st, env: env}
	if in.MenuID != "" {
		plain, _ := unbind(in.MenuID)
		_, written := s.plan.Taps[plain]
		_, asked := s.faq.Taps[plain]
		return written || asked || s.opening(in.MenuID, hanzi.Fold(in.Text)) != "" || slices.ContainsFunc(r.waiting(), func(c channel.Choice) bool { return c.ID == in.MenuID })
	}
	folded := hanzi.Fold(in.Text)
	if g := plan.GlobalOf(folded); g == plan.GlobalMenu || g == plan.GlobalHelp {
		return true
	}
	if id, ok := s.plan.Words[folded]; ok && !s.plan.Flows[id].Aside && id != plan.FlowHuman {
		return true
	}
	return s.faq.AsksFor(folded)
}

// waiting are the choices that wait.
func (r *run) waiting() []channel.Choice {
	if s := r.here(); s != nil && s.Ask != nil {
		return r.choices(s)
	}
	return nil
}

// Repeats says whether a text is one of the choices that wait, in its very words: ours, not the person's own. Where words
// are kept (kept_by), so are the other words for a choice: 写好了 ends the letter that is being written, and means no other.
func (s *Set) Repeats(st State, text string, env Env) bool {
	r := &run{set: s, st: st, env: env}
	if a := r.asked(); a != nil && a.KeptBy != "" {
		if _, ok := a.Lower[hanzi.Fold(text)]; ok {
			return true
		}
	}
	return r.picks(text, false)
}

// EndsWriting says whether a text is one of the words by which somebody goes on, in the middle of what they are writing:
// 写完了 is no answer to a question that stands beside the letter.
func (s *Set) EndsWriting(st State, text string, env Env) bool {
	a := (&run{set: s, st: st, env: env}).asked()
	return a != nil && a.KeptBy != "" && s.Repeats(st, text, env)
}

// picks says whether a text is one of the choices that wait, by its label or, where numbers says so, by its number.
func (r *run) picks(text string, numbers bool) bool {
	s := r.here()
	if s == nil || s.Ask == nil {
		return false
	}
	folded, offered := hanzi.Fold(text), r.offered(s)
	if n := hanzi.Ordinal(folded); numbers && n >= 1 && n <= len(offered)+len(s.Ask.Choices) {
		return true
	}
	return slices.ContainsFunc(offered, func(c channel.Choice) bool { return hanzi.Fold(c.Label) == folded }) ||
		slices.ContainsFunc(s.Ask.Choices, func(c plan.Choice) bool { return hanzi.Fold(c.Label) == folded })
}

// Title returns the title of the flow that waits for an answer, "" where nothing is under way.
func (s *Set) Title(st State) string {
	r := &run{set: s, st: st}
	if r.idle() {
		return ""
	}
	return r.title()
}

// Resting says whether nothing is under way but the menu, or a question that was asked in passing.
func (s *Set) Resting(st State) bool {
	r := &run{set: s, st: st}
	a := r.asked()
	return a == nil || a.Passing || r.st.top().Flow == plan.FlowMenu
}

// Running returns the flow that waits for the person, "" where none does.
func (st State) Running() string {
	if f := st.top(); f != nil {
		return f.Flow
	}
	return ""
}
