package dialog

import "github.com/xinqiao-bot/xinqiao/internal/dialog/plan"

// Before something of a person is kept they must have agreed to it, and whoever is under 14 a guardian with them. Where that is
// so the engine does not know: a gate of a flow (needs), and every command that keeps something, ask for it, and where it is not
// so they lead through the one flow of consent and come back. No flow can go round it, whether or not its editor thought of it.

// passes goes on behind a gate, with the words that are still to be agreed to where there are any.
func (r *run) passes(s *plan.Step, res *Result) {
	if s.Need.Into != "" {
		words, _ := res.Vars[WordsToAgree].(string)
		if words != "" { // a paragraph of their own, wherever the flow puts them
			words = "\n\n" + words
		}
		r.put(s.Need.Into, words)
	}
	r.jump(s.Next)
	r.proceed()
}

// agreed forgets the words of a gate once what they are about was done: they are not shown twice.
func (r *run) agreed(s *plan.Step) {
	what := r.set.commands[commandOf(s)].Needs
	if what == "" {
		return
	}
	for _, gate := range s.Flow.Steps {
		if gate.Need != nil && gate.Need.What == what && gate.Need.Into != "" {
			r.put(gate.Need.Into, "")
		}
	}
}

// WordsToAgree is the result of a gate's command that holds what is still to be agreed to, "" where nothing is.
const WordsToAgree = "words"

// askConsent leads from a gate, or from a command that may not run yet, through the flow of consent.
func (r *run) askConsent(s *plan.Step) {
	what, shows := r.set.commands[commandOf(s)].Needs, false
	if s.Need != nil {
		what, shows = s.Need.What, s.Need.Into != ""
	}
	if r.set.plan.Flows[plan.FlowConsent] == nil { // refused when flows are read; a set of long ago may lack it
		r.home()
		return
	}
	if len(r.st.Stack) >= maxDepth { // what waits longest is forgotten first
		r.st.Stack = r.st.Stack[1:]
	}
	r.st.Stack = append(r.st.Stack, Frame{Flow: plan.FlowConsent, Step: plan.FlowStart, Vars: map[string]any{plan.ConsentTakes: what, plan.WillShow: shows}, Back: true})
	r.proceed()
}

func commandOf(s *plan.Step) string {
	if s.Call == nil {
		return ""
	}
	return s.Call.Command
}

// afterConsent comes back from the flow of consent: to the same step again where consent was given, else to the step for that.
func (r *run) afterConsent(ended Frame, below *plan.Step) {
	if given, _ := ended.Vars[plan.ConsentGives].(bool); given && ended.Flow == plan.FlowConsent {
		return
	}
	var to plan.Target
	if below.Need != nil {
		to = below.Need.Otherwise
	}
	r.jump(to)
}
