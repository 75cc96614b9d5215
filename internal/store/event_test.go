package store_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

const small = "small" // two seats, two may wait

func calendar(t testing.TB, start string) *event.Calendar {
	t.Helper()
	c, err := event.Load(fstest.MapFS{"e.yaml": {Data: []byte("events:\n  - {id: small, title: 读书会, kind: 讲座, start: " + start +
		", minutes: 60, place: 示例书房, about: 一起读一段书再聊一聊, capacity: 2, waiting: 2}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hall is the event service on a database, with a clock and a calendar that the test changes.
type hall struct {
	*event.Service
	db  *store.DB
	cal *event.Calendar
	now time.Time
}

func newHall(t *testing.T, db *store.DB) *hall {
	t.Helper()
	h := &hall{db: db, now: bookingDay, cal: calendar(t, "2026-03-06 19:00")}
	h.Service = &event.Service{Calendar: func() *event.Calendar { return h.cal }, Store: db.Signups(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return h.now }}}
	return h
}

// due returns the outbox rows that are due at the hall's time, as done.
func (h *hall) due(t *testing.T) (rows []outbox.Row) {
	t.Helper()
	for {
		got, err := h.db.Outbox().Claim(t.Context(), "w", h.now, time.Minute, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			return rows
		}
		for _, r := range got {
			rows = append(rows, r)
			if err := h.db.Outbox().Done(t.Context(), "w", r.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestFortyFamiliesAndTwoSeats(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		people := make([]string, 40)
		for i := range people {
			people[i] = writer(t, db, i)
		}
		var (
			wg           sync.WaitGroup
			mu           sync.Mutex
			seated, wait int
			full         int
		)
		for i, p := range people {
			for range 2 { // the platform sends everything twice
				wg.Go(func() {
					x, err := h.SignUp(context.WithoutCancel(t.Context()), fmt.Sprint("k", i), p, small, "")
					mu.Lock()
					defer mu.Unlock()
					switch {
					case errors.Is(err, event.ErrFull):
						full++
					case err != nil:
						t.Errorf("sign up: %v", err)
					case x.Waits():
						wait++
					default:
						seated++
					}
				})
			}
		}
		wg.Wait()
		if seated != 4 || wait != 4 || full != 72 { // each heard twice
			t.Errorf("%d heard that they have a seat, %d that they wait, %d that it is full", seated, wait, full)
		}
		all, err := db.Signups().At(t.Context(), small)
		if err != nil || len(all) != 4 {
			t.Fatalf("%d sign-ups, %v", len(all), err)
		}
		seats := map[int]int{}
		for _, x := range all {
			seats[x.Seat]++
		}
		if diff := cmp.Diff(map[int]int{1: 1, 2: 1, 0: 2}, seats); diff != "" {
			t.Errorf("seats (-want +got):\n%s", diff)
		}
		var left sync.WaitGroup // both leave at once: each seat goes to one who waits
		for _, x := range all {
			if !x.Waits() {
				left.Go(func() {
					if _, err := h.Cancel(context.WithoutCancel(t.Context()), x.Person, x.ID); err != nil {
						t.Errorf("cancel: %v", err)
					}
				})
			}
		}
		left.Wait()
		told := 0
		for _, r := range h.due(t) {
			if r.Kind == "deliver" && strings.Contains(string(r.Payload), "有位子了") {
				told++
			}
		}
		if told != 2 {
			t.Errorf("%d were told that they have a seat, want 2", told)
		}
	})
}

func TestADatabaseRefusesASeatGivenTwice(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		x := event.Signup{ID: "00000000-0000-7000-8000-000000000001", Date: small, Person: writer(t, db, 1), Seat: 1, Key: "a", Code: "1", SignedAt: bookingDay, Start: bookingDay}
		if err := db.Signups().Add(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		other := x
		other.ID, other.Key, other.Person = "00000000-0000-7000-8000-000000000002", "b", writer(t, db, 2)
		if err := db.Signups().Add(t.Context(), other); err == nil {
			t.Error("the same seat was given to two families")
		}
		again := x
		again.ID, again.Key, again.Seat = "00000000-0000-7000-8000-000000000003", "c", 2
		if err := db.Signups().Add(t.Context(), again); !errors.Is(err, event.ErrAlready) {
			t.Errorf("a family has one place there: %v", err)
		}
	})
}

func TestReminders(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		h, p := newHall(t, db), writer(t, db, 1)
		x, err := h.SignUp(t.Context(), "k", p, small, "小林妈妈")
		if err != nil {
			t.Fatal(err)
		}
		if rows := h.due(t); len(rows) != 0 {
			t.Fatalf("%d rows at once", len(rows))
		}
		said := func(want string) []outbox.Row {
			t.Helper()
			rows := h.due(t)
			if len(rows) != 1 || rows[0].Kind != event.KindReminder {
				t.Fatalf("rows: %+v", rows)
			}
			for range 2 { // a crash between doing and settling runs it twice
				replies, err := h.Remind(t.Context(), rows[0])
				if err != nil || len(replies) != 1 || !strings.Contains(replies[0].Text, want) || !strings.Contains(replies[0].Text, "读书会") {
					t.Fatalf("want %q: %+v, %v", want, replies, err)
				}
			}
			return rows
		}
		h.cal = calendar(t, "2026-03-08 10:00") // put off by the editor
		h.now = time.Date(2026, 3, 5, 19, 1, 0, 0, citytime.Zone)
		old := h.due(t)
		for range 2 {
			if replies, err := h.Remind(t.Context(), old[0]); err != nil || len(replies) != 0 {
				t.Fatalf("what was put off is told by a row of its own: %v, %v", replies, err)
			}
		}
		if told := h.due(t); len(told) != 1 || told[0].Kind != "deliver" || !strings.Contains(string(told[0].Payload), "改时间了") {
			t.Fatalf("told of the new time: %+v", told)
		}
		h.now = time.Date(2026, 3, 7, 10, 1, 0, 0, citytime.Zone)
		rows := said("提醒您：3月8日（周日）10:00")
		if mine, err := h.Store.Of(t.Context(), p, h.now.AddDate(0, 0, -30)); err != nil || len(mine) != 1 {
			t.Errorf("put off, it is still among what is to come: %v, %v", mine, err)
		}
		if _, err := h.Cancel(t.Context(), p, x.ID); err != nil {
			t.Fatal(err)
		}
		if replies, err := h.Remind(t.Context(), rows[0]); err != nil || len(replies) != 0 {
			t.Errorf("who cancelled hears nothing: %v, %v", replies, err)
		}
	})
}

func TestARaisedCapacityReachesWhoWaits(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		for i := range 4 {
			if _, err := h.SignUp(t.Context(), fmt.Sprint("k", i), writer(t, db, i), small, ""); err != nil {
				t.Fatal(err)
			}
		}
		raised, err := event.Load(fstest.MapFS{"e.yaml": {Data: []byte("events:\n  - {id: small, title: 读书会, kind: 讲座, start: 2026-03-06 19:00" +
			", minutes: 60, place: 示例书房, about: 一起读一段书再聊一聊, capacity: 3, waiting: 2}\n")}})
		if err != nil {
			t.Fatal(err)
		}
		h.cal = raised
		for _, c := range h.Commands() {
			if c.Name == "event.show" { // somebody looks
				if _, err := c.Run(t.Context(), dialog.Call{Args: map[string]any{"event": small}, Person: writer(t, db, 9)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		all, err := db.Signups().At(t.Context(), small)
		if err != nil || len(all) != 4 || all[2].Seat != 3 || !all[3].Waits() {
			t.Errorf("%+v, %v", all, err)
		}
		if rows := h.due(t); len(rows) != 1 || rows[0].Person != all[2].Person {
			t.Errorf("who got the place is told: %d rows", len(rows))
		}
	})
}

func TestSigningUpTwiceLateOrForAnothersPlace(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		h, p, other := newHall(t, db), writer(t, db, 1), writer(t, db, 2)
		x, err := h.SignUp(t.Context(), "k1", p, small, "甲")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := h.SignUp(t.Context(), "k1", p, small, "乙"); err != nil || again.ID != x.ID || again.Name != "甲" {
			t.Errorf("a repeated key must return the first: %+v, %v", again, err)
		}
		if _, err := h.SignUp(t.Context(), "k2", p, small, ""); !errors.Is(err, event.ErrAlready) {
			t.Errorf("a second place: %v", err)
		}
		if _, err := h.Cancel(t.Context(), other, x.ID); !errors.Is(err, event.ErrNotFound) {
			t.Errorf("another's place does not exist: %v", err)
		}
		if _, err := h.Cancel(t.Context(), p, x.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignUp(t.Context(), "k3", p, small, ""); err != nil {
			t.Errorf("who cancelled may come back: %v", err)
		}
		h.now = time.Date(2026, 3, 6, 17, 30, 0, 0, citytime.Zone)
		if _, err := h.SignUp(t.Context(), "k4", other, small, ""); !errors.Is(err, event.ErrGone) {
			t.Errorf("in the last two hours: %v", err)
		}
	})
}

func TestDatesThatWereCalledOffKeepNobodyFromAnother(t *testing.T) {
	h := newHall(t, storetest.SQLite(t).Open(t, nil))
	p := writer(t, h.db, 1)
	dates := func(cancelled bool) *event.Calendar {
		var b strings.Builder
		b.WriteString("events:\n")
		for i := range 6 {
			_, _ = fmt.Fprintf(&b, "  - {id: e%d, title: 读书会, kind: 讲座, start: 2026-03-0%d 19:00, minutes: 60, place: 示例书房, about: 一起读一段书再聊一聊, capacity: 2, cancelled: %v}\n", i, i+3, cancelled && i < 5)
		}
		c, err := event.Load(fstest.MapFS{"e.yaml": {Data: []byte(b.String())}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	h.cal = dates(false)
	for i := range 5 {
		if _, err := h.SignUp(t.Context(), fmt.Sprint("k", i), p, fmt.Sprint("e", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.SignUp(t.Context(), "k5", p, "e5", ""); !errors.Is(err, event.ErrAlready) {
		t.Fatalf("a sixth: %v", err)
	}
	h.cal = dates(true)
	if _, err := h.SignUp(t.Context(), "k5", p, "e5", ""); err != nil {
		t.Errorf("all five were called off: %v", err)
	}
}

func TestTheListForTheDoorRunsNoFormula(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		for i, name := range []string{"=HYPERLINK(\"http://x\")", "小林妈妈", "+1"} {
			if _, err := h.SignUp(t.Context(), fmt.Sprint("k", i), writer(t, db, i), small, name); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		alias := func(context.Context, string) (string, error) { return "家长·木棉", nil }
		n, err := h.Attendance(t.Context(), small, alias, &out)
		if err != nil || n != 3 {
			t.Fatalf("%d rows, %v", n, err)
		}
		table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, row := range table[1:] {
			got = append(got, []string{row[3], row[5], row[6]})
		}
		want := [][]string{{"'=HYPERLINK(\"http://x\")", "已报名", "1"}, {"小林妈妈", "已报名", "2"}, {"'+1", "候补", ""}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := h.Attendance(t.Context(), "nowhere", alias, &out); err == nil {
			t.Error("an unknown event must be refused")
		}
	})
}

func TestAnyComingAndGoingKeepsTheHall(t *testing.T) {
	h := newHall(t, storetest.SQLite(t).Open(t, nil))
	people := make([]string, 6)
	for i := range people {
		people[i] = writer(t, h.db, i)
	}
	key := 0
	rapid.Check(t, func(rt *rapid.T) {
		p := people[rapid.IntRange(0, len(people)-1).Draw(rt, "who")]
		key++
		h.now = h.now.Add(time.Millisecond)
		if rapid.Bool().Draw(rt, "comes") {
			if _, err := h.SignUp(t.Context(), fmt.Sprint("k", key), p, small, ""); err != nil && !errors.Is(err, event.ErrAlready) && !errors.Is(err, event.ErrFull) {
				rt.Fatal(err)
			}
		} else if mine, err := h.Store.Of(t.Context(), p, h.now); err == nil && len(mine) > 0 {
			if _, err := h.Cancel(t.Context(), p, mine[0].ID); err != nil {
				rt.Fatal(err)
			}
		}
		all, err := h.Store.At(t.Context(), small)
		if err != nil {
			rt.Fatal(err)
		}
		seated, waiting := 0, 0
		for _, x := range all {
			switch {
			case x.Waits():
				waiting++
			case x.Active():
				seated++
			}
		}
		if seated > 2 || waiting > 2 || waiting > 0 && seated < 2 {
			rt.Fatalf("%d seated and %d waiting", seated, waiting)
		}
	})
}
