package dialog

import (
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// What is said to a text that is no answer to the question, or nothing that the flows know.

// wrong says what kind of answer is wanted; after the limit of tries it takes the way out.
func (r *run) wrong(s *plan.Step) {
	words := s.Ask.Retry.Render(r.get)
	if words == "" {
		words = r.set.plan.System.Retry + "\n" + s.Ask.Text.Render(r.get)
	}
	r.askAgain(s, words)
}

// askAgain asks once more, in these words.
func (r *run) askAgain(s *plan.Step, words string) {
	f := r.st.top()
	f.Tries++
	if s.Ask.Tries > 0 && f.Tries >= s.Ask.Tries {
		r.jump(s.Ask.GiveUp)
		r.proceed()
		return
	}
	r.reply(words, r.choices(s)...)
}

// miss meets a text that nothing understands: gently with choices, then with the way to a human, then by asking whether to
// call one.
func (r *run) miss() {
	r.out.Missed = true
	if r.env.Company && r.interrupted() { // the words were to the caller, who answers them; what waits is asked in its own words
		r.question()
		return
	}
	r.st.Misses++
	if r.st.Misses > len(r.set.plan.System.Miss) {
		r.offerHuman()
		return
	}
	if s := r.here(); s != nil && s.Ask != nil && r.st.top().Flow != plan.FlowMenu && r.st.Misses == 1 {
		r.wrong(s)
		return
	}
	words := r.set.plan.System.Miss[r.st.Misses-1]
	if r.interrupted() { // the choices mean nothing without their question
		words += "\n\n" + r.asked().Text.Render(r.get)
	}
	r.reply(words, r.ways()...)
}

// ways are the choices under a text that was not understood: the question's own, or the menu, and at last a human.
func (r *run) ways() []channel.Choice {
	var choices []channel.Choice
	if s := r.here(); s != nil && s.Ask != nil {
		choices = r.choices(s)
	} else {
		choices = append(choices, channel.Choice{ID: menuWay, Label: r.set.plan.System.Menu})
	}
	if r.st.Misses == len(r.set.plan.System.Miss) {
		choices = append(choices, channel.Choice{ID: humanWay, Label: r.set.plan.System.Human})
	}
	return choices
}

// The ways out that stand in no flow.
var menuWay, humanWay = plan.ChoiceID("", "", "menu"), plan.ChoiceID("", "", "human")

// wayOut takes a number that was shown before a way out. Where the question has that number too, it was taken before.
func (r *run) wayOut(folded string) bool {
	n := hanzi.Ordinal(folded)
	if n < 1 || r.st.Misses < 1 {
		return false
	}
	ways := r.ways()
	if n > len(ways) {
		return false
	}
	switch ways[n-1].ID {
	case menuWay:
		r.home()
	case humanWay:
		r.enter(plan.FlowHuman)
	default:
		return false
	}
	return true
}
