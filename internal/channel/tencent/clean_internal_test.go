package tencent

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestACleanTextHasNoUncleanCharacter(t *testing.T) {
	t.Parallel()
	odd := rapid.SampledFrom([]string{"\x7f", "\u0085", "\u2028", "\ufeff", "\xe4", "\xe4\xb8", "\xe9\xbf\xbf", "\xe3\x80\x80", "\ufffe", "\U0001fffe", "\n", "\r", "中", "a", "é", "😀"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.OneOf(odd, rapid.String())).Draw(t, "parts"), "")
		if got, want := isClean(text), !strings.ContainsFunc(text, Unclean); got != want {
			t.Fatalf("%q is clean: %v", text, got)
		}
	})
}
