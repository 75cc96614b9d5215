package risk

import "slices"

// Features are what the learned reader knows of a text, as numbers below FeatureSpace. Equal things have equal numbers in
// every text; two different things may share one by chance.
type Features struct {
	Text  []uint32 // runs of one to four characters, as folded; a run may take in the border of a clause. With repeats.
	Signs []uint32 // what the lexicon found, by whom it is said and what stands beside it. Each once.
	Shape []uint32 // length, persons, topic. Each once.
}

// FeatureSpace is how many numbers features have.
const FeatureSpace = 1 << featureBits

const (
	featureBits = 19
	longestRun  = 4
	border      = rune(1) // stands for the border of a clause
)

func (f *Features) reset() { f.Text, f.Signs, f.Shape = f.Text[:0], f.Signs[:0], f.Shape[:0] }

// hashed mixes a value into a hash (the multiplier is the golden ratio's).
func hashed(h, v uint64) uint64 {
	h = (h ^ v) * 0x9E3779B97F4A7C15
	return h ^ h>>29
}

func number(h uint64) uint32 { return uint32(h >> (64 - featureBits)) }

// The kinds of features, so that a category and a character never share a number by design.
const (
	ofRun uint64 = 0x51ED27 + iota
	ofSign
	ofHeld
	ofDenied
	ofShape
)

// Features returns what the reader knows of a text's first window.
func (j *Judge) Features(text string) Features {
	var f Features
	j.seeing(text, func(sc *scratch) { j.features(sc, &f) })
	return f
}

// features fills f from what was seen of a text.
func (j *Judge) features(sc *scratch, f *Features) {
	f.reset()
	for i := range sc.signs { // a mark inside a listed expression hides it, and ends no clause
		if s := &sc.signs[i]; !s.bySound {
			for g := s.g0 + 1; g < s.g1; g++ {
				sc.glyphs[g].clause = sc.glyphs[s.g0].clause
			}
		}
	}
	if sc.heard {
		runs(sc.sound, f) // somebody writes by sound: read it so
	} else {
		runs(sc.glyphs, f)
	}
	j.signFeatures(sc, f)
	j.shapeFeatures(sc, f)
}

// runs adds the runs of characters. A clause begins and ends with a border.
func runs(gs []glyph, f *Features) {
	var before [longestRun]uint64 // hashes of the runs of 1, 2, 3 characters that end with the character before
	step := func(r rune) {
		v := uint64(r)
		for n := longestRun - 1; n > 0; n-- {
			if before[n-1] != 0 {
				before[n] = hashed(before[n-1], v)
				f.Text = append(f.Text, number(before[n]))
			}
		}
		before[0] = hashed(ofRun, v)
		if r != border {
			f.Text = append(f.Text, number(before[0]))
		}
	}
	clause := int32(-1)
	for i := range gs {
		if gs[i].clause != clause {
			clause = gs[i].clause
			step(border)
		}
		step(gs[i].r)
	}
	step(border)
}

// holders of a sign: who is spoken of in its clause, or in the clause before where its own names nobody.
const (
	holderNone = iota
	holderMe
	holderOther
	holderBoth
)

func (j *Judge) holder(sc *scratch, clause int32) uint64 {
	for c := clause; c >= max(0, clause-1); c-- {
		set := sc.scene.clauses[c]
		me, other := j.me >= 0 && set.has(j.me), j.others >= 0 && set.has(j.others)
		switch {
		case me && other:
			return holderBoth
		case me:
			return holderMe
		case other:
			return holderOther
		}
	}
	return holderNone
}

func (j *Judge) signFeatures(sc *scratch, f *Features) {
	add := func(h uint64) { f.Signs = append(f.Signs, number(h)) }
	for i := range sc.signs {
		s := &sc.signs[i]
		c := &j.cats[s.cat]
		add(hashed(ofSign, c.hash))
		if c.Topic == "" {
			continue
		}
		add(hashed(hashed(ofHeld, c.hash), j.holder(sc, s.clause)))
	}
	for _, cat := range sc.denied {
		add(hashed(ofDenied, j.cats[cat].hash))
	}
	f.Signs = distinct(f.Signs)
}

func distinct(ns []uint32) []uint32 {
	slices.Sort(ns)
	return slices.Compact(ns)
}

// lengths are the upper bounds of the buckets of length, in glyphs.
var lengths = []int{4, 8, 12, 20, 30, 45, 70, 110, 170, 260, 400}

func (j *Judge) shapeFeatures(sc *scratch, f *Features) {
	n, _ := slices.BinarySearch(lengths, len(sc.glyphs))
	for k := range n + 1 {
		f.Shape = append(f.Shape, number(hashed(ofShape, uint64(k)))) // a thermometer: each bucket and all below it
	}
}

func hashedString(s string) uint64 {
	h := uint64(len(s))
	for i := range len(s) {
		h = hashed(h, uint64(s[i]))
	}
	return h
}
