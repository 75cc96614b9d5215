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
			ID: "r1", Person: "p1", Survey: "phq9", Key: "main:1/0", Token: "aaaaaaaaaaaaaaaaaaaaaa", Version: "1",
			Answers: []int{2, 2, 1}, Score: 5, Band: "mild", At: time.Date(2026, 3, 2, 4, 0, 0, 123456000, time.UTC),
		}
		saved, err := results.Save(ctx, first)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first, saved); d != "" {
			t.Errorf("saved (-want +got):\n%s", d)
		}
		repeat := first
		repeat.ID, repeat.Token, repeat.Score = "r2", "bbbbbbbbbbbbbbbbbbbbbb", 9
		again, err := results.Save(ctx, repeat)
		if err != nil {
			t.Fatal(err)
		}
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
		r := survey.Result{ID: "r1", Person: "p1", Survey: "who5", Key: "k", Token: "t1", Answers: []int{0}, Band: "low", At: time.Unix(1, 0).UTC()}
		if _, err := db.Results().Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		repeat := r
		repeat.ID, repeat.Token = "r2", "t2"
		other := survey.Result{ID: "r3", Person: "p1", Survey: "who5", Key: "k3", Token: "t3", Answers: []int{1}, Band: "good", At: time.Unix(2, 0).UTC()}
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
