package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

const closedDay = `, closed: ["2026-03-03"]`

func TestADayThatIsOpenAgainIsToldOnceToWhoWasToldThatItIsClosed(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, d, now := t.Context(), town(t, ""), bookingDay
		s := &booking.Service{Directory: func() *booking.Directory { return d }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return now }}}
		stays, goes, rebooks := writer(t, db, 1), writer(t, db, 2), writer(t, db, 3)
		book := func(key, who, slot string) booking.Appointment {
			t.Helper()
			a, err := s.Book(ctx, booking.Wish{Key: key, Person: who, Slot: slot})
			need(t, err)
			return a
		}
		a := book("k1", stays, "near@202603030900")
		b := book("k2", goes, "near@202603031000")
		book("k3", rebooks, "near@202603031100")
		look := func(more string) map[string][]string {
			t.Helper()
			d = town(t, more)
			for range 2 {
				need(t, s.Promises(ctx, outbox.Row{}))
			}
			now = now.Add(time.Minute)
			return dueAt(t, db, now, "deliver")
		}
		if said := look(closedDay); len(said) != 3 || !strings.Contains(said[stays][0], "去不了了") {
			t.Fatalf("closed: %v", said)
		}
		if _, err := s.Cancel(ctx, goes, b.ID); err != nil {
			t.Fatal(err)
		}
		book("k4", rebooks, "far@202603050900")
		said := look("")
		if len(said) != 1 || len(said[stays]) != 1 || !strings.Contains(said[stays][0], "又开了") || !strings.Contains(said[stays][0], a.Code) {
			t.Errorf("open again: %v; want once, to who has found nothing else", said)
		}
		if said := look(""); len(said) != 0 {
			t.Errorf("told again: %v", said)
		}
		if said := look(closedDay); len(said[stays]) != 1 || !strings.Contains(said[stays][0], "去不了了") {
			t.Errorf("closed a second time: %v", said)
		}
		if said := look(""); len(said[stays]) != 1 || !strings.Contains(said[stays][0], "又开了") {
			t.Errorf("open a second time: %v", said)
		}
		steps, err := s.Store.Steps(ctx, a.ID)
		need(t, err)
		if len(steps) != 4 || steps[0].Kind != booking.StepUnkept || steps[3].Kind != booking.StepReopened {
			t.Errorf("its history: %+v", steps)
		}
	})
}

func TestWhoStaysAwayFromAClosedDayMissedNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, d := t.Context(), town(t, "")
		s := &booking.Service{Directory: func() *booking.Directory { return d }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return bookingDay }}}
		me := writer(t, db, 1)
		a, err := s.Book(ctx, booking.Wish{Key: "k1", Person: me, Slot: "near@202603030900"})
		need(t, err)
		missed := func() int {
			t.Helper()
			now, err := s.Store.Get(ctx, a.ID)
			need(t, err)
			now.Status = booking.NoShow
			need(t, s.Store.Mark(ctx, now))
			n, err := s.Store.Missed(ctx, me, bookingDay.Add(-time.Hour))
			need(t, err)
			now.Status = booking.Booked
			need(t, s.Store.Mark(ctx, now))
			return n
		}
		if n := missed(); n != 1 {
			t.Errorf("on an open day %d is missed", n)
		}
		d = town(t, closedDay)
		need(t, s.Promises(ctx, outbox.Row{}))
		if n := missed(); n != 0 {
			t.Errorf("on a closed day %d is missed", n)
		}
		moved, err := s.Move(ctx, "m", me, a.ID, "far@202603040900")
		need(t, err)
		if moved, err = s.Store.Get(ctx, moved.ID); err != nil || moved.Closed() {
			t.Errorf("at another time nobody was told anything: %+v, %v", moved, err)
		}
	})
}
