package board

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatASmallNumberLeavesOut(t *testing.T) {
	for name, c := range map[string]struct {
		parts  []int
		moving bool
		want   []string
	}{
		"none is small":                             {[]int{12, 30, 58}, false, []string{"12", "30", "58"}},
		"one is small: the next one goes too":       {[]int{3, 30, 58}, false, []string{"<10", "—", "58"}},
		"what that leaves is too close: another":    {[]int{0, 12, 58}, false, []string{"<10", "—", "—"}},
		"two are small and would be pinned":         {[]int{9, 9, 40}, false, []string{"<10", "<10", "—"}},
		"many are small and hide each other":        {[]int{3, 0, 9, 5, 1, 40}, false, []string{"<10", "<10", "<10", "<10", "<10", "40"}},
		"nothing can be written":                    {[]int{0, 12, 10}, false, []string{"—", "—", "—"}},
		"the whole is small":                        {[]int{3, 2, 1}, false, []string{"—", "—", "—"}},
		"a window that moves is written to the ten": {[]int{14, 15, 131}, true, []string{"约 10", "约 20", "约 130"}},
		"and needs to leave out less":               {[]int{3, 30, 58}, true, []string{"<10", "约 30", "约 60"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := 0
			for _, n := range c.parts {
				all += n
			}
			s := &sheet{moving: c.moving}
			table := s.split(s.whole(all), c.parts)
			s.settle()
			var got []string
			for _, n := range table.counts() {
				got = append(got, n.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v of %d is written %q, want %q", c.parts, all, got, c.want)
			}
		})
	}
}

func TestAShareIsMadeOfWhatIsShown(t *testing.T) {
	for name, c := range map[string]struct {
		late, all int
		moving    bool
		want      string
	}{
		"few are late":              {3, 150, false, "94% 以上"},
		"nobody is late":            {0, 150, false, "94% 以上"},
		"many are late":             {30, 150, false, "80%"},
		"all but few are late":      {145, 150, false, "—"},
		"a bound that says nothing": {1, 12, false, "—"},
		"there are too few":         {1, 8, false, "—"},
		"a window that moves":       {31, 152, true, "约 80%"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &sheet{moving: c.moving}
			whole := s.whole(c.all)
			late, _ := s.part(whole, c.late)
			if got := shareOf(late.as, whole.as).Rest(); got != c.want {
				t.Errorf("%d late of %d: in time %q, want %q", c.late, c.all, got, c.want)
			}
		})
	}
}

// known is what somebody who reads a page can tell of a number: its lowest and its highest value.
type known struct{ low, high int }

// puzzle is everything that a page says, as somebody would set it up who wants to work out what it hides: numbers of
// which something is known, and sums that hold between them.
type puzzle struct {
	of   []known
	sums [][]int // the first is the sum of the others
}

func (p *puzzle) number(low, high int) int {
	p.of = append(p.of, known{low, high})
	return len(p.of) - 1
}

// written reads a number as it stands there, and knows the rule by which it was written.
func (p *puzzle) written(s string, n int, atLeast int) int {
	switch {
	case s == "<10":
		return p.number(0, 9)
	case s == "—":
		return p.number(atLeast, 1<<40)
	case n > 0 && s[0] >= '0' && s[0] <= '9':
		return p.number(n, n)
	}
	return p.number(max(10, n-5), n+4)
}

// solve narrows all numbers by all sums until nothing changes.
func (p *puzzle) solve(t *rapid.T) {
	for range 200 {
		changed := false
		narrow := func(i, low, high int) {
			k := &p.of[i]
			if low > k.low {
				k.low, changed = low, true
			}
			if high < k.high {
				k.high, changed = high, true
			}
			if k.low > k.high {
				t.Fatalf("what is shown contradicts itself: number %d is %+v", i, *k)
			}
		}
		for _, s := range p.sums {
			low, high := 0, 0
			for _, i := range s[1:] {
				low, high = low+p.of[i].low, high+p.of[i].high
			}
			narrow(s[0], low, high)
			for _, i := range s[1:] {
				rest := p.of[i]
				narrow(i, p.of[s[0]].low-(high-rest.high), p.of[s[0]].high-(low-rest.low))
			}
		}
		if !changed {
			return
		}
	}
}

// someCases are the cases of a small district or of a large city.
func someCases(t *rapid.T, from, to time.Time) []Case {
	n := rapid.IntRange(0, 160).Draw(t, "cases")
	places := []string{"天河区", "越秀区", "从化区", ""}[:rapid.IntRange(1, 4).Draw(t, "places")]
	skew := rapid.IntRange(1, 6).Draw(t, "skew")
	cases := make([]Case, n)
	for i := range cases {
		at := from.Add(time.Duration(rapid.Int64Range(0, int64(to.Sub(from)-1)).Draw(t, "at")))
		pick := func(name string, most int) int { // some values are rare
			v := most
			for range skew {
				v = min(v, rapid.IntRange(0, most).Draw(t, name))
			}
			return v
		}
		cases[i] = Case{Opened: at, Level: levels[2-pick("level", 2)], District: places[pick("place", len(places)-1)], Due: at.Add(time.Hour),
			Seen: at.Add(time.Duration(pick("minutes", 40)) * 10 * time.Minute)}
	}
	return cases
}

var china = time.FixedZone("CST", 8*60*60)

func service(now time.Time) *Service {
	return &Service{
		City: china, Now: func() time.Time { return now }, Districts: func() []string { return []string{"天河区", "越秀区", "海珠区", "从化区"} },
	}
}

// Whoever has the whole page before them and subtracts all they can still cannot tell a number below ten from another
// one below ten.
func TestNothingSmallCanBeWorkedOutFromAPage(t *testing.T) {
	now := time.Date(2026, 11, 29, 7, 30, 0, 0, china)
	rapid.Check(t, func(t *rapid.T) {
		p, err := PeriodOf(rapid.SampledFrom([]string{"today", "7d", "30d", "2026-10", "2026-11"}).Draw(t, "period"), now, china)
		if err != nil {
			t.Fatal(err)
		}
		b := Board{Period: p, Made: now}
		service(now).cases(&b, someCases(t, p.From, p.To))
		var q puzzle
		all := q.written(b.Cases.String(), b.Cases.N(), 0)
		late := q.written(b.Late.String(), b.Late.N(), 0)
		rest := q.number(0, 1<<40) // those in time
		q.sums = append(q.sums, []int{all, late, rest})
		var fewCases, fewLate []int
		for _, lines := range [][]Line{b.Levels, b.Districts, b.Hours, b.Days} {
			if lines == nil {
				continue
			}
			anySmall := slices.ContainsFunc(lines, func(l Line) bool { return l.Cases.Small() })
			lateSmall := slices.ContainsFunc(lines, func(l Line) bool { return l.Late.Small() })
			sums, lates, rests := []int{all}, []int{late}, []int{rest}
			for _, l := range lines {
				least, lateLeast := 0, 0
				if anySmall { // else it would be written as small
					least = 10
				}
				if lateSmall && l.Cases.Shown() {
					lateLeast = 10
				}
				n, d := q.written(l.Cases.String(), l.Cases.N(), least), q.written(l.Late.String(), l.Late.N(), lateLeast)
				restLeast := 0
				if l.Late.Shown() { // else it would be left out
					restLeast = 10
				}
				r := q.number(restLeast, 1<<40)
				sums, lates, rests = append(sums, n), append(lates, d), append(rests, r)
				q.sums = append(q.sums, []int{n, d, r})
				if l.Cases.Small() {
					fewCases = append(fewCases, n)
				}
				if l.Late.Small() {
					fewLate = append(fewLate, d)
				}
			}
			q.sums = append(q.sums, sums, lates, rests)
		}
		q.solve(t)
		for _, i := range append(fewCases, fewLate...) {
			if q.of[i] != (known{0, 9}) {
				t.Fatalf("a number written <10 can be worked out to be %+v", q.of[i])
			}
		}
	})
}

// Whoever keeps pages of overlapping windows, or of the same one on two days, and takes one from the other, cannot tell
// what is between them where that is below ten: at most one of the two is exact, and five values or more stay open.
func TestNothingSmallCanBeWorkedOutFromTwoPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inner := rapid.IntRange(10, 400).Draw(t, "inner")
		rest := rapid.IntRange(0, 9).Draw(t, "the rest")
		over := rapid.Bool().Draw(t, "one of the two is a month that is over")
		outer := shown(inner+rest, !over)
		in := shown(inner, true)
		outerLow, outerHigh := outer.span()
		inLow, inHigh := in.span()
		low, high := outerLow-inHigh, outerHigh-inLow
		if low > rest || high < rest {
			t.Fatalf("%s less %s is said to be %d..%d, and is %d", outer, in, low, high, rest)
		}
		if high-low < 4 {
			t.Fatalf("%s less %s leaves only %d..%d open for %d", outer, in, low, high, rest)
		}
	})
}

func TestMonthsThatAreOverShareNoDayAndWindowsThatMoveAreNeverExact(t *testing.T) {
	now := time.Date(2026, 11, 1, 9, 0, 0, 0, china)
	var exactly []Period
	for _, key := range append(Months(now, china), "today", "7d", "30d") {
		p, err := PeriodOf(key, now, china)
		if err != nil {
			t.Fatal(err)
		}
		if shown(123, p.Moving).String() == "123" {
			exactly = append(exactly, p)
		}
	}
	if len(exactly) != months-1 {
		t.Errorf("%d periods are written exactly, want the %d months that are over", len(exactly), months-1)
	}
	for i, a := range exactly {
		for _, b := range exactly[i+1:] {
			if a.From.Before(b.To) && b.From.Before(a.To) {
				t.Errorf("%s and %s share a day and are both exact", a.Key, b.Key)
			}
		}
	}
}
