package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestWhomAnEditOfTheContentTouches(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, h := t.Context(), bookingService(t, db), newHall(t, db)
		var people []string
		for i := range 3 {
			people = append(people, writer(t, db, i))
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for i, p := range people[:2] { // two places, one of them given back
			a, err := s.Book(ctx, booking.Wish{Key: fmt.Sprint("a", i), Person: p, Slot: twoPlaces})
			must(err)
			if i == 1 {
				_, err = s.Cancel(ctx, p, a.ID)
				must(err)
			}
			_, err = h.SignUp(ctx, fmt.Sprint("s", i), p, small, "甲")
			must(err)
		}
		for i, d := range []course.DeedKind{course.Opened, course.Liked, course.Opened} {
			_, err := db.Lessons().Note(ctx, people[i], "phone-deal", course.Deed{Kind: d, At: bookingDay})
			must(err)
		}
		for _, later := range []time.Duration{0, 30 * 24 * time.Hour} {
			now, want := bookingDay.Add(later), "1 2"
			if later > 0 { // nobody comes to what is over
				want = "0 0"
			}
			open, err := db.Appointments().Open(ctx, "tianhe-1", now)
			must(err)
			coming, err := db.Signups().Coming(ctx, small, now)
			must(err)
			if got := fmt.Sprint(open, " ", coming); got != want {
				t.Errorf("after %s: %s appointments and families, want %s", later, got, want)
			}
		}
		if open, err := db.Appointments().Open(ctx, "tianhe-2", bookingDay); err != nil || open != 0 {
			t.Errorf("another station: %d, %v", open, err)
		}
		if coming, err := db.Signups().Coming(ctx, "smal", bookingDay); err != nil || coming != 0 {
			t.Errorf("another event: %d, %v", coming, err)
		}
		if liked, opened, err := db.Lessons().Followers(ctx, "phone-deal"); err != nil || liked != 1 || opened != 2 {
			t.Errorf("liked %d, opened %d, %v", liked, opened, err)
		}
	})
}
