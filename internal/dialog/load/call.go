package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

func (c *stepCompiler) call() *plan.Call {
	f := c.file
	k := &plan.Call{Command: f.Call, Save: f.Save, On: map[string]plan.Target{}}
	cmd, known := c.commands[f.Call]
	if !known {
		names := slices.Sorted(maps.Keys(c.commands))
		c.bad("call", "可以用的有："+strings.Join(names, "、"), "没有叫 %s 的命令", f.Call)
		return k
	}
	k.Outcomes = cmd.Outcomes
	k.Args = c.arguments("命令 "+f.Call, cmd.Args)
	c.saves("命令 "+f.Call, cmd.Results)
	for outcome, to := range f.On {
		if !slices.Contains(cmd.Outcomes, outcome) {
			c.bad("on", "只能是 "+strings.Join(cmd.Outcomes, "、"), "命令 %s 不会有 %s 这个结局", f.Call, outcome)
		}
		k.On[outcome] = c.target("on", to)
	}
	for _, outcome := range cmd.Outcomes {
		if _, handled := f.On[outcome]; !handled {
			c.bad("on", "请写上这个结局要去的步骤", "命令 %s 的结局 %s 没有去处", f.Call, outcome)
		}
	}
	return k
}

// subFlow reads a call of another flow: what it takes, and what it gives back.
func (c *stepCompiler) subFlow() *plan.SubFlow {
	s := &plan.SubFlow{Flow: c.file.Flow, Save: c.file.Save}
	f := c.plan.Flows[s.Flow]
	if f == nil {
		c.bad("flow", "请检查名字", "没有叫 %s 的流程", s.Flow)
		return s
	}
	types := func(names []string) map[string]plan.Type {
		out := map[string]plan.Type{}
		for _, name := range names {
			out[name] = f.Vars[name]
		}
		return out
	}
	s.Args = c.arguments("流程 "+s.Flow, types(f.Takes))
	c.saves("流程 "+s.Flow, types(f.Gives))
	return s
}

// arguments reads what a command or a flow is given: all that it wants and nothing else.
func (c *stepCompiler) arguments(whose string, wanted map[string]plan.Type) []plan.Argument {
	var args []plan.Argument
	given := map[string]bool{}
	for _, item := range c.file.With {
		name := fmt.Sprint(item.Key)
		given[name] = true
		t, ok := wanted[name]
		if !ok {
			c.bad("with", "请去掉，或检查名字", "%s 不要 %s", whose, name)
			continue
		}
		args = append(args, c.argument(name, t, item.Value))
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if !given[name] {
			c.bad("", "请在 with 里写上", "%s 还要 %s", whose, name)
		}
	}
	return args
}

// saves checks where the results of a command or a flow go.
func (c *stepCompiler) saves(whose string, results map[string]plan.Type) {
	for _, result := range slices.Sorted(maps.Keys(c.file.Save)) {
		t, exists := results[result]
		if !exists {
			c.bad("save", "请检查名字", "%s 没有 %s 这个结果", whose, result)
			continue
		}
		c.variable("save", c.file.Save[result], t)
	}
}

// argument reads a text with {{…}} for a text argument, an expression for any other.
func (c *stepCompiler) argument(name string, t plan.Type, value any) plan.Argument {
	source := fmt.Sprint(value)
	if t == plan.TypeText {
		text := c.text("with", source)
		return plan.Argument{Name: name, Text: &text}
	}
	var p *vm.Program
	p, err := c.compileExpr(c.raw.Flow, source, as(t)...)
	if err != nil {
		c.bad("with", "请写成 vars 里的变量或一个数", "%s 的值 %q 看不懂：%v", name, source, exprWords(err))
	}
	return plan.Argument{Name: name, Expr: p}
}
