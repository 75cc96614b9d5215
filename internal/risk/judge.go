package risk

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	window  = 4096 // runes read at once
	overlap = 256  // runes that two windows share
	maxGap  = 8    // glyphs between two parts of an expression with '…'
	negGap  = 2    // glyphs between '不' and what it takes back
)

// sign is a listed expression found, in glyphs and in runes of the text.
type sign struct {
	cat              int
	from, to         int // runes of the original
	clause, sentence int32
	dead             bool
}

// Read judges one text. It never fails: what cannot be read says nothing.
func (j *Judge) Read(text string) Reading {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	runes := []rune(text)
	var worst Reading
	for from := 0; ; from += window - overlap {
		to := min(from+window, len(runes))
		r := j.readWindow(runes[from:to], from)
		if from == 0 || r.Level.Rank() > worst.Level.Rank() {
			seen := worst.Matches
			worst, r = r, worst
			worst.Matches = append(seen, worst.Matches...)
		} else {
			worst.Matches = append(worst.Matches, r.Matches...)
		}
		if to == len(runes) {
			break
		}
	}
	slices.SortFunc(worst.Matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Category, b.Category))
	})
	worst.Matches = slices.Compact(worst.Matches)
	if worst.Matches == nil {
		worst.Matches = []Match{}
	}
	return worst
}

func (j *Judge) readWindow(runes []rune, base int) Reading {
	gs := j.dis.fold(runes)
	signs := j.find(gs, false, nil)
	if sound, changed := j.dis.bySound(gs); changed {
		signs = j.find(sound, true, signs)
	}
	j.silence(signs)
	live := signs[:0:0]
	for _, s := range signs {
		if !s.dead {
			live = append(live, s)
		}
	}
	return j.decide(live, runes, base)
}

// find lists the expressions in one view of the text. In the view by sound, only those count that the view brought out.
func (j *Judge) find(gs []glyph, bySound bool, signs []sign) []sign {
	text := make([]rune, len(gs))
	for i, g := range gs {
		text[i] = g.r
	}
	type reached struct{ start, end int }
	progress := map[part]reached{}
	add := func(cat, start, end int) {
		folded := !bySound
		for _, g := range gs[start:end] {
			folded = folded || g.folded
		}
		if !folded || (bySound && !j.cats[cat].Sound && cat != j.me && !j.cats[cat].Shadow) {
			return
		}
		signs = append(signs, sign{cat: cat, from: int(gs[start].start), to: int(gs[end-1].end), clause: gs[end-1].clause, sentence: gs[end-1].sentence})
	}
	j.auto.walk(text, func(p int32, start, end int) {
		if !fits(gs, start, end) || (bySound && j.short[p]) {
			return
		}
		for _, pt := range j.parts[p] {
			e := j.exprs[pt.expr]
			if e.parts == 1 {
				add(e.cat, start, end)
				continue
			}
			from := start
			if pt.k > 0 {
				before, ok := progress[part{pt.expr, pt.k - 1}]
				if !ok || start < before.end || start-before.end > maxGap || gs[before.end-1].clause != gs[start].clause {
					continue
				}
				from = before.start
			}
			if pt.k == e.parts-1 {
				add(e.cat, from, end)
			} else {
				progress[pt] = reached{from, end}
			}
		}
	})
	return signs
}

// fits tells whether the glyphs may be one word: Latin words must be whole, and a mark that ends a clause may stand inside
// only as a disguise, that is, when every pair of characters is parted.
func fits(gs []glyph, start, end int) bool {
	stops, gaps := 0, 0
	for _, g := range gs[start+1 : end] {
		if g.stopped {
			stops++
		}
		if g.spaced {
			gaps++
		}
	}
	if stops > 0 && gaps < end-start-1 {
		return false
	}
	if latin(gs[start].r) && start > 0 && latin(gs[start-1].r) && !gs[start].spaced {
		return false
	}
	return !latin(gs[end-1].r) || end == len(gs) || !latin(gs[end].r) || gs[end].spaced
}

// silence marks the signs that mean nothing here: inside a longer harmless expression, taken back by a negation, or said
// in a context (a game, a lesson) in which they are only words.
func (j *Judge) silence(signs []sign) {
	present := map[[2]int32]bool{} // category and sentence
	for i := range signs {
		s := &signs[i]
		for k := range signs {
			h := &signs[k]
			if j.cats[h.cat].Shadow && !j.cats[s.cat].Shadow && h.from <= s.from && s.to <= h.to && (s.to-s.from) < (h.to-h.from) {
				s.dead = true
				break
			}
		}
	}
	for i := range signs {
		s := &signs[i]
		if s.dead || !j.cats[s.cat].Negatable {
			continue
		}
		for k := range signs {
			n := &signs[k]
			if n.cat == j.neg && n.clause == s.clause && n.to <= s.from && s.from-n.to <= negGap && !j.turnedBack(signs, n) {
				s.dead = true
				break
			}
		}
	}
	for _, s := range signs {
		if !s.dead {
			present[[2]int32{int32(s.cat), s.sentence}] = true
		}
	}
	for i := range signs {
		for _, id := range j.cats[signs[i].cat].Unless {
			if present[[2]int32{int32(j.byID[id]), signs[i].sentence}] {
				signs[i].dead = true
			}
		}
	}
}

// turnedBack tells whether a negation is itself negated: '不是不', '谁说我不'.
func (j *Judge) turnedBack(signs []sign, n *sign) bool {
	for _, d := range signs {
		if d.cat == j.neg2 && d.from <= n.from && n.from-d.to <= negGap {
			return true
		}
	}
	return false
}
