package risk

import (
	"maps"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/problem"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// alternatives are the single-piece expressions that editors list in a category, each spelled out.
func alternatives(t *testing.T, j *Judge) map[string]int {
	t.Helper()
	var ps problem.Problems
	fresh := &Judge{byID: map[string]int{}}
	fsys := os.DirFS("../../dialogs/risk")
	fresh.loadDisguise(fsys, &ps)
	words := fresh.loadWords(fsys, &ps)
	out := map[string]int{}
	for n, parts := range j.parts {
		for _, p := range parts {
			if e := j.exprs[p.expr]; e.parts == 1 {
				out[string(words[n])] = e.cat
			}
		}
	}
	return out
}

func each(word string, f func(r rune, last bool) string) string {
	var b strings.Builder
	n := utf8.RuneCountInString(word)
	i := 0
	for _, r := range word {
		i++
		b.WriteString(f(r, i == n))
	}
	return b.String()
}

func TestNoListedDisguiseHidesAListedWord(t *testing.T) {
	j := judge(t)
	traditional := map[rune]rune{}
	for from := rune(0x3000); from < 1<<16; from++ {
		if to := hanzi.Simplified(from); to != from {
			traditional[to] = from
		}
	}
	looks := map[rune]rune{}
	for from, to := range j.dis.looks {
		looks[to] = from
	}
	splits := map[rune]string{}
	for halves, whole := range j.dis.splits {
		splits[whole] = string(halves[:])
	}
	swap := func(m map[rune]rune) func(rune, bool) string {
		return func(r rune, _ bool) string {
			if to, ok := m[r]; ok {
				return string(to)
			}
			return string(r)
		}
	}
	part := func(mark string) func(rune, bool) string {
		return func(r rune, last bool) string {
			if last {
				return string(r)
			}
			return string(r) + mark
		}
	}
	ways := map[string]func(r rune, last bool) string{
		"traditional characters": swap(traditional),
		"look-alikes":            swap(looks),
		"zero width":             part("\u200b"),
		"spaces":                 part(" "),
		"full stops":             part("."),
		"emoji":                  part("🔪"),
		"repeats":                func(r rune, _ bool) string { return string([]rune{r, r, r}) },
		"capitals":               func(r rune, _ bool) string { return strings.ToUpper(string(r)) },
		"full width": func(r rune, _ bool) string {
			if r > ' ' && r < 0x7F {
				return string(r + 0xFEE0)
			}
			return string(r)
		},
		"halves": func(r rune, _ bool) string {
			if s, ok := splits[r]; ok {
				return s
			}
			return string(r)
		},
	}
	const heard = "same sounds"
	alike := map[rune]rune{}
	for from, to := range j.dis.alike {
		alike[to] = from
	}
	bySound := map[string]func(r rune, last bool) string{heard: swap(alike)} // only of what is also heard by its sound
	lost := map[string]int{}
	words := 0
	for word, cat := range alternatives(t, j) {
		plain := j.Read(word)
		if !plain.Calls() {
			continue
		}
		words++
		try := maps.Clone(ways)
		if j.cats[cat].Sound {
			maps.Copy(try, bySound)
		}
		for name, way := range try {
			least := plain.Level
			if name == heard || plain.Rule == RuleLearned {
				least = Medium // what else a sentence says, and only as it is written, may be lost
			}
			if hidden := each(word, way); !j.Read(hidden).Level.AtLeast(least) {
				if lost[name]++; lost[name] < 6 {
					t.Logf("%s of %s (%s) is %s, by %s as %q only %s", word, j.cats[cat].id, j.cats[cat].Name, plain.Level, name, hidden, j.Read(hidden).Level)
				}
			}
		}
	}
	if words < 1000 {
		t.Errorf("only %d listed words ring alone: is the lexicon read?", words)
	}
	t.Log(words, "listed words; lost:", lost)
	for name, n := range lost { // the reader weighs the whole text: what it calls only just, it may miss once it is disguised
		if n*250 > words {
			t.Errorf("%s hides %d of %d listed words, want 1 in 250 at most", name, n, words)
		}
	}
}
