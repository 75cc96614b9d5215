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
	Fresh   bool             `json:"e,omitempty"` // the lessons are what was said last: a number means one of them
	Asked   string           `json:"q,omitempty"` // the text that is being searched for
	Doubt   bool             `json:"o,omitempty"` // it may ask something of the service as well: that is offered where it is no worry
	Met     string           `json:"l,omitempty"` // how the last worry was met, in the words of whoever meets it
	At      int64            `json:"t,omitempty"` // when the person last did something, in Unix seconds
	Scene   string           `json:"c,omitempty"` // of the QR code that brought a follower, until they are welcomed
	Away    bool             `json:"w,omitempty"` // after a long absence: asked whether to go on or begin anew
	Stuck   bool             `json:"u,omitempty"` // not understood three times: asked whether to call a human
	Turn    int              `json:"n,omitempty"` // the number of the question that was asked last, 1 to 65,535 and round again
	Took    string           `json:"k,omitempty"` // the choice that was taken last, with its question
	Heard   *Heard           `json:"b,omitempty"` // said before the question that it answers is asked
}

// Frame is a flow that runs, or waits for the one above it.
type Frame struct {
	Flow  string   `json:"f"`
	Step  string   `json:"s"`
	Vars  Vars     `json:"v,omitempty"`
	Past  []string `json:"p,omitempty"` // the questions asked before, for 返回
	Tries int      `json:"t,omitempty"` // wrong answers to the question
	Turn  int      `json:"n,omitempty"` // the number of the question that it asked last
	Back  bool     `json:"b,omitempty"` // a sub-flow: the frame below goes on at its next step
}

// Env is what a step may know of the world.
type Env struct {
	Now      time.Time
	Person   string
	Audience string // parent, student or ""
	Channel  string
	Order    string      // see Call
	Origin   string      // see Call
	Key      string      // the root of the keys of commands
	Company  bool        // danger was spoken of: a text that matches nothing is not searched for
	Place    func() bool // whether the text says where somebody wants to go, asked only where it matters; nil: no
	Low      bool        // the text says that the person feels bad, and speaks of no danger
	Can      Can
	Kept     Vars  // the variables that go with the person; never written to
	Facts    Facts // what the caller tells the flows; a fact that is left out has its type's zero value
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
		f.Vars = Vars{}
	}
	f.Vars[name] = value
}

// Vars are a frame's variables. In JSON choices stand as {"c": [label, say, label, say…]}: a state is kept small.
type Vars map[string]any

const packedKey = "c"

// MarshalJSON packs choices.
func (v Vars) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(v))
	for name, value := range v {
		if choices, ok := value.([]channel.Choice); ok {
			value = map[string][]string{packedKey: packed(choices)}
		}
		out[name] = value
	}
	return json.Marshal(out)
}

// UnmarshalJSON gives variables that hold choices or texts their Go types back.
func (v *Vars) UnmarshalJSON(raw []byte) error {
	var in map[string]any
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	for name, value := range in {
		switch value := value.(type) {
		case []any:
			in[name] = texts(value)
		case map[string]any:
			list, _ := value[packedKey].([]any)
			in[name] = unpacked(texts(list))
		}
	}
	*v = in
	return nil
}

func packed(choices []channel.Choice) []string {
	pairs := make([]string, 0, 2*len(choices))
	for _, c := range choices {
		pairs = append(pairs, c.Label, c.Say)
	}
	return pairs
}

func unpacked(pairs []string) []channel.Choice {
	choices := make([]channel.Choice, len(pairs)/2)
	for i := range choices {
		choices[i] = channel.Choice{Label: pairs[2*i], Say: pairs[2*i+1]}
	}
	return choices
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i, item := range list {
		out[i], _ = item.(string)
	}
	return out
}
