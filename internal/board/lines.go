package board

import (
	"fmt"
	"slices"
	"time"
)

// tally is what is counted of the cases of one line.
type tally struct {
	cases, late int
	spoken      []time.Duration
}

// OtherDistrict is the line of cases whose district is not known, or none of the city's.
const OtherDistrict = "其他或没有写明"

// cases fills in everything that is counted of cases, and cuts it four ways.
func (s *Service) cases(b *Board, cases []Case) {
	p := b.Period
	late := func(c Case) bool {
		return !c.Due.IsZero() && (c.Seen.After(c.Due) || c.Seen.IsZero() && b.Made.After(c.Due))
	}
	count := func(t *tally, c Case) {
		t.cases++
		if late(c) {
			t.late++
		}
		if c.Spoken.After(c.Opened) {
			t.spoken = append(t.spoken, c.Spoken.Sub(c.Opened))
		}
	}
	var all tally
	for _, c := range cases {
		count(&all, c)
	}
	b.Spoken = timesOf(all.spoken)
	sh := &sheet{moving: p.Moving}
	total := sh.whole(all.cases)
	totalLate, totalRest := sh.part(total, all.late)

	var done []func() // once all tables stand beside each other
	cut := func(to *[]Line, lines []Line, of func(Case) int) {
		tallies := make([]tally, len(lines))
		for _, c := range cases {
			count(&tallies[of(c)], c)
		}
		ns, lates := make([]int, len(lines)), make([]int, len(lines))
		for i, t := range tallies {
			ns[i], lates[i] = t.cases, t.late
		}
		counted := sh.split(total, ns)
		late := sh.within(totalLate, totalRest, counted, lates)
		done = append(done, func() { *to = write(lines, tallies, counted.counts(), late.counts()) })
	}
	cut(&b.Levels, levelLines(), func(c Case) int { return slices.Index(levels, c.Level) })
	districts := s.districtLines()
	cut(&b.Districts, districts, func(c Case) int {
		if i := slices.IndexFunc(districts, func(l Line) bool { return l.Name == c.District }); i >= 0 {
			return i
		}
		return len(districts) - 1
	})
	step := s.hourStep(cases)
	cut(&b.Hours, hourLines(step), func(c Case) int { return c.Opened.In(s.City).Hour() / step })
	if days := p.stretches(); days != nil {
		lines := make([]Line, len(days))
		for i, d := range days {
			lines[i].Name = d.name
		}
		cut(&b.Days, lines, func(c Case) int {
			return slices.IndexFunc(days, func(d stretch) bool { return c.Opened.Before(d.to) })
		})
	}
	sh.settle()
	b.Cases, b.Late = total.as, totalLate.as
	b.Prompt = shareOf(b.Late, b.Cases)
	for _, f := range done {
		f()
	}
}

// write turns tallies into lines, as far as their numbers are written.
func write(lines []Line, tallies []tally, cases, late []Count) []Line {
	for i := range lines {
		l := &lines[i]
		if l.Cases = cases[i]; l.Cases.Shown() {
			l.Late, l.Prompt, l.Spoken = late[i], shareOf(late[i], cases[i]), timesOf(tallies[i].spoken)
		}
	}
	return lines
}

func levelLines() []Line {
	lines := make([]Line, len(levels))
	for i, l := range levels {
		lines[i] = Line{Key: string(l), Name: l.Label()}
	}
	return lines
}

// districtLines are the districts of the city, those without a case too: that a line is there must say nothing.
func (s *Service) districtLines() []Line {
	var lines []Line
	for _, name := range s.Districts() {
		lines = append(lines, Line{Name: name})
	}
	return append(lines, Line{Name: OtherDistrict})
}

// hourStep cuts the day as finely as leaves most of its parts to be seen.
func (s *Service) hourStep(cases []Case) int {
	for _, step := range []int{1, 2, 3} {
		ns, seen := make([]int, 24/step), 0
		for _, c := range cases {
			ns[c.Opened.In(s.City).Hour()/step]++
		}
		for _, n := range ns {
			if n >= Least {
				seen++
			}
		}
		if 3*seen >= 2*len(ns) {
			return step
		}
	}
	return 6
}

func hourLines(step int) []Line {
	lines := make([]Line, 24/step)
	for i := range lines {
		lines[i].Name = fmt.Sprintf("%d–%d 点", i*step, (i+1)*step)
	}
	return lines
}

// Times says how long something usually took, and how long at most for nine in ten. The zero Times is not shown.
type Times struct{ Median, Ninth time.Duration }

// timesOf leaves fewer than Least out.
func timesOf(ds []time.Duration) Times {
	if len(ds) < Least {
		return Times{}
	}
	ds = slices.Sorted(slices.Values(ds))
	at := func(tenths int) time.Duration { return Rounded(ds[(len(ds)*tenths+9)/10-1]) } // nearest rank
	return Times{Median: at(5), Ninth: at(9)}
}

// Rounded is up to the next minute, above an hour to the next ten, above a day to the next hour.
func Rounded(d time.Duration) time.Duration {
	step := time.Minute
	switch {
	case d > 24*time.Hour:
		step = time.Hour
	case d > time.Hour:
		step = 10 * time.Minute
	}
	return max((d+step-1)/step*step, time.Minute)
}

// Known says whether there is anything to show.
func (t Times) Known() bool { return t.Median > 0 }

// Took is a rounded time as people say it.
func Took(d time.Duration) string {
	m := int(d / time.Minute)
	switch {
	case m == 0:
		return "—"
	case m < 60:
		return fmt.Sprintf("%d 分钟", m)
	case m < 24*60 && m%60 != 0:
		return fmt.Sprintf("%d 小时 %d 分", m/60, m%60)
	case m < 48*60:
		return fmt.Sprintf("%d 小时", m/60)
	}
	return fmt.Sprintf("%d 天 %d 小时", m/60/24, m/60%24)
}
