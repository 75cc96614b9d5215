package calendar_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateOnly, text, citytime.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.Add(9 * time.Hour)
}

func TestTheShippedCalendarSaysWhatTheNoticeOf2026Says(t *testing.T) {
	d, err := calendar.Load(os.DirFS("../../dialogs"))
	if err != nil {
		t.Fatal(err)
	}
	for date, want := range map[string]string{
		"2026-01-01": "元旦", "2026-01-03": "元旦", "2026-01-04": "班", "2026-01-05": "", "2026-02-14": "班", "2026-02-15": "春节", "2026-02-23": "春节",
		"2026-02-24": "", "2026-02-28": "班", "2026-04-04": "清明节", "2026-04-06": "清明节", "2026-05-05": "劳动节", "2026-05-06": "", "2026-05-09": "班",
		"2026-06-19": "端午节", "2026-09-20": "班", "2026-09-25": "中秋节", "2026-10-01": "国庆节", "2026-10-07": "国庆节", "2026-10-08": "", "2026-10-10": "班", "2027-01-01": "元旦",
	} {
		got, off := d.Holiday(day(t, date))
		if d.Worked(day(t, date)) {
			got = "班"
		}
		if got != want || off != (want != "" && want != "班") {
			t.Errorf("%s: %q, want %q", date, got, want)
		}
	}
}

func TestNoCalendarKnowsNoHoliday(t *testing.T) {
	var d *calendar.Days
	if _, off := d.Holiday(day(t, "2026-10-01")); off || d.Worked(day(t, "2026-10-10")) {
		t.Error("nobody said that these days are any different")
	}
}

func TestABadCalendarIsRefusedWithItsPlace(t *testing.T) {
	const good = `calendar:
  - year: 2026
    source: 示例通知
    holidays:
      - {name: 国庆节, from: 2026-10-01, to: 2026-10-07}
    workdays: [2026-10-10]
`
	load := func(text string) error {
		_, err := calendar.Load(fstest.MapFS{calendar.File: {Data: []byte(text)}})
		return err
	}
	if err := load(good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"a day that is none":             {"2026-10-07", "2026-10-32", "calendar.yaml:5:"},
		"an end before the beginning":    {"to: 2026-10-07", "to: 2026-09-30", "calendar.yaml:5:"},
		"a whole season":                 {"to: 2026-10-07", "to: 2026-12-07", "calendar.yaml:5:"},
		"another year's":                 {"from: 2026-10-01, to: 2026-10-07", "from: 2025-10-01, to: 2025-10-07", "calendar.yaml:5:"},
		"no name":                        {"国庆节", `""`, "calendar.yaml:5:"},
		"a weekday as 调休":                {"2026-10-10", "2026-10-09", "calendar.yaml:6:"},
		"a day both off and worked":      {"2026-10-10", "2026-10-03", "已经写成放假"},
		"a key that is none":             {"source:", "sauce:", "calendar.yaml:3:"},
		"a year out of reach of anybody": {"year: 2026", "year: 26", "calendar.yaml:2:"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := load(strings.Replace(good, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %s in: %v", c.want, err)
			}
		})
	}
}
