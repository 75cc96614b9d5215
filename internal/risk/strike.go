package risk

import "slices"

// scene tells which categories stand in each clause and sentence, so that asking costs the same however many signs there are.
type scene struct{ clauses, sentences []set }

// of fills the scene from signs. Clauses and sentences are numbered from 0 in the text that the signs are of.
func (sc *scene) of(signs []sign) {
	sc.clauses, sc.sentences = sc.clauses[:0], sc.sentences[:0]
	for i := range signs {
		s := &signs[i]
		mark(&sc.clauses, s.clause, s.cat)
		mark(&sc.sentences, s.sentence, s.cat)
	}
}

func mark(sets *[]set, at int32, cat int) {
	for int(at) >= len(*sets) {
		*sets = append(*sets, set{})
	}
	(*sets)[at].add(cat)
}

// own tells whether a clause speaks of the writer or of somebody they know: then a game or a lesson in another clause says
// nothing.
func (j *Judge) own(sc *scene, clause int32) bool { return sc.clauses[clause].meets(j.persons) }

// around tells whether a context stands in the sign's clause, or in its sentence unless the sign's clause speaks of
// somebody. A scene, such as a game, is set by the clauses before: a game that is spoken of afterwards takes nothing back.
func (j *Judge) around(sc *scene, context set, s *sign) bool {
	if context.meets(sc.clauses[s.clause]) {
		return true
	}
	if j.own(sc, s.clause) {
		return false
	}
	if lasting := context.without(j.scenes); lasting.meets(sc.sentences[s.sentence]) {
		return true
	}
	for c := s.clause - 1; c >= max(0, s.clause-sceneReach); c-- {
		if context.meets(sc.clauses[c]) {
			return true
		}
	}
	return false
}

// sceneReach is for how many clauses a scene holds.
const sceneReach = 3

// strike drops the signs that mean nothing here: inside a longer harmless expression, taken back by a negation, or said
// in a context (a game, a lesson) in which they are only words. It fills the scene with the signs that are left.
func (j *Judge) strike(sc *scratch) {
	sc.fences.of(j, sc.signs, len(sc.glyphs))
	sc.fences.negations(j, sc.signs)
	sc.signs = slices.DeleteFunc(sc.signs, func(s sign) bool { return !j.cats[s.cat].Shadow && sc.fences.cover(&s) })
	sc.denied = sc.denied[:0]
	sc.signs = slices.DeleteFunc(sc.signs, func(s sign) bool {
		denied := j.cats[s.cat].Negatable && sc.fences.takenBack(&s)
		if denied {
			sc.denied = append(sc.denied, s.cat)
		}
		return denied
	})
	sc.scene.of(sc.signs)
	left := len(sc.signs)
	sc.signs = slices.DeleteFunc(sc.signs, func(s sign) bool {
		contexts := j.cats[s.cat].contexts
		return !contexts.empty() && j.around(&sc.scene, contexts, &s)
	})
	if len(sc.signs) < left {
		sc.scene.of(sc.signs)
	}
}

// fences are the harmless expressions and the negations of a text, by the glyph at which they stand.
type fences struct {
	ends   []int  // by the glyph at which harmless expressions begin: where the longest ends, 0 for none
	before []int  // the same for all that begin before the glyph
	any    bool   // whether there is one
	nots   []sign // negations that nothing turns back, by where they end
}

func (f *fences) of(j *Judge, signs []sign, glyphs int) {
	f.any = false
	for i := range signs {
		s := &signs[i]
		if !j.cats[s.cat].Shadow {
			continue
		}
		if !f.any {
			f.any = true
			f.ends = append(f.ends[:0], make([]int, glyphs+1)...)
		}
		f.ends[s.g0] = max(f.ends[s.g0], s.g1)
	}
	if !f.any {
		return
	}
	f.before = append(f.before[:0], make([]int, glyphs+1)...)
	for g := 1; g <= glyphs; g++ {
		f.before[g] = max(f.before[g-1], f.ends[g-1])
	}
}

// cover tells whether a harmless expression takes a sign in: the sign stands inside a longer one, or ends inside one that
// takes two characters or more of it ('要去死' in '要去死磕').
func (f *fences) cover(s *sign) bool {
	if !f.any {
		return false
	}
	if f.before[s.g0] >= s.g1 || f.ends[s.g0] > s.g1 {
		return true
	}
	for g := s.g0 + 1; g <= s.g1-2; g++ {
		if f.ends[g] > s.g1 {
			return true
		}
	}
	return false
}

// negations gathers those that count: '不是不', '谁说我不' turn back.
func (f *fences) negations(j *Judge, signs []sign) {
	f.nots = f.nots[:0]
	for i := range signs {
		if signs[i].cat == j.neg {
			f.nots = append(f.nots, signs[i])
		}
	}
	slices.SortFunc(f.nots, func(a, b sign) int { return a.to - b.to })
	if len(f.nots) == 0 || j.neg2 < 0 {
		return
	}
	var turns []sign
	for i := range signs {
		if signs[i].cat == j.neg2 {
			turns = append(turns, signs[i])
		}
	}
	f.nots = slices.DeleteFunc(f.nots, func(n sign) bool {
		return slices.ContainsFunc(turns, func(d sign) bool { return d.from <= n.from && n.from-d.to <= negGap })
	})
}

// takenBack tells whether a negation stands right before the sign, in its clause.
func (f *fences) takenBack(s *sign) bool {
	first, _ := slices.BinarySearchFunc(f.nots, s.from-negGap, func(n sign, from int) int { return n.to - from })
	for _, n := range f.nots[first:] {
		if n.to > s.from {
			return false
		}
		if n.clause == s.clause {
			return true
		}
	}
	return false
}
