package event_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/event"
)

const good = `  - id: a
    title: 一场讲座
    kind: 讲座
    start: 2026-03-14 15:00
    minutes: 60
    place: 示例礼堂
    about: 讲一讲再聊一聊，欢迎来
    capacity: 10
`

func load(events string) (*event.Calendar, error) {
	return event.Load(fstest.MapFS{"e.yaml": {Data: []byte("events:\n" + events)}})
}

func TestBadEventsAreRefusedWithTheirPlace(t *testing.T) {
	if _, err := load(good); err != nil {
		t.Fatalf("a good event: %v", err)
	}
	weekly := strings.Replace(good, "start: 2026-03-14 15:00", `weekly: {day: 6, time: "15:00"}`, 1)
	for name, c := range map[string]struct{ events, want string }{
		"two with one ID":         {good + good, "events/e.yaml:10:"},
		"a kind that is none":     {strings.Replace(good, "讲座\n    start", "聚会\n    start", 1), "events/e.yaml:4:"},
		"a date that is none":     {strings.Replace(good, "2026-03-14 15:00", "三月十四", 1), "events/e.yaml:5:"},
		"no seats":                {strings.Replace(good, "capacity: 10", "capacity: 0", 1), "events/e.yaml:9:"},
		"both once and weekly":    {good + "    weekly: {day: 6, time: \"15:00\"}\n", "正好写一个"},
		"a weekday that is none":  {strings.Replace(weekly, "day: 6", "day: 8", 1), "events/e.yaml:5:"},
		"an end before its start": {strings.Replace(weekly, `time: "15:00"`, `time: "15:00", from: 2026-05-01, until: 2026-04-01`, 1), "until 在 from 前面"},
		"an unknown key":          {strings.Replace(good, "place:", "plase:", 1), "events/e.yaml:7:"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := load(c.events); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q in: %v", c.want, err)
			}
		})
	}
}

func TestTheCalendarShowsWhatIsToCome(t *testing.T) {
	c, err := load(good + `  - id: w
    title: 每周一次
    kind: 家长课堂
    weekly: {day: 3, time: "19:30", from: 2026-03-01, until: 2026-03-20}
    skip: [2026-03-11]
    minutes: 60
    place: 示例教室
    about: 每周三晚上，一起聊一聊
    capacity: 5
`)
	if err != nil {
		t.Fatal(err)
	}
	ids := func(kind string, now time.Time) []string {
		var out []string
		for _, d := range c.Upcoming(kind, now) {
			out = append(out, d.ID+" "+d.When())
		}
		return out
	}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, citytime.Zone)
	for _, k := range []struct {
		name, kind string
		now        time.Time
		want       []string
	}{
		{"the next first, without the day that is skipped", "", now, []string{"w@20260304 3月4日（周三）19:30", "a 3月14日（周六）15:00", "w@20260318 3月18日（周三）19:30"}},
		{"of one kind", "讲座", now, []string{"a 3月14日（周六）15:00"}},
		{"not in the last two hours before", "讲座", time.Date(2026, 3, 14, 13, 1, 0, 0, citytime.Zone), nil},
		{"nothing after the end", "", time.Date(2026, 3, 21, 0, 0, 0, 0, citytime.Zone), nil},
	} {
		t.Run(k.name, func(t *testing.T) {
			if diff := cmp.Diff(k.want, ids(k.kind, k.now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for id, there := range map[string]bool{"a": true, "w@20260304": true, "w@20260305": false, "w@20260311": false, "w": false, "a@20260314": false, "x": false, "w@soon": false} {
		if _, ok := c.Date(id); ok != there {
			t.Errorf("date %s: %v, want %v", id, ok, there)
		}
	}
}

func TestAWeeklyEventRestsOnTheCitysHolidays(t *testing.T) {
	weekly := strings.Replace(good, "start: 2026-03-14 15:00", `weekly: {day: 6, time: "15:00"}`, 1)
	c, err := load(weekly + strings.Replace(weekly, "id: a", "id: b\n    holidays: open", 1))
	if err != nil {
		t.Fatal(err)
	}
	city, err := calendar.Load(os.DirFS("../../dialogs"))
	if err != nil {
		t.Fatal(err)
	}
	c = c.Keeping(city)
	for id, there := range map[string]bool{"a@20261003": false, "a@20261010": true, "b@20261003": true} {
		if _, ok := c.Date(id); ok != there {
			t.Errorf("date %s: %v, want %v", id, ok, there)
		}
	}
	if _, err := load(good + "    holidays: open\n"); err == nil {
		t.Error("an event of one date has nothing to open")
	}
}

func TestTheShippedEventsAreSamplesAndSomeAreAlwaysToCome(t *testing.T) {
	c, err := event.Load(os.DirFS("../../dialogs/events"))
	if err != nil {
		t.Fatal(err)
	}
	for _, year := range []int{2026, 2030} {
		dates := c.Upcoming("", time.Date(year, 6, 1, 0, 0, 0, 0, citytime.Zone))
		if len(dates) == 0 {
			t.Errorf("nothing is to come in %d", year)
		}
		for _, d := range dates {
			if !d.Sample || !strings.Contains(d.Place, "示例") {
				t.Errorf("%s is not marked as a sample", d.ID)
			}
		}
	}
}
