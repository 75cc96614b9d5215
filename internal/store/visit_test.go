package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

const aVisit = "tianhe-1@202603041400"

func TestAfterAnAppointmentThePersonIsAskedOnceWhileThereIsSomethingToAsk(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(t *testing.T, s *booking.Service, a booking.Appointment)
		asked     string // "" for nobody
	}{
		"nobody marked anything": {func(*testing.T, *booking.Service, booking.Appointment) {}, "没去成的话，不用理会"},
		"they came": {func(t *testing.T, s *booking.Service, a booking.Appointment) {
			a.Status, a.ArrivedAt = booking.Arrived, a.Start
			need(t, s.Store.Mark(t.Context(), a))
		}, "3月4日 周三去的天河"},
		"they did not come": {func(t *testing.T, s *booking.Service, a booking.Appointment) {
			a.Status = booking.NoShow
			need(t, s.Store.Mark(t.Context(), a))
		}, ""},
		"it was cancelled": {func(t *testing.T, s *booking.Service, a booking.Appointment) {
			_, err := s.Cancel(t.Context(), a.Person, a.ID)
			need(t, err)
		}, ""},
		"it was moved to another day": {func(t *testing.T, s *booking.Service, a booking.Appointment) {
			_, err := s.Move(t.Context(), "move", a.Person, a.ID, "tianhe-1@202603101400")
			need(t, err)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				ctx, s, now := t.Context(), bookingService(t, db), bookingDay
				s.Now = func() time.Time { return now }
				a, err := s.Book(ctx, booking.Wish{Key: "k", Person: writer(t, db, 1), Slot: aVisit})
				need(t, err)
				c.meanwhile(t, s, a)
				now = a.Start.Add(time.Hour)
				if rows := dueAt(t, db, now, booking.KindFeedback); len(rows) != 0 {
					t.Fatalf("asked while they are hardly out of the door: %v", rows)
				}
				now = a.Start.Add(4 * time.Hour)
				rows := dueAt(t, db, now, booking.KindFeedback)[a.Person]
				if len(rows) != 1 {
					t.Fatalf("%d rows ask of it, want 1", len(rows))
				}
				row := outbox.Row{Person: a.Person, Payload: []byte(rows[0])}
				q, err := s.Ask(ctx, row)
				need(t, err)
				if c.asked == "" {
					if len(q.Replies) != 0 {
						t.Errorf("asked: %q", q.Replies[0].Text)
					}
					return
				}
				if len(q.Replies) != 1 || !strings.Contains(q.Replies[0].Text, c.asked) || len(q.Replies[0].Choices) != 3 {
					t.Fatalf("asked: %+v, want %q with three choices", q.Replies, c.asked)
				}
				need(t, s.Rate(ctx, a.Person, a.ID, booking.SoSo))
				if q, err := s.Ask(ctx, row); err != nil || len(q.Replies) != 0 {
					t.Errorf("asked though they answered: %+v, %v", q, err)
				}
			})
		})
	}
}

func need(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAVisitIsRatedOnceByItsPersonWithinTwoWeeks(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, now := t.Context(), bookingService(t, db), bookingDay
		s.Now = func() time.Time { return now }
		me, other := writer(t, db, 1), writer(t, db, 2)
		a, err := s.Book(ctx, booking.Wish{Key: "k", Person: me, Slot: aVisit})
		need(t, err)
		if err := s.Rate(ctx, me, a.ID, booking.Helped); !errors.Is(err, booking.ErrRated) {
			t.Errorf("rated before it began: %v", err)
		}
		now = a.Start.Add(2 * time.Hour)
		if err := s.Rate(ctx, other, a.ID, booking.Helped); !errors.Is(err, booking.ErrNotFound) {
			t.Errorf("somebody else rates it: %v", err)
		}
		var (
			wg sync.WaitGroup
			mu sync.Mutex
			ok int
		)
		for range 8 { // a double tap, on two replicas
			wg.Go(func() {
				err := s.Rate(ctx, me, a.ID, booking.Helped)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					ok++
				} else if !errors.Is(err, booking.ErrRated) {
					t.Errorf("rate: %v", err)
				}
			})
		}
		wg.Wait()
		counts, err := s.Store.Ratings(ctx)
		need(t, err)
		if ok != 1 || len(counts) != 1 || counts[0] != (booking.RatingCount{Station: "tianhe-1", Month: "2026-03", Opinion: booking.Helped, People: 1}) {
			t.Errorf("%d taps counted, the numbers are %+v", ok, counts)
		}
		b, err := s.Book(ctx, booking.Wish{Key: "k2", Person: me, Slot: "tianhe-1@202603051400"})
		need(t, err)
		now = b.Start.Add(14 * 24 * time.Hour)
		if err := s.Rate(ctx, me, b.ID, booking.Helped); !errors.Is(err, booking.ErrRated) {
			t.Errorf("rated after two weeks, which changes a number that was told: %v", err)
		}
	})
}

func TestWordsAboutAVisitAreSealedExportedAndErasedAndTheNumbersStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, place storetest.Place) {
		db := place.Open(t, nil)
		ctx, s, now := t.Context(), bookingService(t, db), bookingDay
		s.Now = func() time.Time { return now }
		me := writer(t, db, 1)
		a, err := s.Book(ctx, booking.Wish{Key: "k", Person: me, Slot: aVisit})
		need(t, err)
		now = a.Start.Add(2 * time.Hour)
		need(t, s.Rate(ctx, me, a.ID, booking.NoHelp))
		need(t, s.Reword(ctx, me, a.ID, "老师没听我说完", true))
		var body string
		need(t, raw(t, place).QueryRowContext(ctx, "SELECT body FROM visit_ratings").Scan(&body))
		if strings.Contains(body, "老师") || strings.Contains(body, "nohelp") {
			t.Errorf("what was said stands in clear: %s", body)
		}
		rec, err := db.Rights().Export(ctx, me)
		need(t, err)
		found := false
		for _, sec := range rec.Sections {
			for _, e := range sec.Entries {
				for _, d := range e.Details {
					found = found || d.Value == "老师没听我说完"
				}
			}
		}
		if !found {
			t.Error("the export lacks the words")
		}
		if _, err := db.Rights().Erase(ctx, me, "示例"); err != nil {
			t.Fatal(err)
		}
		if words, err := s.Store.RatedWords(ctx, "tianhe-1", 10); err != nil || len(words) != 0 {
			t.Errorf("after the erasure: %+v, %v", words, err)
		}
		if counts, err := s.Store.Ratings(ctx); err != nil || len(counts) != 1 {
			t.Errorf("a number that was told would change: %+v, %v", counts, err)
		}
	})
}
