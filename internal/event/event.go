// Package event is the dates of the parents' school: talks, classes and family activities, who comes, who waits for a
// place, who is reminded. It reads and checks dialogs/events and never gives out more seats than there are: a unique
// constraint of the store decides. Start reading at Calendar; service.go signs up and cancels.
package event

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Kinds are what an event can be.
var Kinds = []string{"讲座", "亲子活动", "家长课堂"}

// Weekly is an event that comes back every week.
type Weekly struct {
	Day   int    `yaml:"day"`   // 1 Monday … 7 Sunday
	Time  string `yaml:"time"`  // "15:00"
	From  string `yaml:"from"`  // "2026-03-01", the first day; empty: always
	Until string `yaml:"until"` // the last day; empty: without end
}

// Event is what editors write: one date, or one every week.
type Event struct {
	ID        string   `yaml:"id"`
	Title     string   `yaml:"title"`
	Kind      string   `yaml:"kind"`
	Start     string   `yaml:"start"` // "2026-12-19 09:30"
	Weekly    *Weekly  `yaml:"weekly"`
	Minutes   int      `yaml:"minutes"`
	Place     string   `yaml:"place"`
	Address   string   `yaml:"address"`
	District  string   `yaml:"district"`
	Speaker   string   `yaml:"speaker"`
	For       string   `yaml:"for"` // who should come, in words
	About     string   `yaml:"about"`
	Bring     string   `yaml:"bring"`
	Capacity  int      `yaml:"capacity"` // families
	Waiting   int      `yaml:"waiting"`  // how many may wait for a place
	Skip      []string `yaml:"skip"`     // days on which a weekly event does not take place, "2026-05-02"
	Holidays  string   `yaml:"holidays"` // calendar.Open: a weekly event takes place on the city's holidays too
	Cancelled bool     `yaml:"cancelled"`
	Sample    bool     `yaml:"sample"`

	start time.Time // of an event with one date
	clock time.Duration
	first time.Time // of a weekly event; zero: always
	last  time.Time
	city  *calendar.Days
}

// Date is one date of an event.
type Date struct {
	Event
	ID string // the event's, with the day behind it where it comes back
	At time.Time
}

// shut is how long before its start nobody can sign up any more, and no waiting person is given a place.
const shut = 2 * time.Hour

// Open says whether somebody can still sign up.
func (d Date) Open(now time.Time) bool { return !d.Cancelled && now.Before(d.At.Add(-shut)) }

// Calendar is every event. It never changes.
type Calendar struct {
	events []Event
}

// Keeping returns the events under the city's calendar: without one no day is a holiday.
func (c *Calendar) Keeping(city *calendar.Days) *Calendar {
	kept := slices.Clone(c.events)
	for i := range kept {
		kept[i].city = city
	}
	return &Calendar{events: kept}
}

// How far ahead dates are shown: weekly ones come back and need no long list.
const (
	aheadOnce   = 180 * 24 * time.Hour
	aheadWeekly = 21 * 24 * time.Hour
)

// Upcoming lists the dates of a kind ("" for all) that can still be signed up for, the next first.
func (c *Calendar) Upcoming(kind string, now time.Time) []Date {
	var out []Date
	for _, e := range c.events {
		if kind != "" && e.Kind != kind {
			continue
		}
		if e.Weekly == nil {
			if d := e.once(); d.Open(now) && d.At.Before(now.Add(aheadOnce)) {
				out = append(out, d)
			}
			continue
		}
		for day := midnight(now); day.Before(now.Add(aheadWeekly)); day = day.AddDate(0, 0, 1) {
			if d, ok := e.on(day); ok && d.Open(now) {
				out = append(out, d)
			}
		}
	}
	slices.SortFunc(out, func(a, b Date) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Date finds a date by its ID, also one that is past.
func (c *Calendar) Date(id string) (Date, bool) {
	name, day, weekly := strings.Cut(id, "@")
	for _, e := range c.events {
		if e.ID != name {
			continue
		}
		if e.Weekly == nil {
			return e.once(), !weekly
		}
		on, err := time.ParseInLocation("20060102", day, citytime.Zone)
		if err != nil {
			return Date{}, false
		}
		return e.on(on)
	}
	return Date{}, false
}

func (e Event) once() Date { return Date{Event: e, ID: e.ID, At: e.start} }

// on returns a weekly event's date on a day, false where it does not take place.
func (e Event) on(day time.Time) (Date, bool) {
	wanted := time.Weekday(e.Weekly.Day % 7)
	if day.Weekday() != wanted || day.Before(e.first) || !e.last.IsZero() && day.After(e.last) || slices.Contains(e.Skip, day.Format(time.DateOnly)) {
		return Date{}, false
	}
	if _, off := e.city.Holiday(day); off && e.Holidays != calendar.Open {
		return Date{}, false
	}
	return Date{Event: e, ID: e.ID + "@" + day.Format("20060102"), At: day.Add(e.clock)}, true
}

func midnight(t time.Time) time.Time {
	l := t.In(citytime.Zone)
	return time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, citytime.Zone)
}

var weekdays = []string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// When says when a date is, as people say it.
func (d Date) When() string {
	l := d.At.In(citytime.Zone)
	return fmt.Sprintf("%d月%d日（%s）%s", l.Month(), l.Day(), weekdays[l.Weekday()], l.Format("15:04"))
}

// Where says where a date is.
func (d Date) Where() string {
	if d.Address == "" {
		return d.Place
	}
	return d.Place + "，" + d.Address
}

// Details describe a date in a chat.
func (d Date) Details() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "【%s】%s\n时间：%s，约 %d 分钟\n地点：%s\n", d.Kind, d.Title, d.When(), d.Minutes, d.Where())
	for _, line := range []struct{ name, text string }{{"主讲", d.Speaker}, {"适合", d.For}, {"要带", d.Bring}} {
		if line.text != "" {
			_, _ = fmt.Fprintf(&b, "%s：%s\n", line.name, line.text)
		}
	}
	b.WriteString(strings.TrimSpace(d.About))
	if d.Sample {
		b.WriteString("\n（示例活动，信息仅供体验）")
	}
	return b.String()
}
