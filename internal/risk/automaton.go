package risk

// automaton finds many patterns at once (Aho–Corasick) in one pass over the text's runes. Runes are first numbered by an
// alphabet of those that occur in patterns; the first step is a plain array, deeper ones an open hash table. A full
// table of 5,000 Chinese patterns would take some 80 MB, this takes under two.
type automaton struct {
	letter []uint16 // number of a rune, 0 for one that no pattern has
	first  []int32  // state after one letter
	keys   []uint64 // open hash of state and letter
	states []int32
	mask   uint64
	fail   []int32
	out    [][]int32 // patterns ending in a state itself
	link   []int32   // nearest state on the failure path with patterns, 0 when none
	size   []int32   // length of each pattern in runes
}

func edge(state int32, l uint16) uint64 { return uint64(uint32(state))<<16 | uint64(l) }

func newAutomaton(patterns [][]rune) *automaton {
	a := &automaton{letter: make([]uint16, 1<<16), fail: []int32{0}, out: [][]int32{nil}, link: []int32{0}}
	runes, letters := 0, uint16(0)
	for _, p := range patterns {
		runes += len(p)
		for _, r := range p {
			if a.letter[uint16(r)] == 0 {
				letters++
				a.letter[uint16(r)] = letters
			}
		}
	}
	size := uint64(16)
	for size < uint64(runes)*2 { // at most half of it is taken
		size *= 2
	}
	a.first, a.keys, a.states, a.mask = make([]int32, letters+1), make([]uint64, size), make([]int32, size), size-1
	type step struct {
		from, to int32
		l        uint16
	}
	var byDepth [][]step // a failure leads to a state less deep, which must be known before
	for id, p := range patterns {
		s := int32(0)
		for depth, r := range p {
			l := a.letter[uint16(r)]
			t := a.edgeFrom(s, l)
			if *t == 0 {
				*t = int32(len(a.fail))
				a.fail, a.out, a.link = append(a.fail, 0), append(a.out, nil), append(a.link, 0)
				if len(byDepth) == depth {
					byDepth = append(byDepth, nil)
				}
				byDepth[depth] = append(byDepth[depth], step{s, *t, l})
			}
			s = *t
		}
		a.out[s] = append(a.out[s], int32(id))
		a.size = append(a.size, int32(len(p)))
	}
	for _, deep := range byDepth {
		for _, st := range deep {
			f := int32(0)
			if st.from != 0 {
				f = a.step(a.fail[st.from], st.l)
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

// edgeFrom is where the state behind a state and a letter stands; it holds 0 as long as there is none.
func (a *automaton) edgeFrom(s int32, l uint16) *int32 {
	if s == 0 {
		return &a.first[l]
	}
	key := edge(s, l)
	i := slot(key) & a.mask
	for a.keys[i] != 0 && a.keys[i] != key {
		i = (i + 1) & a.mask
	}
	a.keys[i] = key
	return &a.states[i]
}

func slot(key uint64) uint64 { return (key * 0x9E3779B97F4A7C15) >> 24 }

func (a *automaton) step(s int32, l uint16) int32 {
	if l == 0 {
		return 0
	}
	for s != 0 {
		key := edge(s, l)
		for i := slot(key) & a.mask; a.keys[i] != 0; i = (i + 1) & a.mask {
			if a.keys[i] == key {
				return a.states[i]
			}
		}
		s = a.fail[s]
	}
	return a.first[l]
}

// walk calls found for every occurrence, overlapping ones too, in the order of their ends.
func (a *automaton) walk(gs []glyph, found func(pattern int32, start, end int)) {
	s := int32(0)
	for i := range gs {
		l := uint16(0)
		if r := gs[i].r; r < 1<<16 {
			l = a.letter[r]
		}
		s = a.step(s, l)
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
