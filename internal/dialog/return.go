package dialog

import (
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// awayAfter is how long somebody may leave a question before they are asked whether it is still what they want.
const awayAfter = 48 * time.Hour

// The choices after a long absence, for taps.
var (
	goOnID = plan.ChoiceID("", "", "go-on")
	anewID = plan.ChoiceID("", "", "anew")
)

// idle says that nothing is under way: nothing runs, or the menu alone.
func (r *run) idle() bool {
	return len(r.st.Stack) == 0 || len(r.st.Stack) == 1 && r.st.Stack[0].Flow == plan.FlowMenu
}

// returned answers somebody who comes back to a conversation after days, or after an editor changed its flow. It reports
// whether that was the answer; else the input is read as ever.
func (r *run) returned(in Input) bool {
	r.fresh, r.st.Fresh = r.st.Fresh, false
	last := r.st.At
	r.st.At = r.env.Now.Unix()
	if r.st.Version != "" && r.st.Version != r.set.Version {
		lost := r.refit()
		r.st.Version = r.set.Version
		if lost && len(r.st.Stack) > 0 && !r.leads(in) {
			r.reply(r.titled(r.set.plan.System.Moved))
			r.proceed()
			return true
		}
	}
	if r.st.Away {
		r.st.Away = false
		return r.pickUp(in)
	}
	if last == 0 || r.env.Now.Sub(time.Unix(last, 0)) < awayAfter || !r.interrupted() || r.env.Company || r.leads(in) {
		return false
	}
	r.st.Away = true
	r.reply(r.titled(r.set.plan.System.Away), channel.Choice{ID: goOnID, Label: r.set.plan.System.GoOn}, channel.Choice{ID: anewID, Label: r.set.plan.System.Anew})
	return true
}

func (r *run) titled(words string) string {
	return strings.ReplaceAll(words, "{{title}}", r.title())
}

// leads says that an input says by itself where to go, whatever was asked before: a tap, an event, a place, a word that
// means the same everywhere or begins a flow, and an answer in the very words of a choice.
func (r *run) leads(in Input) bool {
	if in.Kind != InputText || in.MenuID != "" {
		return true
	}
	folded := hanzi.Fold(in.Text)
	if id, ok := r.set.plan.Words[folded]; plan.GlobalOf(folded) != plan.GlobalNone || ok && !r.set.plan.Flows[id].Aside {
		return true
	}
	if s := r.here(); s != nil && s.Ask != nil {
		if _, ok := s.Ask.Written(folded); ok {
			return true
		}
	}
	return r.set.faq.AsksFor(folded)
}

// pickUp reads whether somebody wants to go on or to begin anew; anything else is read as ever.
func (r *run) pickUp(in Input) bool {
	folded := hanzi.Fold(in.Text)
	said := func(id, label string, n int, words ...string) bool {
		return in.Kind == InputText && (in.MenuID == id || in.MenuID == "" && (folded == hanzi.Fold(label) || hanzi.Ordinal(folded) == n || slices.Contains(words, folded)))
	}
	switch yes, known := hanzi.YesNo(in.Text); {
	case !r.interrupted():
		return false
	case said(goOnID, r.set.plan.System.GoOn, 1, "接着", "继续", "接着来") || in.MenuID == "" && known && yes:
		r.resume()
		return true
	case said(anewID, r.set.plan.System.Anew, 2, "重来", "从头", "从头来") || in.MenuID == "" && known && !yes:
		i := len(r.st.Stack) - 1
		for i > 0 && r.st.Stack[i].Back { // the flow that called it begins anew with it
			i--
		}
		r.st.Stack = append(r.st.Stack[:i], Frame{Flow: r.st.Stack[i].Flow, Step: plan.FlowStart})
		r.proceed()
		return true
	}
	return false
}

// refit carries a conversation over to flows that were edited since it began. What still stands goes on where it was; a
// flow whose step or variables are no longer there begins anew, and one that is gone is left, with all above it. It
// reports whether a place was lost.
func (r *run) refit() (lost bool) {
	for i := range r.st.Stack {
		f := &r.st.Stack[i]
		fl := r.set.plan.Flows[f.Flow]
		if fl == nil {
			r.st.Stack = r.st.Stack[:i]
			return true
		}
		if s := fl.Steps[f.Step]; s != nil && (s.Ask != nil || (s.Sub != nil || s.Call != nil || s.Need != nil) && i+1 < len(r.st.Stack) && r.st.Stack[i+1].Back) && fits(fl, f.Vars) {
			f.Past = slices.DeleteFunc(f.Past, func(id string) bool { return fl.Steps[id] == nil || fl.Steps[id].Ask == nil })
			continue
		}
		r.st.Stack = append(r.st.Stack[:i], Frame{Flow: f.Flow, Step: plan.FlowStart, Back: f.Back})
		return true
	}
	return false
}

// fits says whether values still have the types that a flow declares.
func fits(f *plan.Flow, vars Vars) bool {
	for name, v := range vars {
		typ, declared := f.Vars[name]
		if !declared || v != nil && !typ.Holds(v) {
			return false
		}
	}
	return true
}
