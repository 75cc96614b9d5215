package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
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

func TestADeadlocksVictimIsRunAgain(t *testing.T) {
	db := storetest.MySQL(t).Open(t, nil) // SQLite has one writer and so no deadlock
	a, err := db.People().Resolve(t.Context(), wechat("a"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := db.People().Resolve(t.Context(), wechat("b"))
	if err != nil {
		t.Fatal(err)
	}
	var bothHold, done sync.WaitGroup
	bothHold.Add(2)
	var runs atomic.Int32
	cross := func(first, second string) {
		var hold sync.Once
		err := db.InTx(t.Context(), func(ctx context.Context) error {
			runs.Add(1)
			if _, err := db.People().SetAudience(ctx, first, person.Parent); err != nil {
				return err
			}
			hold.Do(func() {
				bothHold.Done()
				bothHold.Wait() // each holds its first row before either asks for the other's
			})
			_, err := db.People().SetAudience(ctx, second, person.Parent)
			return err
		})
		if err != nil {
			t.Errorf("InTx = %v, want the victim to be run again", err)
		}
	}
	done.Go(func() { cross(a.ID, b.ID) })
	done.Go(func() { cross(b.ID, a.ID) })
	done.Wait()
	if runs.Load() < 3 {
		t.Errorf("%d runs: there was no deadlock to test", runs.Load())
	}
}

func TestABadURLSaysWhatIsWantedAndNeverThePassword(t *testing.T) {
	for _, url := range []string{"", "postgres://u:geheim@h/d", "sqlite:", "mysql://", "mysql://u:geheim@127.0.0.1:1/d", "mysql://u:geheim@h:port/d"} {
		db, err := store.Open(t.Context(), store.Options{URL: url, DataDir: t.TempDir(), Sealer: storetest.Sealer(t)})
		if err == nil && strings.Contains(url, "127.0.0.1:1/") { // one that is only away is opened, and says so when it is asked
			if err = db.Ping(t.Context()); err != nil {
				err = fmt.Errorf("open the database: %w", err)
			}
			_ = db.Close()
		}
		if err == nil {
			t.Errorf("Open(%q) succeeded", url)
			continue
		}
		if !strings.Contains(err.Error(), "open the database") || strings.Contains(err.Error(), "geheim") {
			t.Errorf("Open of a bad URL = %q", err)
		}
	}
}
