package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func question(p person.Person, key string) casework.Asked {
	return casework.Asked{
		ID: uuid.Must(uuid.NewV7()).String(), Key: key, Person: p.ID, Alias: p.Alias, Channel: "wechat", Subject: risk.Other, Category: "bullying",
		Score: 0.375, Reason: "一句说明", Message: "message-" + key, At: noon, Outcome: casework.AskedWaiting,
	}
}

func putQuestion(t *testing.T, db *store.DB, a casework.Asked) casework.Asked {
	t.Helper()
	if fresh, err := db.Cases().AddAsked(t.Context(), a); err != nil || !fresh {
		t.Fatalf("add a question: fresh %v, %v", fresh, err)
	}
	return a
}

func TestAQuestionIsReadAsItWasWritten(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := somebody(t, db, "one")
		want := putQuestion(t, db, question(p, "k"))
		twin := question(p, "k")
		if fresh, err := db.Cases().AddAsked(t.Context(), twin); err != nil || fresh {
			t.Errorf("a question of a known key: fresh %v, %v", fresh, err)
		}
		got, err := db.Cases().GetAsked(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("read back: %v (-want +got):\n%s", err, diff)
		}
		if _, err := db.Cases().GetAsked(t.Context(), twin.ID); !errors.Is(err, casework.ErrNoAsked) {
			t.Errorf("an unknown question: %v, want ErrNoAsked", err)
		}
	})
}

func TestAnAnswerEndsThePersonsQuestionsAlone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, q := somebody(t, db, "one"), somebody(t, db, "two")
		before, latest, others := putQuestion(t, db, question(p, "1")), putQuestion(t, db, question(p, "2")), putQuestion(t, db, question(q, "3"))
		for range 2 { // the first one counts
			if err := db.Cases().LinkAsked(t.Context(), latest.ID, "case-1"); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Cases().LinkAsked(t.Context(), latest.ID, "case-2"); err != nil {
			t.Fatal(err)
		}
		at := noon.Add(time.Minute)
		for i, want := range []bool{true, false} {
			found, err := db.Cases().EndAsked(t.Context(), p.ID, casework.AskedAnswer{Outcome: casework.AskedUnclear, Message: "answer", At: at})
			if err != nil || found != want {
				t.Fatalf("answer %d: found %v (%v), want %v", i+1, found, err, want)
			}
		}
		latest.Outcome, latest.Answer, latest.AnsweredAt, latest.Case = casework.AskedUnclear, "answer", at, "case-1"
		before.Outcome, before.AnsweredAt = casework.AskedLeft, at
		got, _, err := db.Cases().ListAsked(t.Context(), casework.Filter{})
		if diff := cmp.Diff([]casework.Asked{others, latest, before}, got); err != nil || diff != "" {
			t.Errorf("the list: %v (-want +got):\n%s", err, diff)
		}
		if _, err := db.Cases().EndAsked(t.Context(), q.ID, casework.AskedAnswer{Outcome: casework.AskedYes, Case: "case-3", At: at}); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Cases().GetAsked(t.Context(), others.ID); err != nil || got.Case != "case-3" {
			t.Errorf("a yes leads to case %q (%v), want case-3", got.Case, err)
		}
	})
}

func TestQuestionsComeInPagesTheNewestFirst(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := somebody(t, db, "one")
		for i := range 120 {
			a := question(p, fmt.Sprint(i))
			a.At = noon.Add(time.Duration(i) * time.Minute)
			putQuestion(t, db, a)
		}
		var keys []string
		cursor := ""
		for pages := 1; ; pages++ {
			list, next, err := db.Cases().ListAsked(t.Context(), casework.Filter{Limit: 50, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				keys = append(keys, a.Key)
			}
			if cursor = next; cursor == "" {
				if pages != 3 {
					t.Errorf("%d pages, want 3", pages)
				}
				break
			}
		}
		if len(keys) != 120 || keys[0] != "119" || keys[119] != "0" {
			t.Errorf("%d questions from %s to %s, want all, the newest first", len(keys), keys[0], keys[len(keys)-1])
		}
		if _, _, err := db.Cases().ListAsked(t.Context(), casework.Filter{Cursor: "else"}); !errors.Is(err, casework.ErrCursor) {
			t.Errorf("another's cursor: %v, want ErrCursor", err)
		}
		n, err := db.Cases().CountAsked(t.Context(), noon.Add(100*time.Minute))
		if want := (casework.AskedCounts{Since: 20, Waiting: 120}); err != nil || n != want {
			t.Errorf("counted %+v (%v), want %+v", n, err, want)
		}
	})
}

func TestAnAskedTalkThatManyFollowAtOnceIsOneCase(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := caseworkOn(db), somebody(t, db, "one")
		a := putQuestion(t, db, question(p, "k"))
		const n = 8
		ids := make([]string, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				c, err := s.FollowAsked(t.Context(), a.ID, casework.Actor{ID: fmt.Sprint("staff-", i), Name: "示例老师"})
				if err != nil {
					t.Errorf("click %d: %v", i+1, err)
				}
				ids[i] = c.ID
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("the clicks lead to %v, want one case", ids)
			}
		}
		sigs, err := db.Cases().Signals(t.Context(), ids[0])
		if err != nil || len(sigs) != 1 {
			t.Errorf("%d signals (%v), want one", len(sigs), err)
		}
	})
}
