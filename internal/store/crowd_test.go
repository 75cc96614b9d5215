package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// TestOneNetworkTakesNoMoreThanItsPartThroughNewVisitors books and holds as a new visitor each time, at stations that have
// places enough.
func TestOneNetworkTakesNoMoreThanItsPartThroughNewVisitors(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, now := t.Context(), bookingService(t, db), bookingDay
		clock := func() time.Time { return now }
		tally := session.NewMemory()
		tally.Now, s.Now, s.Tally = clock, clock, tally
		most := s.Directory().Rules().Network
		var free []booking.Slot
		for _, st := range s.Directory().All() {
			if slots, err := s.Free(ctx, st.ID); err == nil {
				free = append(free, slots...)
			}
		}
		// The first of each station's day, then the second of each: a network takes some places of one day alone.
		nth, of := map[string]int{}, map[string]int{}
		for _, sl := range free {
			day := sl.Station.ID + sl.Start.Format(time.DateOnly)
			nth[sl.ID()] = of[day]
			of[day]++
		}
		slices.SortStableFunc(free, func(a, b booking.Slot) int { return nth[a.ID()] - nth[b.ID()] })
		if len(free) < 3*most {
			t.Fatalf("only %d free slots", len(free))
		}
		n := 0
		book := func(network string) error {
			n++
			_, err := s.Book(ctx, booking.Wish{Key: fmt.Sprint("k", n), Person: writer(t, db, n), Slot: free[n].ID(), Network: network})
			return err
		}
		for range most {
			if err := book("school"); err != nil {
				t.Fatalf("booking %d: %v", n, err)
			}
		}
		for range 3 {
			if err := book("school"); !errors.Is(err, booking.ErrCrowded) {
				t.Errorf("booking %d from one network: %v", n, err)
			}
		}
		if _, err := s.Book(ctx, booking.Wish{Key: "k1", Person: writer(t, db, 1), Slot: free[1].ID(), Network: "school"}); err != nil {
			t.Errorf("a retry of what was booked before: %v", err)
		}
		if err := errors.Join(book("home"), book("")); err != nil {
			t.Errorf("another network, and somebody behind an account: %v", err)
		}
		now = now.Add(24 * time.Hour)
		if err := book("school"); err != nil {
			t.Errorf("the next day: %v", err)
		}

		now = bookingDay
		kept := func(p int) bool {
			t.Helper()
			sl := free[len(free)-1-p]
			if err := s.Hold(ctx, writer(t, db, 1000+p), sl.ID(), "library"); err != nil {
				t.Fatalf("hold %d: %v", p, err)
			}
			held, err := s.Store.Held(ctx, sl.Station.ID, booking.HeldQuery{From: sl.Start, To: sl.End(), Now: now})
			if err != nil {
				t.Fatal(err)
			}
			return held[sl.ID()] > 0
		}
		for p := range 2*most + 1 {
			if kept(p) != (p < 2*most) {
				t.Fatalf("hold %d from one network is kept: %t", p+1, p >= 2*most)
			}
		}
	})
}

func TestABookingThatCameToNothingTakesNothingFromItsNetwork(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s := t.Context(), bookingService(t, db)
		tally := session.NewMemory()
		s.Tally = tally
		for i := range 2 * s.Directory().Rules().Network {
			if _, err := s.Book(ctx, booking.Wish{Key: fmt.Sprint("k", i), Person: writer(t, db, 1), Slot: "tianhe-1@202603011400", Network: "school"}); !errors.Is(err, booking.ErrGone) {
				t.Fatalf("a slot of the past: %v", err)
			}
		}
	})
}
