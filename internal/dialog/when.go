package dialog

import (
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// The forms in which a day or a time is kept in a variable; they sort as they follow one another.
const (
	dateForm     = time.DateOnly
	datetimeForm = "2006-01-02 15:04"
	timeForm     = "15:04"
)

// answered is what a text says to a question whose answers have one written form.
type answered struct {
	value string
	heard hanzi.Heard
	past  bool // it is over, and the question is not about what is over
	time  bool // what is missing is the time, not the day
}

// reading reads a text as a day, a time or a telephone number; for other kinds of question it says nothing.
func reading(a *plan.Ask, text string, now time.Time) answered {
	switch a.Kind {
	case plan.AskDate:
		day, h := hanzi.Day(text, now)
		return answered{value: day.Format(dateForm), heard: h, past: h == hanzi.Whole && !a.Past && !day.AddDate(0, 0, 1).After(now)}
	case plan.AskDatetime:
		at, h := hanzi.Moment(text, now)
		_, day := hanzi.Day(text, now)
		return answered{value: at.Format(datetimeForm), heard: h, past: h == hanzi.Whole && !a.Past && at.Before(now), time: day == hanzi.Whole}
	case plan.AskTime:
		minutes, h := hanzi.Clock(text)
		return answered{value: time.Time{}.Add(time.Duration(minutes) * time.Minute).Format(timeForm), heard: h, time: true}
	case plan.AskPhone:
		if phone, ok := hanzi.Phone(text); ok {
			return answered{value: phone, heard: hanzi.Whole}
		}
	}
	return answered{}
}

// unclear asks again where a text speaks of a day or a time but not of exactly one, in the step's own words if it has such.
func (r *run) unclear(s *plan.Step, said answered) {
	words := r.set.plan.System.HalfDay
	if said.time {
		words = r.set.plan.System.HalfTime
	}
	if own := s.Ask.Retry.Render(r.get); own != "" {
		words = own
	}
	r.askAgain(s, words)
}
