package store_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// town is a directory of the stations that are named: near, with more of YAML, and far.
func town(t *testing.T, near string) *booking.Directory {
	t.Helper()
	const usual = ", district: 天河区, address: 天河区示例路, phone: 020-0000-0001, lng: 113.3, counsellors: 1, minutes: 60, open: [{days: [1, 2, 3, 4, 5], from: \"09:00\", to: \"12:00\"}]}\n"
	text := "districts: [天河区]\nstations:\n  - {id: far, name: 远站示例, lat: 23.2" + usual
	if near != "gone" {
		text += "  - {id: near, name: 近站示例, lat: 23.1" + near + usual
	}
	d, err := booking.LoadStations(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// dueAt returns the payloads of the rows of a kind that are due at a time, by person; all due rows are then done.
func dueAt(t *testing.T, db *store.DB, at time.Time, kind string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for {
		rows, err := db.Outbox().Claim(t.Context(), "w", at, time.Minute, 50)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			return out
		}
		for _, r := range rows {
			if r.Kind == kind {
				out[r.Person] = append(out[r.Person], string(r.Payload))
			}
			if err := db.Outbox().Done(t.Context(), "w", r.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestWhoBookedADayThatIsClosedLaterIsToldOnceWithAnotherOffer(t *testing.T) {
	for name, c := range map[string]struct{ near, why, offer string }{
		"a closed day":      {`, closed: ["2026-03-03"]`, "那天不开了", "近站示例"},
		"a removed station": {"gone", "不再开放", "远站示例"},
		"by referral now":   {", referral: true", "不开", "远站示例"},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				ctx, d := t.Context(), town(t, "")
				s := &booking.Service{Directory: func() *booking.Directory { return d }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return bookingDay }}}
				told, other := writer(t, db, 1), writer(t, db, 2)
				a, err := s.Book(ctx, booking.Wish{Key: "k1", Person: told, Slot: "near@202603030900"})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Book(ctx, booking.Wish{Key: "k2", Person: other, Slot: "far@202603030900"}); err != nil {
					t.Fatal(err)
				}
				look := func() map[string][]string {
					for range 2 {
						if err := s.Promises(ctx, outbox.Row{}); err != nil {
							t.Fatal(err)
						}
					}
					return dueAt(t, db, bookingDay.Add(time.Minute), "deliver")
				}
				if said := look(); len(said) != 0 {
					t.Fatalf("nothing has changed: %v", said)
				}
				d = town(t, c.near)
				said := look()
				if len(said) != 1 || len(said[told]) != 1 || !strings.Contains(said[told][0], c.why) || !strings.Contains(said[told][0], c.offer) {
					t.Errorf("told: %v; want once, to who booked there, with %q and %q", said, c.why, c.offer)
				}
				if said := look(); len(said) != 0 {
					t.Errorf("told again: %v", said)
				}
				reminders := dueAt(t, db, a.Start.Add(-time.Hour), booking.KindReminder)
				if len(reminders[other]) != 1 || len(reminders[told]) != 1 {
					t.Fatalf("reminders: %v", reminders)
				}
				row := outbox.Row{Person: told, Payload: []byte(reminders[told][0])}
				if replies, err := s.Remind(ctx, row); err != nil || len(replies) != 0 {
					t.Errorf("nobody is reminded to go where nobody is: %v, %v", replies, err)
				}
			})
		})
	}
}

func TestAnAppointmentIsRemindedOfTheDayBeforeAndTwoHoursBefore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), bookingService(t, db), writer(t, db, 1)
		a, err := s.Book(ctx, booking.Wish{Key: "k", Person: p, Slot: "tianhe-1@202603050900"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			before time.Duration
			want   string
		}{{24 * time.Hour, "提醒您"}, {2 * time.Hour, "再过两小时"}} {
			if early := dueAt(t, db, a.Start.Add(-c.before-time.Minute), booking.KindReminder); len(early) != 0 {
				t.Errorf("%v before it is too early: %v", c.before, early)
			}
			due := dueAt(t, db, a.Start.Add(-c.before), booking.KindReminder)[p]
			if len(due) != 1 {
				t.Fatalf("%v before: %v", c.before, due)
			}
			replies, err := s.Remind(ctx, outbox.Row{Person: p, Payload: []byte(due[0])})
			if err != nil || len(replies) != 1 || !strings.Contains(replies[0].Text, c.want) || !strings.Contains(replies[0].Text, a.Code) {
				t.Errorf("%v before: %v, %v", c.before, replies, err)
			}
		}
	})
}

func TestWhoSignedUpForADateThatIsMovedOrCalledOffIsToldOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		people := make([]string, 3) // two seats, the third waits
		for i := range people {
			people[i] = writer(t, db, i)
			if _, err := h.SignUp(t.Context(), fmt.Sprint("k", i), people[i], small, ""); err != nil {
				t.Fatal(err)
			}
		}
		look := func() map[string][]string {
			for range 2 {
				if err := h.Promises(t.Context(), outbox.Row{}); err != nil {
					t.Fatal(err)
				}
			}
			return dueAt(t, db, h.now.Add(time.Minute), "deliver")
		}
		if said := look(); len(said) != 0 {
			t.Fatalf("nothing has changed: %v", said)
		}
		for start, want := range map[string]string{"2026-03-08 10:00": "改时间了", "2026-03-06 19:00, cancelled: true": "取消了"} {
			h.cal = calendar(t, start)
			said := look()
			for _, p := range people {
				if len(said[p]) != 1 || !strings.Contains(said[p][0], want) {
					t.Errorf("%s: %v", want, said[p])
				}
			}
			if again := look(); len(again) != 0 {
				t.Errorf("%s, told again: %v", want, again)
			}
		}
		raised, err := event.Load(fstest.MapFS{"e.yaml": {Data: []byte("events:\n  - {id: small, title: 读书会, kind: 讲座, start: 2026-03-06 19:00" +
			", minutes: 60, place: 示例书房, about: 一起读一段书再聊一聊, capacity: 3, waiting: 2}\n")}})
		if err != nil {
			t.Fatal(err)
		}
		h.cal = raised
		if said := look(); len(said) != 1 || !strings.Contains(strings.Join(said[people[2]], ""), "有位子了") {
			t.Errorf("a raised capacity reaches who waits without anybody looking: %v", said)
		}
	})
}
