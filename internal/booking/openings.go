package booking

import (
	"slices"
	"time"
)

// OpenAt says whether somebody is at the station at a time.
func (s Station) OpenAt(t time.Time) bool {
	t = t.In(Guangzhou)
	if slices.Contains(s.Closed, t.Format(time.DateOnly)) {
		return false
	}
	now := t.Format("15:04")
	return slices.ContainsFunc(s.Open, func(h Hours) bool {
		return slices.Contains(h.Days, weekdayOf(t)) && h.From <= now && now < h.To
	})
}

// OpenOn says whether the station keeps hours on a weekday, 1 Monday … 7 Sunday.
func (s Station) OpenOn(weekday int) bool {
	return slices.ContainsFunc(s.Open, func(h Hours) bool { return slices.Contains(h.Days, weekday) })
}

func weekdayOf(t time.Time) int {
	if d := int(t.Weekday()); d > 0 {
		return d
	}
	return 7
}

// Words is the opening hours as people say them: 周一至周五 09:00–17:00.
func (h Hours) Words() string { return weekdayRange(h.Days) + " " + h.From + "–" + h.To }
