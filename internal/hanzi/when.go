package hanzi

import (
	"slices"
	"strings"
	"time"
)

// Moment is the day with a time that a text speaks of; a time alone is the next such moment, a day alone is Half.
func Moment(text string, now time.Time) (time.Time, Heard) {
	s := plain(text)
	found := find(s)
	today := midnight(now)
	first, last, day := days(s, found, today)
	minutes, hour := clock(s, found)
	switch {
	case day == Nothing && hour == Nothing:
		return time.Time{}, Nothing
	case day == Whole && first.Equal(last) && hour == Whole:
		return first.Add(time.Duration(minutes) * time.Minute), Whole
	case day == Nothing && hour == Whole:
		at := today.Add(time.Duration(minutes) * time.Minute)
		if at.Before(now) {
			at = at.AddDate(0, 0, 1)
		}
		return at, Whole
	}
	return time.Time{}, Half
}

// PartOfDay is the part of the day that a text names without a time, in minutes since midnight: 下午 is 720 to 1080.
func PartOfDay(text string) (from, to int, ok bool) {
	w := Wishes(text, time.Time{})
	return w.From, w.To, w.From >= 0
}

// Wish is what a sentence says of when: each kind of thing at most once.
type Wish struct {
	Day         time.Time `json:",omitzero"` // zero: none
	First, Last time.Time `json:",omitzero"` // a stretch of days, both included: 周末, 下周, 月底; zero: none
	Clock       int       // minutes since midnight, -1: none
	From, To    int       // a stretch of the day in minutes: 下午, 9点到11点, 三点以后; -1: none
	Unsure      []string  `json:",omitzero"` // words that were only half read: 每周三, 周六或周日, 初五
}

// Wishes reads what a sentence says of when: 下周六天河附近带孩子，下午 says a day and a part of the day.
func Wishes(text string, now time.Time) Wish {
	s := plain(text)
	found := find(s)
	w := Wish{Clock: -1, From: -1, To: -1}
	if len(found) == 0 {
		return w
	}
	w.days(s, found, midnight(now))
	w.times(s, found)
	return w
}

func (w *Wish) days(s string, found []mention, today time.Time) {
	all := ofDays(found)
	if len(all) == 0 {
		return
	}
	first, last, h := days(s, found, today)
	switch {
	case h == Whole && first.Equal(last):
		w.Day = first
	case h == Whole:
		w.First, w.Last = first, last
	case len(all) == 2 && joined(s, all):
		a, okA := all[0].days(today)
		b, okB := all[1].days(today)
		if a, okA = a.and0(okA, today); okA {
			if b, okB = b.and0(okB, a.first); okB && a.first.Before(b.last) { // 周五到周一: the Monday behind that Friday
				w.First, w.Last = a.first, b.last
				return
			}
		}
		w.unsure(s, all)
	default:
		w.unsure(s, all)
	}
}

// and0 is a stretch that is placed, if it was read at all.
func (a stretch) and0(read bool, today time.Time) (stretch, bool) {
	if !read {
		return a, false
	}
	return a.placed(today)
}

// joined says whether two mentions are the ends of a stretch: nothing but 到 stands between them.
func joined(s string, two []mention) bool {
	clean := !refusal.MatchString(harmless.Replace(s)) && two[0].edge == "" && two[1].edge == "" && two[0].kind != unclear && two[1].kind != unclear
	return clean && rangeSign.MatchString(s[two[0].to:two[1].from])
}

func (w *Wish) unsure(s string, all []mention) {
	from, to := all[0].from, all[0].to
	for _, m := range all[1:] {
		if m.from-to > len("或者是") { // another place of the sentence
			w.Unsure = append(w.Unsure, s[from:to])
			from = m.from
		}
		to = m.to
	}
	w.Unsure = append(w.Unsure, s[from:to])
}

func (w *Wish) times(s string, found []mention) {
	minutes, h := clock(s, found)
	if h == Whole {
		w.Clock = minutes
		return
	}
	var clocks, parts []mention
	for _, m := range found {
		switch {
		case m.kind == aClock || m.kind == vague:
			clocks = append(clocks, m)
		case m.part() != "":
			parts = append(parts, m)
		}
	}
	part, ok := partOf(s, found)
	hours, known := partHours[part]
	both := slices.Concat(clocks, parts)
	slices.SortFunc(both, func(a, b mention) int { return a.from - b.from }) // as they stand in the sentence
	refuses := refusal.MatchString(harmless.Replace(s)) && len(meant(s, both)) == 0
	switch {
	case len(both) == 0:
	case refuses:
		w.unsure(s, both)
	case len(clocks) == 0 && ok && known:
		w.From, w.To = hours[0], hours[1]
	case w.between(s, clocks, part, ok):
	default:
		w.unsure(s, both)
	}
}

// between reads a stretch of the day by its ends: 9点到11点, 三点以后, 下午五点前.
func (w *Wish) between(s string, clocks []mention, part string, onePart bool) bool {
	hours, known := partHours[part]
	if !known {
		hours = [2]int{0, minutesOfDay}
	}
	switch {
	case len(clocks) == 1 && clocks[0].kind == aClock && clocks[0].edge != "" && onePart:
		m, ok := clocks[0].minutes(part)
		if !ok {
			return false
		}
		if clocks[0].edge == "from" {
			w.From, w.To = m, max(hours[1], m)
		} else {
			w.From, w.To = min(hours[0], m), m
		}
		return w.From < w.To
	case len(clocks) == 1 && clocks[0].said["span"] != "" && onePart:
		a, b, cut := strings.Cut(strings.NewReplacer("到", "-", "至", "-").Replace(clocks[0].said["span"]), "-")
		if !cut || clocks[0].hedged {
			return false
		}
		if !strings.ContainsAny(a, "点:") {
			a += "点"
		}
		from, okFrom := clock(part+a, find(part+a))
		to, okTo := clock(part+b, find(part+b))
		if okTo != Whole { // 上午9点到2点
			to, okTo = clock(b, find(b))
		}
		if okFrom != Whole || okTo != Whole || from >= to {
			return false
		}
		w.From, w.To = from, to
		return true
	case len(clocks) == 2: // 上午9点到下午3点
		gap := s[clocks[0].to:clocks[1].from]
		at := strings.IndexAny(gap, "-到至")
		if at < 0 || clocks[0].edge+clocks[1].edge != "" || len(gap) > len("到第二天下午") {
			return false
		}
		at += clocks[0].to
		from, okFrom := clock(s[:at], find(s[:at]))
		to, okTo := clock(s[at:], find(s[at:]))
		if okFrom != Whole || okTo != Whole || from >= to {
			return false
		}
		w.From, w.To = from, to
		return true
	}
	return false
}
