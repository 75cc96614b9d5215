package worry_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

func shipped(tb testing.TB) (*worry.Book, *course.Catalogue) {
	tb.Helper()
	c, err := course.Load(os.DirFS("../../dialogs/courses"))
	if err != nil {
		tb.Fatal(err)
	}
	b, err := worry.Load(os.DirFS("../../dialogs/worries"), c)
	if err != nil {
		tb.Fatal(err)
	}
	return b, c
}

type sentence struct {
	Ask  string      `yaml:"ask"`
	As   family.Role `yaml:"as"`
	Want []string    `yaml:"want"`
}

func sentences(tb testing.TB, file string) []sentence {
	tb.Helper()
	raw, err := os.ReadFile("../../dialogs/tests/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	var f struct {
		Questions []sentence `yaml:"questions"`
	}
	if err := yaml.UnmarshalWithOptions(raw, &f, yaml.Strict()); err != nil {
		tb.Fatal(err)
	}
	for i := range f.Questions {
		if f.Questions[i].As == "" {
			f.Questions[i].As = family.Parent
		}
	}
	return f.Questions
}

func TestWorriesAreHeardAsWhatTheyAre(t *testing.T) {
	b, _ := shipped(t)
	var right, total, wide, wrong, vain int
	for _, s := range sentences(t, "worries.yaml") {
		f, ok := b.Find(worry.Asked{Text: s.Ask, Role: s.As})
		if len(s.Want) == 0 {
			if ok && !f.Worry.Wide {
				vain++
				t.Logf("%s: taken for %s (%.2f)", s.Ask, f.Worry.ID, f.Score)
			}
			continue
		}
		total++
		switch {
		case ok && slices.Contains(s.Want, f.Worry.ID):
			right++
		case ok && f.Worry.Wide:
			wide++
			t.Logf("%s: only %s, want %s", s.Ask, f.Worry.ID, strings.Join(s.Want, " or "))
		case ok:
			wrong++
			t.Logf("%s: taken for %s (%.2f), want %s", s.Ask, f.Worry.ID, f.Score, strings.Join(s.Want, " or "))
		default:
			t.Logf("%s: not known, want %s", s.Ask, strings.Join(s.Want, " or "))
		}
	}
	t.Logf("%d of %d right, %d only widely, %d wrong; %d of chatter taken for a worry", right, total, wide, wrong, vain)
	if float64(right) < 0.85*float64(total) || float64(wrong) > 0.05*float64(total) || vain > 0 {
		t.Errorf("%d of %d right (85 %% are wanted), %d wrong (at most 5 %%), %d of chatter (none)", right, total, wrong, vain)
	}
}
