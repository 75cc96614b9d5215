package load

import "github.com/xinqiao-bot/xinqiao/internal/dialog/plan"

// checkCommits looks that nothing is booked, sent or signed up before somebody has seen it whole and said yes: the only ways
// to a command that commits are choices that mean yes.
func (l *loader) checkCommits() {
	for _, rf := range l.raw {
		for _, name := range rf.Order {
			s := rf.Steps[name]
			c := &stepCompiler{loader: l, raw: rf, step: s, node: rf.nodes[name]}
			if at := l.behindGates(plan.Target{Flow: rf.ID, Step: name}); name == plan.FlowStart && !at.None() && l.commits(at) {
				c.bad("call", "请先问一句，让人看清楚再点头", "%s 一进流程就办了", l.plan.Flows[at.Flow].Steps[at.Step].Call.Command)
			}
			for _, to := range unasked(s) {
				to = l.behindGates(to)
				if to.None() || s.Need != nil { // a gate is gone through by whoever came to it
					continue
				}
				if call := l.plan.Flows[to.Flow].Steps[to.Step].Call; call != nil && l.commands[call.Command].Commits {
					c.bad("", "请先把要办的事说一遍，再由一个写着 means: yes 的选项走到这一步", "没有等人点头，就去 %s 办 %s 了", to.Step, call.Command)
				}
			}
		}
	}
}

// commits says whether a step runs a command that commits.
func (l *loader) commits(at plan.Target) bool {
	call := l.plan.Flows[at.Flow].Steps[at.Step].Call
	return call != nil && l.commands[call.Command].Commits
}

// behindGates is the step to which a way leads that goes through gates.
func (l *loader) behindGates(to plan.Target) plan.Target {
	for seen := map[plan.Target]bool{}; !to.None() && !seen[to]; {
		seen[to] = true
		s := l.plan.Flows[to.Flow].Steps[to.Step]
		if s.Need == nil {
			break
		}
		to = s.Next
	}
	return to
}

// unasked are the steps that may follow without a choice that means yes.
func unasked(s *plan.Step) []plan.Target {
	if s.Ask == nil {
		return s.Targets()
	}
	out := []plan.Target{s.Next, s.Ask.GiveUp, s.Ask.Location, s.Ask.Back}
	for _, c := range s.Ask.Choices {
		if c.Means != plan.MeansYes {
			out = append(out, c.To)
		}
	}
	return out
}

// checkKept looks whether what keeps a text can: a call of the same flow, for a text that goes into a variable.
func (l *loader) checkKept() {
	for _, rf := range l.raw {
		for _, name := range rf.Order {
			a := rf.Steps[name].Ask
			if a == nil || a.KeptBy == "" {
				continue
			}
			c := &stepCompiler{loader: l, raw: rf, step: rf.Steps[name], node: rf.nodes[name]}
			if to := rf.Steps[a.KeptBy]; to == nil || to.Call == nil {
				c.bad("ask", "写同一个流程里一个 call 步骤的名字", "kept_by 的 %s 不是一个 call", a.KeptBy)
			}
			if a.Kind != plan.AskText || a.Into == "" {
				c.bad("ask", "请写 type: text 和 into", "写了 kept_by，却没有把话记到变量里")
			}
		}
	}
}
