package load

import (
	"maps"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

func (c *stepCompiler) need() *plan.Need {
	f := c.file
	n := &plan.Need{What: f.Needs, Into: f.Into, Otherwise: c.target("otherwise", f.Other)}
	if all := c.purposes(); !slices.Contains(all, n.What) {
		c.bad("needs", "可以写的有："+strings.Join(all, "、"), "没有叫 %s 的同意", n.What)
	}
	if n.Into != "" {
		c.variable("into", n.Into, plan.TypeText)
	}
	return n
}

// purposes are what somebody can be asked to agree to: what the commands need.
func (l *loader) purposes() []string {
	all := map[string]bool{}
	for _, cmd := range l.commands {
		if cmd.Needs != "" {
			all[cmd.Needs] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// needed is the purpose that a step's command needs, "" where it keeps nothing of anybody.
func (l *loader) needed(s *plan.Step) string {
	if s.Call == nil {
		return ""
	}
	return l.commands[s.Call.Command].Needs
}

// checkNeeds looks that nobody comes to a step that keeps something of them past the gate for it, and that the words which they
// agree to are shown to them first. The program itself lets nobody through either; what is found here would be asked too late,
// when what they wrote is written already.
func (l *loader) checkNeeds() {
	for _, what := range l.purposes() {
		ungated := map[*plan.Step]bool{}
		for _, rf := range l.raw {
			if rf.ID == plan.FlowConsent || !rf.begins() {
				continue
			}
			l.past(what, rf.Steps[plan.FlowStart], ungated)
			l.past(what, rf.Steps[rf.SceneStep], ungated)
		}
		for _, rf := range l.raw {
			for _, name := range rf.Order {
				s := rf.Steps[name]
				if ungated[s] && l.needed(s) == what {
					l.bad(rf.File, rf.nodes[name].Key, "在问到它之前加一步 needs: "+what+"（例子在 dialogs/README.md）", "步骤 %s 会留下这个人的东西（%s），路上却没有 needs: %s", name, s.Call.Command, what)
				}
				if n := s.Need; n != nil && n.What == what && n.Into != "" && l.unshown(what, n.Into, s.Next, map[*plan.Step]bool{}) {
					l.bad(rf.File, rf.nodes[name].Key, "在点头的那个问题里写上 {{"+n.Into+"}}；或者去掉 into，让程序单独问一句", "步骤 %s 把同意书的话放进了 %s，路上却没有给人看", name, n.Into)
				}
			}
		}
	}
	l.checkConsentFlow()
}

// past collects the steps that can be come to without passing the gate for a purpose.
func (l *loader) past(what string, s *plan.Step, seen map[*plan.Step]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if s.Sub != nil {
		l.past(what, l.plan.Flows[s.Sub.Flow].Steps[plan.FlowStart], seen)
	}
	ways := s.Targets()
	if s.Need != nil && s.Need.What == what {
		ways = ways[1:] // not the way of those who agreed: it comes first, and another may lead to the same step
	}
	for _, t := range ways {
		if !t.None() {
			l.past(what, l.plan.Flows[t.Flow].Steps[t.Step], seen)
		}
	}
}

// unshown says whether a step that keeps something is come to before a question has shown the words.
func (l *loader) unshown(what, into string, t plan.Target, seen map[*plan.Step]bool) bool {
	if t.None() {
		return false
	}
	s := l.plan.Flows[t.Flow].Steps[t.Step]
	if seen[s] || s.Need != nil && s.Need.What == what || s.Ask != nil && s.Ask.Text.Names(into) {
		return false
	}
	seen[s] = true
	if l.needed(s) == what {
		return true
	}
	return slices.ContainsFunc(s.Targets(), func(t plan.Target) bool { return l.unshown(what, into, t, seen) })
}

// checkConsentFlow looks that there is a flow that asks, and that it does not ask for itself.
func (l *loader) checkConsentFlow() {
	i := slices.IndexFunc(l.raw, func(rf rawFlow) bool { return rf.ID == plan.FlowConsent })
	gated := func(s *plan.Step) bool { return s.Need != nil || l.needed(s) != "" }
	if i < 0 {
		for _, rf := range l.raw {
			for _, name := range rf.Order {
				if gated(rf.Steps[name]) {
					l.bad(rf.File, rf.nodes[name].Key, "请加上 flows/consent.yaml，写 takes: [what, shows]、gives: [given]", "步骤 %s 要先有同意，却没有叫 %s 的流程来问", name, plan.FlowConsent)
					return
				}
			}
		}
		return
	}
	rf := l.raw[i]
	if !slices.Contains(rf.Takes, plan.ConsentTakes) || rf.Vars[plan.ConsentTakes] != plan.TypeText || !slices.Contains(rf.Takes, plan.WillShow) || rf.Vars[plan.WillShow] != plan.TypeBool || !slices.Contains(rf.Gives, plan.ConsentGives) || rf.Vars[plan.ConsentGives] != plan.TypeBool {
		l.bad(rf.File, rf.place("flow"), "写 vars: {what: text, shows: bool, given: bool}、takes: [what, shows]、gives: [given]", "流程 %s 不知道问的是什么，或者不说问到了没有", rf.ID)
	}
	for _, name := range rf.Order {
		if gated(rf.Steps[name]) {
			l.bad(rf.File, rf.nodes[name].Key, "请去掉：这个流程自己就是来问的", "步骤 %s 会在问同意的时候又要同意，没完没了", name)
		}
	}
}
