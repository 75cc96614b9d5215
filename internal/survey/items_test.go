package survey_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

func TestHowAnAudienceDidInAQuizIsSaidWithoutNumbersThatTellOfSomebody(t *testing.T) {
	k, lib := newKept(), shipped(t)
	s := &survey.Service{Library: func() *survey.Library { return lib }, Store: k, Clock: citytime.Clock{Now: func() time.Time { return time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC) }}}
	count := func(audience string, item, answered, correct int) {
		k.items = append(k.items, survey.ItemCount{Survey: "literacy", Month: "2026-03", Audience: audience, Item: fmt.Sprint(item), Answered: answered, Correct: correct})
	}
	count("teacher", 1, 40, 30)
	count("teacher", 2, 40, 36) // four were wrong
	count("teacher", 3, 40, 4)
	count("teacher", 4, 40, 35)
	count("teacher", 5, 9, 5) // a question that came at the end of the month
	count("student", 1, 9, 5)
	got, err := s.QuizTables(t.Context())
	if err != nil || len(got) != 1 {
		t.Fatalf("%d tables (%v), want the teachers' alone: nine people are too few", len(got), err)
	}
	shares := map[int]string{}
	for _, l := range got[0].Lines {
		shares[l.N] = l.Share
	}
	if d := cmp.Diff(map[int]string{1: "75%", 2: "几乎都答对", 3: "几乎都没答对", 4: "88%"}, shares); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got[0].People != 40 || got[0].Audience != "teacher" {
		t.Errorf("%+v", got[0])
	}
}
