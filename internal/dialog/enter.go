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
	"company":       TypeText,   // a sentence of company that was not said before
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

// Running returns the flow that waits for the person, "" where none does.
func (st State) Running() string {
	if f := st.top(); f != nil {
		return f.Flow
	}
	return ""
}

// Fold is the form in which flows compare words; who looks for words elsewhere compares alike.
func Fold(s string) string { return fold(s) }
