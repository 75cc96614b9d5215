package event

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

type eventsFile struct {
	Events []Event `yaml:"events"`
}

// Load reads the events under fsys, which is rooted at dialogs/events. A folder that is not there holds none. The error
// is a problem.Problems.
func Load(fsys fs.FS) (*Calendar, error) {
	var ps problem.Problems
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	c := &Calendar{}
	taken := map[string]string{}
	for _, name := range files {
		var f eventsFile
		doc, ok := problem.Read(fsys, name, "events/"+name, &f, &ps)
		if !ok {
			continue
		}
		for i, e := range f.Events {
			at := place{doc.At(fmt.Sprintf("$.events[%d]", i), &ps)}
			at.check(&e)
			if other, used := taken[e.ID]; used {
				at.Bad("id", "请换一个编号", "编号 %s 在 %s 里用过了", e.ID, other)
			}
			taken[e.ID] = doc.File
			c.events = append(c.events, e)
		}
	}
	return c, ps.Err()
}

// place is where an event stands in its file.
type place struct{ problem.Place }

// check says what is wrong with an event and works its times out.
func (p place) check(e *Event) {
	if e.ID == "" || len(e.ID) > 40 || strings.ContainsAny(e.ID, " @/?#") {
		p.Bad("id", "用字母、数字和短横，例如 talk-sleep", "编号 %q 不对", e.ID)
	}
	if n := utf8.RuneCountInString(e.Title); n == 0 || n > 30 {
		p.Bad("title", "标题写 1 到 30 个字", "标题有 %d 个字", n)
	}
	if !slices.Contains(Kinds, e.Kind) {
		p.Bad("kind", "只能是 "+strings.Join(Kinds, "、"), "没有“%s”这一类", e.Kind)
	}
	if e.Minutes < 10 || e.Minutes > 600 {
		p.Bad("minutes", "写分钟数，例如 90", "长度 %d 分钟不对", e.Minutes)
	}
	if e.Place == "" {
		p.Bad("place", "写上在哪里", "没有写地点")
	}
	if n := utf8.RuneCountInString(e.About); n < 10 || n > 300 {
		p.Bad("about", "写 10 到 300 个字，讲清楚做什么", "介绍有 %d 个字", n)
	}
	if e.Capacity < 1 || e.Capacity > 5000 {
		p.Bad("capacity", "写能来几个家庭，1 到 5000", "名额 %d 不对", e.Capacity)
	}
	if e.Waiting < 0 || e.Waiting > 1000 {
		p.Bad("waiting", "写候补最多几个家庭，0 是不设候补", "候补 %d 不对", e.Waiting)
	}
	if e.Holidays != "" && (e.Holidays != calendar.Open || e.Weekly == nil) {
		p.Bad("holidays", "每周的活动放假也办，写 open；不办，或者只办一次的，整行删掉", "看不懂 %q", e.Holidays)
	}
	switch {
	case (e.Start == "") == (e.Weekly == nil):
		p.Bad("start", "一次的写 start，每周的写 weekly，只写一个", "start 和 weekly 要正好写一个")
	case e.Weekly == nil:
		e.start = p.time("start", "2006-01-02 15:04", "2026-12-19 09:30", e.Start)
	default:
		p.weekly(e)
	}
}

func (p place) weekly(e *Event) {
	w := e.Weekly
	if w.Day < 1 || w.Day > 7 {
		p.Bad("weekly.day", "1 是周一，7 是周日", "星期 %d 不对", w.Day)
	}
	clock := p.time("weekly.time", "15:04", "15:00", w.Time)
	e.clock = time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute
	if w.From != "" {
		e.first = p.time("weekly.from", time.DateOnly, "2026-03-01", w.From)
	}
	if w.Until != "" {
		e.last = p.time("weekly.until", time.DateOnly, "2026-07-31", w.Until)
		if e.last.Before(e.first) {
			p.Bad("weekly.until", "请检查两个日子", "until 在 from 前面")
		}
	}
	for _, day := range e.Skip {
		p.time("skip", time.DateOnly, "2026-05-02", day)
	}
}

func (p place) time(key, layout, example, text string) time.Time {
	t, err := time.ParseInLocation(layout, text, citytime.Zone)
	if err != nil {
		p.Bad(key, "写成 "+example, "时间 %q 看不懂", text)
	}
	return t
}
