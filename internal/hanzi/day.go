package hanzi

import (
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Day is the day that a text speaks of, as its midnight in Guangzhou. What has no year is the next such day; what is said
// to be past (昨天, 这周一 on a Wednesday) is read as it is said. Two days, a stretch of days, a day that the calendar does
// not have, and one of the lunar calendar are Half.
func Day(text string, now time.Time) (time.Time, Heard) {
	s := plain(text)
	first, last, h := days(s, find(s), midnight(now))
	if h == Whole && !first.Equal(last) {
		h = Half
	}
	if h != Whole {
		return time.Time{}, h
	}
	return first, Whole
}

// stretch is what one mention says: the days from first to last, or a day that others still have to place.
type stretch struct {
	first, last time.Time
	weekday     int // 周六 without its week, 1 is Monday
	day         int // 5号 without its month
	month       bool
}

// days gives the one stretch of days that the mentions agree on.
func days(s string, found []mention, today time.Time) (first, last time.Time, h Heard) {
	all := ofDays(found)
	if len(all) == 0 {
		if alone(s) {
			return first, last, Half
		}
		return first, last, Nothing
	}
	all = meant(s, all)
	if len(all) == 0 {
		return first, last, Half
	}
	var sum stretch
	for i, m := range all {
		one, ok := m.days(today)
		if !ok || m.hedged || m.kind == unclear {
			return first, last, Half
		}
		if i == 0 {
			sum = one
			continue
		}
		if sum, ok = sum.and(one); !ok {
			return first, last, Half
		}
	}
	sum, ok := sum.placed(today)
	if !ok {
		return first, last, Half
	}
	return sum.first, sum.last, Whole
}

// ofDays are the mentions of days. 初二 is a class at school where another day is named.
func ofDays(found []mention) []mention {
	var out []mention
	named := slices.ContainsFunc(found, func(m mention) bool { return m.kind == aDay || m.kind == aWeek || m.kind == aMonth })
	for _, m := range found {
		school := slices.Contains([]string{"初一", "初二", "初三"}, m.said["lunar"])
		if (m.kind == aDay || m.kind == aWeek || m.kind == aMonth || m.kind == unclear) && (!school || !named) {
			out = append(out, m)
		}
	}
	return out
}

// and is what two mentions say together: 下周，周六; 12月5号，周六.
func (a stretch) and(b stretch) (stretch, bool) {
	switch {
	case a.open() && b.open():
		return a, a == b
	case a.open():
		return b.and(a)
	case b.weekday > 0:
		if a.last.Sub(a.first) > 6*24*time.Hour {
			return a, false
		}
		for d := a.first; !d.After(a.last); d = d.AddDate(0, 0, 1) {
			if isoWeekday(d) == b.weekday {
				return single(d), true
			}
		}
		return a, false
	case b.day > 0:
		if a.month {
			d := time.Date(a.first.Year(), a.first.Month(), b.day, 0, 0, 0, 0, citytime.Zone)
			return single(d), d.Day() == b.day
		}
		return a, a.first.Equal(a.last) && a.first.Day() == b.day
	}
	first, last := a.first, a.last
	if b.first.After(first) {
		first = b.first
	}
	if b.last.Before(last) {
		last = b.last
	}
	return stretch{first: first, last: last}, !last.Before(first) && (first.Equal(last) || a == b)
}

func (a stretch) open() bool { return a.weekday+a.day > 0 }

// placed puts a weekday or a day of the month to its next date.
func (a stretch) placed(today time.Time) (stretch, bool) {
	switch {
	case a.weekday > 0:
		return single(today.AddDate(0, 0, (a.weekday-isoWeekday(today)+7)%7)), true
	case a.day > 0:
		first := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, citytime.Zone)
		for i := range 3 { // of two months in a row, one has 31 days, but this one's may be over
			d := first.AddDate(0, i, a.day-1)
			if d.Day() == a.day && !d.Before(today) {
				return single(d), true
			}
		}
		return a, false
	}
	return a, true
}

func single(d time.Time) stretch { return stretch{first: d, last: d} }

func isoWeekday(d time.Time) int { return (int(d.Weekday())+6)%7 + 1 }

func midnight(now time.Time) time.Time {
	y, m, d := now.In(citytime.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, citytime.Zone)
}

var near = map[string]int{
	"大前天": -3, "前天": -2, "前晚": -2, "昨天": -1, "昨晚": -1, "今天": 0, "今晚": 0, "今早": 0, "今夜": 0, "今上午": 0, "今下午": 0,
	"明天": 1, "明早": 1, "明晚": 1, "明上午": 1, "明下午": 1, "后天": 2, "后晚": 2, "大后天": 3, "大大后天": 4,
}

// holidays are those that have the same date every year.
var holidays = map[string][2]int{
	"元旦": {1, 1}, "情人": {2, 14}, "妇女": {3, 8}, "三八": {3, 8}, "植树": {3, 12}, "五一": {5, 1}, "劳动": {5, 1}, "青年": {5, 4},
	"儿童": {6, 1}, "六一": {6, 1}, "教师": {9, 10}, "国庆": {10, 1}, "万圣": {11, 1}, "平安夜": {12, 24}, "圣诞": {12, 25},
}

// days gives what one mention says.
func (m mention) days(today time.Time) (stretch, bool) {
	said := m.said
	switch {
	case said["near"] != "":
		return single(today.AddDate(0, 0, near[said["near"]])), true
	case said["eta"] != "":
		n, ok := small(said["eta"])
		if said["unit"] != "天" && said["unit"] != "日" {
			n *= 7
		}
		if said["ago"] == "前" {
			n = -n
		}
		return single(today.AddDate(0, 0, n)), ok && n > -3700 && n < 3700
	case said["hol"] != "":
		md := holidays[strings.TrimSuffix(said["hol"], "节")]
		return onDay(0, md[0], md[1], today)
	case said["wd"] != "" || m.kind == aWeek:
		return m.week(today)
	case said["month"] != "":
		mo, okM := small(said["month"])
		d, okD := small(said["mday"])
		y, okY := year(said["year"], today)
		st, ok := onDay(y, mo, d, today)
		return st, ok && okM && okD && okY
	case said["iso"] != "" || said["short"] != "":
		n := numbersIn(said["iso"] + said["short"])
		return onDay(n[0], n[1], n[2], today)
	case said["day"] != "":
		d, ok := small(said["day"])
		if !ok || d < 1 || d > 31 {
			return stretch{}, false
		}
		if said["mon"] == "" {
			return stretch{day: d}, true
		}
		t := monthOf(said["mon"], today).AddDate(0, 0, d-1)
		return single(t), t.Day() == d
	case m.kind == aMonth:
		return m.month(today)
	}
	return stretch{}, false
}

// numbersIn splits 2026-12-3, 20261203 and 12/3 into year, month and day; 0 where the year is not said.
func numbersIn(s string) [3]int {
	parts := strings.FieldsFunc(s, func(r rune) bool { return !figure(r) })
	if len(parts) == 1 {
		parts = []string{s[:4], s[4:6], s[6:]}
	}
	var n [3]int
	for i, p := range parts {
		n[3-len(parts)+i], _ = whole(p) // the pattern lets only figures through
	}
	return n
}

// small reads a number of a day, a month or an hour, without the short forms that only counted things have.
func small(s string) (int, bool) {
	n, ok := whole(s)
	return n, ok && (figure(rune(s[0])) || !strings.ContainsAny(s, "两") || s == "两")
}

// week counts weeks from Monday, as people here do: on a Sunday, 下周一 is the next day.
func (m mention) week(today time.Time) (stretch, bool) {
	said := m.said["wk"] + m.said["wend"] + m.said["wks"]
	weeks := strings.Count(said, "下") - strings.Count(said, "上")
	monday := today.AddDate(0, 0, 1-isoWeekday(today)+7*weeks)
	bare := !strings.ContainsAny(said, "上下这本")
	switch {
	case m.said["wend"] != "":
		first, last := monday.AddDate(0, 0, 5), monday.AddDate(0, 0, 6)
		if first.Before(today) && !last.Before(today) {
			first = today
		}
		return stretch{first: first, last: last}, true
	case m.said["wks"] != "":
		return stretch{first: monday, last: monday.AddDate(0, 0, 6)}, true
	}
	wd, ok := map[string]int{"日": 7, "天": 7}[m.said["wd"]]
	if !ok {
		wd, _ = whole(m.said["wd"]) // the pattern lets only 1 to 7 through
	}
	if bare {
		return stretch{weekday: wd}, true
	}
	return single(monday.AddDate(0, 0, wd-1)), true
}

// monthOf is the first day of 下个月, 上个月, 这个月.
func monthOf(said string, today time.Time) time.Time {
	return time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, citytime.Zone).AddDate(0, strings.Count(said, "下")-strings.Count(said, "上"), 0)
}

// month is 下个月, 12月, 12月底, 月底: a bare end of a month that is over means the next one.
func (m mention) month(today time.Time) (stretch, bool) {
	first := monthOf(m.said["mon2"], today)
	if m.said["mnum"] != "" {
		n, ok := small(m.said["mnum"])
		if !ok || n < 1 || n > 12 {
			return stretch{}, false
		}
		y := today.Year()
		if n < int(today.Month()) {
			y++
		}
		first = time.Date(y, time.Month(n), 1, 0, 0, 0, 0, citytime.Zone)
	}
	bit := strings.TrimPrefix(m.said["mbit"]+m.said["mpart"], "月")
	if bit == "" {
		return stretch{first: first, last: first.AddDate(0, 1, -1), month: true}, true
	}
	within := func(first time.Time) stretch {
		end := first.AddDate(0, 1, -1)
		switch bit {
		case "初", "上旬":
			return stretch{first: first, last: first.AddDate(0, 0, 9)}
		case "中", "中旬":
			return stretch{first: first.AddDate(0, 0, 10), last: first.AddDate(0, 0, 19)}
		case "下旬":
			return stretch{first: first.AddDate(0, 0, 20), last: end}
		}
		return stretch{first: first.AddDate(0, 0, 24), last: end} // 月底
	}
	st := within(first)
	if m.said["mpart"] != "" && st.last.Before(today) {
		st = within(first.AddDate(0, 1, 0))
	}
	return st, true
}

func year(said string, today time.Time) (int, bool) {
	if ahead, ok := map[string]int{"前": -2, "去": -1, "今": 0, "明": 1, "后": 2}[said]; ok {
		return today.Year() + ahead, true
	}
	if said == "" {
		return 0, true
	}
	y, ok := whole(said)
	if y < 100 {
		y += 2000
	}
	return y, ok
}

// onDay gives a day that the calendar has; without a year, the next one of that month and day.
func onDay(y, m, d int, today time.Time) (stretch, bool) {
	if m < 1 || m > 12 || d < 1 {
		return stretch{}, false
	}
	if y != 0 {
		t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, citytime.Zone)
		return single(t), t.Day() == d
	}
	for next := today.Year(); next <= today.Year()+8; next++ { // 29 February may be that far
		t := time.Date(next, time.Month(m), d, 0, 0, 0, 0, citytime.Zone)
		if t.Day() == d && !t.Before(today) {
			return single(t), true
		}
	}
	return stretch{}, false
}
