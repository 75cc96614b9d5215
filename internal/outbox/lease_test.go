package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// replica is a worker for calls as serve runs it, in a bubble in which time passes only while everybody waits.
func replica(db *store.DB, name string, h outbox.Handler) *outbox.Worker {
	return &outbox.Worker{Store: db.Outbox().Calls(), Name: name, Lease: 5 * time.Second, Poll: 200 * time.Millisecond, Handlers: map[string]outbox.Handler{"call": h}}
}

func TestTheCallsOfAKilledReplicaAreTakenOverInSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t).Open(t, nil)
		put(t, db, outbox.Row{Key: "in danger", Kind: "call", Urgent: true})
		if rows, err := db.Outbox().Calls().Claim(t.Context(), "killed", time.Now(), 5*time.Second, 8); err != nil || len(rows) != 1 {
			t.Fatalf("claim: %v, %v", rows, err)
		}
		killed := time.Now() // and never a word from it again
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var took time.Duration
		w := replica(db, "other", func(context.Context, outbox.Row) error {
			took = time.Since(killed)
			stop()
			return nil
		})
		if err := w.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if took < 5*time.Second || took > 5500*time.Millisecond {
			t.Errorf("the call was made %s after the replica was killed; want just after its lease of 5 s, not before", took)
		}
	})
}

func TestACallThatTakesLongIsNotMadeByTwoReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t).Open(t, nil)
		put(t, db, outbox.Row{Key: "slow", Kind: "call", Urgent: true})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var mu sync.Mutex
		var calls []string
		var running sync.WaitGroup
		for _, name := range []string{"one", "two"} {
			w := replica(db, name, func(ctx context.Context, _ outbox.Row) error {
				mu.Lock()
				calls = append(calls, name)
				mu.Unlock()
				defer stop()
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(19 * time.Second): // nearly four leases
					return nil
				}
			})
			running.Go(func() {
				if err := w.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if len(calls) != 1 {
			t.Errorf("called by %v, want one call", calls)
		}
		if next, err := db.Outbox().Next(context.WithoutCancel(ctx)); err != nil || !next.IsZero() {
			t.Errorf("Next = %v, %v: the call that was made still waits", next, err)
		}
	})
}

// unrenewed is a store that takes no renewal, as one that hangs.
type unrenewed struct{ outbox.Store }

func (unrenewed) Renew(context.Context, string, string, time.Time) error { return errors.New("away") }

func TestWorkStopsBeforeItsLeaseEndsWhereItCannotBeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t).Open(t, nil)
		put(t, db, outbox.Row{Key: "a", Kind: "call", Urgent: true})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		began := time.Now()
		w := replica(db, "w", func(ctx context.Context, _ outbox.Row) error {
			<-ctx.Done()
			stop()
			return ctx.Err()
		})
		w.Store = unrenewed{w.Store}
		if err := w.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took >= w.Lease {
			t.Errorf("the work went on for %s under a lease of %s", took, w.Lease)
		}
	})
}

func TestSlowDeliveriesDoNotHoldUpCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t).Open(t, nil)
		for _, k := range numbered("push", 60) {
			put(t, db, outbox.Row{Key: k, Kind: "deliver", Person: k})
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		began := time.Now()
		var called time.Duration
		calls := replica(db, "w", func(context.Context, outbox.Row) error {
			called = time.Since(began)
			stop()
			return nil
		})
		pushed := make(chan struct{}, 60)
		deliveries := &outbox.Worker{Store: db.Outbox().Others(), Name: "w", Handlers: map[string]outbox.Handler{
			"deliver": func(context.Context, outbox.Row) error {
				pushed <- struct{}{}
				<-time.After(5 * time.Second)
				return nil
			},
			"call": func(context.Context, outbox.Row) error { t.Error("a worker of deliveries took a call"); return nil },
		}}
		var running sync.WaitGroup
		for _, w := range []*outbox.Worker{calls, deliveries} {
			running.Go(func() { _ = w.Run(ctx) })
		}
		for range 8 { // every hand of the deliveries is full
			<-pushed
		}
		put(t, db, outbox.Row{Key: "danger", Kind: "call", Urgent: true})
		running.Wait()
		if called > time.Second {
			t.Errorf("the call was made after %s, behind slow deliveries", called)
		}
	})
}

func TestTheTwoPartsOfAnOutboxAreApart(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		put(t, db, outbox.Row{Key: "push", Kind: "deliver", RunAt: noon}, outbox.Row{Key: "call", Kind: "call", Urgent: true, RunAt: noon.Add(time.Hour)})
		calls, others := db.Outbox().Calls(), db.Outbox().Others()
		for name, c := range map[string]struct {
			of   store.Outbox
			next time.Time
		}{"calls": {calls, noon.Add(time.Hour)}, "others": {others, noon}, "all": {db.Outbox(), noon}} {
			if next, err := c.of.Next(t.Context()); err != nil || !next.Equal(c.next) {
				t.Errorf("%s: Next = %v, %v; want %v", name, next, err, c.next)
			}
		}
		got := map[string][]string{}
		for _, part := range []struct {
			name string
			of   store.Outbox
		}{{"others", others}, {"calls", calls}} { // in this order: both are due, and others must leave the call
			name, of := part.name, part.of
			rows, err := of.Claim(t.Context(), name, noon.Add(2*time.Hour), time.Minute, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				got[name] = append(got[name], r.Key)
				if err := of.Renew(t.Context(), "a stranger", r.ID, noon.Add(3*time.Hour)); !errors.Is(err, outbox.ErrLost) {
					t.Errorf("a stranger renewed the lease on %s: %v", r.Key, err)
				}
				if err := of.Renew(t.Context(), name, r.ID, noon.Add(3*time.Hour)); err != nil {
					t.Errorf("renew %s: %v", r.Key, err)
				}
			}
		}
		if diff := cmp.Diff(map[string][]string{"calls": {"call"}, "others": {"push"}}, got); diff != "" {
			t.Errorf("claimed (-want +got):\n%s", diff)
		}
		if rows, err := db.Outbox().Claim(t.Context(), "late", noon.Add(2*time.Hour+2*time.Minute), time.Minute, 10); err != nil || len(rows) != 0 {
			t.Errorf("renewed rows were handed out again: %v, %v", rows, err)
		}
	})
}

func put(t *testing.T, db *store.DB, rows ...outbox.Row) {
	t.Helper()
	for i := range rows {
		rows[i].Payload = []byte("{}")
	}
	if err := db.Outbox().Put(t.Context(), rows...); err != nil {
		t.Fatal(err)
	}
}

func numbered(name string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s-%d", name, i)
	}
	return out
}

// gone is a store that is away until a time.
type gone struct {
	outbox.Store
	until time.Time
}

var errGone = errors.New("away")

func (g gone) Claim(ctx context.Context, worker string, now time.Time, lease time.Duration, n int) ([]outbox.Row, error) {
	if time.Now().Before(g.until) {
		return nil, errGone
	}
	return g.Store.Claim(ctx, worker, now, lease, n)
}

func TestAnOutageIsLoggedOnceAndItsEndIsSeenWithinSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.SQLite(t).Open(t, nil)
		put(t, db, outbox.Row{Key: "a", Kind: "call", Urgent: true})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		back := time.Now().Add(10 * time.Minute)
		var took time.Duration
		w := replica(db, "w", func(context.Context, outbox.Row) error {
			took = time.Since(back)
			stop()
			return nil
		})
		var log strings.Builder
		w.Store, w.Log = gone{w.Store, back}, slog.New(slog.NewTextHandler(&log, nil))
		if err := w.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if took > 2*time.Second {
			t.Errorf("the call was made %s after the store was back", took)
		}
		if n := strings.Count(log.String(), "cannot be read"); n != 1 || !strings.Contains(log.String(), "can be read again") {
			t.Errorf("ten minutes of an outage are logged %d times:\n%.600s", n, log.String())
		}
	})
}
