package dialog

import (
	"slices"

	"github.com/expr-lang/expr"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
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
func (r *run) here() *step {
	f := r.st.top()
	if f == nil {
		return nil
	}
	fl := r.set.flows[f.Flow]
	if fl == nil {
		return nil
	}
	return fl.steps[f.Step]
}

// asked returns the question that waits for an answer.
func (r *run) asked() *ask {
	if s := r.here(); s != nil {
		return s.ask
	}
	return nil
}

func (r *run) get(name string) any {
	if name == "audience" {
		return r.env.Audience
	}
	if _, told := r.set.facts[name]; told {
		return r.env.Facts[name]
	}
	if v, ofPerson := r.set.person[name]; ofPerson {
		return r.known(name, v)
	}
	if f := r.st.top(); f != nil {
		return f.Vars[name]
	}
	return nil
}

// home leaves everything and goes to the menu.
func (r *run) home() {
	r.st.Stack, r.st.Scene = nil, ""
	r.enter(flowMenu)
}

// enter begins a flow. What was being asked waits below it and is taken up again afterwards, unless it was the menu.
func (r *run) enter(id string) { r.enterAt(target{id, flowStart}, nil) }

func (r *run) enterAt(t target, vars map[string]any) {
	for i := range r.st.Stack { // a flow waits for itself nowhere: going there again starts it anew
		if r.st.Stack[i].Flow == t.flow {
			r.st.Stack = r.st.Stack[:i]
			break
		}
	}
	if a := r.asked(); len(r.st.Stack) > 0 && (a == nil || a.passing || r.st.top().Flow == flowMenu || len(r.st.Stack) >= maxDepth) {
		r.st.Stack = r.st.Stack[:len(r.st.Stack)-1]
	}
	r.st.Misses, r.st.Scene = 0, ""
	r.st.Stack = append(r.st.Stack, Frame{Flow: t.flow, Step: t.step, Vars: vars})
	r.proceed()
}

// jump goes to a step; in another flow the running one is left for it, and variables of the same name and type go along.
func (r *run) jump(t target) {
	if t.none() {
		r.leave()
		return
	}
	f := r.st.top()
	if t.flow == flowMenu {
		if scene, ok := r.cameFor(); ok {
			*f = scene
			return
		}
	}
	if f.Flow != t.flow {
		from, to := r.set.flows[f.Flow], r.set.flows[t.flow]
		fresh := Frame{Flow: t.flow, Back: f.Back}
		for name, typ := range to.vars {
			if v, ok := f.Vars[name]; ok && from.vars[name] == typ {
				fresh.put(name, v)
			}
		}
		if i := slices.IndexFunc(r.st.Stack, func(below Frame) bool { return below.Flow == t.flow }); i >= 0 && !f.Back {
			r.st.Stack = r.st.Stack[:i+1] // a flow waits for itself nowhere
			f = r.st.top()
			fresh.Back = f.Back
		}
		*f = fresh
	}
	f.Step, f.Tries = t.step, 0
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
	case ended.Back:
		r.takeBack(ended, below)
		r.jump(below.next)
	case below.ask != nil:
		r.resume()
	}
}

// resume asks an interrupted question again.
func (r *run) resume() {
	r.reply(r.titled(r.set.system.Resume))
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
	if f := s.flows[stack[len(stack)-1].Flow]; f != nil {
		return f.title
	}
	return ""
}

// proceed runs steps until one waits.
func (r *run) proceed() {
	for r.st.top() != nil && !r.stopped {
		s := r.here()
		if r.moves++; s == nil || r.moves > maxMoves {
			r.st.Stack = nil
			if r.moves <= maxMoves && r.set.flows[flowMenu] != nil {
				r.st.Stack = []Frame{{Flow: flowMenu, Step: flowStart}}
				continue
			}
			return
		}
		r.out.Trace = append(r.out.Trace, Trace{s.flow.id, s.id, s.flow.file, s.line})
		switch {
		case s.ask != nil && s.ask.source != "" && r.get(s.ask.from) == nil:
			r.jump(target{s.flow.id, s.ask.source})
		case s.ask != nil:
			r.remember(s.id)
			r.forget(s)
			r.asksAnew()
			if r.heardBefore(s) || r.saidBefore(s) {
				return
			}
			r.question()
			return
		case s.call != nil:
			r.command(s.call)
			return
		case s.say != nil:
			r.say(s.say)
			r.jump(s.next)
		case s.cond != nil:
			r.jump(r.decide(s.cond))
		case s.set != nil:
			r.assign(s.set)
			r.jump(s.next)
		case s.sub != nil:
			if len(r.st.Stack) >= maxDepth {
				r.jump(s.next)
				continue
			}
			r.st.Stack = append(r.st.Stack, Frame{Flow: s.sub.flow, Step: flowStart, Vars: r.values(s.sub.args), Back: true})
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
func (r *run) forget(s *step) {
	for _, list := range s.flow.lists {
		if list != s.ask.from && list != s.ask.also {
			delete(r.st.top().Vars, list)
		}
	}
}

func (r *run) say(s *say) {
	reply := channel.Reply{Text: s.text.render(r.get)}
	if k := s.card; k != nil {
		reply.Card = &channel.Card{Title: k.title.render(r.get), Summary: k.summary.render(r.get), URL: k.url.render(r.get), Picture: k.picture.render(r.get)}
	}
	if reply.Text != "" || reply.Card != nil {
		r.out.Replies = append(r.out.Replies, reply)
	}
}

// question asks what the conversation waits for.
func (r *run) question() {
	s := r.here()
	r.stopped = true
	r.reply(s.ask.text.render(r.get), r.choices(s)...)
}

// choices are what can be tapped at a step: those of a variable first, then the written ones.
func (r *run) choices(s *step) []channel.Choice {
	var out []channel.Choice
	turn := r.st.top().Turn
	for _, c := range r.offered(s) {
		out = append(out, channel.Choice{ID: bind(choiceID(s.flow.id, s.id, c.Saying()), turn), Label: c.Label})
	}
	for _, c := range s.ask.choices {
		out = append(out, channel.Choice{ID: bind(c.id, turn), Label: c.label, Group: c.group})
	}
	return out
}

// offered are the choices that a variable holds.
func (r *run) offered(s *step) []channel.Choice {
	if s.ask.from == "" {
		return nil
	}
	choices, _ := r.get(s.ask.from).([]channel.Choice)
	return choices
}

// unshown are the choices that a day or a time may mean beside those that are shown.
func (r *run) unshown(s *step) []channel.Choice {
	if s.ask.also == "" {
		return nil
	}
	choices, _ := r.get(s.ask.also).([]channel.Choice)
	return choices
}

// offerAnew forgets the choices of a question, so that it offers what there is when it is asked again.
func (f *Frame) offerAnew(a *ask) {
	if a.source != "" {
		delete(f.Vars, a.from)
		delete(f.Vars, a.also)
	}
}

func (r *run) command(c *call) {
	r.ask(c.command, r.values(c.args))
}

// values are what a command or a flow is given.
func (r *run) values(args []argument) map[string]any {
	values := map[string]any{}
	for _, a := range args {
		if a.text != nil {
			values[a.name] = a.text.render(r.get)
			continue
		}
		values[a.name] = r.eval(func(env map[string]any) (any, error) { return expr.Run(a.expr, env) })
	}
	return values
}

// takeBack saves what a called flow gives.
func (r *run) takeBack(ended Frame, below *step) {
	if below.sub == nil {
		return
	}
	for given, variable := range below.sub.save {
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
	if s == nil || s.call == nil {
		r.home()
		return
	}
	for result, variable := range s.call.save {
		v, given := res.Vars[result]
		switch {
		case given:
			r.put(variable, v)
		case s.flow.vars[variable] == TypeChoices:
			r.put(variable, []channel.Choice{}) // fetched, and there is none
		}
	}
	r.jump(s.call.on[res.Outcome])
	r.proceed()
}

func (r *run) decide(branches []branch) target {
	for _, b := range branches {
		if b.when == nil {
			return b.to
		}
		if yes, _ := r.eval(func(env map[string]any) (any, error) { return expr.Run(b.when, env) }).(bool); yes {
			return b.to
		}
	}
	return target{}
}

func (r *run) assign(as []assign) {
	for _, a := range as {
		r.put(a.name, r.eval(func(env map[string]any) (any, error) { return expr.Run(a.expr, env) }))
	}
}

// eval runs an expression; what was type-checked at load fails only for values such as an index out of range, which count as nothing.
func (r *run) eval(f func(env map[string]any) (any, error)) any {
	fl := r.set.flows[r.st.top().Flow]
	env := r.set.environment(fl)
	for name, v := range r.set.person {
		if value := r.known(name, v); value != nil {
			env[name] = value
		}
	}
	for name := range fl.vars {
		if v := r.get(name); v != nil {
			env[name] = v
		}
	}
	for name := range r.set.facts {
		if v, told := r.env.Facts[name]; told {
			env[name] = v
		}
	}
	at := r.env.Now.In(hanzi.Guangzhou)
	env["can"], env["paused"] = r.env.Can, r.paused()
	env["audience"], env["channel"], env["hour"], env["weekday"] = r.env.Audience, r.env.Channel, float64(at.Hour()), float64(at.Weekday())
	v, err := f(env)
	if err != nil {
		return nil
	}
	return v
}
