package dialog

import (
	"slices"
	"strings"
)

// spins says whether goal is reached from s without an ask, or a call, whose result may differ.
func (l *loader) spins(s, goal *step, quiet map[string]bool, seen map[*step]bool) bool {
	if seen[s] || s.waits(quiet) {
		return false
	}
	seen[s] = true
	for _, t := range s.targets() {
		if t.none() {
			continue
		}
		next := l.set.flows[t.flow].steps[t.step]
		if next == goal || l.spins(next, goal, quiet, seen) {
			return true
		}
	}
	return false
}

// waits says whether a step asks or calls: itself, or on every way through the flow that it borrows.
func (s *step) waits(quiet map[string]bool) bool {
	return s.ask != nil || s.call != nil || s.sub != nil && !quiet[s.sub.flow]
}

// quietFlows are the flows that can be gone through, from their start to an end, without an ask or a call.
func (l *loader) quietFlows() map[string]bool {
	quiet := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for _, rf := range l.raw {
			if !quiet[rf.id] && l.ends(rf.steps[flowStart], quiet, map[*step]bool{}) {
				quiet[rf.id], grown = true, true
			}
		}
	}
	return quiet
}

func (l *loader) ends(s *step, quiet map[string]bool, seen map[*step]bool) bool {
	if seen[s] || s.waits(quiet) {
		return false
	}
	seen[s] = true
	return slices.ContainsFunc(s.links(), func(k link) bool {
		return k.to.none() || l.ends(l.set.flows[k.to.flow].steps[k.to.step], quiet, seen)
	})
}

// checkBorrowing refuses a flow that borrows itself, by way of others too: it would never come back to its caller.
func (l *loader) checkBorrowing(rf rawFlow) bool {
	for _, name := range rf.order {
		s := rf.steps[name]
		if s.sub == nil {
			continue
		}
		if way := l.borrows(s.sub.flow, rf.id, map[string]bool{}); way != nil {
			way = append([]string{rf.id}, way...)
			l.bad(rf.file, rf.nodes[name].Key, "请去掉其中一处 flow，或者改用 goto", "步骤 %s 绕回了自己的流程（%s），会没完没了", name, strings.Join(way, " → "))
			return true
		}
	}
	return false
}

// borrows is the way by which one flow borrows another; nil where it does not.
func (l *loader) borrows(from, to string, seen map[string]bool) []string {
	if from == to {
		return []string{to}
	}
	if seen[from] {
		return nil
	}
	seen[from] = true
	for _, name := range l.set.flows[from].order {
		if s := l.set.flows[from].steps[name]; s.sub != nil {
			if way := l.borrows(s.sub.flow, to, seen); way != nil {
				return append([]string{from}, way...)
			}
		}
	}
	return nil
}

// freeSteps are the steps from which some answer leads on: to the end of a flow, or back to the menu, over as many flows
// as it takes.
func (l *loader) freeSteps() map[*step]bool {
	free := map[*step]bool{}
	for grown := true; grown; {
		grown = false
		for _, rf := range l.raw {
			for _, name := range slices.Backward(rf.order) {
				if s := rf.steps[name]; !free[s] && l.leaves(s, free) {
					free[s], grown = true, true
				}
			}
		}
	}
	return free
}

// leaves says whether a step ends its flow, leads home or to a step that leaves, or borrows a flow that leads elsewhere.
func (l *loader) leaves(s *step, free map[*step]bool) bool {
	if s.home || s.sub != nil && l.wanders(l.set.flows[s.sub.flow], free) {
		return true
	}
	return slices.ContainsFunc(s.links(), func(k link) bool {
		return k.to.none() || k.to.flow == flowMenu && s.flow.id != flowMenu || free[l.set.flows[k.to.flow].steps[k.to.step]]
	})
}

// wanders says whether a flow leads to another that can be left.
func (l *loader) wanders(f *flow, free map[*step]bool) bool {
	for _, s := range f.steps {
		if slices.ContainsFunc(s.links(), func(k link) bool {
			return !k.to.none() && k.to.flow != f.id && (k.to.flow == flowMenu || free[l.set.flows[k.to.flow].steps[k.to.step]])
		}) {
			return true
		}
	}
	return false
}

// checkExit refuses a loop of questions that no answer leads out of.
func (l *loader) checkExit(rf rawFlow, free map[*step]bool) {
	for _, name := range rf.order {
		if !free[rf.steps[name]] {
			l.bad(rf.file, rf.nodes[name].Key, "请加一个能出去的选项，例如 {label: 回主菜单, goto: menu.start}，或者让某一步不写 next", "走到步骤 %s 就出不去了：怎么回答都回到原来的几步", name)
			return // the others stand in the same loop, or before it
		}
	}
}
