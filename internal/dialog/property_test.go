package dialog_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// conversations checks a property of the shipped flows after every turn of any conversation.
func conversations(t *testing.T, longest int, holds func(a *anyone)) {
	t.Helper()
	set := shipped(t)
	rapid.Check(t, func(rt *rapid.T) {
		a := newAnyone(rt, set, longest)
		for range rapid.IntRange(1, 25).Draw(rt, "turns") {
			a.acts()
			holds(a)
		}
	})
}

func TestEveryConversationWaitsForAnAnswerOrForAGreeting(t *testing.T) {
	conversations(t, 4000, func(a *anyone) {
		if a.set.Asks(a.state) {
			return
		}
		if len(a.state.Stack) > 0 {
			a.fails("the conversation stands at a step that asks nothing")
		}
		again := *a
		if replies := again.says("你好"); len(replies) == 0 || !again.set.Asks(again.state) {
			a.fails("a greeting does not wake the conversation: %+v", replies)
		}
	})
}

func TestEveryTextIsAnswered(t *testing.T) {
	conversations(t, 200, func(a *anyone) {
		again := *a
		if replies := again.says(a.anything()); len(replies) == 0 {
			again.fails("nothing was answered")
		}
	})
}

func TestTheWordMenuLeadsHomeFromEverywhere(t *testing.T) {
	conversations(t, 200, func(a *anyone) {
		for _, word := range []string{"菜单", "主菜单。", "回到菜单吧"} {
			again := *a
			if replies := again.says(word); again.state.Running() != "menu" || !again.set.Asks(again.state) || len(replies) == 0 {
				again.fails("%s leads to %q, not to the menu", word, again.state.Running())
			}
		}
	})
}

// Two kilobytes hold for what is shipped; here every text that a command brings may be sixty characters long at once, and one
// conversation in thousands has four of them.
func TestAStateStaysBelowTwoAndAHalfKilobytes(t *testing.T) {
	conversations(t, 100, func(a *anyone) {
		raw, err := json.Marshal(a.state)
		if err != nil {
			a.fails("the state cannot be written: %v", err)
		}
		if len(raw) >= 2560 {
			a.fails("the state has %d bytes:\n%s", len(raw), raw)
		}
	})
}
