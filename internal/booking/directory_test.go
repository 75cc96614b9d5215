package booking_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

func TestTheSampleStationsAreOfAllKindsInAllDistrictsAndSeenToBeSamples(t *testing.T) {
	d := shipped(t)
	if len(d.Districts) != 11 || len(d.All()) < 60 {
		t.Errorf("%d districts, %d stations", len(d.Districts), len(d.All()))
	}
	kinds, phones := map[string]int{}, map[string]string{}
	for _, name := range d.Districts {
		if len(d.In(name)) < 4 || len(d.In(strings.TrimSuffix(name, "区"))) != len(d.In(name)) {
			t.Errorf("%s has %d stations, %d without 区", name, len(d.In(name)), len(d.In(strings.TrimSuffix(name, "区"))))
		}
	}
	phone := regexp.MustCompile(`^020-0000-00\d\d$`)
	for _, s := range d.All() {
		if !s.Sample { // an editor's own
			continue
		}
		kinds[s.Kind]++
		if !strings.Contains(s.Name, "示例") || !phone.MatchString(s.Phone) || !strings.Contains(s.Address, "示例路") || len(s.Services) == 0 {
			t.Errorf("%s must be seen to be a sample: %s %s %s %v", s.ID, s.Name, s.Phone, s.Address, s.Services)
		}
		if other := phones[s.Phone]; other != "" {
			t.Errorf("%s and %s have one number", s.ID, other)
		}
		phones[s.Phone] = s.ID
	}
	for _, kind := range []string{"家庭教育指导中心", "粤心安社会心理服务站", "舒心驿站", "青年地带", "社工站", "家庭教育服务站", "医院心理门诊"} {
		if kinds[kind] < 4 {
			t.Errorf("%d of %s", kinds[kind], kind)
		}
	}
}

func TestStationsAreFoundInPlainWords(t *testing.T) {
	d := shipped(t)
	at := time.Date(2026, 12, 2, 15, 0, 0, 0, citytime.Zone) // a Wednesday
	ids := func(ns []booking.Near) (out []string) {
		for _, n := range ns {
			if n.Sample { // an editor's own stations are found too
				out = append(out, n.ID)
			}
		}
		slices.Sort(out)
		return out
	}
	where := func(fits func(booking.Station) bool) (out []string) {
		for _, s := range d.All() {
			if s.Sample && fits(s) {
				out = append(out, s.ID)
			}
		}
		slices.Sort(out)
		return out
	}
	bookable := func(district string, more func(booking.Station) bool) []string {
		return where(func(s booking.Station) bool { return s.District == district && !s.Referral && more(s) })
	}
	anyOf := func(booking.Station) bool { return true }
	open := func(weekday int, from, to string) func(booking.Station) bool {
		return func(s booking.Station) bool {
			return slices.ContainsFunc(s.Open, func(h booking.Hours) bool { return slices.Contains(h.Days, weekday) && h.From < to && from < h.To })
		}
	}
	for said, want := range map[string][]string{
		"天河":               bookable("天河区", anyOf),
		"天河區嘅站點":           bookable("天河区", anyOf),
		"天河区周六开的":          bookable("天河区", open(6, "00:00", "24:00")),
		"天河周六下午":           bookable("天河区", open(6, "12:00", "18:00")),
		"越秀的舒心驿站":          bookable("越秀区", func(s booking.Station) bool { return s.Kind == "舒心驿站" }),
		"驿站，越秀":            bookable("越秀区", func(s booking.Station) bool { return s.Kind == "舒心驿站" }),
		"粤心安":              where(func(s booking.Station) bool { return s.Kind == "粤心安社会心理服务站" }),
		"番禺有亲子咨询的地方":       bookable("番禺区", func(s booking.Station) bool { return slices.Contains(s.Services, "亲子咨询") }),
		"哪里有青年地带":          where(func(s booking.Station) bool { return s.Kind == "青年地带" }),
		"番禺区现在开门的":         bookable("番禺区", open(3, "15:00", "15:01")),
		"海珠不用预约的":          bookable("海珠区", func(s booking.Station) bool { return s.WalkIn }),
		"荔湾或者越秀":           append(bookable("荔湾区", anyOf), bookable("越秀区", anyOf)...),
		"昌华街":              {"liwan-shuxin"},
		"荔湾区昌华街附近":         {"liwan-shuxin"},
		"我想去昌华舒心驿站":        {"liwan-shuxin"},
		"天河的医院心理门诊":        {"tianhe-clinic"},
		"北京路附近的青年地带":       {"yuexiu-youth", "liwan-youth", "haizhu-youth", "tianhe-youth"},
		"周六下午带孩子去从化的社工站看看": bookable("从化区", func(s booking.Station) bool { return s.Kind == "社工站" && open(6, "12:00", "18:00")(s) }),
	} {
		slices.Sort(want)
		if diff := gocmp.Diff(want, ids(d.Find(d.Read(said, at), nil, at)), gocmp.Transformer("some", func(in []string) []string { return append([]string{}, in...) })); diff != "" {
			t.Errorf("%q (-want +got):\n%s", said, diff)
		}
	}
	for said, nothing := range map[string]bool{"你好": true, "周六下午": true, "我在北京": true, "天河": false, "附近有吗": false} {
		if d.Read(said, at).Nothing() != nothing {
			t.Errorf("%q says something of a place: %v", said, nothing)
		}
	}
	here := channel.Location{Latitude: 23.119, Longitude: 113.321, Datum: "gcj02"}
	near := d.Find(d.Read("最近的驿站", at), &here, at)
	if len(near) == 0 || near[0].Kind != "舒心驿站" || !slices.IsSortedFunc(near, func(a, b booking.Near) int { return cmp.Compare(a.Metres, b.Metres) }) {
		t.Errorf("the nearest come first: %v", ids(near))
	}
}

// scattered is a city of n stations, and a directory of them.
func scattered(tb testing.TB, n int) *booking.Directory {
	tb.Helper()
	var b strings.Builder
	b.WriteString("districts: [天河区]\nstations:\n")
	for i := range n { // most of them in the town, as in life
		lat, lng := 22.6+float64(i*7919%9000)/9000*1.3, 113.0+float64(i*104729%9000)/9000
		if i%3 > 0 {
			lat, lng = 23.0+float64(i*7919%3001)/10000, 113.2+float64(i*104729%3001)/10000
		}
		_, _ = fmt.Fprintf(&b, "  - {id: s-%d, name: 示例, district: 天河区, address: 示例路, phone: 020-0000-0001, lat: %.5f, lng: %.5f, counsellors: 1, minutes: 60, open: [{days: [1], from: \"09:00\", to: \"12:00\"}]}\n", i, lat, lng)
	}
	d, err := booking.LoadStations(fstest.MapFS{"a.yaml": {Data: []byte(b.String())}})
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// Every station by its distance is what a station could say by looking at all of them: the grid must say the same.
func TestTheGridFindsWhatLookingAtAllWouldFind(t *testing.T) {
	d := scattered(t, 600)
	rapid.Check(t, func(rt *rapid.T) {
		at := channel.Location{Latitude: rapid.Float64Range(22.1, 24.3).Draw(rt, "lat"), Longitude: rapid.Float64Range(112.6, 114.4).Draw(rt, "lng"), Datum: "gcj02"}
		n := rapid.IntRange(1, 20).Draw(rt, "n")
		all := d.Find(booking.Wanted{}, &at, monday)
		if diff := gocmp.Diff(names(all[:min(n, len(all))]), names(d.Nearest(at, n))); diff != "" {
			rt.Fatalf("at %v (-all +grid):\n%s", at, diff)
		}
	})
}

func names(ns []booking.Near) (out []string) {
	for _, n := range ns {
		out = append(out, n.ID)
	}
	return out
}

// BenchmarkNearestTen measures the grid against looking at all 10,000 stations, as the ratio of both.
func BenchmarkNearestTen(b *testing.B) {
	d := scattered(b, 10_000)
	at := func(i int) channel.Location {
		return channel.Location{Latitude: 22.9 + float64(i%40)/100, Longitude: 113.1 + float64(i%50)/100, Datum: "gcj02"}
	}
	began := time.Now()
	const some = 20
	for i := range some {
		here := at(i)
		d.Find(booking.Wanted{}, &here, monday)
	}
	all := float64(time.Since(began).Nanoseconds()) / some
	i := 0
	for b.Loop() {
		d.Nearest(at(i), 10)
		i++
	}
	b.ReportMetric(all/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "times-faster")
}
