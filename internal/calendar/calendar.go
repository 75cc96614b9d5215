// Package calendar is the city's public holidays and the weekend days that are worked instead (调休), read from
// dialogs/calendar.yaml: the one place that stations, events and the rota ask, so that none of them opens on a day on which
// nobody is there. It stands alone because none of the three is the others' business. Start reading at Days.
package calendar

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// File is where the calendar stands in the content.
const File = "calendar.yaml"

// Open is what a station or an event writes under holidays to go on as on any other day.
const Open = "open"

// Year is what one year's notice of the State Council says.
type Year struct {
	Year     int       `yaml:"year"`
	Source   string    `yaml:"source"` // the notice, for whoever checks it
	Holidays []Holiday `yaml:"holidays"`
	Workdays []string  `yaml:"workdays"` // weekend days that are worked instead
}

// Holiday is a stretch of days on which the city is off, both ends included.
type Holiday struct {
	Name string `yaml:"name"`
	From string `yaml:"from"` // 2026-10-01
	To   string `yaml:"to"`   // empty: one day
}

type file struct {
	Calendar []Year `yaml:"calendar"`
}

// Days knows which days are holidays and which weekend days are worked. It never changes. Nil knows none.
type Days struct {
	off    map[string]string // a day to its holiday
	worked map[string]bool
}

// Holiday is the name of the holiday that a day belongs to; false on any other day.
func (d *Days) Holiday(day time.Time) (name string, ok bool) {
	if d == nil {
		return "", false
	}
	name, ok = d.off[date(day)]
	return name, ok
}

// Worked says whether a day is a weekend day that is worked instead of a holiday.
func (d *Days) Worked(day time.Time) bool { return d != nil && d.worked[date(day)] }

func date(t time.Time) string { return t.In(citytime.Zone).Format(time.DateOnly) }

// Shapes are the content files that this package reads, each as the empty value that it is decoded into, by the kind of
// file; from them the JSON Schemas for editors are made.
func Shapes() map[string]any { return map[string]any{"calendar": file{}} }

// Load reads the calendar under fsys, which is rooted at dialogs. The error is a problem.Problems.
func Load(fsys fs.FS) (*Days, error) {
	var (
		f  file
		ps problem.Problems
	)
	d := &Days{off: map[string]string{}, worked: map[string]bool{}}
	doc, ok := problem.Read(fsys, File, File, &f, &ps)
	if !ok {
		return d, ps.Err()
	}
	for i, y := range f.Calendar {
		d.add(y, func(key, hint, format string, args ...any) {
			doc.Bad(&ps, fmt.Sprintf("$.calendar[%d].%s", i, key), hint, format, args...)
		})
	}
	return d, ps.Err()
}

const example = "写成 2026-10-01"

func (d *Days) add(y Year, bad func(key, hint, format string, args ...any)) {
	if y.Year < 2000 || y.Year > 2100 {
		bad("year", "写成 2026", "年份 %d 不对", y.Year)
	}
	for i, h := range y.Holidays {
		key := fmt.Sprintf("holidays[%d]", i)
		from, err := time.Parse(time.DateOnly, h.From)
		if err != nil {
			bad(key+".from", example, "日期 %q 不对", h.From)
			continue
		}
		to := from
		if h.To != "" {
			if to, err = time.Parse(time.DateOnly, h.To); err != nil {
				bad(key+".to", example, "日期 %q 不对", h.To)
				continue
			}
		}
		switch days := to.Sub(from).Hours()/24 + 1; {
		case h.Name == "":
			bad(key, "写上 name，例如 国庆节", "这个假期没有名字")
		case days < 1 || days > 15:
			bad(key+".to", "请检查两个日子，一个假期最多 15 天", "从 %s 到 %s 不对", h.From, h.To)
		case from.Year() != y.Year && to.Year() != y.Year:
			bad(key+".from", "写到那一年下面去", "%s 不在 %d 年", h.From, y.Year)
		default:
			for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
				d.off[day.Format(time.DateOnly)] = h.Name
			}
		}
	}
	for i, text := range y.Workdays {
		key := fmt.Sprintf("workdays[%d]", i)
		day, err := time.Parse(time.DateOnly, text)
		switch {
		case err != nil:
			bad(key, example, "日期 %q 不对", text)
		case day.Weekday() != time.Saturday && day.Weekday() != time.Sunday:
			bad(key, "调休上班的只会是周六或周日，请对着通知再看一遍", "%s 不是周末", text)
		case d.off[text] != "":
			bad(key, "从一边删掉", "%s 已经写成放假（%s）", text, d.off[text])
		default:
			d.worked[text] = true
		}
	}
}
