package risk

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	window  = 1024 // runes read at once
	overlap = 256  // runes that two windows share
	maxGap  = 8    // glyphs between two parts of an expression with '…'
	negGap  = 2    // glyphs between '不' and what it takes back
)

// sign is a listed expression found, in glyphs and in runes of the text.
type sign struct {
	cat              int
	from, to         int // runes of the original
	g0, g1           int // glyphs
	clause, sentence int32
	bySound          bool // the text's own characters do not show it
}

// Read judges a text by itself. It never fails: what cannot be read says nothing.
func (j *Judge) Read(text string) Reading { return j.ReadIn(Talk{}, text) }

// ReadIn judges a text in the conversation that it belongs to.
func (j *Judge) ReadIn(talk Talk, text string) Reading {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	sc := j.scratch.Get().(*scratch)
	defer j.scratch.Put(sc)
	sc.runes = sc.runes[:0]
	for _, r := range text {
		sc.runes = append(sc.runes, r)
	}
	runes := sc.runes
	var worst Reading
	for from := 0; ; from += window - overlap {
		to := min(from+window, len(runes))
		r := j.readWindow(talk, runes[from:to], from, sc)
		worst = worse(worst, r, from == 0)
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

// worse joins the readings of two windows of a text: the level and its reasons of the graver, the signs of both.
func worse(a, b Reading, first bool) Reading {
	if first {
		return b
	}
	matches, traits, score := append(a.Matches, b.Matches...), append(a.Traits, b.Traits...), max(a.Score, b.Score)
	if b.Level.Rank() > a.Level.Rank() || b.Level == a.Level && a.Ask && !b.Ask {
		a = b
	}
	slices.Sort(traits)
	a.Matches, a.Traits, a.Score = matches, slices.Compact(traits), score
	return a
}

// maxSigns bounds the work on a text made of nothing but listed words.
const maxSigns = 6000

type reached struct {
	round      uint32
	start, end int
}

// scratch is the memory of one reading, used again by the next.
type scratch struct {
	runes    []rune
	glyphs   []glyph
	sound    []glyph
	signs    []sign
	scene    scene
	fences   fences
	features Features
	stamps   stamps
	negated  bool      // whether a negation stands in the text
	heard    bool      // whether the text is written by sound
	denied   []int     // the categories of signs that a negation took back
	progress []reached // where each part of an expression with '…' was seen last, in this round
	round    uint32
}

// see fills the scratch with the glyphs of a text and the signs that mean something in it.
func (j *Judge) see(runes []rune, sc *scratch) {
	sc.glyphs = j.dis.fold(runes, sc.glyphs[:0])
	sc.signs, sc.heard = sc.signs[:0], false
	j.find(sc.glyphs, false, sc)
	sound, changed := j.dis.bySound(sc.glyphs, sc.sound[:0])
	sc.sound = sound
	if changed {
		written := len(sc.signs)
		j.find(sound, true, sc)
		if slices.ContainsFunc(sc.signs[written:], func(s sign) bool { return j.cats[s.cat].Sound }) { // somebody writes by sound: all that is heard counts
			sc.signs = sc.signs[:written]
			sc.heard = true
			j.find(sound, true, sc)
		}
	}
	sc.negated = j.neg >= 0 && slices.ContainsFunc(sc.signs, func(s sign) bool { return s.cat == j.neg })
	j.strike(sc)
}

func inOrder(a, b sign) int {
	if a.g0 != b.g0 {
		return a.g0 - b.g0
	}
	if a.g1 != b.g1 {
		return a.g1 - b.g1
	}
	return a.cat - b.cat
}

// seeing lends what is seen in a text's first window.
func (j *Judge) seeing(text string, f func(sc *scratch)) {
	sc := j.scratch.Get().(*scratch)
	defer j.scratch.Put(sc)
	runes := []rune(text)
	j.see(runes[:min(len(runes), window)], sc)
	f(sc)
}

// find lists the expressions in one view of the text. In the view by sound, only those count that the view brought out.
func (j *Judge) find(gs []glyph, bySound bool, sc *scratch) {
	sc.round++
	add := func(cat, start, end int) {
		folded := !bySound
		for i := start; i < end && !folded; i++ {
			folded = gs[i].folded
		}
		if !folded || (bySound && !sc.heard && !j.cats[cat].Sound && cat != j.me && !j.cats[cat].Shadow) || len(sc.signs) >= maxSigns {
			return
		}
		sc.signs = append(sc.signs, sign{cat: cat, from: int(gs[start].start), to: int(gs[end-1].end), g0: start, g1: end,
			clause: gs[end-1].clause, sentence: gs[end-1].sentence, bySound: bySound})
	}
	j.auto.walk(gs, func(p int32, start, end int) {
		if !fits(gs, start, end) || (bySound && j.short[p]) {
			return
		}
		for _, pt := range j.parts[p] {
			e := j.exprs[pt.expr]
			if e.parts == 1 {
				add(e.cat, start, end)
				continue
			}
			from, at := start, e.base+int32(pt.k)
			if pt.k > 0 {
				before := sc.progress[at-1]
				if before.round != sc.round || start < before.end || start-before.end > maxGap || gs[before.end-1].clause != gs[start].clause {
					continue
				}
				from = before.start
			}
			if pt.k == e.parts-1 {
				add(e.cat, from, end)
			} else {
				sc.progress[at] = reached{sc.round, from, end}
			}
		}
	})
}

// mayHold tells whether any rule could hold with these signs: for most harmless text none can, and no more need be done.
func (j *Judge) mayHold(signs []sign) bool {
	var seen set
	for i := range signs {
		seen.add(signs[i].cat)
	}
	return slices.ContainsFunc(j.rules, func(r rule) bool {
		return !slices.ContainsFunc(r.allSets, func(c set) bool { return !c.meets(seen) })
	})
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
