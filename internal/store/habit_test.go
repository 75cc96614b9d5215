package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// habitsOn is the service on a database whose clock the test moves.
func habitsOn(t *testing.T, db *store.DB, now *time.Time) *habit.Service {
	t.Helper()
	c, err := habit.Load(os.DirFS("../../dialogs/habits"))
	if err != nil {
		t.Fatal(err)
	}
	return &habit.Service{Catalogue: func() *habit.Catalogue { return c }, Store: db.Challenges(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return *now }}}
}

func TestADayIsTickedOnceByEachAndMidnightInGuangzhouBeginsTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		now := time.Date(2026, 3, 2, 23, 50, 0, 0, citytime.Zone)
		db := p.Open(t, func() time.Time { return now })
		s, who := habitsOn(t, db, &now), writer(t, db, 1)
		if _, err := s.Start(t.Context(), "k", who, "reading", "20:00"); err != nil {
			t.Fatal(err)
		}
		again, err := s.Start(t.Context(), "k", who, "reading", "20:00")
		if err != nil || again.Key != "k" {
			t.Errorf("a second tap on the same message: %+v, %v", again, err)
		}
		if _, err := s.Start(t.Context(), "k2", who, "moving", ""); !errors.Is(err, habit.ErrAlready) {
			t.Errorf("a second challenge beside the first: %v", err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, _, err := s.Tick(t.Context(), who, habit.Parent, habit.Child); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		now = now.Add(20 * time.Minute)
		_, pr, err := s.Tick(t.Context(), who, habit.Child)
		if err != nil || pr.Done != 2 || pr.Together != 1 || pr.Streak != 2 {
			t.Errorf("after midnight: %+v, %v", pr, err)
		}
	})
}

func TestAMissedDayIsMadeUpOnceAndTheEndBringsAPicture(t *testing.T) {
	now := time.Date(2026, 3, 2, 19, 0, 0, 0, citytime.Zone)
	db := storetest.SQLite(t).Open(t, func() time.Time { return now })
	s, who := habitsOn(t, db, &now), writer(t, db, 1)
	c, err := s.Start(t.Context(), "k", who, "screen-off", "")
	if err != nil {
		t.Fatal(err)
	}
	for day := 1; day <= habit.Days; day++ {
		if day != 5 && day != 9 {
			if c, _, err = s.Tick(t.Context(), who, habit.Parent, habit.Child); err != nil {
				t.Fatal(err)
			}
		}
		if day == 10 {
			for range 2 { // the second has nothing to make up any more, though day 5 is missing
				if _, _, err := s.MakeUp(t.Context(), who, habit.Child); err != nil {
					t.Fatal(err)
				}
			}
		}
		now = now.AddDate(0, 0, 1)
	}
	if c.Ending != habit.Finished {
		t.Errorf("after the last tick of both it is %q", c.Ending)
	}
	ticks, err := db.Challenges().Ticks(t.Context(), c.ID)
	if err != nil || len(ticks) != 19*2+1 {
		t.Errorf("%d ticks, want 19 days of both and one made up (%v)", len(ticks), err)
	}
	raw, err := s.Picture(t.Context(), c.Token)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil || img.Bounds().Dx() != 940 || len(raw) > 100<<10 {
		t.Errorf("the picture: %v, %d bytes", err, len(raw))
	}
	if dir := os.Getenv("XINQIAO_TEST_SHOTS"); dir != "" {
		if err := os.WriteFile(dir+"/habit.png", raw, 0o600); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Picture(t.Context(), "guessed"); !errors.Is(err, habit.ErrNotFound) {
		t.Errorf("a guessed address: %v", err)
	}
}

func TestARemindersHourIsKeptAndAReminderThatDoesNotHoldSaysNothing(t *testing.T) {
	now := time.Date(2026, 3, 2, 19, 0, 0, 0, citytime.Zone)
	db := storetest.SQLite(t).Open(t, func() time.Time { return now })
	s, who := habitsOn(t, db, &now), writer(t, db, 1)
	var said []string
	w := &outbox.Worker{Store: db.Outbox(), Now: func() time.Time { return now }, Handlers: map[string]outbox.Handler{
		habit.KindReminder: func(ctx context.Context, r outbox.Row) error {
			due, err := s.Reminder(ctx, r)
			for _, reply := range due.Replies {
				said = append(said, now.In(citytime.Zone).Format("02 15:04 ")+firstWords(reply.Text)+fmt.Sprint(reply.Card != nil))
				if reply.Card == nil && !due.Until.Equal(time.Date(2026, 3, now.In(citytime.Zone).Day()+1, 0, 0, 0, 0, citytime.Zone)) {
					t.Errorf("a reminder holds until %s", due.Until)
				}
			}
			return err
		},
	}}
	pass := func(to string) {
		t.Helper()
		at, err := time.ParseInLocation("2006-01-02 15:04", to, citytime.Zone)
		if err != nil {
			t.Fatal(err)
		}
		now = at
		if _, err := w.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Start(t.Context(), "k", who, "moving", "20:00"); err != nil {
		t.Fatal(err)
	}
	pass("2026-03-02 20:00") // reminded
	if _, _, err := s.Tick(t.Context(), who, habit.Parent, habit.Child); err != nil {
		t.Fatal(err)
	}
	pass("2026-03-03 19:00")
	if _, _, err := s.Tick(t.Context(), who, habit.Parent, habit.Child); err != nil {
		t.Fatal(err)
	}
	pass("2026-03-03 20:00") // done already
	if err := s.Remind(t.Context(), who, "07:30"); err != nil {
		t.Fatal(err)
	}
	pass("2026-03-04 07:30") // at the new hour
	pass("2026-03-04 20:00") // not at the old one
	pass("2026-03-06 09:00") // the server stood still for a day and a half: yesterday's is not said today
	pass("2026-03-07 07:30")
	for day := 8; day <= 23; day++ {
		pass(fmt.Sprintf("2026-03-%02d 07:30", day))
	}
	for i, want := range []string{"02 20:00", "04 07:30", "07 07:30"} {
		if i >= len(said) || !strings.HasPrefix(said[i], want) || !strings.HasSuffix(said[i], "false") {
			t.Fatalf("reminder %d is %q, want one at %s", i, said, want)
		}
	}
	if last := said[len(said)-1]; last != "23 07:30 “运动”的 21 天走完了true" {
		t.Errorf("the last words are %q, want the end with its picture", last)
	}
	before := len(said)
	pass("2026-04-01 07:30")
	if len(said) != before {
		t.Errorf("after the end it still says %q", said[before:])
	}
}

// TestAReminderThatWasLateForYesterdayDoesNotCostTodays lets the server stand still over a night.
func TestAReminderThatWasLateForYesterdayDoesNotCostTodays(t *testing.T) {
	now := time.Date(2026, 3, 2, 19, 0, 0, 0, citytime.Zone)
	db := storetest.SQLite(t).Open(t, func() time.Time { return now })
	s, who := habitsOn(t, db, &now), writer(t, db, 1)
	said := 0
	w := &outbox.Worker{Store: db.Outbox(), Now: func() time.Time { return now }, Handlers: map[string]outbox.Handler{
		habit.KindReminder: func(ctx context.Context, r outbox.Row) error {
			due, err := s.Reminder(ctx, r)
			said += len(due.Replies)
			return err
		},
	}}
	if _, err := s.Start(t.Context(), "k", who, "moving", "20:00"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Time
		want int
	}{{time.Date(2026, 3, 3, 9, 0, 0, 0, citytime.Zone), 0}, {time.Date(2026, 3, 3, 20, 0, 0, 0, citytime.Zone), 1}} {
		now = c.at
		if _, err := w.RunDue(t.Context()); err != nil || said != c.want {
			t.Errorf("at %s %d reminders were said (%v), want %d", c.at.Format("02 15:04"), said, err, c.want)
		}
	}
}

func firstWords(s string) string { before, _, _ := strings.Cut(s, "，"); return before }

func TestWhoQuitsIsRemindedNoMoreAndErasureTakesTheTicks(t *testing.T) {
	now := time.Date(2026, 3, 2, 19, 0, 0, 0, citytime.Zone)
	db := storetest.SQLite(t).Open(t, func() time.Time { return now })
	s, who := habitsOn(t, db, &now), writer(t, db, 1)
	c, err := s.Start(t.Context(), "k", who, "moving", "20:00")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Tick(t.Context(), who, habit.Child); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Quit(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	due, err := s.Reminder(t.Context(), outbox.Row{Person: who, Payload: []byte(fmt.Sprintf(`{"challenge":%q,"day":1,"clock":"20:00"}`, c.ID))})
	if err != nil || len(due.Replies) != 0 {
		t.Errorf("after quitting: %+v, %v", due, err)
	}
	record, err := db.Rights().Export(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	told := fmt.Sprint(record.Sections)
	if !strings.Contains(told, "停下了") || !strings.Contains(told, "第 1 天") {
		t.Errorf("the record says nothing of it: %s", told)
	}
	if _, err := db.Rights().Erase(t.Context(), who, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Picture(t.Context(), c.Token); !errors.Is(err, habit.ErrNotFound) {
		t.Errorf("the picture after erasure: %v", err)
	}
	if ticks, err := db.Challenges().Ticks(t.Context(), c.ID); err != nil || len(ticks) != 0 {
		t.Errorf("ticks after erasure: %v, %v", ticks, err)
	}
}
