package survey

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// sit answers every item in any way that a person of any age and sex may.
func sit(t *rapid.T, s *Scale) Run {
	r := Run{Survey: s.ID, Version: s.version, Age: rapid.IntRange(3, 90).Draw(t, "age"), Sex: rapid.SampledFrom([]Sex{"", Female, Male}).Draw(t, "sex")}
	for range s.Items {
		least := 0
		if s.skippable(r) {
			least = skippedItem
		}
		next, _, ok := s.answer(r, fmt.Sprint(rapid.IntRange(least, len(s.Options)-1).Draw(t, "answer")))
		if !ok {
			t.Fatalf("the answer after %v is not taken", r.Answers)
		}
		r = next
	}
	return r
}

// owners are the bands that claim a score: those it lies in, or the one below the gap it lies in.
func owners(bands []Band, score float64) []string {
	var ids []string
	for i, b := range bands {
		above := i < len(bands)-1 && score > b.To && score < bands[i+1].From
		if score >= b.From && score <= b.To || above {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

// oneBand holds a scale to what a person relies on: any answers have one meaning, for the whole and for every part.
func oneBand(t *rapid.T, s *Scale) {
	r := sit(t, s)
	o := s.outcome(r)
	if low, high := s.reach(); o.Score < low || o.Score > high {
		t.Fatalf("%s: %v points for %v, it reaches from %v to %v", s.ID, o.Score, r.Answers, low, high)
	}
	if in := owners(o.Bands, o.Score); !slices.Equal(in, []string{o.Band.ID}) {
		t.Fatalf("%s: %v points for %v are in the bands %v, the result says %q", s.ID, o.Score, r.Answers, in, o.Band.ID)
	}
	if len(o.Subs) != len(s.Subs) {
		t.Fatalf("%s: %d of %d subscales have a result", s.ID, len(o.Subs), len(s.Subs))
	}
	for _, sub := range s.Subs {
		got := o.Subs[sub.ID]
		if in := owners(sub.Bands, got.Score); !slices.Equal(in, []string{got.Band.ID}) {
			t.Fatalf("%s: %v points of %s are in the bands %v, the result says %q", s.ID, got.Score, sub.ID, in, got.Band.ID)
		}
	}
}

func TestAnyAnswersToAShippedScaleFallIntoOneBandOfItAndOfEachPart(t *testing.T) {
	lib, err := Load(os.DirFS("../../dialogs/surveys"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range lib.scales {
		t.Run(s.ID, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { oneBand(rt, s) })
		})
	}
}

// TestWhatIsCheckedFallsIntoOneBand draws scales as editors may write them, with bands that fit and bands that do not:
// what Load takes gives any answers one meaning.
func TestWhatIsCheckedFallsIntoOneBand(t *testing.T) {
	taken := 0
	rapid.Check(t, func(rt *rapid.T) {
		lib, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(anyScale(rt))}})
		if err != nil && !strings.Contains(err.Error(), "例子应得") { // its worked example is checked last, and may be wrong
			return
		}
		taken++
		oneBand(rt, lib.scales[0])
	})
	if taken == 0 {
		t.Error("every drawn scale was refused: the property was never put to the test")
	}
}

// anyScale writes a scale with two to four options, one to five items, and a second band that begins about where the
// first one ends.
func anyScale(t *rapid.T) string {
	var b strings.Builder
	scoring := rapid.SampledFrom([]Scoring{Sum, Mean, Weighted}).Draw(t, "scoring")
	items, most := rapid.IntRange(1, 5).Draw(t, "items"), rapid.IntRange(1, 3).Draw(t, "most")
	factor := 1
	if scoring != Weighted {
		factor = rapid.IntRange(1, 4).Draw(t, "factor")
	}
	fmt.Fprintf(&b, "id: a\ntitle: 题\nabout: 说明\nsource: 来源\nlicence: 许可\nscoring: %s\nfactor: %d\n", scoring, factor)
	fmt.Fprintf(&b, "skips: %d\noptions:\n", rapid.IntRange(0, items-1).Draw(t, "skips"))
	for i := range most + 1 {
		fmt.Fprintf(&b, "  - {label: 选项%d, score: %d}\n", i, i)
	}
	high := float64(most * factor)
	if scoring == Sum {
		high *= float64(items)
	}
	b.WriteString("items:\n")
	weights := 0.0
	for i := range items {
		weight := 1.0
		if scoring == Weighted {
			weight = float64(rapid.IntRange(1, 6).Draw(t, "weight")) / 2
		}
		weights += weight
		fmt.Fprintf(&b, "  - {id: \"%d\", text: 题, reverse: %t, weight: %v}\n", i, rapid.Bool().Draw(t, "reverse"), weight)
	}
	if scoring == Weighted {
		high *= weights
	}
	fits := 0.1 // how far apart two bands should be written
	if scoring == Sum {
		fits = float64(factor)
	}
	cut := float64(factor * rapid.IntRange(0, int(high)/factor).Draw(t, "cut"))
	gap := rapid.SampledFrom([]float64{fits, fits, fits, 0, 1, 2}).Draw(t, "gap")
	fmt.Fprintf(&b, "bands:\n  - {id: low, from: 0, to: %v, name: 低, text: 低}\n", cut)
	if cut+gap <= high {
		fmt.Fprintf(&b, "  - {id: high, from: %v, to: %v, name: 高, text: 高}\n", cut+gap, high)
	}
	b.WriteString("examples: [{answers: [" + strings.TrimSuffix(strings.Repeat("0, ", items), ", ") + "], score: 0, band: low}]\n")
	return b.String()
}
