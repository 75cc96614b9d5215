package plan

import (
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Holds says whether a number, or the length of a text, is within the bounds of the question.
func (a *Ask) Holds(n float64) bool { return n >= a.Min && (a.Max == 0 || n <= a.Max) }

// Means is the choice that stands for the assent or the refusal that a text is, -1 where there is none.
func (a *Ask) Means(raw string) int {
	yes, ok := hanzi.YesNo(raw)
	if !ok {
		return -1
	}
	want := MeansNo
	if yes {
		want = MeansYes
	}
	return slices.IndexFunc(a.Choices, func(c Choice) bool { return c.Means == want })
}

// Has says whether a text says one of the written choices.
func (a *Ask) Has(text string) bool {
	folded := hanzi.Fold(text)
	if _, ok := a.Lower[folded]; ok {
		return true
	}
	return slices.ContainsFunc(a.Choices, func(c Choice) bool { return Says(folded, hanzi.Fold(c.Label)) })
}

// Says says whether a text says a label and little more, and does not take it back: "不是完全没有" is no "完全没有".
func Says(folded, label string) bool {
	before, after, found := strings.Cut(folded, label)
	if !found || label == "" || len(folded) > 3*len(label) {
		return false
	}
	if near := []rune(before); len(near) > 3 {
		before = string(near[len(near)-3:])
	}
	return !strings.ContainsAny(before+after, "不没別别非无無未")
}

// Written is the written choice in whose words a text consists, fillers and particles aside.
func (a *Ask) Written(folded string) (int, bool) {
	i, ok := a.Lower[folded]
	if !ok {
		i, ok = a.Lower[hanzi.Bare(folded)]
	}
	return i, ok
}
