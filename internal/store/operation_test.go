package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestAnOperationIsDoneOnceHoweverManyReplicasDoIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		one, two := p.Open(t, nil), p.Open(t, nil)
		var (
			mu   sync.Mutex
			done int
			wg   sync.WaitGroup
		)
		for i := range 8 {
			db := []*store.DB{one, two}[i%2]
			wg.Go(func() {
				got, err := db.Once(t.Context(), "p1", "op:1", func(ctx context.Context) ([]byte, error) {
					mu.Lock()
					defer mu.Unlock()
					done++
					return []byte("the first"), nil
				})
				if err != nil || string(got) != "the first" {
					t.Errorf("%q, %v", got, err)
				}
			})
		}
		wg.Wait()
		if done != 1 {
			t.Errorf("done %d times", done)
		}
		if _, err := one.Once(t.Context(), "p2", "op:1", func(context.Context) ([]byte, error) { return nil, nil }); err == nil {
			t.Error("nobody is told what came of somebody else's operation")
		}
	})
}

func TestAnOperationThatFailsLeavesNothingAndMayBeDoneAgain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, failed := t.Context(), errors.New("failed")
		write := func(ctx context.Context, id string) error {
			return db.Messages().Append(ctx, transcript.Message{ID: id, Person: "p", From: transcript.FromPerson, Text: id, At: time.Now()})
		}
		if _, err := db.Once(ctx, "p", "op", func(ctx context.Context) ([]byte, error) { return nil, errors.Join(write(ctx, "lost"), failed) }); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		told := 0
		got, err := db.Once(ctx, "p", "op", func(ctx context.Context) ([]byte, error) {
			db.After(ctx, func() { told++ })
			// A step that fails and is borne: what it wrote is undone, and what else was written stands.
			step := db.InTx(ctx, func(ctx context.Context) error { return errors.Join(write(ctx, "undone"), failed) })
			if !errors.Is(step, failed) || told != 0 {
				t.Errorf("the step came to %v; told %d times before the commit", step, told)
			}
			return []byte("fine"), db.InTx(ctx, func(ctx context.Context) error { return write(ctx, "kept") })
		})
		if err != nil || string(got) != "fine" || told != 1 {
			t.Fatalf("%q, %v, told %d times", got, err, told)
		}
		ms, err := db.Messages().Latest(ctx, "p", "", 10)
		if err != nil || len(ms) != 1 || ms[0].Text != "kept" {
			t.Errorf("%+v, %v", ms, err)
		}
	})
}

func TestOldOperationsAreForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
		db := p.Open(t, func() time.Time { return now })
		runs := 0
		do := func() {
			if _, err := db.Once(t.Context(), "p", "op", func(context.Context) ([]byte, error) { runs++; return []byte("x"), nil }); err != nil {
				t.Fatal(err)
			}
			if err := db.SweepOperations(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		do()
		do()
		now = now.AddDate(0, 1, 0)
		do()
		do()
		if runs != 2 {
			t.Errorf("done %d times, want once a month", runs)
		}
	})
}

func TestADatabaseThatMayOnlyBeReadIsNotReady(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for range 2 {
			if err := db.Writes(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if db.Writes(ctx) == nil {
			t.Error("what cannot be written must be seen")
		}
	})
}
