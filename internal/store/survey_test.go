package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

func TestAResultIsKeptOnceAndOpensByItsTokenAlone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, results := t.Context(), db.Results()
		first := survey.Result{
			ID: "r1", Person: "p1", Survey: "phq9", Key: "main:1/0", Token: "aaaaaaaaaaaaaaaaaaaaaa", Audience: "parent",
			Run: survey.Run{Survey: "phq9", Version: "1", Answers: []int{2, 2, 1}}, View: survey.View{Score: 5, Band: survey.Band{ID: "mild"}}, At: time.Date(2026, 3, 2, 4, 0, 0, 123456000, time.UTC),
		}
		saved, err := results.Save(ctx, first)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first, saved); d != "" {
			t.Errorf("saved (-want +got):\n%s", d)
		}
		repeat := first
		repeat.ID, repeat.Token, repeat.View.Score = "r2", "bbbbbbbbbbbbbbbbbbbbbb", 9
		again, err := results.Save(ctx, repeat)
		if err != nil {
			t.Fatal(err)
		}
		first.Audience = "" // it is counted, not kept
		if d := cmp.Diff(first, again); d != "" {
			t.Errorf("a known key must answer with the recorded result (-want +got):\n%s", d)
		}
		read, err := results.ByToken(ctx, first.Token)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first, read); d != "" {
			t.Errorf("read by token (-want +got):\n%s", d)
		}
		for _, token := range []string{repeat.Token, "AAAAAAAAAAAAAAAAAAAAAA", ""} {
			if _, err := results.ByToken(ctx, token); !errors.Is(err, survey.ErrNotFound) {
				t.Errorf("token %q: want ErrNotFound, got %v", token, err)
			}
		}
	})
}

// A step's transaction may find that the fact is there already; the repeat must not spoil what else it writes.
func TestARepeatedResultInsideATransactionAnswersWithTheFirst(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r := survey.Result{ID: "r1", Person: "p1", Survey: "who5", Key: "k", Token: "t1", At: time.Unix(1, 0).UTC()}
		if _, err := db.Results().Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		repeat := r
		repeat.ID, repeat.Token = "r2", "t2"
		other := survey.Result{ID: "r3", Person: "p1", Survey: "who5", Key: "k3", Token: "t3", At: time.Unix(2, 0).UTC()}
		err := db.InTx(t.Context(), func(ctx context.Context) error {
			got, err := db.Results().Save(ctx, repeat)
			if err != nil {
				return err
			}
			if got.ID != "r1" {
				t.Errorf("got %s, want r1", got.ID)
			}
			_, err = db.Results().Save(ctx, other)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Results().ByToken(t.Context(), "t3"); err != nil {
			t.Errorf("what the transaction wrote beside the repeat: %v", err)
		}
	})
}

func TestAPersonsResultsDraftsAndSharing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, results := t.Context(), db.Results()
		at := func(day int) time.Time { return time.Date(2026, 3, day, 4, 0, 0, 0, time.UTC) }
		save := func(id, person, band string, when time.Time) {
			r := survey.Result{ID: id, Person: person, Survey: "who5", Audience: "parent", Key: id, Token: "token-" + id, View: survey.View{Band: survey.Band{ID: band}}, At: when}
			if _, err := results.Save(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		draft := survey.Draft{Run: survey.Run{Survey: "who5", Version: "v", Answers: []int{1, 2}}, At: at(1)}
		for range 2 { // the second answer replaces the first
			if err := results.KeepDraft(ctx, "p1", draft); err != nil {
				t.Fatal(err)
			}
			draft.Run.Answers = append(draft.Run.Answers, 3)
		}
		if got, err := results.Draft(ctx, "p1"); err != nil || len(got.Run.Answers) != 3 || !got.At.Equal(at(1)) {
			t.Errorf("draft: %+v, %v", got, err)
		}
		if _, err := results.Draft(ctx, "p2"); !errors.Is(err, survey.ErrNotFound) {
			t.Errorf("somebody else's draft: %v", err)
		}
		save("a", "p1", "low", at(2))
		if _, err := results.Draft(ctx, "p1"); !errors.Is(err, survey.ErrNotFound) {
			t.Errorf("a finished run leaves no draft, got %v", err)
		}
		save("b", "p1", "good", at(9)) // the same person, the same month: counted once
		save("c", "p2", "low", at(9))
		save("d", "p1", "good", time.Date(2026, 3, 31, 16, 0, 0, 0, time.UTC)) // the first of April in Guangzhou
		counts, err := results.Counts(ctx, "2026-04")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]survey.Count{{Survey: "who5", Month: "2026-03", Audience: "parent", Band: "low", People: 2}}, counts); d != "" {
			t.Errorf("people in closed months (-want +got):\n%s", d)
		}
		of, err := results.Of(ctx, "p1", "who5", 2)
		if err != nil || len(of) != 2 || of[0].ID != "d" || of[1].ID != "b" {
			t.Errorf("the newest two: %+v, %v", of, err)
		}
		if err := results.Share(ctx, "p2", "a", at(3)); !errors.Is(err, survey.ErrNotFound) {
			t.Errorf("somebody else's result was shared: %v", err)
		}
		if err := results.Share(ctx, "p1", "a", at(3)); err != nil {
			t.Fatal(err)
		}
		if shared, err := results.SharedBy(ctx, "p1"); err != nil || len(shared) != 1 || !shared[0].Shared.Equal(at(3)) {
			t.Errorf("shared: %+v, %v", shared, err)
		}
		if err := results.Share(ctx, "p1", "a", time.Time{}); err != nil {
			t.Fatal(err)
		}
		if shared, err := results.SharedBy(ctx, "p1"); err != nil || len(shared) != 0 {
			t.Errorf("after taking it back: %+v, %v", shared, err)
		}
	})
}
