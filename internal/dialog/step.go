package dialog

import (
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// Step reads one input and goes on until the conversation waits for the person, or for the result of a command. It
// never panics: a state that does not fit the flows any more goes on as near as it can, see returned.
func (s *Set) Step(st State, in Input, env Env) Output {
	r := &run{set: s, st: st.clone(), env: env, location: in.Location}
	switch {
	case in.Kind == InputResult:
		r.result(in.Result)
	case r.returned(in):
	case in.Kind == InputEvent:
		r.event(in.Event)
	case in.Kind == InputLocation:
		r.place()
	case in.Kind == InputText:
		r.text(in)
	}
	switch {
	case r.idle():
		r.st.Version = ""
	case r.st.Version == "":
		r.st.Version = s.Version
	}
	r.out.State = r.st
	return r.out
}

// run is one step in the making.
type run struct {
	set      *Set
	st       State
	env      Env
	location *channel.Location
	raw      string // the text as it came, signs and all
	out      Output
	moves    int
	stopped  bool // a question was asked
	fresh    bool // lessons were what was said last
}

// maxMoves bounds the steps of one input, maxDepth the flows that wait for others.
const (
	maxMoves = 200
	maxDepth = 5
)

func (r *run) reply(text string, choices ...channel.Choice) {
	if text != "" || len(choices) > 0 {
		r.out.Replies = append(r.out.Replies, channel.Reply{Text: text, Choices: choices})
	}
}

// here returns the step at which the conversation stands, nil where no flow runs or the content has changed.
func (r *run) here() *plan.Step {
	f := r.st.top()
	if f == nil {
		return nil
	}
	fl := r.set.plan.Flows[f.Flow]
	if fl == nil {
		return nil
	}
	return fl.Steps[f.Step]
}

// asked returns the question that waits for an answer.
func (r *run) asked() *plan.Ask {
	if s := r.here(); s != nil {
		return s.Ask
	}
	return nil
}

// home leaves everything and goes to the menu.
func (r *run) home() {
	r.st.Stack, r.st.Scene = nil, ""
	r.enter(plan.FlowMenu)
}

// enter begins a flow. What was being asked waits below it and is taken up again afterwards, unless it was the menu.
func (r *run) enter(id string) { r.enterAt(plan.Target{Flow: id, Step: plan.FlowStart}, nil) }

func (r *run) enterAt(t plan.Target, vars map[string]any) {
	for i := range r.st.Stack { // a flow waits for itself nowhere: going there again starts it anew
		if r.st.Stack[i].Flow == t.Flow {
			r.st.Stack = r.st.Stack[:i]
			break
		}
	}
	if a := r.asked(); len(r.st.Stack) > 0 && (a == nil || a.Passing || r.st.top().Flow == plan.FlowMenu || len(r.st.Stack) >= maxDepth) {
		r.st.Stack = r.st.Stack[:len(r.st.Stack)-1]
	}
	r.st.Misses, r.st.Scene = 0, ""
	r.st.Stack = append(r.st.Stack, Frame{Flow: t.Flow, Step: t.Step, Vars: vars})
	r.proceed()
}

// jump goes to a step; in another flow the running one is left for it, and variables of the same name and type go along.
func (r *run) jump(t plan.Target) {
	if t.None() {
		r.leave()
		return
	}
	f := r.st.top()
	if t.Flow == plan.FlowMenu {
		if scene, ok := r.cameFor(); ok {
			*f = scene
			return
		}
	}
	if f.Flow != t.Flow {
		from, to := r.set.plan.Flows[f.Flow], r.set.plan.Flows[t.Flow]
		fresh := Frame{Flow: t.Flow, Back: f.Back}
		for name, typ := range to.Vars {
			if v, ok := f.Vars[name]; ok && from.Vars[name] == typ {
				fresh.put(name, v)
			}
		}
		if i := slices.IndexFunc(r.st.Stack, func(below Frame) bool { return below.Flow == t.Flow }); i >= 0 && !f.Back {
			r.st.Stack = r.st.Stack[:i+1] // a flow waits for itself nowhere
			f = r.st.top()
			fresh.Back = f.Back
		}
		*f = fresh
	}
	f.Step, f.Tries = t.Step, 0
}

// leave ends the running flow: a caller goes on, an interrupted question is asked again.
func (r *run) leave() {
	ended := *r.st.top()
	r.st.Stack = r.st.Stack[:len(r.st.Stack)-1]
	if len(r.st.Stack) == 0 {
		if scene, ok := r.cameFor(); ok {
			r.st.Stack = []Frame{scene}
		}
		return
	}
	below := r.here()
	switch {
	case below == nil:
	case ended.Back && (below.Call != nil || below.Need != nil):
		r.afterConsent(ended, below)
	case ended.Back:
		r.takeBack(ended, below)
		r.jump(below.Next)
	case below.Ask != nil:
		r.resume()
	}
}

// resume asks an interrupted question again.
func (r *run) resume() {
	r.reply(r.titled(r.set.plan.System.Resume))
	r.question()
}

// title is what the person is at: the title of the flow that waits, or of the one that borrows it.
func (r *run) title() string { return titleOf(r.set, r.st.Stack) }

func titleOf(s *Set, stack []Frame) string {
	for len(stack) > 1 && stack[len(stack)-1].Back {
		stack = stack[:len(stack)-1]
	}
	if len(stack) == 0 {
		return ""
	}
	if f := s.plan.Flows[stack[len(stack)-1].Flow]; f != nil {
		return f.Title
	}
	return ""
}

// proceed runs steps until one waits.
func (r *run) proceed() {
	for r.st.top() != nil && !r.stopped {
		s := r.here()
		if r.moves++; s == nil || r.moves > maxMoves {
			r.st.Stack = nil
			if r.moves <= maxMoves && r.set.plan.Flows[plan.FlowMenu] != nil {
				r.st.Stack = []Frame{{Flow: plan.FlowMenu, Step: plan.FlowStart}}
				continue
			}
			return
		}
		r.out.Trace = append(r.out.Trace, Trace{s.Flow.ID, s.ID, s.Flow.File, s.Line})
		switch {
		case s.Ask != nil && s.Ask.Source != "" && r.get(s.Ask.From) == nil:
			r.jump(plan.Target{Flow: s.Flow.ID, Step: s.Ask.Source})
		case s.Ask != nil:
			r.remember(s.ID)
			r.forget(s)
			r.asksAnew()
			if r.heardBefore(s) || r.saidBefore(s) {
				return
			}
			r.question()
			return
		case s.Call != nil:
			r.command(s.Call)
			return
		case s.Need != nil:
			r.ask(plan.NeedCommand, map[string]any{plan.ConsentTakes: s.Need.What, plan.WillShow: s.Need.Into != ""})
			return
		case s.Say != nil:
			r.say(s.Say)
			r.jump(s.Next)
		case s.Cond != nil:
			r.jump(r.decide(s.Cond))
		case s.Set != nil:
			r.assign(s.Set)
			r.jump(s.Next)
		case s.Sub != nil:
			if len(r.st.Stack) >= maxDepth {
				r.jump(s.Next)
				continue
			}
			r.st.Stack = append(r.st.Stack, Frame{Flow: s.Sub.Flow, Step: plan.FlowStart, Vars: r.values(s.Sub.Args), Back: true})
		default:
			r.leave()
		}
	}
}

// paused is the title of what waits below the running flow, "" where nothing does.
func (r *run) paused() string {
	below := r.st.Stack[:max(0, len(r.st.Stack)-1)]
	if len(below) == 0 {
		return ""
	}
	return titleOf(r.set, below)
}

func (r *run) remember(id string) {
	f := r.st.top()
	if n := len(f.Past); n > 0 && f.Past[n-1] == id {
		return
	}
	const keep = 8
	f.Past = append(f.Past, id)
	if len(f.Past) > keep {
		f.Past = f.Past[len(f.Past)-keep:]
	}
}

// forget drops the choices of the flow's other questions, which a call fetches anew: a state stays small.
func (r *run) forget(s *plan.Step) {
	for _, list := range s.Flow.Lists {
		if list != s.Ask.From && list != s.Ask.Also {
			delete(r.st.top().Vars, list)
		}
	}
}

func (r *run) say(s *plan.Say) {
	reply := channel.Reply{Text: s.Text.Render(r.get)}
	if k := s.Card; k != nil {
		reply.Card = &channel.Card{Title: k.Title.Render(r.get), Summary: k.Summary.Render(r.get), URL: k.URL.Render(r.get), Picture: k.Picture.Render(r.get)}
	}
	if reply.Text != "" || reply.Card != nil {
		r.out.Replies = append(r.out.Replies, reply)
	}
}

func (r *run) command(c *plan.Call) {
	r.ask(c.Command, r.values(c.Args))
}

// takeBack saves what a called flow gives.
func (r *run) takeBack(ended Frame, below *plan.Step) {
	if below.Sub == nil {
		return
	}
	for given, variable := range below.Sub.Save {
		if v, ok := ended.Vars[given]; ok {
			r.put(variable, v)
		}
	}
}

func (r *run) ask(command string, args map[string]any) {
	r.out.Call = &Call{Name: command, Args: args, Key: r.env.Key, Person: r.env.Person, Audience: r.env.Audience, Location: r.location, Order: r.env.Order, Origin: r.env.Origin, Now: r.env.Now, Kept: r.env.Kept}
}

// result goes on with what a command came to.
func (r *run) result(res *Result) {
	if res == nil {
		return
	}
	if r.st.Asked != "" {
		r.found(res)
		return
	}
	s := r.here()
	if s == nil || s.Call == nil && s.Need == nil {
		r.home()
		return
	}
	if res.Outcome == plan.NotYet {
		r.askConsent(s)
		return
	}
	if s.Need != nil {
		r.passes(s, res)
		return
	}
	r.agreed(s)
	for result, variable := range s.Call.Save {
		v, given := res.Vars[result]
		switch {
		case given:
			r.put(variable, v)
		case s.Flow.Vars[variable] == TypeChoices:
			r.put(variable, []channel.Choice{}) // fetched, and there is none
		}
	}
	r.jump(s.Call.On[res.Outcome])
	r.proceed()
}
