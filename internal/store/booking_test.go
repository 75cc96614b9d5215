package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

var bookingDay = time.Date(2026, 3, 2, 10, 0, 0, 0, citytime.Zone)

func bookingService(t *testing.T, db *store.DB) *booking.Service {
	t.Helper()
	d, err := booking.LoadStations(os.DirFS("../../dialogs/stations"))
	if err != nil {
		t.Fatal(err)
	}
	return &booking.Service{Directory: func() *booking.Directory { return d }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return bookingDay }}}
}

func writer(t *testing.T, db *store.DB, n int) string {
	t.Helper()
	p, err := db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(fmt.Sprintf("u%d", n))})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

const (
	onePlace  = "tianhe-2@202603031400" // one counsellor
	twoPlaces = "tianhe-1@202603031400" // two
)

func TestFiftyBookOneLastPlace(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := bookingService(t, db)
		people := make([]string, 50)
		for i := range people {
			people[i] = writer(t, db, i)
		}
		for slot, want := range map[string]int{onePlace: 1, twoPlaces: 2} {
			var (
				wg  sync.WaitGroup
				mu  sync.Mutex
				won int
			)
			for i, p := range people {
				wg.Go(func() {
					_, err := s.Book(context.WithoutCancel(t.Context()), booking.Wish{Key: fmt.Sprint(slot, i), Person: p, Slot: slot})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil:
						won++
					case !errors.Is(err, booking.ErrFull) && !errors.Is(err, booking.ErrOverlap):
						t.Errorf("booking: %v", err)
					}
				})
			}
			wg.Wait()
			if won != want {
				t.Errorf("%s: %d got a place, want %d", slot, won, want)
			}
		}
	})
}

func TestABookingIsMadeMovedAndCancelledOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s := t.Context(), bookingService(t, db)
		p, other := writer(t, db, 1), writer(t, db, 2)
		a, err := s.Book(ctx, booking.Wish{Key: "k1", Person: p, Slot: onePlace, Note: "想谈谈孩子的睡眠"})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Book(ctx, booking.Wish{Key: "k1", Person: p, Slot: onePlace, Note: "x"}); err != nil || again.ID != a.ID || again.Code != a.Code || again.Note != "想谈谈孩子的睡眠" {
			t.Errorf("a repeated key must return the first booking: %+v, %v", again, err)
		}
		if _, err := s.Book(ctx, booking.Wish{Key: "k2", Person: p, Slot: "tianhe-1@202603031400"}); !errors.Is(err, booking.ErrOverlap) {
			t.Errorf("two at one time: %v", err)
		}
		if _, err := s.Book(ctx, booking.Wish{Key: "k3", Person: other, Slot: onePlace}); !errors.Is(err, booking.ErrFull) {
			t.Errorf("a full slot: %v", err)
		}
		if _, err := s.Move(ctx, "k4", other, a.ID, twoPlaces); !errors.Is(err, booking.ErrNotFound) {
			t.Errorf("another's appointment does not exist: %v", err)
		}
		moved, err := s.Move(ctx, "k5", p, a.ID, "tianhe-2@202603031445")
		if err != nil || moved.Code != a.Code || !moved.Start.Equal(a.Start.Add(45*time.Minute)) {
			t.Fatalf("moved: %+v, %v", moved, err)
		}
		if _, err := s.Book(ctx, booking.Wish{Key: "k6", Person: other, Slot: onePlace}); err != nil {
			t.Errorf("the place left behind is free: %v", err)
		}
		if _, err := s.Move(ctx, "k7", p, a.ID, onePlace); !errors.Is(err, booking.ErrFull) {
			t.Errorf("back to a slot that is full now: %v", err)
		}
		if got, err := s.Store.Get(ctx, a.ID); err != nil || got.Slot != "tianhe-2@202603031445" {
			t.Errorf("a failed move must leave the appointment: %+v, %v", got, err)
		}
		if _, err := s.Cancel(ctx, p, a.ID); err != nil {
			t.Fatal(err)
		}
		if mine, err := s.Store.Upcoming(ctx, p, bookingDay); err != nil || len(mine) != 0 {
			t.Errorf("after cancelling: %d to come, %v", len(mine), err)
		}
		if got, err := s.Own(ctx, p, a.Token); err != nil || !got.Cancelled() {
			t.Errorf("its page: %+v, %v", got, err)
		}
		for who, token := range map[string]string{p: "guess", "somebody else": a.Token, "": a.Token} {
			if _, err := s.Own(ctx, who, token); !errors.Is(err, booking.ErrNotFound) {
				t.Errorf("the page %q of %q: %v", token, who, err)
			}
		}
	})
}

func TestAPersonHasAtMostThreeToCome(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := bookingService(t, db), writer(t, db, 1)
		for i, slot := range []string{"tianhe-1@202603030900", "tianhe-1@202603040900", "tianhe-1@202603050900"} {
			if _, err := s.Book(t.Context(), booking.Wish{Key: fmt.Sprint("k", i), Person: p, Slot: slot}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Book(t.Context(), booking.Wish{Key: "k9", Person: p, Slot: "tianhe-1@202603060900"}); !errors.Is(err, booking.ErrMany) {
			t.Errorf("a fourth: %v", err)
		}
	})
}

func TestAReminderHoldsOnlyForTheTimeItWasMadeFor(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), bookingService(t, db), writer(t, db, 1)
		a, err := s.Book(ctx, booking.Wish{Key: "k1", Person: p, Slot: "tianhe-1@202603050900"})
		if err != nil {
			t.Fatal(err)
		}
		dayBefore := a.Start.Add(-24 * time.Hour)
		claim := func() []outbox.Row {
			rows, err := db.Outbox().Claim(ctx, "w", dayBefore.Add(time.Minute), time.Minute, 10)
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		rows := claim()
		if len(rows) != 1 || rows[0].Kind != booking.KindReminder || !rows[0].RunAt.Equal(dayBefore) {
			t.Fatalf("reminders: %+v", rows)
		}
		if said, err := s.Remind(ctx, rows[0]); err != nil || len(said) != 1 {
			t.Errorf("a reminder that holds: %v, %v", said, err)
		}
		if _, err := s.Move(ctx, "k2", p, a.ID, "tianhe-1@202603060900"); err != nil {
			t.Fatal(err)
		}
		if said, err := s.Remind(ctx, rows[0]); err != nil || len(said) != 0 {
			t.Errorf("after the move the old reminder is void: %v, %v", said, err)
		}
	})
}

func TestAppointmentsAreListedByPages(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s := t.Context(), bookingService(t, db)
		for i := range 5 {
			if _, err := s.Book(ctx, booking.Wish{Key: fmt.Sprint("k", i), Person: writer(t, db, i), Slot: fmt.Sprintf("tianhe-1@2026030%d0900", 3+i%4)}); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[string]bool{}
		for cursor := ""; ; {
			as, next, err := s.Store.List(ctx, cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range as {
				if seen[a.ID] {
					t.Error("an appointment came twice")
				}
				seen[a.ID] = true
			}
			if next == "" {
				break
			}
			cursor = next
		}
		if len(seen) != 5 {
			t.Errorf("%d of 5 appointments", len(seen))
		}
		if n, err := s.Store.CountUpcoming(ctx, bookingDay); err != nil || n != 5 {
			t.Errorf("to come: %d, %v", n, err)
		}
	})
}
