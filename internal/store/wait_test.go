package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// queue is a station with a slot a week, its counsellors, and a clock.
type queue struct {
	*booking.Service
	t   *testing.T
	db  *store.DB
	now time.Time
	dir *booking.Directory
}

func newQueue(t *testing.T, db *store.DB) *queue {
	t.Helper()
	q := &queue{t: t, db: db, now: bookingDay}
	q.staffed(1)
	q.Service = &booking.Service{Directory: func() *booking.Directory { return q.dir }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return q.now }}}
	return q
}

func (q *queue) staffed(counsellors int) {
	q.t.Helper()
	d, err := booking.LoadStations(fstest.MapFS{"a.yaml": {Data: fmt.Appendf(nil, "districts: [天河区]\nstations:\n  - {id: small, name: 小站示例, district: 天河区, address: 示例路, phone: 020-0000-0001, lat: 23.1, lng: 113.3, counsellors: %d, minutes: 60, open: [{days: [6], from: \"10:00\", to: \"11:00\"}]}\n", counsellors)}})
	if err != nil {
		q.t.Fatal(err)
	}
	q.dir = d
}

// runs does the work that is due, and returns what is said to whom.
func (q *queue) runs() map[string]string {
	q.t.Helper()
	said := map[string]string{}
	for {
		rows, err := q.db.Outbox().Claim(q.t.Context(), "w", q.now, time.Minute, 10)
		if err != nil {
			q.t.Fatal(err)
		}
		if len(rows) == 0 {
			return said
		}
		for _, r := range rows {
			switch r.Kind {
			case booking.KindOffers:
				for range 2 { // a crash between doing and settling runs it twice
					if err := q.Offers(q.t.Context(), r); err != nil {
						q.t.Fatal(err)
					}
				}
			case "deliver":
				said[r.Person] += string(r.Payload)
			}
			if err := q.db.Outbox().Done(q.t.Context(), "w", r.ID); err != nil {
				q.t.Fatal(err)
			}
		}
	}
}

func (q *queue) waits(people ...string) {
	q.t.Helper()
	for _, p := range people {
		if err := q.WaitFor(q.t.Context(), p, "small", "2026-03-07"); err != nil {
			q.t.Fatal(err)
		}
		q.now = q.now.Add(time.Second)
	}
}

const saturday = "small@202603071000"

func TestAPlaceThatComesFreeIsKeptForWhoWaitsLongestAndThenForTheNext(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, q := t.Context(), newQueue(t, db)
		has, first, second, passer := writer(t, db, 0), writer(t, db, 1), writer(t, db, 2), writer(t, db, 3)
		a, err := q.Book(ctx, booking.Wish{Key: "k", Person: has, Slot: saturday})
		if err != nil {
			t.Fatal(err)
		}
		q.waits(first, second)
		if said := q.runs(); len(said) != 0 {
			t.Fatalf("there is no place yet: %v", said)
		}
		if _, err := q.Cancel(ctx, has, a.ID); err != nil {
			t.Fatal(err)
		}
		if said := q.runs(); len(said) != 1 || strings.Count(said[first], "位子有了") != 1 {
			t.Fatalf("the one who waits longest is told, once: %v", said)
		}
		for _, p := range []string{second, passer} {
			if _, err := q.Book(ctx, booking.Wish{Key: "x" + p, Person: p, Slot: saturday}); err == nil {
				t.Error("what is kept for one was given to another")
			}
		}
		q.now = q.now.Add(31 * time.Minute)
		said := q.runs()
		if len(said) != 2 || !strings.Contains(said[first], "让给下一位") || !strings.Contains(said[second], "位子有了") {
			t.Fatalf("after half an hour it is the next one's: %v", said)
		}
		if _, err := q.Book(ctx, booking.Wish{Key: "s", Person: second, Slot: saturday}); err != nil {
			t.Errorf("who was offered it books: %v", err)
		}
		if left, err := q.Store.WaitsAt(ctx, "small"); err != nil || len(left) != 0 {
			t.Errorf("nobody waits any more: %v, %v", left, err)
		}
	})
}

func TestAPlaceThatIsKeptForWhoWaitedStaysKeptWhileTheyLookAround(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		const nextSaturday = "small@202603141000"
		ctx, q := t.Context(), newQueue(t, db)
		has, first, second, passer := writer(t, db, 0), writer(t, db, 1), writer(t, db, 2), writer(t, db, 3)
		a, err := q.Book(ctx, booking.Wish{Key: "k", Person: has, Slot: saturday})
		if err != nil {
			t.Fatal(err)
		}
		q.waits(first, second)
		if _, err := q.Cancel(ctx, has, a.ID); err != nil {
			t.Fatal(err)
		}
		if said := q.runs(); !strings.Contains(said[first], "替您留到") {
			t.Fatalf("nothing is kept: %v", said)
		}
		if err := q.Hold(ctx, first, nextSaturday, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := q.Book(ctx, booking.Wish{Key: "p", Person: passer, Slot: saturday}); !errors.Is(err, booking.ErrFull) {
			t.Errorf("what was promised to one is given to a passer-by: %v", err)
		}
		if _, err := q.Book(ctx, booking.Wish{Key: "f", Person: first, Slot: nextSaturday}); err != nil {
			t.Fatal(err)
		}
		if said := q.runs(); len(said) != 1 || !strings.Contains(said[second], "位子有了") {
			t.Errorf("who took another time leaves theirs to the next at once: %v", said)
		}
	})
}

func TestATimeThatIsBlockedNoMoreIsOfferedAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, q := t.Context(), newQueue(t, db)
		r, clerk := &booking.Reception{Booking: q.Service, Store: db.Appointments(), Trail: db.Trail()}, booking.Clerk{ID: "s", Name: "示例"}
		start := time.Date(2026, 3, 7, 10, 0, 0, 0, citytime.Zone)
		b, err := r.Block(ctx, clerk, booking.BlockForm{Station: "small", From: start, To: start.Add(time.Hour), Reason: "示例", Key: "b"})
		if err != nil {
			t.Fatal(err)
		}
		first := writer(t, db, 1)
		q.waits(first)
		if said := q.runs(); len(said) != 0 {
			t.Fatalf("a blocked time is offered: %v", said)
		}
		if _, err := r.Unblock(ctx, clerk, b.ID); err != nil {
			t.Fatal(err)
		}
		if said := q.runs(); !strings.Contains(said[first], "位子有了") {
			t.Errorf("who waits is told %v", said)
		}
	})
}

func TestSeveralPlacesAreOfferedToAsManyWhoWait(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, q := t.Context(), newQueue(t, db)
		if _, err := q.Book(ctx, booking.Wish{Key: "k", Person: writer(t, db, 0), Slot: saturday}); err != nil {
			t.Fatal(err)
		}
		people := []string{writer(t, db, 1), writer(t, db, 2), writer(t, db, 3)}
		q.waits(people...)
		q.runs()
		q.staffed(3) // two more counsellors
		if err := q.Promises(ctx, outbox.Row{}); err != nil {
			t.Fatal(err)
		}
		said := q.runs()
		if len(said) != 2 || said[people[0]] == "" || said[people[1]] == "" {
			t.Fatalf("two places, three who wait: %v", said)
		}
		if err := q.StopWaiting(ctx, people[0]); err != nil {
			t.Fatal(err)
		}
		if said := q.runs(); len(said) != 1 || !strings.Contains(said[people[2]], "位子有了") {
			t.Errorf("who does not want it gives it to the next: %v", said)
		}
	})
}
