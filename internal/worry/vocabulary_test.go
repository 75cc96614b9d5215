package worry

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Looking a text through once finds just what looking for each word finds.
func TestATextSaysTheWordsThatStandInIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("作业拖a 不")), 0, 4, -1)
		v, all := newVocabulary(), rapid.SliceOf(word).Draw(t, "words")
		for _, w := range all {
			v.number(w)
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("作业拖a 不写")), 0, 12, -1).Draw(t, "text")
		said := v.in(text)
		for _, w := range all {
			if got, want := said.says(v.number(w)), w != "" && strings.Contains(text, w); got != want {
				t.Fatalf("%q says %q: %v", text, w, got)
			}
		}
	})
}
