package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func wechat(user string) channel.Address {
	return channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(user)}
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		stop := errors.New("stop")
		var id string
		err := db.InTx(t.Context(), func(ctx context.Context) error {
			p, err := db.People().Resolve(ctx, wechat("u1"))
			if err != nil {
				return err
			}
			id = p.ID
			if got, err := db.People().Get(ctx, id); err != nil || got.ID != id {
				t.Errorf("inside the transaction Get = %v, %v; want the new person", got, err)
			}
			return db.InTx(ctx, func(context.Context) error { return stop }) // joins
		})
		if !errors.Is(err, stop) {
			t.Fatalf("InTx = %v, want the function's own error", err)
		}
		if _, err := db.People().Get(t.Context(), id); !errors.Is(err, person.ErrNotFound) {
			t.Errorf("after the rollback Get = %v, want ErrNotFound", err)
		}
		if p, err := db.People().Resolve(t.Context(), wechat("u1")); err != nil || p.ID == id {
			t.Errorf("Resolve = %v, %v: the undone person was remembered", p.ID, err)
		}
	})
}

func TestMigratingAtOnceFromSeveralReplicas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		dbs := make([]*store.DB, 4)
		for i := range dbs {
			var err error
			if dbs[i], err = store.Open(t.Context(), store.Options{URL: p.URL, Sealer: p.Sealer}); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = dbs[i].Close() })
		}
		var wg sync.WaitGroup
		for _, db := range dbs {
			wg.Go(func() {
				if err := db.Migrate(t.Context()); err != nil {
					t.Errorf("Migrate: %v", err)
				}
			})
		}
		wg.Wait()
		first, err := dbs[0].MigrationStatus(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		last, err := dbs[3].MigrationStatus(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, last); diff != "" || len(first) == 0 {
			t.Errorf("replicas see different migrations (-first +last):\n%s", diff)
		}
	})
}
