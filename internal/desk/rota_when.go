package desk

import (
	"net/url"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
)

var weekdayNames = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

func weekday(t time.Time) string { return weekdayNames[t.In(citytime.Zone).Weekday()] }

// when says a stretch of time as people do: 3月3日 周二, 3月3日–3月5日, 3月3日 08:00–18:00, 3月3日 18:00 到 3月4日 08:00.
func when(from, to time.Time) string {
	from, to = from.In(citytime.Zone), to.In(citytime.Zone)
	last := to.Add(-time.Nanosecond)
	sameDay := from.Format(time.DateOnly) == last.Format(time.DateOnly)
	wholeDays := from.Format("15:04") == "00:00" && to.Format("15:04") == "00:00"
	switch {
	case wholeDays && sameDay:
		return from.Format("1月2日") + " " + weekday(from)
	case wholeDays:
		return from.Format("1月2日") + "–" + last.Format("1月2日")
	case sameDay:
		return from.Format("1月2日 15:04") + "–" + endClock(to)
	}
	return from.Format("1月2日 15:04") + " 到 " + to.Format("1月2日 15:04")
}

// hours are a duty's on the day on which its shift begins: 08:00–18:00, 18:00–次日 08:00, 次日 00:00–08:00.
func hours(d rota.Duty) string {
	from, day := d.From.In(citytime.Zone), d.Day.In(citytime.Zone).Format(time.DateOnly)
	begins, ends := from.Format("15:04"), endClock(d.To)
	switch {
	case from.Format(time.DateOnly) != day:
		begins = "次日 " + begins
	case d.To.Add(-time.Nanosecond).In(citytime.Zone).Format(time.DateOnly) != day:
		ends = "次日 " + ends
	}
	return begins + "–" + ends
}

// endClock is the hour at which something ends; the end of a day is 24:00.
func endClock(t time.Time) string {
	if s := t.In(citytime.Zone).Format("15:04"); s != "00:00" {
		return s
	}
	return "24:00"
}

// shortClock is a coming moment as one says it: 18:00, 明天 08:00, 3月8日 09:00.
func shortClock(t, now time.Time) string {
	t, now = t.In(citytime.Zone), now.In(citytime.Zone)
	switch t.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return t.Format("15:04")
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return "明天 " + t.Format("15:04")
	}
	return t.Format("1月2日 15:04")
}

// formAddress is the form of a change, filled in with a duty.
func formAddress(kind rota.ChangeKind, district string, from, to time.Time) string {
	q := url.Values{"district": {district}, "from": {from.UTC().Format(time.RFC3339)}, "to": {to.UTC().Format(time.RFC3339)}}
	return "/desk/rota/new/" + string(kind) + "?" + q.Encode()
}
