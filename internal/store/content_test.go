package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/editing"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

func edit(db *store.DB, n int) editing.Draft {
	id := fmt.Sprintf("00000000-0000-7000-8000-%012d", n)
	at := time.Date(2026, 3, 2, 2, n, 0, 0, time.UTC)
	return editing.Draft{ID: id, Kind: editing.Lesson, File: "courses/desk.yaml", After: "a", Title: "饭桌", New: "  - id: a\n", State: editing.Writing, Rev: 1, By: editing.Person{ID: "lan", Name: "示例·lan"}, Made: at, Saved: at}
}

func TestDraftsArePublishedOnceAndInOrder(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, ctx := db.ContentEdits(), t.Context()
		first := edit(db, 1)
		if err := s.SaveDraft(ctx, first); err != nil {
			t.Fatal(err)
		}
		first.Title, first.Rev, first.State = "饭桌上", 2, editing.Waiting
		if err := s.SaveDraft(ctx, first); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveDraft(ctx, first); !errors.Is(err, editing.ErrChanged) {
			t.Errorf("an old revision is saved: %v", err)
		}
		got, err := s.Draft(ctx, first.ID)
		if err != nil || got != first {
			t.Errorf("kept %+v, %v\nwant %+v", got, err, first)
		}
		var wg sync.WaitGroup
		numbers := make([]int64, 8)
		for i := range numbers { // as many replicas publish at the same time
			d := edit(db, 10+i)
			if err := s.SaveDraft(ctx, d); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				for {
					done, err := s.Publish(ctx, d)
					if err == nil {
						numbers[i] = done.Number
						return
					}
				}
			})
		}
		wg.Wait()
		all, err := s.PublishedAfter(ctx, 0, 100)
		if err != nil || len(all) != len(numbers) {
			t.Fatalf("%d are published of %d (%v)", len(all), len(numbers), err)
		}
		for i, d := range all {
			if d.Number != int64(i+1) || d.State != editing.Published {
				t.Errorf("the %d. has number %d and is %s", i+1, d.Number, d.State)
			}
		}
		if _, err := s.Publish(ctx, all[0]); !errors.Is(err, editing.ErrChanged) {
			t.Errorf("published twice: %v", err)
		}
		open, err := s.OpenDrafts(ctx)
		if err != nil || len(open) != 1 || open[0].ID != first.ID {
			t.Errorf("open are %+v, %v", open, err)
		}
		if rest, err := s.PublishedAfter(ctx, 6, 100); err != nil || len(rest) != 2 {
			t.Errorf("after the sixth: %d, %v", len(rest), err)
		}
		if of, err := s.PublishedOf(ctx, editing.FAQ); err != nil || len(of) != 0 {
			t.Errorf("of another kind: %d, %v", len(of), err)
		}
		if _, err := s.Draft(ctx, "none"); !errors.Is(err, editing.ErrNoDraft) {
			t.Errorf("a draft that is not there: %v", err)
		}
	})
}

func TestUnansweredQuestionsAreCountedWithoutSayingWho(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, ctx := db.Missed(), t.Context()
		monday := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
		say := func(person, words string, at time.Time) unanswered.Text {
			return unanswered.Text{Words: words, Folded: words, Person: person, At: at}
		}
		if err := s.Count(ctx, say("p1", "能停车吗", monday), say("p1", "能停车吗", monday.Add(time.Minute)), say("p2", "能停车吗", monday.AddDate(0, 0, 1)),
			say("p1", "有盲道吗", monday), say("p1", "有盲道吗", monday.AddDate(0, 0, -20))); err != nil {
			t.Fatal(err)
		}
		qs, err := s.Since(ctx, monday.AddDate(0, 0, -7))
		if err != nil || len(qs) != 2 {
			t.Fatalf("%+v, %v", qs, err)
		}
		if q := qs[0]; q.Words != "能停车吗" || q.Said != 3 || q.People != 2 || !q.Last.Equal(monday.AddDate(0, 0, 1)) {
			t.Errorf("the first is %+v", q)
		}
		if q := qs[1]; q.Said != 1 || q.People != 1 {
			t.Errorf("the second is %+v", q)
		}
		if q, err := s.Question(ctx, qs[0].ID); err != nil || q.Words != "能停车吗" {
			t.Errorf("by its ID: %+v, %v", q, err)
		}
		for range 2 {
			if err := s.Settle(ctx, qs[0].ID, unanswered.NotOurs, "示例·lan"); err != nil {
				t.Fatal(err)
			}
		}
		if left, err := s.Since(ctx, monday.AddDate(0, 0, -7)); err != nil || len(left) != 1 || left[0].Words != "有盲道吗" {
			t.Errorf("after one is settled: %+v, %v", left, err)
		}
		if err := s.Purge(ctx, monday.AddDate(0, 0, 5)); err != nil {
			t.Fatal(err)
		}
		if left, err := s.Since(ctx, monday.AddDate(0, 0, -60)); err != nil || len(left) != 0 {
			t.Errorf("after the purge: %+v, %v", left, err)
		}
		if q, err := s.Question(ctx, qs[0].ID); err != nil || q.ID != "" {
			t.Errorf("a purged one: %+v, %v", q, err)
		}
	})
}

func TestADayKeepsSoManyQuestionsAndCountsTheKnownOn(t *testing.T) {
	place := storetest.SQLite(t)
	db := place.Open(t, nil)
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	const flood = 2100
	ts := make([]unanswered.Text, 0, flood+2)
	ts = append(ts, unanswered.Text{Words: "能停车吗", Folded: "能停车吗", Person: "a", At: at})
	for i := range flood {
		w := fmt.Sprintf("编的第%d句", i)
		ts = append(ts, unanswered.Text{Words: w, Folded: w, Person: "b", At: at})
	}
	ts = append(ts, unanswered.Text{Words: "能停车吗", Folded: "能停车吗", Person: "c", At: at}, unanswered.Text{Words: "明天的", Folded: "明天的", Person: "c", At: at.AddDate(0, 0, 1)})
	if err := db.Missed().Count(t.Context(), ts...); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := raw(t, place).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM missed_texts").Scan(&rows); err != nil || rows != 2001 {
		t.Errorf("%d texts are kept (%v), want 2000 of the day and one of the next", rows, err)
	}
	qs, err := db.Missed().Since(t.Context(), at)
	if err != nil || len(qs) == 0 || qs[0].Words != "能停车吗" || qs[0].People != 2 {
		t.Errorf("the known question is not counted on: %+v (%v)", qs[:min(1, len(qs))], err)
	}
}
