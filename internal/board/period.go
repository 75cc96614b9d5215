package board

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrPeriod says that a period is none of those on offer.
var ErrPeriod = errors.New("board: no such period")

// Period is a stretch of time in the city, From included and To not.
type Period struct {
	Key    string // as it stands in an address: today, 7d, 30d, 2026-11
	From   time.Time
	To     time.Time
	Moving bool // it overlaps others, or is not over: see rule 4 in count.go
}

// firstMonth is before anything that could be counted.
var firstMonth = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// months is how many of them are on offer.
const months = 13

// PeriodOf reads a key; "" is the last 7 days.
func PeriodOf(key string, now time.Time, city *time.Location) (Period, error) {
	now = now.In(city)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, city)
	last := func(days int) Period {
		return Period{Key: key, From: today.AddDate(0, 0, 1-days), To: now, Moving: true}
	}
	switch key {
	case "today":
		return last(1), nil
	case "":
		key = "7d"
		return last(7), nil
	case "7d":
		return last(7), nil
	case "30d":
		return last(30), nil
	}
	from, err := time.ParseInLocation("2006-01", key, city)
	if err != nil || from.Before(firstMonth) || from.After(now) {
		return Period{}, fmt.Errorf("%w: %q", ErrPeriod, key)
	}
	p := Period{Key: key, From: from, To: from.AddDate(0, 1, 0)}
	if p.To.After(now) {
		p.To, p.Moving = now, true
	}
	return p, nil
}

// Months are the keys of the months on offer, the newest first.
func Months(now time.Time, city *time.Location) []string {
	now = now.In(city)
	keys := make([]string, months)
	for i := range keys {
		keys[i] = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, city).AddDate(0, -i, 0).Format("2006-01")
	}
	return keys
}

// Month says whether it is a month of the calendar.
func (p Period) Month() bool { return len(p.Key) == len("2006-01") }

// Before is the key of the month before a month.
func (p Period) Before() string { return p.From.AddDate(0, -1, 0).Format("2006-01") }

// Label is the period as people say it.
func (p Period) Label() string {
	switch p.Key {
	case "today":
		return "今天"
	case "7d":
		return "最近 7 天"
	case "30d":
		return "最近 30 天"
	}
	return p.From.Format("2006年1月")
}

// Span says from which day to which it goes.
func (p Period) Span() string {
	last := p.To.Add(-time.Microsecond).In(p.From.Location())
	first := p.From.Format("1月2日")
	switch {
	case p.From.YearDay() == last.YearDay() && p.From.Year() == last.Year():
		return first
	case p.From.Month() == last.Month():
		return first + "–" + last.Format("2日")
	}
	return first + "–" + last.Format("1月2日")
}

// Runs says that the month is not over yet.
func (p Period) Runs() bool { return p.Month() && p.Moving }

// stretch is a part of a period: a day, or a week of it.
type stretch struct {
	name     string
	from, to time.Time
}

// stretches cut a period for a look along the time: the last 7 days by day, the last 30 days by seven days back from its
// end, a month by the weeks of the calendar; a day is not cut.
func (p Period) stretches() (out []stretch) {
	step := func(from time.Time) time.Time { return from.AddDate(0, 0, 1) }
	switch p.Key {
	case "today":
		return nil
	case "30d":
		step = func(from time.Time) time.Time {
			if from.Equal(p.From) {
				return from.AddDate(0, 0, 30%7)
			}
			return from.AddDate(0, 0, 7)
		}
	}
	if p.Month() {
		step = func(from time.Time) time.Time { return from.AddDate(0, 0, 7-(int(from.Weekday())+6)%7) }
	}
	for from := p.From; from.Before(p.To); {
		to := step(from)
		if to.After(p.To) {
			to = p.To
		}
		name := Period{From: from, To: to}.Span()
		if p.Month() {
			name = strings.ReplaceAll(strings.TrimPrefix(name, from.Format("1月")), "日–", "–")
		}
		out = append(out, stretch{name, from, to})
		from = to
	}
	return out
}
