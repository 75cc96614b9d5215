package risk

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// other stands in the sound view for a syllable that no listed sound stands for.
const other = '\uE000'

// glyph is one character that carries meaning, with its place in the original text.
type glyph struct {
	r          rune
	start, end int32 // runes of the original
	clause     int32
	sentence   int32
	spaced     bool // something meaningless stood between the glyph before and this one
	stopped    bool // that something was a mark that ends a clause
	folded     bool // the sound view put it in place of something else
}

// disguise is what the editors know of ways to hide a word.
type disguise struct {
	looks  map[rune]rune    // one character for another
	splits map[[2]rune]rune // two halves for one character
	sounds map[string]rune  // a pinyin syllable for a character
	alike  map[rune]rune    // a character for one that sounds the same
	halves [1024]bool       // whether some split may end in a rune with these last ten bits
	marked [1024]bool       // the same for looks
	heard  [1024]bool       // the same for alike
}

// looked tells, without a look into the map for most runes, whether r is a look-alike.
func (d *disguise) looked(r rune) bool {
	if !d.marked[uint16(r)&1023] {
		return false
	}
	_, ok := d.looks[r]
	return ok
}

const (
	clauseMarks   = "，,；;：:、…"
	sentenceMarks = "。.！!？?\n\r"
)

// fold reduces a text to its glyphs: width, case, accents, traditional forms, look-alikes, halves and repeats are folded,
// marks and pictures dropped.
func (d *disguise) fold(text []rune, gs []glyph) []glyph {
	var clause, sentence int32
	spaced, stopped := false, false
	pushed := true // whether the mark seen last may start a new clause
	for i, r := range text {
		many := ""
		switch {
		case r < 0x80:
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
		case 0x4E00 <= r && r <= 0x9FFF, 0x3000 <= r && r <= 0x3020:
		case 0xFF01 <= r && r <= 0xFF5E: // full width, as Chinese marks are
			if r -= 0xFEE0; 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
		default:
			many = norm.NFKD.String(string(r))
		}
		one := [1]rune{r}
		few := one[:]
		if many != "" {
			few = []rune(many)
		}
		for _, r := range few {
			if r >= 0x80 && r < 0x3000 {
				r = unicode.ToLower(r)
			}
			r = hanzi.Simplified(r)
			if d.looked(r) {
				r = d.looks[r]
			}
			han := 0x4E00 <= r && r <= 0x9FFF
			if r >= 0x80 && !han && (unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == 0xFE0F) {
				continue // accents, zero-width characters and variation selectors do not even part two letters
			}
			if !han && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				if len(gs) > 0 {
					spaced = true
				}
				if strings.ContainsRune(sentenceMarks, r) {
					stopped = true
					if pushed {
						clause, sentence = clause+1, sentence+1
						pushed = false
					}
				} else if strings.ContainsRune(clauseMarks, r) {
					stopped = true
					clause++
				}
				continue
			}
			pushed = true
			n := len(gs)
			if n > 0 {
				last := &gs[n-1]
				if last.r == r {
					last.end = int32(i + 1)
					continue
				}
				if d.halves[uint16(r)&1023] {
					if whole, ok := d.splits[[2]rune{last.r, r}]; ok {
						last.r, last.end = whole, int32(i+1)
						continue
					}
				}
			}
			gs = append(gs, glyph{r: r, start: int32(i), end: int32(i + 1), clause: clause, sentence: sentence, spaced: spaced || n == 0, stopped: stopped})
			spaced, stopped = false, false
		}
	}
	spelled(gs)
	leet(gs)
	dotted(gs)
	return gs
}

// leastDotted is how many characters in a row, each with a mark after it, are words that somebody hid: 不.想.活.了.
const leastDotted = 2

// dotted draws characters that marks part one by one together into one clause.
func dotted(gs []glyph) {
	for i := 0; i < len(gs); {
		k := i + 1
		for (i == 0 || gs[i].stopped) && k < len(gs) && gs[k].stopped && (k+1 == len(gs) || gs[k+1].stopped) {
			k++
		}
		if k-i >= leastDotted {
			for n := i + 1; n < k; n++ {
				gs[n].clause, gs[n].sentence, gs[n].stopped = gs[i].clause, gs[i].sentence, false
			}
		}
		i = k
	}
}

// leastSpelled is how many single letters in a row are a word that somebody spelled out.
const leastSpelled = 5

// spelled draws letters that stand one by one together: w o x i a n g s i.
func spelled(gs []glyph) {
	for i := 0; i < len(gs); {
		j := i
		for j < len(gs) && latin(gs[j].r) && gs[j].spaced && (j == i || !gs[j].stopped) && (j+1 == len(gs) || gs[j+1].spaced || !latin(gs[j+1].r)) {
			j++
		}
		if j-i >= leastSpelled {
			for k := i + 1; k < j; k++ {
				gs[k].spaced = false
			}
		}
		i = max(j, i+1)
	}
}

func latin(r rune) bool { return 'a' <= r && r <= 'z' }

// leet reads digits inside Latin words as the letters that they look like.
func leet(gs []glyph) {
	for i := range gs {
		var to rune
		switch gs[i].r {
		case '1':
			to = 'i'
		case '0':
			to = 'o'
		case '3':
			to = 'e'
		case '5':
			to = 's'
		default:
			continue
		}
		before := i > 0 && latin(gs[i-1].r) && !gs[i].spaced
		after := i+1 < len(gs) && latin(gs[i+1].r) && !gs[i+1].spaced
		after2 := after && i+2 < len(gs) && latin(gs[i+2].r)
		if (before && after) || (after2 && (i == 0 || gs[i].spaced)) {
			gs[i].r = to
		}
	}
}

// soundOf is a listed word as the second view would show it, and whether that is any different.
func (d *disguise) soundOf(word []rune) (heard []rune, changed bool) {
	for _, r := range word {
		if to, ok := d.alike[r]; ok {
			r, changed = to, true
		}
		if n := len(heard); n > 0 && heard[n-1] == r {
			continue
		}
		heard = append(heard, r)
	}
	return heard, changed
}

// bySound is the second view: pinyin syllables and same-sounding characters become the character that a listed word has.
// It reports false when nothing had to be folded.
func (d *disguise) bySound(gs, out []glyph) ([]glyph, bool) {
	if !slices.ContainsFunc(gs, func(g glyph) bool { return latin(g.r) || d.heard[uint16(g.r)&1023] }) {
		return out, false
	}
	changed := false
	add := func(g glyph) {
		if n := len(out); n > 0 && out[n-1].r == g.r && g.r != other {
			out[n-1].end = g.end
			return
		}
		out = append(out, g)
	}
	for i := 0; i < len(gs); {
		g := gs[i]
		if !latin(g.r) {
			if to, ok := d.alike[g.r]; ok && d.heard[uint16(g.r)&1023] {
				g.r, g.folded, changed = to, true, true
			}
			add(g)
			i++
			continue
		}
		j := i + 1
		for j < len(gs) && !gs[j].spaced && (latin(gs[j].r) || ('1' <= gs[j].r && gs[j].r <= '4')) && j-i < 48 {
			j++
		}
		cuts := syllables(gs[i:j])
		if cuts == nil {
			out = append(out, gs[i:j]...)
			i = j
			continue
		}
		from := i
		for _, n := range cuts {
			s := gs[from]
			s.end, s.folded = gs[from+n-1].end, true
			var word strings.Builder
			for _, x := range gs[from : from+n] {
				if latin(x.r) {
					word.WriteRune(x.r)
				}
			}
			if to, ok := d.sounds[word.String()]; ok {
				s.r, changed = to, true
			} else {
				s.r = other
			}
			add(s)
			from += n
		}
		i = j
	}
	return out, changed
}

var initials = []string{"", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "zh", "ch", "sh", "r", "z", "c", "s", "y", "w"}

var syllable = func() map[string]bool {
	finals := strings.Fields("a o e i u v ai ei ao ou an en ang eng ong er ia ie iu in ian iao iang ing iong ua uo ui un uan uai uang ue ve")
	m := map[string]bool{}
	for _, i := range initials {
		for _, f := range finals {
			if i == "" && !strings.ContainsRune("aoe", rune(f[0])) {
				continue
			}
			m[i+f] = true
		}
	}
	return m
}()

// syllables cuts a run of letters into pinyin syllables (each with its tone digit), longest first from the end so that
// no earlier choice blocks a later one; nil when the run is not pinyin.
func syllables(run []glyph) []int {
	n := len(run)
	best := make([]int, n+1) // length of the syllable starting here, 0 when none leads to the end
	ok := make([]bool, n+1)
	ok[n] = true
	letters := make([]byte, 0, 6)
	for i := n - 1; i >= 0; i-- {
		letters = letters[:0]
		for k := i; k < n && k-i < 6 && latin(run[k].r); k++ {
			letters = append(letters, byte(run[k].r))
			if !syllable[string(letters)] {
				continue
			}
			end := k + 1
			if end < n && !latin(run[end].r) {
				end++
			}
			if ok[end] {
				ok[i], best[i] = true, end-i
			}
		}
	}
	if !ok[0] {
		return nil
	}
	var cuts []int
	for i := 0; i < n; i += best[i] {
		cuts = append(cuts, best[i])
	}
	return cuts
}
