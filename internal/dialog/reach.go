package dialog

import (
	"maps"
	"slices"
	"strings"
)

// findSources notes for every question whose choices a call brings which call that is: one that leads to it without
// another question or call between.
func (l *loader) findSources() {
	for _, rf := range l.raw {
		for _, name := range rf.order {
			caller := rf.steps[name]
			if caller.call == nil {
				continue
			}
			seen := map[*step]bool{}
			for _, to := range caller.targets() {
				l.feed(caller, to, seen)
			}
		}
	}
}

func (l *loader) feed(caller *step, to target, seen map[*step]bool) {
	if to.none() || to.flow != caller.flow.id {
		return
	}
	s := caller.flow.steps[to.step]
	if seen[s] || s.call != nil {
		return
	}
	seen[s] = true
	if s.ask == nil {
		for _, t := range s.targets() {
			l.feed(caller, t, seen)
		}
		return
	}
	for _, variable := range caller.call.save {
		if variable == s.ask.also && !slices.Contains(caller.flow.lists, variable) {
			caller.flow.lists = append(caller.flow.lists, variable)
		}
		if variable == s.ask.from && s.ask.source == "" {
			s.ask.source = caller.id
			caller.flow.lists = append(caller.flow.lists, variable)
		}
	}
}

// entered are the flows that the engine itself goes to.
var entered = []string{flowMenu, flowHuman, flowHelp, flowFeelings}

// checkShape refuses flows and steps that nothing leads to, and loops: those that never wait for the person, those that
// nobody gets out of, and flows that borrow themselves.
func (l *loader) checkShape() {
	l.checkReach()
	quiet := l.quietFlows()
	free := l.freeSteps()
	for _, rf := range l.raw {
		loops := l.checkBorrowing(rf)
		for _, name := range rf.order {
			if s := rf.steps[name]; l.spins(s, s, quiet, map[*step]bool{}) {
				loops = true
				l.bad(rf.file, rf.nodes[name].Key, "请在圈里加一个 ask", "从步骤 %s 出发会一直转圈，不等人回答", name)
			}
		}
		if !loops {
			l.checkExit(rf, free)
		}
	}
}

// checkReach refuses flows that nobody comes to, and steps of a flow that nothing leads to.
func (l *loader) checkReach() {
	flows, steps := map[*step]bool{}, map[*step]bool{}
	lesson, lessonStep, _ := strings.Cut(l.set.system.Lesson, ".")
	for _, rf := range l.raw {
		t := rf.head.Triggers
		if slices.Contains(entered, rf.id) || len(t.Words)+len(t.Clicks)+len(t.Scenes)+len(t.Events) > 0 {
			l.reach(rf.steps[flowStart], flows)
			l.reach(rf.steps[rf.sceneStep], flows)
		}
		l.reach(rf.steps[flowStart], steps)
		l.reach(rf.steps[rf.sceneStep], steps)
	}
	if f := l.set.flows[lesson]; f != nil {
		l.reach(f.steps[lessonStep], flows)
		l.reach(f.steps[lessonStep], steps)
	}
	for _, rf := range l.raw {
		if !slices.ContainsFunc(rf.order, func(name string) bool { return flows[rf.steps[name]] }) {
			l.bad(rf.file, rf.place("flow"), "请在 triggers 里写上怎么进来，或者让别的流程的 goto、flow 指向它；不要了就删掉这个文件", "流程 %s 没有人会走到", rf.id)
		}
		for _, name := range rf.order {
			if !steps[rf.steps[name]] {
				l.bad(rf.file, rf.nodes[name].Key, "请删掉，或者让某一步的 goto、next、on 指向它", "步骤 %s 没有人会走到", name)
			}
		}
	}
}

func (l *loader) reach(s *step, seen map[*step]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if s.sub != nil {
		l.reach(l.set.flows[s.sub.flow].steps[flowStart], seen)
	}
	for _, t := range s.targets() {
		if !t.none() {
			l.reach(l.set.flows[t.flow].steps[t.step], seen)
		}
	}
}

// targets are all steps that may follow.
func (s *step) targets() []target {
	out := []target{s.next}
	for _, b := range s.cond {
		out = append(out, b.to)
	}
	if s.ask != nil {
		out = append(out, s.ask.giveUp, s.ask.location, s.ask.back)
		for _, c := range s.ask.choices {
			out = append(out, c.to)
		}
	}
	if s.call != nil {
		for _, o := range slices.Sorted(maps.Keys(s.call.on)) {
			out = append(out, s.call.on[o])
		}
	}
	return out
}
