package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// bench is a worker on a fresh SQLite file whose clock the test moves.
type bench struct {
	*outbox.Worker
	db  *store.DB
	now time.Time
	did []string
}

func newBench(t *testing.T, handler outbox.Handler) *bench {
	t.Helper()
	b := &bench{db: storetest.SQLite(t).Open(t, nil), now: noon}
	b.Worker = &outbox.Worker{
		Store: b.db.Outbox(), Now: func() time.Time { return b.now }, Name: "w",
		Backoff: func(n int) time.Duration { return time.Duration(n) * time.Minute },
		Handlers: map[string]outbox.Handler{"deliver": func(ctx context.Context, r outbox.Row) error {
			b.did = append(b.did, fmt.Sprintf("%s#%d", r.Key, r.Attempts))
			return handler(ctx, r)
		}},
	}
	return b
}

func (b *bench) put(t *testing.T, person string, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if err := b.Store.Put(t.Context(), outbox.Row{Key: k, Kind: "deliver", Person: person, Payload: []byte("{}"), RunAt: noon}); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bench) expect(t *testing.T, after time.Duration, want ...string) {
	t.Helper()
	b.now, b.did = noon.Add(after), nil
	if _, err := b.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.did); diff != "" {
		t.Errorf("%v after noon the worker did (-want +got):\n%s", after, diff)
	}
}

func TestAFailedRowIsTriedAgainBeforeTheNextOfThePersonAndBuriedInTheEnd(t *testing.T) {
	b := newBench(t, func(_ context.Context, r outbox.Row) error {
		if r.Key == "a" {
			return errors.New("away")
		}
		return nil
	})
	b.MaxAttempts = 3
	b.put(t, "p", "a", "b")
	b.put(t, "q", "c")
	b.expect(t, 0, "a#1", "c#1")
	b.expect(t, 59*time.Second)
	b.expect(t, time.Minute, "a#2")
	b.expect(t, 2*time.Minute)
	b.expect(t, 3*time.Minute, "a#3", "b#1") // buried, and the next goes on
	b.expect(t, 24*time.Hour)
}

func TestAHandlerDecidesWhatBecomesOfARow(t *testing.T) {
	b := newBench(t, func(_ context.Context, r outbox.Row) error {
		switch r.Key {
		case "park":
			return fmt.Errorf("deliver: %w", &outbox.Error{Verdict: outbox.Park, Err: errors.New("window closed")})
		case "bury":
			return &outbox.Error{Verdict: outbox.Bury, Err: errors.New("unsubscribed")}
		case "panic":
			panic("what somebody wrote")
		}
		return nil
	})
	b.put(t, "", "park", "bury", "panic", "done")
	b.put(t, "p", "parked")
	if err := b.Store.Put(t.Context(), outbox.Row{Key: "odd", Kind: "unheard of", RunAt: noon}); err != nil {
		t.Fatal(err)
	}
	b.expect(t, 0, "park#1", "bury#1", "panic#1", "done#1", "parked#1")
	b.expect(t, time.Minute, "panic#2") // the only one that is tried again
}

func TestARowThatNeverEndsIsNotBegunForEver(t *testing.T) {
	b := newBench(t, func(context.Context, outbox.Row) error { return nil })
	b.MaxAttempts = 2
	b.put(t, "", "deadly")
	for n := range 2 { // the process dies with the row in hand
		rows, err := b.Store.Claim(t.Context(), "dead", noon.Add(time.Duration(n)*time.Minute), time.Minute, 1)
		if err != nil || len(rows) != 1 {
			t.Fatalf("claim %d: %v, %v", n, rows, err)
		}
	}
	b.expect(t, 3*time.Minute)
	if next, err := b.Store.Next(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("Next = %v, %v; want nothing waiting", next, err)
	}
}

func TestRunWakesForANewRowAndFinishesWhatIsInHandWhenItStops(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) }) // after the database is closed
	db := storetest.SQLite(t).Open(t, nil)
	began, finish := make(chan string), make(chan struct{})
	w := &outbox.Worker{
		Store: db.Outbox(), Poll: time.Hour,
		Handlers: map[string]outbox.Handler{"deliver": func(ctx context.Context, r outbox.Row) error {
			began <- r.Key
			<-finish
			return ctx.Err()
		}},
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.Run(ctx); err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	for _, k := range []string{"a", "b"} { // two people's, at once
		if err := db.Outbox().Put(t.Context(), outbox.Row{Key: k, Kind: "deliver", Person: k, RunAt: noon}); err != nil {
			t.Fatal(err)
		}
		w.Notify()
		if got := <-began; got != k {
			t.Errorf("began %s, want %s", got, k)
		}
	}
	stop()
	close(finish)
	running.Wait()
	if next, err := db.Outbox().Next(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("Next = %v, %v: a row in hand was left undone", next, err)
	}
}

func TestRunDoesAPersonsRowsInOrderAmongManyPeople(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) }) // after the database is closed
	db := storetest.SQLite(t).Open(t, nil)
	const people, each = 5, 6
	for i := range each {
		for p := range people {
			if err := db.Outbox().Put(t.Context(), outbox.Row{Key: fmt.Sprintf("p%d-%d", p, i), Kind: "deliver", Person: fmt.Sprintf("p%d", p), RunAt: noon}); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	did := map[string][]string{}
	left := people * each
	w := &outbox.Worker{Store: db.Outbox(), Handlers: map[string]outbox.Handler{"deliver": func(_ context.Context, r outbox.Row) error {
		mu.Lock()
		defer mu.Unlock()
		did[r.Person] = append(did[r.Person], r.Key)
		if left--; left == 0 {
			stop()
		}
		return nil
	}}}
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for p := range people {
		var want []string
		for i := range each {
			want = append(want, fmt.Sprintf("p%d-%d", p, i))
		}
		if diff := cmp.Diff(want, did[fmt.Sprintf("p%d", p)]); diff != "" {
			t.Errorf("person %d (-want +got):\n%s", p, diff)
		}
	}
}

func TestPausesGrowAndStayBounded(t *testing.T) {
	before := time.Duration(0)
	for n := 1; n <= 40; n++ {
		d := outbox.DefaultBackoff(n)
		if d < 2*time.Second || d > 5*time.Hour {
			t.Errorf("pause %v after %d tries, want 2 s to 5 h", d, n)
		}
		if n <= 12 && d <= before {
			t.Errorf("pause %v after %d tries, %v before", d, n, before)
		}
		before = d
	}
}
