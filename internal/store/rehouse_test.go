package store_test

import (
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

// housed is a directory of one station at an address.
func housed(t *testing.T, address string) *booking.Directory {
	t.Helper()
	d, err := booking.LoadStations(fstest.MapFS{"a.yaml": {Data: []byte("districts: [天河区]\nstations:\n  - {id: near, name: 近站示例, lat: 23.1, district: 天河区, address: " + address +
		", phone: 020-0000-0001, lng: 113.3, counsellors: 2, minutes: 60, open: [{days: [1, 2, 3, 4, 5], from: \"09:00\", to: \"12:00\"}]}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhoIsBookedAtAStationThatMovesHouseIsToldOnceForEachMove(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, d := t.Context(), housed(t, "示例路一号")
		s := &booking.Service{Directory: func() *booking.Directory { return d }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return bookingDay }}}
		told, left := writer(t, db, 1), writer(t, db, 2)
		a, err := s.Book(ctx, booking.Wish{Key: "k1", Person: told, Slot: "near@202603030900", Note: "示例:备注"})
		if err != nil {
			t.Fatal(err)
		}
		gone, err := s.Book(ctx, booking.Wish{Key: "k2", Person: left, Slot: "near@202603040900"})
		if err == nil {
			_, err = s.Cancel(ctx, left, gone.ID)
		}
		if err != nil {
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
		for i, address := range []string{"示例路二号", "示例路一号"} { // there, and back again
			was := d.All()[0].Address
			d = housed(t, address)
			said := look()
			if len(said) != 1 || len(said[told]) != 1 || !strings.Contains(said[told][0], "原来："+was) || !strings.Contains(said[told][0], "现在："+address) {
				t.Errorf("move %d: told %v", i, said)
			}
			if again := look(); len(again) != 0 {
				t.Errorf("move %d, told again: %v", i, again)
			}
		}
		steps, err := s.Steps(ctx, a)
		if err != nil || len(steps) != 2 || steps[0].Kind != booking.StepRehoused || steps[0].Note != "示例路一号 → 示例路二号" {
			t.Errorf("its history: %+v, %v", steps, err)
		}
		kept, err := s.Own(ctx, told, a.Token)
		if err != nil || kept.Note != "示例:备注" || kept.Where != "示例路一号" || !kept.Start.Equal(a.Start) {
			t.Errorf("the appointment became %+v, %v", kept, err)
		}
		d = housed(t, "示例路三号")
		if _, err := s.Move(ctx, "m1", told, a.ID, "near@202603051000"); err != nil {
			t.Fatal(err)
		}
		if said := look(); len(said) != 0 {
			t.Errorf("told of the address that they moved to: %v", said)
		}
	})
}
