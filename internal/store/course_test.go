package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// school is the course service on a database, with a clock that the test moves.
type school struct {
	*course.Service
	db  *store.DB
	now time.Time
}

func newSchool(t *testing.T, db *store.DB) *school {
	t.Helper()
	cat, err := course.Load(os.DirFS("../../dialogs/courses"))
	if err != nil {
		t.Fatal(err)
	}
	s := &school{db: db, now: bookingDay} // a Monday
	s.Service = &course.Service{Catalogue: func() *course.Catalogue { return cat }, Store: db.Lessons(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return s.now }},
		Audience: func(context.Context, string) (string, error) { return "parent", nil }}
	return s
}

func (s *school) run(t *testing.T, person, name string, args map[string]any) dialog.Result {
	t.Helper()
	for _, c := range s.Commands() {
		if c.Name == name {
			r, err := c.Run(t.Context(), dialog.Call{Name: name, Args: args, Person: person})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return r
		}
	}
	t.Fatalf("no command %s", name)
	return dialog.Result{}
}

// week claims what is due on the n-th Saturday at noon, as two replicas do, and hands the weekly rows to the service.
// It returns the replies that were put on their way.
func (s *school) week(t *testing.T, n int) (delivered []outbox.Row) {
	t.Helper()
	s.now = time.Date(2026, 3, 7, 12, 0, 0, 0, bookingDay.Location()).AddDate(0, 0, 7*(n-1))
	for _, worker := range []string{"one", "two"} {
		for {
			rows, err := s.db.Outbox().Claim(t.Context(), worker, s.now, time.Minute, 10)
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) == 0 {
				break
			}
			for _, r := range rows {
				if r.Kind != course.KindWeekly {
					delivered = append(delivered, r)
					continue
				}
				for range 2 { // a crash between doing and settling runs it twice
					if err := s.Suggest(t.Context(), r); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.db.Outbox().Done(t.Context(), worker, r.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return delivered
}

func (s *school) settle(t *testing.T, r outbox.Row, how func(ctx context.Context, worker, id string) error) {
	t.Helper()
	for _, worker := range []string{"one", "two"} {
		if how(t.Context(), worker, r.ID) == nil {
			return
		}
	}
	t.Fatal("no worker holds the row")
}

// A parent who has a child remembered gets lessons for it in its next school too, and is told so once.
func TestTheWeeklyLessonFollowsARememberedChild(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := newSchool(t, db), writer(t, db, 1)
		families := &family.Service{Store: db.Families(), Clock: citytime.Clock{Now: func() time.Time { return s.now }}}
		s.Grown = families.Grown
		child := family.Child{ID: "1", Name: "小满", Grade: "六年级", Since: 2025}
		if err := db.Families().Change(t.Context(), p, func(pr *family.Profile) error {
			*pr = family.Profile{Children: []family.Child{child}, Agreed: s.now}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		s.run(t, p, "course.subscribe", map[string]any{"stage": "upper"})
		told := func(n int) bool {
			t.Helper()
			rows := s.week(t, n)
			if len(rows) != 1 {
				t.Fatalf("week %d: %d suggestions", n, len(rows))
			}
			s.settle(t, rows[0], db.Outbox().Done)
			return strings.Contains(string(rows[0].Payload), "从这周起按“初中”")
		}
		if told(1) {
			t.Error("told in March that the child has grown")
		}
		if !told(28) { // in September
			t.Error("a child in 初一 still gets lessons for 小学高年级")
		}
		if told(29) {
			t.Error("told twice")
		}
		if sub, err := db.Lessons().Subscription(t.Context(), p); err != nil || sub.Stage != "junior" {
			t.Errorf("subscribed to %q, %v", sub.Stage, err)
		}
	})
}

func TestWhoAskedGetsOneLessonAWeekAndNoMore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := newSchool(t, db), writer(t, db, 1)
		if r := s.run(t, p, "course.subscribe", map[string]any{"stage": "junior"}); r.Vars["when"] != "3月7日（周六）上午" {
			t.Errorf("first lesson %v", r.Vars["when"])
		}
		s.run(t, p, "course.subscribe", map[string]any{"stage": "junior"}) // twice is as once
		seen := map[string]bool{}
		for n := 1; n <= 3; n++ {
			rows := s.week(t, n)
			if len(rows) != 1 {
				t.Fatalf("week %d: %d suggestions", n, len(rows))
			}
			if seen[string(rows[0].Payload)] {
				t.Error("the same lesson twice")
			}
			seen[string(rows[0].Payload)] = true
			s.settle(t, rows[0], db.Outbox().Done)
		}
		if rows := s.week(t, 3); len(rows) != 0 {
			t.Errorf("a second one in the same week")
		}
		s.run(t, p, "course.unsubscribe", nil)
		if rows := s.week(t, 4); len(rows) != 0 {
			t.Errorf("after 退订 came %d", len(rows))
		}
		s.run(t, p, "course.subscribe", map[string]any{"stage": "senior"})
		if rows := s.week(t, 6); len(rows) != 1 {
			t.Errorf("subscribed anew, after an outage of a week: %d", len(rows))
		}
	})
}

func TestASuggestionThatWaitsIsNotPiledUpAndOneThatCannotArriveEndsThem(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := newSchool(t, db), writer(t, db, 1)
		s.run(t, p, "course.subscribe", map[string]any{"stage": "junior"})
		first := s.week(t, 1)
		s.settle(t, first[0], func(ctx context.Context, w, id string) error { return db.Outbox().Park(ctx, w, id, "window closed") })
		if rows := s.week(t, 2); len(rows) != 0 {
			t.Fatalf("%d on top of the one that waits", len(rows))
		}
		if rows, err := db.Outbox().Unpark(t.Context(), "w", p, s.now, time.Minute); err != nil || len(rows) != 1 {
			t.Fatalf("what waited: %d, %v", len(rows), err)
		} else if err := db.Outbox().Done(t.Context(), "w", rows[0].ID); err != nil {
			t.Fatal(err)
		}
		third := s.week(t, 3)
		if len(third) != 1 {
			t.Fatalf("once it was fetched the next comes: %d", len(third))
		}
		s.settle(t, third[0], func(ctx context.Context, w, id string) error { return db.Outbox().Bury(ctx, w, id, "unfollowed") })
		if rows := s.week(t, 4); len(rows) != 0 {
			t.Errorf("to somebody who left: %d", len(rows))
		}
		if r := s.run(t, p, "course.weekly", nil); r.Outcome != "off" {
			t.Errorf("the subscription must have ended: %s", r.Outcome)
		}
	})
}

func TestARowThatIsRunAgainAfterItsLessonWasDeliveredSuggestsNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := newSchool(t, db), writer(t, db, 1)
		s.run(t, p, "course.subscribe", map[string]any{"stage": "junior"})
		s.now = time.Date(2026, 3, 7, 12, 0, 0, 0, bookingDay.Location())
		rows, err := db.Outbox().Claim(t.Context(), "slow", s.now, time.Minute, 10)
		if err != nil || len(rows) != 1 {
			t.Fatalf("the weekly row: %d, %v", len(rows), err)
		}
		if err := s.Suggest(t.Context(), rows[0]); err != nil {
			t.Fatal(err)
		}
		first, err := db.Outbox().Claim(t.Context(), "w", s.now, time.Minute, 10)
		if err != nil || len(first) != 1 {
			t.Fatalf("the suggestion: %d, %v", len(first), err)
		}
		if err := db.Outbox().Done(t.Context(), "w", first[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Suggest(t.Context(), rows[0]); err != nil { // its lease ended before it was settled
			t.Fatal(err)
		}
		if again, err := db.Outbox().Claim(t.Context(), "w", s.now, time.Minute, 10); err != nil || len(again) != 0 {
			t.Errorf("%d more in the same week, %v", len(again), err)
		}
	})
}

func TestTwentySubscribeTapsMakeOneSubscription(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := newSchool(t, db), writer(t, db, 1)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { s.run(t, p, "course.subscribe", map[string]any{"stage": "junior"}) })
		}
		wg.Wait()
		if rows := s.week(t, 1); len(rows) != 1 {
			t.Errorf("%d suggestions in the first week", len(rows))
		}
	})
}

func TestMarksRememberTheLatestOfEachDeed(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, other := writer(t, db, 1), writer(t, db, 2)
		at := bookingDay.UTC()
		for i, d := range []course.Deed{
			{Kind: course.Opened, At: at}, {Kind: course.Liked, At: at}, {Kind: course.Unliked, At: at}, {Kind: course.Opened, At: at.Add(time.Hour)},
			{Kind: course.Learnt, At: at.Add(2 * time.Hour), Right: 1, Asked: 2}, {Kind: course.Learnt, At: at.Add(3 * time.Hour), Right: 2, Asked: 2},
		} {
			if _, err := db.Lessons().Note(t.Context(), p, "phone-deal", d); err != nil {
				t.Fatalf("deed %d: %v", i, err)
			}
		}
		want := []course.Mark{{Lesson: "phone-deal", Opened: at.Add(time.Hour), Learnt: at.Add(3 * time.Hour), Right: 2, Asked: 2}}
		got, err := db.Lessons().Marks(t.Context(), p)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if got, err := db.Lessons().Marks(t.Context(), other); err != nil || len(got) != 0 {
			t.Errorf("another's marks: %v, %v", got, err)
		}
		if _, err := db.Lessons().Note(t.Context(), p, "x", course.Deed{Kind: "burnt"}); err == nil {
			t.Error("an unknown deed must be refused")
		}
	})
}

func TestAfterAllLessonsTheOldestUnlearntIsSuggestedAgain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := newSchool(t, db), writer(t, db, 1)
		s.run(t, p, "course.subscribe", map[string]any{"stage": "pregnancy"})
		seen := map[string]int{}
		for n := 1; n <= 5; n++ { // four lessons are for this stage
			rows := s.week(t, n)
			if len(rows) != 1 {
				t.Fatalf("week %d: %d", n, len(rows))
			}
			seen[fmt.Sprintf("%.60s", rows[0].Payload[60:])]++
			s.settle(t, rows[0], db.Outbox().Done)
		}
		if len(seen) != 4 {
			t.Errorf("want four lessons, one of them twice: %v", seen)
		}
	})
}
