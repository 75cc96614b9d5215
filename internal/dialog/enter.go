package dialog

// Facts are what the caller tells every flow beside its own variables; conditions and texts read them by name.
type Facts map[string]any

// facts are the names that a caller may tell, with their types. dialogs/README.md explains them to editors.
var facts = map[string]Type{
	"risk_level":    TypeText,   // the highest level of danger in this conversation: "", medium, high, imminent
	"risk_subject":  TypeText,   // whom the danger is about: self or other
	"risk_category": TypeText,   // what kind of danger was heard first
	"night":         TypeBool,   // no counsellor is on duty
	"young":         TypeBool,   // the person said something that only a primary pupil says
	"turn":          TypeNumber, // how many answers the person gave since danger was spoken of
	"heard":         TypeTexts,  // what the last text said, by the names in replies/crisis.yaml
	"heard_first":   TypeTexts,  // of these, what was said for the first time
	"heard_again":   TypeTexts,  // and for the second time
	"coming":        TypeText,   // when somebody will write
	"heard_ever":    TypeTexts,  // what was said so far, at any time
	"company":       TypeText,   // a sentence of company that was not said before
	"danger":        TypeText,   // what kind of danger the last text itself speaks of, "" for none
	"ta":            TypeText,   // the pronoun for whoever the person worries about, as they say it: 他 or 她
	"left":          TypeText,   // the title of the flow that danger interrupted
	"low":           TypeNumber, // how often the person said that they feel bad, without danger, in the last hours
	"met":           TypeBool,   // staff have written to the person since danger was spoken of
}

// Enter leaves whatever the conversation was at and begins a flow from outside. A flow that the set does not have
// changes nothing.
func (s *Set) Enter(st State, flowID string, env Env) Output {
	if s.flows[flowID] == nil {
		return Output{State: st}
	}
	r := &run{set: s, st: State{Version: s.Version}, env: env}
	r.enter(flowID)
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

// Repeats says whether a text is one of the choices that wait, in its very words: ours, not the person's own.
func (s *Set) Repeats(st State, text string, env Env) bool {
	r := &run{set: s, st: st, env: env}
	return r.picks(text, false)
}

func (r *run) picks(text string, numbers bool) bool {
	at := r.here()
	if at == nil || at.ask == nil {
		return false
	}
	folded := fold(text)
	for i, c := range r.choices(at) {
		if numbers && ordinal(folded) == i+1 || fold(c.Label) == folded {
			return true
		}
	}
	return false
}

// Title returns the title of the flow that waits for an answer, "" where nothing is under way.
func (s *Set) Title(st State) string {
	r := &run{set: s, st: st}
	if r.idle() {
		return ""
	}
	return r.title()
}

// Running returns the flow that waits for the person, "" where none does.
func (st State) Running() string {
	if f := st.top(); f != nil {
		return f.Flow
	}
	return ""
}

// Fold is the form in which flows compare words; who looks for words elsewhere compares alike.
func Fold(s string) string { return fold(s) }
