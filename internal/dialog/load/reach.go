package load

import (
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// findSources notes for every question whose choices a call brings which call that is: one that leads to it without
// another question or call between.
func (l *loader) findSources() {
	for _, rf := range l.raw {
		for _, name := range rf.Order {
			caller := rf.Steps[name]
			if caller.Call == nil {
				continue
			}
			seen := map[*plan.Step]bool{}
			for _, to := range caller.Targets() {
				l.feed(caller, to, seen)
			}
		}
	}
}

func (l *loader) feed(caller *plan.Step, to plan.Target, seen map[*plan.Step]bool) {
	if to.None() || to.Flow != caller.Flow.ID {
		return
	}
	s := caller.Flow.Steps[to.Step]
	if seen[s] || s.Call != nil {
		return
	}
	seen[s] = true
	if s.Ask == nil {
		for _, t := range s.Targets() {
			l.feed(caller, t, seen)
		}
		return
	}
	for _, variable := range caller.Call.Save {
		if variable == s.Ask.Also && !slices.Contains(caller.Flow.Lists, variable) {
			caller.Flow.Lists = append(caller.Flow.Lists, variable)
		}
		if variable == s.Ask.From && s.Ask.Source == "" {
			s.Ask.Source = caller.ID
			caller.Flow.Lists = append(caller.Flow.Lists, variable)
		}
	}
}

// entered are the flows that the engine itself goes to.
var entered = []string{plan.FlowMenu, plan.FlowHuman, plan.FlowHelp, plan.FlowFeelings, plan.FlowConsent}

// checkShape refuses flows and steps that nothing leads to, and loops: those that never wait for the person, those that
// nobody gets out of, and flows that borrow themselves.
func (l *loader) checkShape() {
	l.checkReach()
	quiet := l.quietFlows()
	free := l.freeSteps()
	for _, rf := range l.raw {
		loops := l.checkBorrowing(rf)
		for _, name := range rf.Order {
			if s := rf.Steps[name]; l.spins(s, s, quiet, map[*plan.Step]bool{}) {
				loops = true
				l.bad(rf.File, rf.nodes[name].Key, "请在圈里加一个 ask", "从步骤 %s 出发会一直转圈，不等人回答", name)
			}
		}
		if !loops {
			l.checkExit(rf, free)
		}
	}
}

// begins says whether a flow begins by itself: by what a person says or does, or because the engine goes to it.
func (rf rawFlow) begins() bool {
	t := rf.head.Triggers
	return slices.Contains(entered, rf.ID) || len(t.Words)+len(t.Clicks)+len(t.Scenes)+len(t.Events) > 0
}

// checkReach refuses flows that nobody comes to, and steps of a flow that nothing leads to.
func (l *loader) checkReach() {
	flows, steps := map[*plan.Step]bool{}, map[*plan.Step]bool{}
	lesson, lessonStep, _ := strings.Cut(l.plan.System.Lesson, ".")
	for _, rf := range l.raw {
		if rf.begins() {
			l.reach(rf.Steps[plan.FlowStart], flows)
			l.reach(rf.Steps[rf.SceneStep], flows)
		}
		l.reach(rf.Steps[plan.FlowStart], steps)
		l.reach(rf.Steps[rf.SceneStep], steps)
	}
	if f := l.plan.Flows[lesson]; f != nil {
		l.reach(f.Steps[lessonStep], flows)
		l.reach(f.Steps[lessonStep], steps)
	}
	for _, rf := range l.raw {
		if !slices.ContainsFunc(rf.Order, func(name string) bool { return flows[rf.Steps[name]] }) {
			l.bad(rf.File, rf.place("flow"), "请在 triggers 里写上怎么进来，或者让别的流程的 goto、flow 指向它；不要了就删掉这个文件", "流程 %s 没有人会走到", rf.ID)
		}
		for _, name := range rf.Order {
			if !steps[rf.Steps[name]] {
				l.bad(rf.File, rf.nodes[name].Key, "请删掉，或者让某一步的 goto、next、on 指向它", "步骤 %s 没有人会走到", name)
			}
		}
	}
}

func (l *loader) reach(s *plan.Step, seen map[*plan.Step]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if s.Sub != nil {
		l.reach(l.plan.Flows[s.Sub.Flow].Steps[plan.FlowStart], seen)
	}
	for _, t := range s.Targets() {
		if !t.None() {
			l.reach(l.plan.Flows[t.Flow].Steps[t.Step], seen)
		}
	}
}
