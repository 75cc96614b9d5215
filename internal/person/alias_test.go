package person_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/person"
)

func TestAMarkIsAPlantAndANumber(t *testing.T) {
	form := regexp.MustCompile(`^\p{Han}{2,3} \d+$`)
	names := map[string]bool{}
	for range 5000 {
		m := person.NewMark(4)
		if !form.MatchString(m) || len(m[strings.Index(m, " ")+1:]) != 4 {
			t.Fatalf("mark %q, want a plant of two or three characters and four digits", m)
		}
		names[m[:strings.Index(m, " ")]] = true
	}
	if len(names) < 60 {
		t.Errorf("%d plants in use, want at least 60", len(names))
	}
	if m := person.NewMark(6); len(m[strings.Index(m, " ")+1:]) != 6 {
		t.Errorf("mark %q, want six digits", m)
	}
}

func TestTheAliasSaysWhomAPersonSpeaksAs(t *testing.T) {
	for audience, want := range map[person.Audience]string{
		person.Parent: "家长·木棉 4127", person.Student: "同学·木棉 4127", person.Unknown: "访客·木棉 4127",
	} {
		if got := person.Alias(audience, "木棉 4127"); got != want {
			t.Errorf("Alias(%q) = %q, want %q", audience, got, want)
		}
	}
}
