package dialog

import (
	"maps"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// Names in texts and expressions mean, in this order of precedence: what the caller tells (facts, audience, channel, hour,
// weekday, can), what goes with the person (flows/person.yaml), and the variables of the running flow. No name stands for two things.

// What is kept of a person in variables is small: it travels with every message.
const (
	MaxPersonVars = 8
	maxPersonText = 60 // runes
)

// Can is what the channel on which the person writes is able to do. A condition reads it as can.push.
type Can struct {
	Push   bool `expr:"push"`   // send something that nobody waits for
	Notice bool `expr:"notice"` // send service notices outside the platform's window
	Card   bool `expr:"card"`   // show articles and pictures
	Place  bool `expr:"place"`  // take a position from the person
}

// PersonVar says what a variable that goes with the person is about; false where no such variable is.
func (s *Set) PersonVar(name string) (about string, ok bool) {
	v, ok := s.plan.Person[name]
	return v.About, ok
}

// put sets a variable of the running flow or of the person.
func (r *run) put(name string, value any) {
	v, ofPerson := r.set.plan.Person[name]
	if !ofPerson {
		r.st.top().put(name, value)
		return
	}
	if t, ok := value.(string); ok && len([]rune(t)) > maxPersonText {
		value = string([]rune(t)[:maxPersonText])
	}
	if value == nil || !v.Type.Holds(value) || r.env.Kept[name] == value {
		return
	}
	kept := maps.Clone(r.env.Kept) // the caller's stays as it is
	if kept == nil {
		kept = Vars{}
	}
	kept[name] = value
	r.env.Kept, r.out.Kept = kept, kept
}

// known returns a variable of the person; what was kept under another type counts as nothing.
func (r *run) known(name string, v plan.PersonVar) any {
	if value, ok := r.env.Kept[name]; ok && v.Type.Holds(value) {
		return value
	}
	return nil
}
