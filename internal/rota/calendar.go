package rota

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// workdays says which days are worked. The State Council moves days about every year, so both ways stand in the plan.
type workdays struct {
	off    []span     // holidays
	worked []span     // weekend days that are worked instead
	laid   []laidDays // by changes, the newest first: they count before the plan

	city func() *calendar.Days // the city's own holidays, which count after the plan; nil knows none
}

// laidDays are days that a change made worked or free.
type laidDays struct {
	span
	works bool
	at    time.Time // when it was decided
}

// span is days from one to another, both included, as 2026-10-01.
type span struct{ from, to string }

func (s span) holds(day string) bool { return s.from <= day && day <= s.to }

func parseSpan(text string) (span, error) {
	from, to, ok := strings.Cut(text, "..")
	if !ok {
		to = from
	}
	for _, day := range []string{from, to} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return span{}, fmt.Errorf("%q is no day", day)
		}
	}
	if to < from {
		return span{}, fmt.Errorf("%q ends before it begins", text)
	}
	return span{from, to}, nil
}

func (c workdays) works(day time.Time) bool {
	text := day.Format(time.DateOnly)
	at := func(s span) bool { return s.holds(text) }
	if i := slices.IndexFunc(c.laid, func(l laidDays) bool { return l.holds(text) }); i >= 0 {
		return c.laid[i].works
	}
	switch {
	case slices.ContainsFunc(c.worked, at):
		return true
	case slices.ContainsFunc(c.off, at):
		return false
	}
	if c.city != nil {
		if _, off := c.city().Holiday(day); off {
			return false
		}
		if c.city().Worked(day) {
			return true
		}
	}
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

// shift is a duty of some hours on some days. One that ends at or before its beginning goes on into the next day and belongs to the day on which it begins.
type shift struct {
	days     []func(day time.Time, c workdays) bool
	from, to int // minutes of the day
	who      []string
}

// covers says whether the shift is on at a moment, and on which day it began.
func (s shift) covers(at time.Time, c workdays) (began time.Time, ok bool) {
	minute := at.Hour()*60 + at.Minute()
	on := func(day time.Time) bool {
		return slices.ContainsFunc(s.days, func(f func(time.Time, workdays) bool) bool { return f(day, c) })
	}
	today := Midnight(at)
	yesterday := today.AddDate(0, 0, -1)
	switch {
	case s.from < s.to:
		return today, s.from <= minute && minute < s.to && on(today)
	case minute >= s.from && on(today):
		return today, true
	}
	return yesterday, minute < s.to && on(yesterday)
}

// Midnight is the beginning of a moment's day in the city.
func Midnight(at time.Time) time.Time {
	y, m, d := at.In(citytime.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, citytime.Zone)
}

var weekdays = []string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// parseDay understands 每天, 工作日, 休息日, 周一 to 周日, and days such as 2026-10-01 or 2026-10-01..2026-10-07.
func parseDay(text string) (func(time.Time, workdays) bool, error) {
	switch i := slices.Index(weekdays, text); {
	case text == "每天":
		return func(time.Time, workdays) bool { return true }, nil
	case text == "工作日":
		return func(day time.Time, c workdays) bool { return c.works(day) }, nil
	case text == "休息日":
		return func(day time.Time, c workdays) bool { return !c.works(day) }, nil
	case i >= 0:
		return func(day time.Time, _ workdays) bool { return int(day.Weekday()) == i }, nil
	}
	s, err := parseSpan(text)
	if err != nil {
		return nil, err
	}
	return func(day time.Time, _ workdays) bool { return s.holds(day.Format(time.DateOnly)) }, nil
}

// parseClock reads 08:00 as minutes of the day; 24:00 is its end.
func parseClock(text string) (int, error) {
	if text == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}
