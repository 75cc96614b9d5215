package booking

import (
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// HoursOn are the hours that a station keeps on a day: those of its weekday; none on a day that it closes, and none on a
// holiday of the city unless it says otherwise.
func (s Station) HoursOn(day time.Time) []Hours {
	day = day.In(citytime.Zone)
	if slices.Contains(s.Closed, day.Format(time.DateOnly)) {
		return nil
	}
	if _, off := s.city.Holiday(day); off && s.Holidays != calendar.Open {
		return nil
	}
	weekday := weekdayOf(day)
	if s.Makeup > 0 && s.city.Worked(day) {
		weekday = s.Makeup
	}
	return filter(s.Open, func(h Hours) bool { return slices.Contains(h.Days, weekday) })
}

// OpenAt says whether somebody is at the station at a time.
func (s Station) OpenAt(t time.Time) bool {
	now := t.In(citytime.Zone).Format("15:04")
	return slices.ContainsFunc(s.HoursOn(t), func(h Hours) bool { return h.From <= now && now < h.To })
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
