package booking_test

import (
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

func shipped(tb testing.TB) *booking.Directory {
	tb.Helper()
	d, err := booking.LoadStations(os.DirFS("../../dialogs/stations"))
	if err != nil {
		tb.Fatalf("the shipped stations have problems:\n%v", err)
	}
	return d
}

// monday is 2 March 2026, 10:00 in Guangzhou.
var monday = time.Date(2026, 3, 2, 10, 0, 0, 0, citytime.Zone)

func TestTheNearestStationComesFirst(t *testing.T) {
	d := shipped(t)
	at := channel.Location{Latitude: 23.126, Longitude: 113.362, Datum: "gcj02"}
	near := d.Nearest(at, 4)
	if len(near) != 4 || near[0].ID != "tianhe-1" || near[0].Metres > 500 {
		t.Errorf("nearest: %+v", near[0])
	}
	for i := 1; i < len(near); i++ {
		if near[i].Metres < near[i-1].Metres {
			t.Error("not in the order of distance")
		}
	}
	if far := d.Nearest(channel.Location{Latitude: 39.9, Longitude: 116.4, Datum: "gcj02"}, 4); len(far) != 0 {
		t.Errorf("in Beijing nothing is near, got %d", len(far))
	}
}

// A point of Guangzhou's centre in both systems: the shift there is about 600 m to the south-east.
func TestAPositionOfGPSIsShiftedAsTheMapIs(t *testing.T) {
	d := shipped(t)
	gps := channel.Location{Latitude: 23.1291, Longitude: 113.2644, Datum: "wgs84"}
	same := gps
	same.Datum = "gcj02"
	a, b := d.Nearest(gps, 1)[0].Metres, d.Nearest(same, 1)[0].Metres
	if math.Abs(a-b) < 50 {
		t.Errorf("the shift moved a point by %.0f m only", math.Abs(a-b))
	}
}

func TestSlotsFollowTheOpeningHours(t *testing.T) {
	st, _ := shipped(t).Station("tianhe-1") // Monday to Friday 9–17, Saturday 9–12, 50 minutes
	starts := func(day time.Time) []string {
		var out []string
		for _, s := range st.Slots(day, monday) {
			out = append(out, s.Start.Format("15:04"))
		}
		return out
	}
	if diff := cmp.Diff([]string{"11:30", "12:20", "13:10", "14:00", "14:50", "15:40"}, starts(monday)); diff != "" {
		t.Errorf("today, from an hour ahead: %s", diff)
	}
	if diff := cmp.Diff([]string{"09:00", "09:50", "10:40"}, starts(monday.AddDate(0, 0, 5))); diff != "" {
		t.Errorf("Saturday: %s", diff)
	}
	if got := starts(monday.AddDate(0, 0, 6)); got != nil {
		t.Errorf("Sunday: %v", got)
	}
	if got := starts(monday.AddDate(0, 0, 35)); got != nil {
		t.Errorf("five weeks ahead: %v", got)
	}
	st.Closed = []string{"2026-03-03"}
	if got := starts(monday.AddDate(0, 0, 1)); got != nil {
		t.Errorf("a closed day: %v", got)
	}
}

func TestHolidaysAndWorkedWeekendsFollowTheCitysCalendar(t *testing.T) {
	city, err := calendar.Load(os.DirFS("../../dialogs"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("districts: [天河区]\nstations:\n")
	for id, more := range map[string]string{"usual": "", "always": "holidays: open, ", "makeup": "makeup: 1, "} {
		text.WriteString("  - {id: " + id + ", " + more + "name: 示例, district: 天河区, address: 示例路, phone: 020-0000-0001, lat: 23.1, lng: 113.3, counsellors: 1, minutes: 60, " +
			"open: [{days: [1, 2, 3, 4, 5], from: \"09:00\", to: \"12:00\"}, {days: [6], from: \"14:00\", to: \"16:00\"}]}\n")
	}
	d, err := booking.LoadStations(fstest.MapFS{"a.yaml": {Data: []byte(text.String())}})
	if err != nil {
		t.Fatal(err)
	}
	first := func(id string, month time.Month, day int) string {
		st, ok := d.Keeping(city).Station(id)
		if !ok {
			t.Fatalf("no station %s", id)
		}
		if slots := st.Calendar(time.Date(2026, month, day, 8, 0, 0, 0, citytime.Zone)); len(slots) > 0 {
			return slots[0].Start.Format("15:04")
		}
		return ""
	}
	for _, c := range []struct {
		about      string
		id         string
		month, day int
		want       string
	}{
		{"a holiday", "usual", 10, 1, ""},
		{"a holiday at a station that opens", "always", 10, 1, "09:00"},
		{"the day after", "usual", 10, 8, "09:00"},
		{"a worked Saturday keeps the Saturday's hours", "usual", 10, 10, "14:00"},
		{"or those of the day that the station names", "makeup", 10, 10, "09:00"},
		{"also a Sunday", "makeup", 9, 20, "09:00"},
		{"an ordinary Sunday", "makeup", 9, 13, ""},
	} {
		if got := first(c.id, time.Month(c.month), c.day); got != c.want {
			t.Errorf("%s: %s opens %q, want %q", c.about, c.id, got, c.want)
		}
	}
	if st, _ := d.Keeping(city).Station("usual"); st.OpenAt(time.Date(2026, 10, 1, 10, 0, 0, 0, citytime.Zone)) || !st.OpenAt(time.Date(2026, 10, 8, 10, 0, 0, 0, citytime.Zone)) {
		t.Error("now open, or not, must follow the calendar too")
	}
}

func TestASlotIsFoundByItsIDOrIsGone(t *testing.T) {
	d := shipped(t)
	for _, st := range d.All() {
		for _, day := range st.Days(monday) {
			for _, s := range st.Slots(day, monday) {
				back, err := d.Slot(s.ID(), monday)
				if err != nil || !back.Start.Equal(s.Start) {
					t.Fatalf("%s: %v", s.ID(), err)
				}
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.OneOf(rapid.String(), rapid.StringMatching(`tianhe-1@20260[1-9][0-3][0-9][0-2][0-9][0-5][0-9]`)).Draw(rt, "id")
		if s, err := d.Slot(id, monday); err == nil && s.ID() != id {
			rt.Fatalf("%q was read as %s", id, s.ID())
		}
	})
}

func TestBadStationsAreRefusedWithTheirPlace(t *testing.T) {
	good := `districts: [天河区]
stations:
  - id: tianhe-9
    name: 示例站
    district: 天河区
    address: 示例路
    phone: 020-0000-0001
    lat: 23.1
    lng: 113.3
    open: [{days: [1], from: "09:00", to: "12:00"}]
    counsellors: 1
    minutes: 50
`
	load := func(text string) error {
		_, err := booking.LoadStations(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
		return err
	}
	if err := load(good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"a place outside the city":  {"lat: 23.1", "lat: 31.2", "a.yaml:8:"},
		"hours the wrong way":       {`from: "09:00", to: "12:00"`, `from: "12:00", to: "09:00"`, "a.yaml:10:"},
		"an eighth weekday":         {"days: [1]", "days: [8]", "a.yaml:10:"},
		"an unknown district":       {"district: 天河区", "district: 天河", "a.yaml:5:"},
		"holidays in other words":   {"counsellors: 1", "counsellors: 1\n    holidays: 开", "a.yaml:12:"},
		"a makeup day that is none": {"counsellors: 1", "counsellors: 1\n    makeup: 8", "a.yaml:12:"},
		"no counsellor":             {"counsellors: 1", "counsellors: 0", "a.yaml:11:"},
		"an unknown key":            {"phone:", "fone:", "a.yaml:7:"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := load(strings.Replace(good, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %s in: %v", c.want, err)
			}
		})
	}
}
