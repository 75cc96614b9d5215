package dialog

// checkCommits looks that nothing is booked, sent or signed up before somebody has seen it whole and said yes: the only ways
// to a command that commits are choices that mean yes.
func (l *loader) checkCommits() {
	for _, rf := range l.raw {
		for _, name := range rf.order {
			s := rf.steps[name]
			c := &stepCompiler{loader: l, raw: rf, step: s, node: rf.nodes[name]}
			if s.call != nil && l.set.commands[s.call.command].Commits && name == flowStart {
				c.bad("call", "请先问一句，让人看清楚再点头", "%s 一进流程就办了", s.call.command)
			}
			for _, to := range s.unasked() {
				if to.none() {
					continue
				}
				if call := l.set.flows[to.flow].steps[to.step].call; call != nil && l.set.commands[call.command].Commits {
					c.bad("", "请先把要办的事说一遍，再由一个写着 means: yes 的选项走到这一步", "没有等人点头，就去 %s 办 %s 了", to.step, call.command)
				}
			}
		}
	}
}

// unasked are the steps that may follow without a choice that means yes.
func (s *step) unasked() []target {
	if s.ask == nil {
		return s.targets()
	}
	out := []target{s.next, s.ask.giveUp, s.ask.location, s.ask.back}
	for _, c := range s.ask.choices {
		if c.means != meansYes {
			out = append(out, c.to)
		}
	}
	return out
}
