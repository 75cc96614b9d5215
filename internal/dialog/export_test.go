package dialog

// What tests look at beside what a conversation says.
const MaxPersonText = maxPersonText

// Bind is the ID of a choice as it stands under the question with a number.
func Bind(id string, turn int) string { return bind(id, turn) }

// Top is the flow that runs.
func (st State) Top() *Frame { return st.top() }

// Asks says whether a conversation waits for an answer to a question.
func (s *Set) Asks(st State) bool {
	r := &run{set: s, st: st}
	return r.asked() != nil
}

// Enter begins a flow, leaving whatever the conversation was at.
func (s *Set) Enter(st State, flowID string, env Env) Output {
	if s.plan.Flows[flowID] == nil {
		return Output{State: st}
	}
	r := &run{set: s, st: State{Version: s.Version}, env: env}
	r.enter(flowID)
	r.out.State = r.st
	return r.out
}
