package risk

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// Share is so many of so many.
type Share struct{ Hit, Of int }

func (s *Share) add(hit bool) {
	s.Of++
	if hit {
		s.Hit++
	}
}

// Rate is the share as a number; 0 of 0 is 0.
func (s Share) Rate() float64 { return float64(s.Hit) / float64(max(s.Of, 1)) }

// Interval is the 95 % interval of the rate (Wilson 1927).
func (s Share) Interval() (low, high float64) {
	if s.Of == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(s.Of), s.Rate()
	mid, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (mid-half)/(1+z*z/n)), min(1, (mid+half)/(1+z*z/n))
}

func (s Share) String() string {
	low, high := s.Interval()
	return fmt.Sprintf("%.3f (%d of %d; %.3f to %.3f)", s.Rate(), s.Hit, s.Of, low, high)
}

// Figures are how well texts were read. Noticed is read as medium or above, asked or called; called is medium or above and
// no question; in vain is said of texts that are truly none or low.
type Figures struct {
	Noticed       Share // of those truly medium or above
	GraveNoticed  Share // of those truly high or imminent
	GraveCalled   Share
	CalledInVain  Share // of those truly none or low
	AskedInVain   Share // noticed, of those truly none or low
	HighInVain    Share // read as high or above, of those truly none or low
	AtLevel       Share // read at their level or above, of those truly medium or above
	ImminentTruly Share // truly imminent, of those read as imminent
	ImminentGrave Share // truly high or imminent, of those read as imminent
	ImminentFound Share // read as high or above, of those truly imminent
	Subject       Share // read with the subject of the label, of those truly medium or above that have one
}

func (f *Figures) add(q *labelled, r Reading) {
	noticed, true2 := r.Level.AtLeast(Medium), q.Level.AtLeast(Medium)
	if true2 {
		f.Noticed.add(noticed)
		f.AtLevel.add(r.Level.AtLeast(q.Level))
		if q.Subject == Self || q.Subject == Other {
			f.Subject.add(q.Subject == r.Subject)
		}
	} else {
		f.CalledInVain.add(r.Calls())
		f.AskedInVain.add(noticed)
		f.HighInVain.add(r.Level.AtLeast(High))
	}
	if q.Level.AtLeast(High) {
		f.GraveNoticed.add(noticed)
		f.GraveCalled.add(r.Calls())
	}
	if q.Level == Imminent {
		f.ImminentFound.add(r.Level.AtLeast(High))
	}
	if r.Level == Imminent {
		f.ImminentTruly.add(q.Level == Imminent)
		f.ImminentGrave.add(q.Level.AtLeast(High))
	}
}

// Report is what Eval found.
type Report struct {
	Lines, Doubtful int
	All             Figures
	Kinds           map[string]*Figures
	Lengths         [len(lengthNames)]Figures
	Severity        float64 // how surely Score puts a graver text above a lesser one (Somers' pairs, as an AUC); 0.5 is chance
	wrong           []mistake
	scores          [5][]float64
}

var lengthNames = [...]string{"under 30 characters", "30 to 99", "100 to 199", "200 and more"}

func lengthOf(n int) int {
	switch {
	case n < 30:
		return 0
	case n < 100:
		return 1
	case n < 200:
		return 2
	}
	return 3
}

// mistake is a text read wrongly. Cost says how bad that is: a miss is worse than a call in vain.
type mistake struct {
	line int
	file string
	q    labelled
	r    Reading
	cost float64
}

func costOf(q *labelled, r Reading) float64 {
	gap := float64(q.Level.Rank() - r.Level.Rank())
	switch {
	case q.Level.AtLeast(Medium) && !r.Level.AtLeast(Medium):
		return 10 + 5*gap - r.Score
	case q.Level.AtLeast(High) && r.Ask:
		return 5 + gap
	case !q.Level.AtLeast(Medium) && r.Calls():
		return 4 - gap + r.Score
	case !q.Level.AtLeast(Medium) && r.Level.AtLeast(Medium):
		return 1 + r.Score
	case gap > 0 && q.Level.AtLeast(Medium):
		return gap
	}
	return 0
}

func (rep *Report) add(file string, line int, q labelled, r Reading) {
	rep.Lines++
	rep.All.add(&q, r)
	if rep.Kinds[q.Kind] == nil {
		rep.Kinds[q.Kind] = &Figures{}
	}
	rep.Kinds[q.Kind].add(&q, r)
	rep.Lengths[lengthOf(len([]rune(q.Text)))].add(&q, r)
	rep.scores[q.Level.Rank()] = append(rep.scores[q.Level.Rank()], r.Score)
	if c := costOf(&q, r); c > 0 {
		rep.wrong = append(rep.wrong, mistake{line, file, q, r, c})
	}
}

// order works out how surely the score orders texts: of all pairs of texts of different levels, those in the right order.
func (rep *Report) order() {
	type scored struct {
		score float64
		rank  int
	}
	var all []scored
	for rank, ss := range rep.scores {
		for _, s := range ss {
			all = append(all, scored{s, rank})
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	var below [5]int
	right, pairs := 0.0, 0
	for i := 0; i < len(all); {
		k := i
		for k < len(all) && all[k].score == all[i].score {
			k++
		}
		var same [5]int
		for _, s := range all[i:k] {
			same[s.rank]++
		}
		for hi, n := range same {
			for lo, under := range below[:hi] {
				right += float64(n*under) + float64(n*same[lo])/2
			}
		}
		for rank, n := range same {
			below[rank] += n
		}
		i = k
	}
	for hi, above := range below {
		for _, under := range below[:hi] {
			pairs += above * under
		}
	}
	rep.Severity = right / float64(max(pairs, 1))
}

func (rep *Report) print(w io.Writer, o EvalOptions) {
	f := rep.All
	fmt.Fprintf(w, "%d texts, %d more left out for doubt; the intervals are 95 %% (Wilson)\n", rep.Lines, rep.Doubtful)
	for _, row := range []struct {
		name string
		s    Share
	}{
		{"noticed, of truly medium or above", f.Noticed}, {"at their level or above", f.AtLevel}, {"high or imminent noticed", f.GraveNoticed},
		{"high or imminent called", f.GraveCalled}, {"called in vain, of none or low", f.CalledInVain}, {"asked in vain (noticed at all)", f.AskedInVain},
		{"high or above in vain", f.HighInVain}, {"read imminent: truly so", f.ImminentTruly}, {"read imminent: high or imminent", f.ImminentGrave},
		{"truly imminent: read high or above", f.ImminentFound}, {"subject as labelled", f.Subject},
	} {
		if row.s.Of > 0 {
			fmt.Fprintf(w, "%-36s %s\n", row.name, row.s)
		}
	}
	fmt.Fprintf(w, "%-36s %.3f\n", "score orders the levels", rep.Severity)
	fmt.Fprintf(w, "\n%-24s %-16s %-16s %-16s %-16s\n", "", "noticed", "grave called", "called in vain", "asked in vain")
	row := func(name string, f *Figures) {
		fmt.Fprintf(w, "%-24s", name)
		for _, s := range []Share{f.Noticed, f.GraveCalled, f.CalledInVain, f.AskedInVain} {
			if s.Of == 0 {
				fmt.Fprintf(w, " %-16s", "-")
				continue
			}
			fmt.Fprintf(w, " %-16s", fmt.Sprintf("%.3f (%d/%d)", s.Rate(), s.Hit, s.Of))
		}
		fmt.Fprintln(w)
	}
	for i := range rep.Lengths {
		row(lengthNames[i], &rep.Lengths[i])
	}
	for _, k := range slices.Sorted(maps.Keys(rep.Kinds)) {
		row("kind "+k, rep.Kinds[k])
	}
	rep.printWorst(w, o)
}

func (rep *Report) printWorst(w io.Writer, o EvalOptions) {
	if o.Worst <= 0 || len(rep.wrong) == 0 {
		return
	}
	slices.SortStableFunc(rep.wrong, func(a, b mistake) int { return cmp.Compare(b.cost, a.cost) })
	fmt.Fprintln(w, "\nworst errors:")
	for _, m := range rep.wrong[:min(o.Worst, len(rep.wrong))] {
		read := string(m.r.Level)
		if m.r.Ask {
			read += " (ask)"
		}
		fmt.Fprintf(w, "%s:%d: %s, read %s by %s, score %.2f", m.file, m.line, m.q.Level, read, cmp.Or(m.r.Rule, "nothing"), m.r.Score)
		if !o.NoTexts {
			fmt.Fprintf(w, ": %s", m.q.Text)
		}
		fmt.Fprintln(w)
	}
}
