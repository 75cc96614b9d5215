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
		if variable == s.ask.from && s.ask.source == "" {
			s.ask.source = caller.id
		}
	}
}

// checkShape refuses steps that nothing leads to, loops that never wait for the person, and loops that nobody gets out of.
func (l *loader) checkShape() {
	reached := map[*step]bool{}
	for _, rf := range l.raw {
		l.reach(rf.steps[flowStart], reached)
		l.reach(rf.steps[rf.sceneStep], reached)
	}
	if flowID, stepID, ok := strings.Cut(l.set.system.Lesson, "."); ok {
		l.reach(l.set.flows[flowID].steps[stepID], reached)
	}
	for _, rf := range l.raw {
		for _, name := range rf.order {
			s := rf.steps[name]
			switch {
			case !reached[s]:
				l.bad(rf.file, rf.nodes[name].Key, "请删掉，或者让某一步的 goto、next、on 指向它", "步骤 %s 没有人会走到", name)
			case l.spins(s, s, map[*step]bool{}):
				l.bad(rf.file, rf.nodes[name].Key, "请在圈里加一个 ask", "从步骤 %s 出发会一直转圈，不等人回答", name)
			}
		}
		l.checkExit(rf)
	}
}

func (l *loader) reach(s *step, seen map[*step]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	for _, t := range s.targets() {
		if !t.none() {
			l.reach(l.set.flows[t.flow].steps[t.step], seen)
		}
	}
}

// spins says whether goal is reached from s without an ask, or a call, whose result may differ.
func (l *loader) spins(s, goal *step, seen map[*step]bool) bool {
	if seen[s] || l.waits(s, map[*step]bool{}) {
		return false
	}
	seen[s] = true
	for _, t := range s.targets() {
		if t.none() {
			continue
		}
		next := l.set.flows[t.flow].steps[t.step]
		if next == goal || l.spins(next, goal, seen) {
			return true
		}
	}
	return false
}

// waits says whether a step asks or calls: itself, or on every way through the flow that it borrows.
func (l *loader) waits(s *step, seen map[*step]bool) bool {
	if s.ask != nil || s.call != nil {
		return true
	}
	return s.sub != nil && !l.quiet(l.set.flows[s.sub.flow].steps[flowStart], seen)
}

// quiet says whether a flow can be gone through from a step to its end without an ask or a call.
func (l *loader) quiet(s *step, seen map[*step]bool) bool {
	if seen[s] || l.waits(s, seen) {
		return false
	}
	seen[s] = true
	return slices.ContainsFunc(s.links(), func(k link) bool {
		return k.to.none() || l.quiet(l.set.flows[k.to.flow].steps[k.to.step], seen)
	})
}

// checkExit refuses a loop of questions that no answer leads out of. A conversation that captures every answer stays on
// purpose.
func (l *loader) checkExit(rf rawFlow) {
	free := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for name, s := range rf.steps {
			if !free[name] && l.leaves(s, free) {
				free[name], grown = true, true
			}
		}
	}
	for _, name := range rf.order {
		if !free[name] {
			l.bad(rf.file, rf.nodes[name].Key, "请加一个能出去的选项，例如 {label: 回主菜单, goto: menu.start}，或者让某一步不写 next", "走到步骤 %s 就出不去了：怎么回答都回到原来的几步", name)
			return // the others stand in the same loop, or before it
		}
	}
}

// leaves says whether a step ends its flow, leads to another, borrows one that does, or leads to a step that leaves.
func (l *loader) leaves(s *step, free map[string]bool) bool {
	if s.home || s.ask != nil && s.ask.capture || s.sub != nil && l.set.flows[s.sub.flow].wanders() {
		return true
	}
	return slices.ContainsFunc(s.links(), func(k link) bool {
		return k.to.none() || k.to.flow != s.flow.id || free[k.to.step]
	})
}

// wanders says whether a flow leads to another.
func (f *flow) wanders() bool {
	for _, s := range f.steps {
		if slices.ContainsFunc(s.links(), func(k link) bool { return !k.to.none() && k.to.flow != f.id }) {
			return true
		}
	}
	return false
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
