package dialog

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// State is where a conversation stands, as small JSON. The zero State is a new conversation.
type State struct {
	Version string           `json:"v,omitempty"` // the flows' version under which the conversation began
	Stack   []Frame          `json:"s,omitempty"` // the running flow last
	Misses  int              `json:"m,omitempty"` // texts in a row that matched nothing
	Hits    []channel.Choice `json:"h,omitempty"` // lessons last offered for such a text; Say is the lesson's ID
	Asked   string           `json:"q,omitempty"` // the text that is being searched for
}

// Frame is a flow that runs, or waits for the one above it.
type Frame struct {
	Flow  string         `json:"f"`
	Step  string         `json:"s"`
	Vars  map[string]any `json:"v,omitempty"`
	Past  []string       `json:"p,omitempty"` // the questions asked before, for 返回
	Tries int            `json:"t,omitempty"` // wrong answers to the question
	Back  bool           `json:"b,omitempty"` // a sub-flow: the frame below goes on at its next step
}

// Env is what a step may know of the world.
type Env struct {
	Now      time.Time
	Person   string
	Audience string // parent, student or ""
	Channel  string
	Key      string // the root of the keys of commands
	Company  bool   // danger was spoken of: a text that matches nothing is not searched for
}

func (st State) clone() State {
	st.Stack = slices.Clone(st.Stack)
	for i := range st.Stack { // a flow that ends hands on to the one below, which then is written too
		st.Stack[i].Vars = maps.Clone(st.Stack[i].Vars)
		st.Stack[i].Past = slices.Clone(st.Stack[i].Past)
	}
	return st
}

func (st *State) top() *Frame {
	if len(st.Stack) == 0 {
		return nil
	}
	return &st.Stack[len(st.Stack)-1]
}

func (f *Frame) put(name string, value any) {
	if f.Vars == nil {
		f.Vars = map[string]any{}
	}
	f.Vars[name] = value
}

// packed is how choices stand in JSON: label and say in turn, no names, for a state is kept small.
type packed struct {
	Pairs []string `json:"c"`
}

// MarshalJSON packs choices.
func (f Frame) MarshalJSON() ([]byte, error) {
	type plain Frame
	vars := make(map[string]any, len(f.Vars))
	for name, v := range f.Vars {
		if choices, ok := v.([]channel.Choice); ok {
			p := packed{Pairs: []string{}}
			for _, c := range choices {
				p.Pairs = append(p.Pairs, c.Label, c.Say)
			}
			v = p
		}
		vars[name] = v
	}
	f.Vars = vars
	return json.Marshal(plain(f))
}

// UnmarshalJSON gives variables that hold choices or texts their Go types back.
func (f *Frame) UnmarshalJSON(raw []byte) error {
	type plain Frame
	var in struct {
		plain
		Vars map[string]json.RawMessage `json:"v"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	*f = Frame(in.plain)
	f.Vars = nil
	for name, v := range in.Vars {
		value, err := unmarshalVar(v)
		if err != nil {
			return err
		}
		f.put(name, value)
	}
	return nil
}

func unmarshalVar(raw json.RawMessage) (any, error) {
	switch {
	case len(raw) > 1 && raw[0] == '[':
		var texts []string
		err := json.Unmarshal(raw, &texts)
		return texts, err
	case len(raw) > 1 && raw[0] == '{':
		var p packed
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, err
		}
		choices := make([]channel.Choice, len(p.Pairs)/2)
		for i := range choices {
			choices[i] = channel.Choice{Label: p.Pairs[2*i], Say: p.Pairs[2*i+1]}
		}
		return choices, nil
	}
	var v any
	err := json.Unmarshal(raw, &v)
	return v, err
}
