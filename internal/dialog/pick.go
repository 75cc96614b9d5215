package dialog

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// heard is what a text says in answer to a question. Where it is no answer yet, words say what was not clear.
type heard struct {
	got   bool
	id    string // of the choice, "" where the answer is none
	value any
	to    plan.Target
	half  bool   // it speaks of what is asked, and not of exactly one; it may yet be a choice
	words func() // says what was not clear; nil where the text is no answer at all
}

// answer tries to read a text as an answer to the question.
func (r *run) answer(s *plan.Step, raw, folded string) bool {
	h := r.hears(s, raw, folded)
	switch {
	case h.got:
		r.rest(s, raw)
		r.take(s, h.id, h.value, h.to)
	case h.words != nil:
		h.words()
	default:
		return false
	}
	return true
}

// hears reads a text as an answer: a day or a time before the numbers of choices (5号 is a day, not the fifth choice), then
// the choices, then what else the question takes.
func (r *run) hears(s *plan.Step, raw, folded string) heard {
	a := s.Ask
	offered := r.offered(s)
	var half heard
	switch {
	case len(offered) > 0 && a.Kind.DayOrClock():
		if h := r.among(s, offered, raw); h.got || h.words != nil {
			return h
		}
	case a.Kind.First():
		if h := r.reads(s, raw); h.half {
			half = h
		} else if h.got || h.words != nil {
			return h
		}
	}
	if i, ok := a.Written(folded); ok {
		return chosen(a, i)
	}
	if n := hanzi.Ordinal(folded); n > 0 && !a.Kind.Figures() {
		if h := r.numberedChoice(s, n); h.got {
			return h
		}
	}
	for _, c := range offered {
		if hanzi.Fold(c.Label) == folded {
			return pickOffered(s, c)
		}
	}
	if i := a.Means(raw); i >= 0 {
		return chosen(a, i)
	}
	if a.Kind.Labels() {
		if h := r.partly(s, offered, folded); h.got {
			return h
		}
	}
	if !a.Kind.First() {
		return r.reads(s, raw)
	}
	return half
}

// reads reads a text as what the question takes beside its choices.
func (r *run) reads(s *plan.Step, raw string) heard {
	switch said := s.Ask.Read(raw, r.env.Now); {
	case said.Unfit:
		return heard{words: func() { r.wrong(s) }}
	case said.Past:
		return heard{words: func() { r.askAgain(s, r.set.plan.System.PastDay) }}
	case said.Heard == hanzi.Whole:
		return heard{got: true, value: said.Value}
	case said.Heard == hanzi.Half:
		return heard{half: true, words: func() { r.unclear(s, said) }}
	}
	return heard{}
}

func chosen(a *plan.Ask, i int) heard {
	c := a.Choices[i]
	return heard{got: true, id: c.ID, value: c.Value, to: c.To}
}

func pickOffered(s *plan.Step, c channel.Choice) heard {
	return heard{got: true, id: plan.ChoiceID(s.Flow.ID, s.ID, c.Saying()), value: c.Saying()}
}

// numberedChoice is the n-th choice of a question, those of a variable first.
func (r *run) numberedChoice(s *plan.Step, n int) heard {
	offered := r.offered(s)
	switch {
	case n <= len(offered):
		return pickOffered(s, offered[n-1])
	case n <= len(offered)+len(s.Ask.Choices):
		return chosen(s.Ask, n-1-len(offered))
	}
	return heard{}
}

func (r *run) choosesNumber(s *plan.Step, n int) bool {
	h := r.numberedChoice(s, n)
	if h.got {
		r.take(s, h.id, h.value, h.to)
	}
	return h.got
}

// among reads a day or a time as one of those offered. What is offered no more, or was only half said, is asked about.
func (r *run) among(s *plan.Step, offered []channel.Choice, raw string) heard {
	if s.Ask.Kind == plan.AskDate {
		day, h := hanzi.Day(raw, r.env.Now)
		if h == hanzi.Whole {
			for _, c := range slices.Concat(offered, r.unshown(s)) {
				if d, ok := dayOffered(c, r.env.Now); ok && d.Equal(day) {
					return pickOffered(s, c)
				}
			}
		}
		return r.notAmong(s, h, day.Format("1月2日"))
	}
	minutes, h := hanzi.Clock(raw)
	if h == hanzi.Whole {
		for _, c := range slices.Concat(offered, r.unshown(s)) {
			if m, h := hanzi.Clock(c.Label); h == hanzi.Whole && m == minutes {
				return pickOffered(s, c)
			}
		}
		return r.notAmong(s, h, plan.ClockLabel(minutes))
	}
	if from, to, ok := hanzi.PartOfDay(raw); ok {
		return heard{words: func() { r.narrow(s, offered, from, to) }}
	}
	return r.notAmong(s, h, "")
}

// notAmong says that what was wished is not offered, or which half of it was not understood.
func (r *run) notAmong(s *plan.Step, h hanzi.Heard, said string) heard {
	var words string
	switch h {
	case hanzi.Nothing:
		return heard{}
	case hanzi.Half:
		words = r.set.plan.System.HalfDay
		if s.Ask.Kind == plan.AskTime {
			words = r.set.plan.System.HalfTime
		}
	default:
		words = strings.ReplaceAll(r.set.plan.System.NotOffered, "{{said}}", said)
	}
	return heard{words: func() { r.reply(words, r.choices(s)...) }}
}

// dayOffered is the day that an offered choice stands for: its value 2026-12-05, or its label.
func dayOffered(c channel.Choice, now time.Time) (time.Time, bool) {
	if t, err := time.ParseInLocation(plan.DateForm, c.Saying(), citytime.Zone); err == nil {
		return t, true
	}
	t, h := hanzi.Day(c.Label, now)
	return t, h == hanzi.Whole
}

// narrow offers the times in a part of the day alone, or says that there are none.
func (r *run) narrow(s *plan.Step, offered []channel.Choice, from, to int) {
	within := slices.DeleteFunc(slices.Clone(offered), func(c channel.Choice) bool {
		m, h := hanzi.Clock(c.Label)
		return h != hanzi.Whole || m < from || m >= to
	})
	if len(within) == 0 {
		r.reply(r.set.plan.System.NoneThen, r.choices(s)...)
		return
	}
	r.put(s.Ask.From, within)
	r.question()
}

// unclear asks again where a text speaks of a day or a time but not of exactly one, in the step's own words if it has such.
func (r *run) unclear(s *plan.Step, said plan.Said) {
	words := r.set.plan.System.HalfDay
	if said.Clock {
		words = r.set.plan.System.HalfTime
	}
	if own := s.Ask.Retry.Render(r.get); own != "" {
		words = own
	}
	r.askAgain(s, words)
}

// partly takes a text that one choice alone contains, or that says one choice alone: "天河区的", "天河".
func (r *run) partly(s *plan.Step, offered []channel.Choice, folded string) heard {
	if utf8.RuneCountInString(folded) < 2 {
		return heard{}
	}
	found, index := 0, -1
	for i, c := range offered {
		if l := hanzi.Fold(c.Label); strings.Contains(l, folded) || plan.Says(folded, l) {
			found, index = found+1, i
		}
	}
	for i, c := range s.Ask.Choices {
		if l := hanzi.Fold(c.Label); strings.Contains(l, folded) || utf8.RuneCountInString(l) > 2 && plan.Says(folded, l) {
			found, index = found+1, len(offered)+i
		}
	}
	if found != 1 {
		return heard{}
	}
	return r.numberedChoice(s, index+1)
}

// Heard is what was said before the question is asked that it answers: a time beside a day, or the other day that
// somebody changes to. It lives no longer than the turn.
type Heard struct {
	Text string       `json:"t"`
	Kind plan.AskKind `json:"k,omitempty"` // of the question that it may answer, where it is not being changed
	At   []string     `json:"a,omitempty"` // the questions that it may change, the latest first
	From *Frame       `json:"f,omitempty"` // where the person stood who changes it
}

// rest keeps what else was said with a day for the question about the time.
func (r *run) rest(s *plan.Step, raw string) {
	if s.Ask.Kind != plan.AskDate {
		return
	}
	_, h := hanzi.Clock(raw)
	_, _, part := hanzi.PartOfDay(raw)
	if h == hanzi.Whole || part {
		r.st.Heard = &Heard{Text: raw, Kind: plan.AskTime}
	}
}

// heardBefore answers a question with what was said before it was asked; it reports whether nothing is left to ask.
func (r *run) heardBefore(s *plan.Step) bool {
	k := r.st.Heard
	if k == nil {
		return false
	}
	if k.From != nil {
		return r.changing(s, k)
	}
	if s.Ask.Kind != k.Kind {
		return false
	}
	r.st.Heard = nil
	return r.answeredBy(s, r.hears(s, k.Text, hanzi.Fold(k.Text)))
}

// saidBefore answers a question about a day or a time with what a variable holds of an earlier sentence, once; it reports
// whether nothing is left to ask.
func (r *run) saidBefore(s *plan.Step) bool {
	text, _ := r.get(s.Ask.Said).(string)
	if s.Ask.Said == "" || text == "" {
		return false
	}
	r.put(s.Ask.Said, "")
	h := r.among(s, r.offered(s), text)
	if h.got {
		r.rest(s, text)
	}
	return r.answeredBy(s, h)
}

// answeredBy takes an answer that was heard before its question, or says what of it was not clear.
func (r *run) answeredBy(s *plan.Step, h heard) bool {
	switch {
	case h.got:
		r.take(s, h.id, h.value, h.to)
	case h.words != nil:
		r.stopped = true
		h.words()
	default:
		return false
	}
	return true
}
