package load

import (
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// spins says whether goal is reached from s without an ask, or a call, whose result may differ.
func (l *loader) spins(s, goal *plan.Step, quiet map[string]bool, seen map[*plan.Step]bool) bool {
	if seen[s] || waits(s, quiet) {
		return false
	}
	seen[s] = true
	for _, t := range s.Targets() {
		if t.None() {
			continue
		}
		next := l.plan.Flows[t.Flow].Steps[t.Step]
		if next == goal || l.spins(next, goal, quiet, seen) {
			return true
		}
	}
	return false
}

// waits says whether a step asks or calls: itself, or on every way through the flow that it borrows.
func waits(s *plan.Step, quiet map[string]bool) bool {
	return s.Ask != nil || s.Call != nil || s.Need != nil || s.Sub != nil && !quiet[s.Sub.Flow]
}

// quietFlows are the flows that can be gone through, from their start to an end, without an ask or a call.
func (l *loader) quietFlows() map[string]bool {
	quiet := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for _, rf := range l.raw {
			if !quiet[rf.ID] && l.ends(rf.Steps[plan.FlowStart], quiet, map[*plan.Step]bool{}) {
				quiet[rf.ID], grown = true, true
			}
		}
	}
	return quiet
}

func (l *loader) ends(s *plan.Step, quiet map[string]bool, seen map[*plan.Step]bool) bool {
	if seen[s] || waits(s, quiet) {
		return false
	}
	seen[s] = true
	return slices.ContainsFunc(s.Links(), func(k plan.Link) bool {
		return k.To.None() || l.ends(l.plan.Flows[k.To.Flow].Steps[k.To.Step], quiet, seen)
	})
}

// checkBorrowing refuses a flow that borrows itself, by way of others too: it would never come back to its caller.
func (l *loader) checkBorrowing(rf rawFlow) bool {
	for _, name := range rf.Order {
		s := rf.Steps[name]
		if s.Sub == nil {
			continue
		}
		if way := l.borrows(s.Sub.Flow, rf.ID, map[string]bool{}); way != nil {
			way = append([]string{rf.ID}, way...)
			l.bad(rf.File, rf.nodes[name].Key, "请去掉其中一处 flow，或者改用 goto", "步骤 %s 绕回了自己的流程（%s），会没完没了", name, strings.Join(way, " → "))
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
	for _, name := range l.plan.Flows[from].Order {
		if s := l.plan.Flows[from].Steps[name]; s.Sub != nil {
			if way := l.borrows(s.Sub.Flow, to, seen); way != nil {
				return append([]string{from}, way...)
			}
		}
	}
	return nil
}

// freeSteps are the steps from which some answer leads on: to the end of a flow, or back to the menu, over as many flows
// as it takes.
func (l *loader) freeSteps() map[*plan.Step]bool {
	free := map[*plan.Step]bool{}
	for grown := true; grown; {
		grown = false
		for _, rf := range l.raw {
			for _, name := range slices.Backward(rf.Order) {
				if s := rf.Steps[name]; !free[s] && l.leaves(s, free) {
					free[s], grown = true, true
				}
			}
		}
	}
	return free
}

// leaves says whether a step ends its flow, leads home or to a step that leaves, or borrows a flow that leads elsewhere.
func (l *loader) leaves(s *plan.Step, free map[*plan.Step]bool) bool {
	if s.Home || s.Sub != nil && l.wanders(l.plan.Flows[s.Sub.Flow], free) {
		return true
	}
	return slices.ContainsFunc(s.Links(), func(k plan.Link) bool {
		return k.To.None() || k.To.Flow == plan.FlowMenu && s.Flow.ID != plan.FlowMenu || free[l.plan.Flows[k.To.Flow].Steps[k.To.Step]]
	})
}

// wanders says whether a flow leads to another that can be left.
func (l *loader) wanders(f *plan.Flow, free map[*plan.Step]bool) bool {
	for _, s := range f.Steps {
		if slices.ContainsFunc(s.Links(), func(k plan.Link) bool {
			return !k.To.None() && k.To.Flow != f.ID && (k.To.Flow == plan.FlowMenu || free[l.plan.Flows[k.To.Flow].Steps[k.To.Step]])
		}) {
			return true
		}
	}
	return false
}

// checkExit refuses a loop of questions that no answer leads out of.
func (l *loader) checkExit(rf rawFlow, free map[*plan.Step]bool) {
	for _, name := range rf.Order {
		if !free[rf.Steps[name]] {
			l.bad(rf.File, rf.nodes[name].Key, "请加一个能出去的选项，例如 {label: 回主菜单, goto: menu.start}，或者让某一步不写 next", "走到步骤 %s 就出不去了：怎么回答都回到原来的几步", name)
			return // the others stand in the same loop, or before it
		}
	}
}
