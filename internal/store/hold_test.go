package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestTheLastPlaceIsKeptForWhoIsChoosingIt(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, now := t.Context(), bookingService(t, db), bookingDay
		s.Now = func() time.Time { return now }
		mine, other := writer(t, db, 1), writer(t, db, 2)
		hold := func(p, slot string) error { return s.Hold(ctx, p, slot, "") }
		if err := hold(mine, onePlace); err != nil {
			t.Fatal(err)
		}
		if err := hold(mine, onePlace); err != nil {
			t.Errorf("held again by the same person: %v", err)
		}
		if err := hold(other, onePlace); !errors.Is(err, booking.ErrFull) {
			t.Errorf("held by another: %v", err)
		}
		if _, err := s.Book(ctx, booking.Wish{Key: "k1", Person: other, Slot: onePlace}); !errors.Is(err, booking.ErrFull) {
			t.Errorf("booked by another: %v", err)
		}
		now = now.Add(6 * time.Minute)
		if err := hold(other, onePlace); err != nil {
			t.Errorf("after five minutes it is anybody's: %v", err)
		}
		if err := hold(other, "tianhe-2@202603031445"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Book(ctx, booking.Wish{Key: "k2", Person: mine, Slot: onePlace}); err != nil {
			t.Errorf("who chooses another time lets go of the first: %v", err)
		}
		if _, err := s.Book(ctx, booking.Wish{Key: "k3", Person: other, Slot: "tianhe-2@202603031445"}); err != nil {
			t.Errorf("one's own hold is no obstacle: %v", err)
		}
		if held, err := s.Store.Held(ctx, "tianhe-2", booking.HeldQuery{From: bookingDay, To: bookingDay.AddDate(0, 0, 7), Now: now}); err != nil || len(held) != 0 {
			t.Errorf("a booking ends the hold: %v, %v", held, err)
		}
	})
}

func TestTwoAppointmentsOfAPersonNeverOverlap(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), bookingService(t, db), writer(t, db, 1)
		if _, err := s.Book(ctx, booking.Wish{Key: "k1", Person: p, Slot: "tianhe-1@202603031400"}); err != nil { // to 14:50
			t.Fatal(err)
		}
		if _, err := s.Book(ctx, booking.Wish{Key: "k2", Person: p, Slot: "tianhe-2@202603031445"}); !errors.Is(err, booking.ErrOverlap) {
			t.Errorf("five minutes in common, elsewhere: %v", err)
		}
		b, err := s.Book(ctx, booking.Wish{Key: "k3", Person: p, Slot: "tianhe-1@202603031450"})
		if err != nil {
			t.Fatalf("one right after the other: %v", err)
		}
		if _, err := s.Move(ctx, "k4", p, b.ID, "tianhe-2@202603031445"); !errors.Is(err, booking.ErrOverlap) {
			t.Errorf("moved into another: %v", err)
		}
	})
}

func TestWhoDidNotComeTwiceHasOneAppointmentAtATime(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, now := t.Context(), bookingService(t, db), bookingDay
		s.Now = func() time.Time { return now }
		r := &booking.Reception{Booking: s, Store: db.Appointments(), Trail: db.Trail()}
		p := writer(t, db, 1)
		book := func(key, slot string) (booking.Appointment, error) {
			return s.Book(ctx, booking.Wish{Key: key, Person: p, Slot: slot})
		}
		for i, slot := range []string{"tianhe-1@202603030900", "tianhe-1@202603040900"} {
			a, err := book(fmt.Sprint("k", i), slot)
			if err != nil {
				t.Fatal(err)
			}
			now = a.Start.Add(time.Hour)
			if _, err := r.Mark(ctx, booking.Clerk{ID: "s", Name: "示例"}, a.ID, fmt.Sprint("form", i), booking.NoShow); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := book("a", "tianhe-1@202603050900"); err != nil {
			t.Fatalf("one is always possible: %v", err)
		}
		if _, err := book("b", "tianhe-1@202603060900"); !errors.Is(err, booking.ErrMissed) {
			t.Errorf("a second: %v", err)
		}
		now = now.AddDate(0, 0, 100)
		later := now.AddDate(0, 0, 1)
		for later.Weekday() != time.Monday {
			later = later.AddDate(0, 0, 1)
		}
		for i := range 2 {
			if _, err := book(fmt.Sprint("c", i), "tianhe-1@"+later.AddDate(0, 0, i).Format("20060102")+"0900"); err != nil {
				t.Errorf("after three months nothing is held against anybody: %v", err)
			}
		}
	})
}

func TestAPupilBooksWithAGuardianOrAtFourteen(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s := t.Context(), bookingService(t, db)
		for i, c := range []struct {
			why  booking.Consent
			want error
		}{{"", booking.ErrGuardian}, {"", booking.ErrConsent}, {booking.OfAge, nil}, {booking.GuardianAgreed, nil}, {"", nil}} {
			s.Consent = func(context.Context, string, string) (booking.Consent, error) { return c.why, c.want }
			w := booking.Wish{Key: fmt.Sprint("k", i), Person: writer(t, db, i), Slot: fmt.Sprintf("tianhe-2@2026030%d1400", 3+i%4), Audience: "student"}
			if i == 4 {
				w.Slot = "tianhe-2@202603031445"
			}
			a, err := s.Book(ctx, w)
			if !errors.Is(err, c.want) {
				t.Errorf("%q: %v, want %v", c.why, err, c.want)
			}
			if c.want != nil {
				continue
			}
			if got, err := s.Store.Get(ctx, a.ID); err != nil || got.Consent != c.why {
				t.Errorf("it is kept with the appointment: %+v, %v", got, err)
			}
		}
	})
}
