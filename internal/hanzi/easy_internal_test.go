package hanzi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// chars are what texts are made of, and what the tables are for: marks that join the letter before them, wide and ringed
// forms, signs that nobody sees.
var chars = []rune("孩子不想上學怎么办國後裡 ，。！？、…“”‘’《》—·aAzZ09ＡＺ０９ａ　～＜<>+=$^`|\t\n\v\x00\x1c\x7f😀😭👍🏻❤️①⓵❶🔟㈱ﬁİıßée\u0301\u0338\u200d\u200b\ufeff\u00a0\u0085か\u3099ｶﾞ한\u1112\u1161가\u115f龦豈㐀鿿\U00020000\ufffd")

func TestOrdinaryTextsAreFoldedAsTheTablesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.StringOf(rapid.SampledFrom(chars)).Draw(t, "text"))
	})
	for r := rune(0); r < 0x20000; r += 1 + r/0x3100*6 { // every one of those below the ideographs
		check(t, "学"+string(r)+"a")
	}
	check(t, "半\xe5个")
	files, err := filepath.Glob("../../dialogs/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no content to read: %v", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			check(t, line)
		}
	}
}

func check(t rapid.TB, s string) {
	t.Helper()
	if got, want := Fold(s), foldByTables(s); got != want {
		t.Fatalf("%q is folded to %q, by the tables to %q", s, got, want)
	}
	if got, want := even(s), evenByTables(s); got != want {
		t.Fatalf("%q is evened to %q, by the tables to %q", s, got, want)
	}
}

func TestEveryCantoneseWordHasASignByWhichPlainLooksForIt(t *testing.T) {
	for i := 0; i < len(cantoneseWords); i += 2 {
		if got := plain(cantoneseWords[i]); got != cantoneseWords[i+1] {
			t.Errorf("%s is read as %s, want %s: add one of its characters to the switch in plain", cantoneseWords[i], got, cantoneseWords[i+1])
		}
	}
}

func TestYesterdayIsHeardInCantonese(t *testing.T) {
	if got := plain("噚日下晝"); got != "昨天下午" {
		t.Errorf("噚日下晝 is read as %s", got)
	}
}

func TestWhatBeginsLikeNoMentionIsNone(t *testing.T) {
	var begins []rune
	for r := range mentionBegins {
		begins = append(begins, r)
	}
	slices.Sort(begins)
	like := rapid.OneOf(rapid.SampledFrom(begins), rapid.SampledFrom([]rune("周期末点钟半刻字号日月天后前上中下旬午晚早底初节年份:-/.apm5、到差廿的我ж")), rapid.Rune())
	rapid.Check(t, func(t *rapid.T) {
		if s := rapid.StringOf(like).Draw(t, "text"); !mentionBegins.fit(s) && mentions.MatchString(s) {
			t.Fatalf("%s begins with a mention, and is not looked at", s)
		}
	})
	for _, r := range begins {
		for _, next := range begins {
			if s := string(r) + string(next); !mentionBegins.fit(s) && mentions.MatchString(s) {
				t.Fatalf("%s begins with a mention, and is not looked at", s)
			}
		}
	}
}

func BenchmarkWishesOfNone(b *testing.B) {
	for b.Loop() {
		Wishes("孩子不想上学，怎么办？", time.Time{})
	}
}

func BenchmarkFold(b *testing.B) {
	for b.Loop() {
		Fold("孩子不想上学，怎么办？")
	}
}
