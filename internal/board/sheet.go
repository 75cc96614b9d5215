package board

// sheet is all numbers of a page that somebody could add and subtract, with the sums that hold between them. settle
// leaves out what would tell a number below Least; see the rule in count.go.
type sheet struct {
	moving  bool
	figures []*figure
	sums    []sum
	tables  []*table
}

// figure is one number, what is written of it, and what can be told of it from all that is written.
type figure struct {
	n         int
	as        Count
	low, high int
}

// sum is a number that others add up to.
type sum struct {
	whole *figure
	parts []*figure
}

// table is a column whose lines add up to a number above it. Where each line is itself a part of something (those late, of
// all in the district), of are those and rests what is left of them, which is written nowhere.
type table struct {
	whole           *figure
	parts, of, rest []*figure
}

func (s *sheet) figure(n int) *figure {
	f := &figure{n: n}
	s.figures = append(s.figures, f)
	return f
}

// whole is a number that stands by itself.
func (s *sheet) whole(n int) *figure {
	f := s.figure(n)
	f.as = shown(n, s.moving)
	return f
}

// part is a part of a number, whose rest is written nowhere.
func (s *sheet) part(of *figure, n int) (f, rest *figure) {
	f, rest = s.figure(n), s.figure(of.n-n)
	f.as = partOf(of, n, s.moving)
	s.sums = append(s.sums, sum{of, []*figure{f, rest}})
	return f, rest
}

func partOf(of *figure, n int, moving bool) Count {
	if !of.as.Shown() || n >= Least && of.n-n < Least {
		return Count{}
	}
	return shown(n, moving)
}

// split is a table of a number.
func (s *sheet) split(whole *figure, ns []int) *table {
	t := &table{whole: whole}
	for _, n := range ns {
		f := s.figure(n)
		if whole.as.Shown() {
			f.as = shown(n, s.moving)
		}
		t.parts = append(t.parts, f)
	}
	s.sums = append(s.sums, sum{whole, t.parts})
	s.tables = append(s.tables, t)
	return t
}

// within is a table of a part of each line of another table. rest is what is left of the number above.
func (s *sheet) within(whole, rest *figure, of *table, ns []int) *table {
	t := &table{whole: whole, of: of.parts}
	for i, n := range ns {
		f, r := s.part(of.parts[i], n)
		if whole.as.as == hidden {
			f.as = Count{}
		}
		t.parts, t.rest = append(t.parts, f), append(t.rest, r)
	}
	s.sums = append(s.sums, sum{whole, t.parts}, sum{rest, t.rest})
	s.tables = append(s.tables, t)
	return t
}

// counts are the lines of a table as they are written.
func (t *table) counts() []Count {
	out := make([]Count, len(t.parts))
	for i, f := range t.parts {
		out[i] = f.as
	}
	return out
}

// settle leaves numbers out until nothing that is written as small can be told more closely than that.
func (s *sheet) settle() {
	for {
		s.tell()
		told := false
		for _, t := range s.tables {
			if t.tells() {
				t.leaveOut()
				told = true
				break
			}
		}
		if !told {
			return
		}
		for _, t := range s.tables { // a line whose number is left out has nothing else either
			for i := range t.of {
				if !t.of[i].as.Shown() {
					t.parts[i].as = Count{}
				}
			}
		}
	}
}

func (t *table) tells() bool {
	for _, f := range t.parts {
		if f.as.Small() && (f.low > 0 || f.high < Least-1) {
			return true
		}
	}
	return false
}

// leaveOut takes the smallest number that is shown out of a table, or all of it where only small ones are left.
func (t *table) leaveOut() {
	var least *figure
	for _, f := range t.parts {
		if f.as.Shown() && (least == nil || f.as.n < least.as.n) {
			least = f
		}
	}
	if least != nil {
		least.as = Count{}
		return
	}
	for _, f := range t.parts {
		f.as = Count{}
	}
}

// tell works out what a reader can know who knows the rule: first of each number by itself, then by every sum, until
// nothing more follows.
func (s *sheet) tell() {
	for _, f := range s.figures {
		f.low, f.high = f.as.span()
	}
	for _, t := range s.tables {
		t.know()
	}
	for changed := true; changed; {
		changed = false
		for _, e := range s.sums {
			changed = e.narrow() || changed
		}
	}
}

// know adds what the rule itself tells: in a table with small numbers one that is left out has Least, and where a part is
// shown its rest has Least too.
func (t *table) know() {
	small := false
	for _, f := range t.parts {
		small = small || f.as.Small()
	}
	for i, f := range t.parts {
		if small && f.as.as == hidden && (t.of == nil || t.of[i].as.Shown()) {
			f.low = Least
		}
		if t.rest != nil && f.as.Shown() {
			t.rest[i].low = Least
		}
	}
}

// narrow applies one sum to the spans of its numbers.
func (e sum) narrow() (changed bool) {
	low, high := 0, 0
	for _, f := range e.parts {
		low, high = low+f.low, high+f.high
	}
	changed = e.whole.bound(low, high)
	for _, f := range e.parts {
		others := struct{ low, high int }{low - f.low, high - f.high}
		wl, wh := e.whole.low-others.high, e.whole.high-others.low
		was := *f
		if f.bound(wl, wh) {
			low, high, changed = low+f.low-was.low, high+f.high-was.high, true
		}
	}
	return changed
}

func (f *figure) bound(low, high int) (changed bool) {
	if low > f.low {
		f.low, changed = low, true
	}
	if high < f.high {
		f.high, changed = high, true
	}
	return changed
}
