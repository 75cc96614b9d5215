package dialog

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Names in texts and expressions mean, in this order of precedence: what the caller tells (facts, audience, channel, hour,
// weekday, can), what goes with the person (flows/person.yaml), and the variables of the running flow. No name means two.

// personVar is a variable that goes with the person: every flow reads and sets it, and it outlasts the conversation.
type personVar struct {
	typ   Type
	about string // what it is, as the person reads it among what is held of them
}

// What is kept of a person in variables is small: it travels with every message.
const (
	maxPersonVars = 8
	maxPersonText = 60 // runes
)

// Can is what the channel on which the person writes is able to do. A condition reads it as can.push.
type Can struct {
	Push   bool `expr:"push"`   // send something that nobody waits for
	Notice bool `expr:"notice"` // send service notices outside the platform's window
	Card   bool `expr:"card"`   // show articles and pictures
	Place  bool `expr:"place"`  // take a position from the person
}

// told says whether a name is what the caller tells.
func (s *Set) told(name string) bool {
	_, fact := s.facts[name]
	return fact || slices.Contains([]string{"audience", "channel", "hour", "weekday", "paused", "can", you}, name)
}

type (
	personFile struct {
		Person map[string]personVarFile `yaml:"person"`
	}
	personVarFile struct {
		Type  Type   `yaml:"type"`
		About string `yaml:"about"`
	}
)

func (l *loader) readPerson(file string, body *ast.MappingNode) {
	var f personFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(f.Person)) {
		v := f.Person[name]
		switch {
		case l.set.told(name):
			l.bad(file, body, "请换一个名字", "%s 是程序告诉流程的，不能当变量", name)
		case !slices.Contains(PersonTypes(), string(v.Type)):
			l.bad(file, body, "只能是 text、number、bool", "跟着人走的变量 %s 的类型 %q 不对", name, v.Type)
		case v.About == "":
			l.bad(file, body, "请写上 about：这个人看自己的资料时，会看到这几个字", "跟着人走的变量 %s 没有说明", name)
		}
		l.set.person[name] = personVar{v.Type, v.About}
	}
	if len(f.Person) > maxPersonVars {
		l.bad(file, body, "请只留真正要记住的", "跟着人走的变量有 %d 个，最多 %d 个", len(f.Person), maxPersonVars)
	}
}

// scopes refuses a name that would mean two things, and a flow that takes or gives what it does not have.
func (l *loader) scopes(rf rawFlow) {
	for _, name := range slices.Sorted(maps.Keys(rf.vars)) {
		if _, taken := l.set.person[name]; taken {
			l.bad(rf.file, nil, "请换一个名字，或者把 vars 里的这一行去掉，直接用跟着人走的那个", "变量 %s 在 flows/person.yaml 里已经有了", name)
		}
	}
	for key, names := range map[string][]string{"takes": rf.takes, "gives": rf.gives} {
		for _, name := range names {
			if _, declared := rf.vars[name]; !declared {
				l.bad(rf.file, nil, "请在 vars 里加上", "%s 里的 %s 不是这个流程的变量", key, name)
			}
		}
	}
}

// typeOf returns the type of a variable that a flow may set: its own, or one that goes with the person.
func (s *Set) typeOf(f *flow, name string) (Type, bool) {
	if v, ok := s.person[name]; ok {
		return v.typ, true
	}
	t, ok := f.vars[name]
	return t, ok
}

// PersonVar says what a variable that goes with the person is about; false where no such variable is.
func (s *Set) PersonVar(name string) (about string, ok bool) {
	v, ok := s.person[name]
	return v.about, ok
}

// environment is what expressions of a flow may read; its values give the types.
func (s *Set) environment(f *flow) map[string]any {
	env := map[string]any{"audience": "", "channel": "", "hour": 0.0, "weekday": 0.0, "paused": "", "can": Can{}}
	for name, t := range s.facts {
		env[name] = zero(t)
	}
	for name, v := range s.person {
		env[name] = zero(v.typ)
	}
	for name, t := range f.vars {
		env[name] = zero(t)
	}
	return env
}

func (s *Set) compileExpr(f *flow, source string, opts ...expr.Option) (*vm.Program, error) {
	return expr.Compile(source, append([]expr.Option{expr.Env(s.environment(f)), expr.MaxNodes(200)}, opts...)...)
}

// put sets a variable of the running flow or of the person.
func (r *run) put(name string, value any) {
	v, ofPerson := r.set.person[name]
	if !ofPerson {
		r.st.top().put(name, value)
		return
	}
	if t, ok := value.(string); ok && len([]rune(t)) > maxPersonText {
		value = string([]rune(t)[:maxPersonText])
	}
	if value == nil || !v.typ.holds(value) || r.env.Kept[name] == value {
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
func (r *run) known(name string, v personVar) any {
	if value, ok := r.env.Kept[name]; ok && v.typ.holds(value) {
		return value
	}
	return nil
}
