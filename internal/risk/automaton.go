package risk

// automaton finds many patterns at once (Aho–Corasick) in one pass over the text's runes. Transitions stand in one map
// keyed by state and rune: a byte table of 5,000 Chinese patterns would take some 80 MB, this takes about two.
type automaton struct {
	next map[uint64]int32
	fail []int32
	out  [][]int32 // patterns ending in a state itself
	link []int32   // nearest state on the failure path with patterns, 0 when none
	size []int32   // length of each pattern in runes
}

func edge(state int32, r rune) uint64 { return uint64(uint32(state))<<32 | uint64(uint32(r)) }

func newAutomaton(patterns [][]rune) *automaton {
	a := &automaton{next: map[uint64]int32{}, fail: []int32{0}, out: [][]int32{nil}, link: []int32{0}}
	type step struct {
		from, to int32
		r        rune
		depth    int
	}
	var steps []step
	for id, p := range patterns {
		s := int32(0)
		for depth, r := range p {
			t, ok := a.next[edge(s, r)]
			if !ok {
				t = int32(len(a.fail))
				a.fail, a.out, a.link = append(a.fail, 0), append(a.out, nil), append(a.link, 0)
				a.next[edge(s, r)] = t
				steps = append(steps, step{s, t, r, depth})
			}
			s = t
		}
		a.out[s] = append(a.out[s], int32(id))
		a.size = append(a.size, int32(len(p)))
	}
	deepest := 0
	for _, st := range steps {
		deepest = max(deepest, st.depth)
	}
	byDepth := make([][]step, deepest+1)
	for _, st := range steps {
		byDepth[st.depth] = append(byDepth[st.depth], st)
	}
	for _, row := range byDepth {
		for _, st := range row {
			f := int32(0)
			if st.from != 0 {
				f = a.step(a.fail[st.from], st.r)
			}
			a.fail[st.to] = f
			if len(a.out[f]) > 0 {
				a.link[st.to] = f
			} else {
				a.link[st.to] = a.link[f]
			}
		}
	}
	return a
}

func (a *automaton) step(s int32, r rune) int32 {
	for {
		if t, ok := a.next[edge(s, r)]; ok {
			return t
		}
		if s == 0 {
			return 0
		}
		s = a.fail[s]
	}
}

// walk calls found for every occurrence, overlapping ones too, in the order of their ends.
func (a *automaton) walk(text []rune, found func(pattern int32, start, end int)) {
	s := int32(0)
	for i, r := range text {
		s = a.step(s, r)
		t := s
		if len(a.out[t]) == 0 {
			t = a.link[t]
		}
		for ; t != 0; t = a.link[t] {
			for _, id := range a.out[t] {
				found(id, i+1-int(a.size[id]), i+1)
			}
		}
	}
}
