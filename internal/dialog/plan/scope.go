package plan

import (
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

func zero(t Type) any {
	switch t {
	case TypeNumber:
		return 0.0
	case TypeBool:
		return false
	case TypeChoices, TypeTexts:
		return []any{}
	default:
		return ""
	}
}

// PersonVar is a variable that goes with the person: every flow reads and sets it, and it outlasts the conversation.
type PersonVar struct {
	Type  Type
	About string // what it is, as the person reads it among what is held of them
}

// Told says whether a name is what the caller tells.
func (p *Plan) Told(name string) bool {
	_, fact := p.Facts[name]
	return fact || slices.Contains([]string{"audience", "channel", "hour", "weekday", "paused", "can", you}, name)
}

// TypeOf returns the type of a variable that a flow may set: its own, or one that goes with the person.
func (p *Plan) TypeOf(f *Flow, name string) (Type, bool) {
	if v, ok := p.Person[name]; ok {
		return v.Type, true
	}
	t, ok := f.Vars[name]
	return t, ok
}

// Environment is what expressions of a flow may read beside what the channel can; its values give the types.
func (p *Plan) Environment(f *Flow) map[string]any {
	env := map[string]any{"audience": "", "channel": "", "hour": 0.0, "weekday": 0.0, "paused": ""}
	for name, t := range p.Facts {
		env[name] = zero(t)
	}
	for name, v := range p.Person {
		env[name] = zero(v.Type)
	}
	for name, t := range f.Vars {
		env[name] = zero(t)
	}
	return env
}

// Type is the type of a variable, an argument or a result.
type Type string

// The types that flows, arguments and results use. A TypeChoices value is []channel.Choice whose Say is the value
// that an `ask` with `choices_from` stores.
const (
	TypeText    Type = "text"
	TypeNumber  Type = "number" // float64
	TypeBool    Type = "bool"
	TypeChoices Type = "choices"
	TypeTexts   Type = "texts" // []string
)

// Holds says whether a value is of the type.
func (t Type) Holds(v any) bool {
	var ok bool
	switch t {
	case TypeText:
		_, ok = v.(string)
	case TypeNumber:
		_, ok = v.(float64)
	case TypeBool:
		_, ok = v.(bool)
	case TypeChoices:
		_, ok = v.([]channel.Choice)
	case TypeTexts:
		_, ok = v.([]string)
	}
	return ok
}
