package dialog

// Asks says whether a conversation waits for an answer to a question.
func (s *Set) Asks(st State) bool {
	r := &run{set: s, st: st}
	return r.asked() != nil
}

// Enter begins a flow, leaving whatever the conversation was at.
func (s *Set) Enter(st State, flowID string, env Env) Output {
	if s.flows[flowID] == nil {
		return Output{State: st}
	}
	r := &run{set: s, st: State{Version: s.Version}, env: env}
	r.enter(flowID)
	r.out.State = r.st
	return r.out
}
