package load

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

type (
	personFile struct {
		Person map[string]personVarFile `yaml:"person"`
	}
	personVarFile struct {
		Type  plan.Type `yaml:"type"`
		About string    `yaml:"about"`
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
		case l.plan.Told(name):
			l.bad(file, body, "请换一个名字", "%s 是程序告诉流程的，不能当变量", name)
		case !slices.Contains(PersonTypes(), string(v.Type)):
			l.bad(file, body, "只能是 text、number、bool", "跟着人走的变量 %s 的类型 %q 不对", name, v.Type)
		case v.About == "":
			l.bad(file, body, "请写上 about：这个人看自己的资料时，会看到这几个字", "跟着人走的变量 %s 没有说明", name)
		}
		l.plan.Person[name] = plan.PersonVar{Type: v.Type, About: v.About}
	}
	if len(f.Person) > dialog.MaxPersonVars {
		l.bad(file, body, "请只留真正要记住的", "跟着人走的变量有 %d 个，最多 %d 个", len(f.Person), dialog.MaxPersonVars)
	}
}

// scopes refuses a name that would mean two things, and a flow that takes or gives what it does not have.
func (l *loader) scopes(rf rawFlow) {
	for _, name := range slices.Sorted(maps.Keys(rf.Vars)) {
		if _, taken := l.plan.Person[name]; taken {
			l.bad(rf.File, nil, "请换一个名字，或者把 vars 里的这一行去掉，直接用跟着人走的那个", "变量 %s 在 flows/person.yaml 里已经有了", name)
		}
	}
	for key, names := range map[string][]string{"takes": rf.Takes, "gives": rf.Gives} {
		for _, name := range names {
			if _, declared := rf.Vars[name]; !declared {
				l.bad(rf.File, nil, "请在 vars 里加上", "%s 里的 %s 不是这个流程的变量", key, name)
			}
		}
	}
}

func (l *loader) compileExpr(f *plan.Flow, source string, opts ...expr.Option) (*vm.Program, error) {
	if err := modest(source); err != nil {
		return nil, err
	}
	env := l.plan.Environment(f)
	env["can"] = dialog.Can{}
	return expr.Compile(source, append([]expr.Option{expr.Env(env), expr.MaxNodes(maxNodes)}, opts...)...)
}
