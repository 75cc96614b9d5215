package topics

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAGramHasItsPlaceAndAnotherHasNone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gram := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 20))
		grams := rapid.SliceOfDistinct(gram, rapid.ID[uint64]).Draw(t, "grams")
		n := newNumbers(grams)
		for i, g := range grams {
			if at, known := n.of(g); !known || int(at) != i {
				t.Fatalf("%d stands at %d (%v), want %d", g, at, known, i)
			}
		}
		other := gram.Filter(func(g uint64) bool {
			for _, known := range grams {
				if g == known {
					return false
				}
			}
			return true
		}).Draw(t, "other")
		if _, known := n.of(other); known {
			t.Fatalf("%d is known", other)
		}
	})
}
