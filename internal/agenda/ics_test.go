package agenda_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/agenda"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/event"
)

var (
	noon  = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	maker = agenda.Maker{PublicURL: "https://xinqiao.example", Now: func() time.Time { return noon }}
	there = booking.Station{ID: "s", Name: "示例站点, 一号; 楼\\上", Address: "示例路 1 号\n二楼", Phone: "020-0000-0001", Minutes: 50}
)

// lines reads a calendar as RFC 5545 says a reader does: unfolded, each property with its value in clear.
func lines(t interface{ Fatalf(string, ...any) }, raw []byte) []string {
	if !bytes.HasSuffix(raw, []byte("\r\n")) || bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) {
		t.Fatalf("lines end with something else than CRLF: %q", raw)
	}
	for _, l := range strings.Split(string(raw), "\r\n") {
		if len(l) > 75 || !utf8.ValidString(l) {
			t.Fatalf("a line of %d bytes, or one that is cut inside a character: %q", len(l), l)
		}
	}
	out := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(raw), "\r\n ", ""), "\r\n"), "\r\n")
	for i, l := range out {
		var b strings.Builder
		for j := 0; j < len(l); j++ {
			if l[j] == '\\' && j+1 < len(l) {
				j++
				if l[j] == 'n' {
					b.WriteByte('\n')
					continue
				}
			}
			b.WriteByte(l[j])
		}
		out[i] = b.String()
	}
	return out
}

func has(t *testing.T, raw []byte, want ...string) {
	t.Helper()
	got := lines(t, raw)
	for _, w := range want {
		if no, missing := strings.CutPrefix(w, "!"); missing == slices.Contains(got, strings.TrimPrefix(w, "!")) {
			t.Errorf("%q is there: %v, in\n%s", no, missing, strings.Join(got, "\n"))
		}
	}
}

func TestAnAppointmentIsTheSameEntryHoweverOftenItIsMovedAndLeavesWhenCancelled(t *testing.T) {
	a := booking.Appointment{ID: "a1", Station: "s", Start: time.Date(2026, 3, 9, 14, 0, 0, 0, citytime.Zone), Code: "ABC234", Token: "tok", Note: "孩子不爱说话", BookedAt: noon, Status: booking.Booked}
	first, err := maker.File(agenda.Appointment(a, there, nil))
	if err != nil {
		t.Fatal(err)
	}
	has(t, first, "BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:PUBLISH", "UID:appointment-a1@xinqiao", "SEQUENCE:0", "STATUS:CONFIRMED", "DTSTAMP:20260302T040000Z",
		"DTSTART:20260309T060000Z", "DTEND:20260309T065000Z", "SUMMARY:预约 · 示例站点, 一号; 楼\\上", "LOCATION:示例站点, 一号; 楼\\上，示例路 1 号\n二楼",
		"URL:https://xinqiao.example/p/booking/tok", "ORGANIZER:https://xinqiao.example/p/", "CLASS:PRIVATE", "END:VCALENDAR")
	if bytes.Contains(first, []byte("说话")) {
		t.Error("what the person wrote stands in the calendar")
	}
	a.Start = a.Start.Add(24 * time.Hour)
	moved, err := maker.File(agenda.Appointment(a, there, []booking.Step{{Kind: booking.StepMoved}, {Kind: booking.StepArrived}, {Kind: booking.StepUndone}}))
	if err != nil {
		t.Fatal(err)
	}
	has(t, moved, "UID:appointment-a1@xinqiao", "SEQUENCE:1", "DTSTART:20260310T060000Z", "METHOD:PUBLISH")
	a.Status = booking.Cancelled
	gone, err := maker.File(agenda.Appointment(a, booking.Station{}, []booking.Step{{Kind: booking.StepMoved}, {Kind: booking.StepCancelled}}))
	if err != nil {
		t.Fatal(err)
	}
	has(t, gone, "UID:appointment-a1@xinqiao", "SEQUENCE:2", "STATUS:CANCELLED", "METHOD:CANCEL", "!METHOD:PUBLISH", "!STATUS:CONFIRMED")
}

func TestAPlaceAtAnEventIsKeptTentativelyWhileItWaits(t *testing.T) {
	d := event.Date{ID: "talk", At: noon.Add(48 * time.Hour), Event: event.Event{Title: "讲座", Place: "礼堂", Minutes: 90, Bring: "水杯"}}
	x := event.Signup{ID: "x1", Date: "talk", Code: "0427", SignedAt: noon.Add(-time.Hour)}
	raw, err := maker.File(agenda.Signup(x, d, noon))
	if err != nil {
		t.Fatal(err)
	}
	has(t, raw, "STATUS:TENTATIVE", "SUMMARY:讲座（候补）", "DTEND:20260304T053000Z", "SEQUENCE:60")
	x.Seat = 3
	raw, err = maker.File(agenda.Signup(x, d, noon.Add(time.Minute)))
	if err != nil {
		t.Fatal(err)
	}
	has(t, raw, "STATUS:CONFIRMED", "SUMMARY:讲座", "SEQUENCE:61", "DESCRIPTION:签到码：0427\n要带：水杯\n来不了的话，在聊天里发“我的报名”取消，让给别的家庭。")
	d.Cancelled = true
	raw, err = maker.File(agenda.Signup(x, d, noon))
	if err != nil {
		t.Fatal(err)
	}
	has(t, raw, "STATUS:CANCELLED", "METHOD:CANCEL")
}

func TestEveryTextComesBackFromACalendarAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune(";,\\\n: \"<>=")), rapid.Rune())).Draw(t, "said")
		raw, err := maker.Feed("n", []agenda.Entry{{UID: "u", Title: said, Where: said, From: noon, To: noon, Made: noon}})
		if err != nil {
			t.Fatal(err)
		}
		kept := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' || r == 0x7f {
				return -1
			}
			return r
		}, said)
		if got := lines(t, raw); !slices.Contains(got, "SUMMARY:"+kept) || !slices.Contains(got, "LOCATION:"+kept) {
			t.Fatalf("%q became %q", kept, got)
		}
	})
}
