package dialog

// Asks says whether a conversation waits for an answer to a question.
func (s *Set) Asks(st State) bool {
	r := &run{set: s, st: st}
	return r.asked() != nil
}
