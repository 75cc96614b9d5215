package dialog

import (
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// question asks what the conversation waits for.
func (r *run) question() {
	s := r.here()
	r.stopped = true
	r.reply(s.Ask.Text.Render(r.get), r.choices(s)...)
}

// choices are what can be tapped at a step: those of a variable first, then the written ones.
func (r *run) choices(s *plan.Step) []channel.Choice {
	turn, offered := r.st.top().Turn, r.offered(s)
	if len(offered)+len(s.Ask.Choices) == 0 {
		return nil
	}
	out := make([]channel.Choice, 0, len(offered)+len(s.Ask.Choices))
	for _, c := range offered {
		out = append(out, channel.Choice{ID: bind(plan.ChoiceID(s.Flow.ID, s.ID, c.Saying()), turn), Label: c.Label})
	}
	for _, c := range s.Ask.Choices {
		out = append(out, channel.Choice{ID: bind(c.ID, turn), Label: c.Label, Group: c.Group})
	}
	return out
}

// offered are the choices that a variable holds.
func (r *run) offered(s *plan.Step) []channel.Choice {
	if s.Ask.From == "" {
		return nil
	}
	choices, _ := r.get(s.Ask.From).([]channel.Choice)
	return choices
}

// unshown are the choices that a day or a time may mean beside those that are shown.
func (r *run) unshown(s *plan.Step) []channel.Choice {
	if s.Ask.Also == "" {
		return nil
	}
	choices, _ := r.get(s.Ask.Also).([]channel.Choice)
	return choices
}

// offerAnew forgets the choices of a question, so that it offers what there is when it is asked again.
func (f *Frame) offerAnew(a *plan.Ask) {
	if a.Source != "" {
		delete(f.Vars, a.From)
		delete(f.Vars, a.Also)
	}
}
