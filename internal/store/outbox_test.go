package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func row(key, kind, person string, at time.Time) outbox.Row {
	return outbox.Row{Key: key, Kind: kind, Person: person, Payload: []byte("payload of " + key), RunAt: at}
}

func put(t *testing.T, db *store.DB, rows ...outbox.Row) {
	t.Helper()
	if err := db.Outbox().Put(t.Context(), rows...); err != nil {
		t.Fatal(err)
	}
}

func claim(t *testing.T, db *store.DB, worker string, now time.Time, n int) []outbox.Row {
	t.Helper()
	rows, err := db.Outbox().Claim(t.Context(), worker, now, time.Minute, n)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func keys(rows []outbox.Row) []string {
	ks := []string{}
	for _, r := range rows {
		ks = append(ks, r.Key)
	}
	return ks
}

func expectClaim(t *testing.T, db *store.DB, now time.Time, want ...string) []outbox.Row {
	t.Helper()
	rows := claim(t, db, "w", now, 10)
	if diff := cmp.Diff(append([]string{}, want...), keys(rows)); diff != "" {
		t.Fatalf("claimed (-want +got):\n%s", diff)
	}
	return rows
}

func TestARowIsGoneOnlyOnceItIsDone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		box := db.Outbox()
		put(t, db, row("a", "deliver", "", noon), row("later", "remind", "", noon.Add(time.Hour)))
		put(t, db, outbox.Row{Key: "a", Kind: "deliver", Payload: []byte("again"), RunAt: noon}) // ignored
		rows := expectClaim(t, db, noon, "a")
		if string(rows[0].Payload) != "payload of a" || rows[0].Attempts != 1 {
			t.Errorf("payload %q, attempts %d; want the first Put's, 1", rows[0].Payload, rows[0].Attempts)
		}
		expectClaim(t, db, noon.Add(59*time.Second)) // leased
		again := expectClaim(t, db, noon.Add(time.Minute), "a")
		if again[0].Attempts != 2 {
			t.Errorf("attempts %d after a lease that ended, want 2", again[0].Attempts)
		}
		if err := box.Done(t.Context(), "another", again[0].ID); !errors.Is(err, outbox.ErrLost) {
			t.Errorf("Done by another worker = %v, want ErrLost", err)
		}
		if err := box.Done(t.Context(), "w", again[0].ID); err != nil {
			t.Fatal(err)
		}
		put(t, db, row("a", "deliver", "", noon)) // known although done
		if next, err := box.Next(t.Context()); err != nil || !next.Equal(noon.Add(time.Hour)) {
			t.Errorf("Next = %v, %v; want the reminder's time", next, err)
		}
		expectClaim(t, db, noon.Add(time.Hour), "later")
	})
}

func TestRowsOfOnePersonAndKindKeepTheirOrder(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		box := db.Outbox()
		put(t, db,
			row("p1", "deliver", "p", noon), row("p2", "deliver", "p", noon),
			row("alert", "alert", "p", noon), // never behind a delivery that fails
			row("q1", "deliver", "q", noon),
			row("reminder", "deliver", "p", noon.Add(time.Hour)), // holds up nothing before its time
		)
		first := expectClaim(t, db, noon, "p1", "alert", "q1")
		if err := box.Retry(t.Context(), "w", first[0].ID, noon.Add(10*time.Second), "away"); err != nil {
			t.Fatal(err)
		}
		expectClaim(t, db, noon.Add(time.Second)) // p2 waits for p1's next try
		p1 := expectClaim(t, db, noon.Add(10*time.Second), "p1")
		if p1[0].LastErr != "away" {
			t.Errorf("LastErr %q, want the reason", p1[0].LastErr)
		}
		if err := box.Bury(t.Context(), "w", p1[0].ID, "no way"); err != nil {
			t.Fatal(err)
		}
		expectClaim(t, db, noon.Add(11*time.Second), "p2")
	})
}

func TestAParkedRowWaitsForThePerson(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		box := db.Outbox()
		put(t, db, row("b", "deliver", "p", noon.Add(time.Second)), row("a", "deliver", "p", noon))
		for _, r := range []string{"a", "b"} {
			got := expectClaim(t, db, noon.Add(time.Second), r)
			if err := box.Park(t.Context(), "w", got[0].ID, "window closed"); err != nil {
				t.Fatal(err)
			}
		}
		expectClaim(t, db, noon.Add(time.Hour))
		if rows, err := box.Unpark(t.Context(), "bot", "somebody else", noon, time.Minute); err != nil || len(rows) != 0 {
			t.Errorf("Unpark of another person = %v, %v", keys(rows), err)
		}
		rows, err := box.Unpark(t.Context(), "bot", "p", noon.Add(time.Hour), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "b"}, keys(rows)); diff != "" {
			t.Fatalf("Unpark (-want +got):\n%s", diff)
		}
		if again, err := box.Unpark(t.Context(), "bot2", "p", noon.Add(time.Hour), time.Minute); err != nil || len(again) != 0 {
			t.Errorf("a second replica got %v, %v; want nothing", keys(again), err)
		}
		if err := box.Done(t.Context(), "bot", rows[0].ID); err != nil {
			t.Fatal(err)
		}
		expectClaim(t, db, noon.Add(time.Hour+time.Minute), "b") // the bot died before b
	})
}

func TestARowIsUndoneWithItsTransaction(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		stop := errors.New("stop")
		err := db.InTx(t.Context(), func(ctx context.Context) error {
			if err := db.Outbox().Put(ctx, row("a", "deliver", "", noon)); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		expectClaim(t, db, noon)
	})
}

func TestNoRowIsClaimedTwiceByWorkersOfSeveralReplicas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		const rowsInAll, replicas = 120, 4
		dbs := make([]*store.DB, replicas)
		for i := range dbs {
			dbs[i] = p.Open(t, nil)
		}
		for i := range rowsInAll {
			put(t, dbs[0], row(fmt.Sprintf("k%d", i), "deliver", fmt.Sprintf("p%d", i%10), noon))
		}
		var mu sync.Mutex
		seen := map[string]int{}
		held := map[string]string{} // person -> key in hand
		var wg sync.WaitGroup
		for i, db := range dbs {
			wg.Go(func() {
				worker := fmt.Sprintf("w%d", i)
				for {
					rows, err := db.Outbox().Claim(t.Context(), worker, noon, time.Minute, 3)
					if err != nil {
						t.Errorf("Claim: %v", err)
						return
					}
					mu.Lock()
					finished := len(seen) == rowsInAll
					for _, r := range rows {
						seen[r.Key]++
						if other := held[r.Person]; other != "" {
							t.Errorf("%s and %s of one person were in hand at once", other, r.Key)
						}
						held[r.Person] = r.Key
					}
					mu.Unlock()
					if finished && len(rows) == 0 {
						return
					}
					for _, r := range rows {
						mu.Lock()
						held[r.Person] = ""
						mu.Unlock()
						if err := db.Outbox().Done(t.Context(), worker, r.ID); err != nil {
							t.Errorf("Done: %v", err)
						}
					}
				}
			})
		}
		wg.Wait()
		for k, n := range seen {
			if n != 1 {
				t.Errorf("%s was claimed %d times", k, n)
			}
		}
	})
}

func TestARowWithoutAKeyIsRefusedRatherThanLost(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if err := db.Outbox().Put(t.Context(), row("", "deliver", "", noon)); err == nil {
			t.Error("Put took a row without a key; the next one would be ignored as known")
		}
	})
}

func TestARowThatCannotBeOpenedIsParkedUntilItCanAndHoldsUpNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		first := p.Open(t, nil)
		put(t, first, row("old", "deliver", "p", noon))
		p.Sealer = storetest.Sealer(t) // the operator lost the keys and made new ones
		db := p.Open(t, nil)
		put(t, db, row("new", "deliver", "p", noon))
		rows, err := db.Outbox().Claim(t.Context(), "w", noon, time.Minute, 10)
		if err != nil || len(rows) != 1 || !rows[0].Sealed || rows[0].Payload != nil {
			t.Fatalf("claimed %+v, %v; want one row that says that it is sealed", rows, err)
		}
		if err := db.Outbox().Park(t.Context(), "w", rows[0].ID, outbox.ErrSealed.Error()); err != nil {
			t.Fatal(err)
		}
		expectClaim(t, db, noon, "new")
		if left, err := db.Outbox().ReleaseSealed(t.Context(), noon); err != nil || left != 1 {
			t.Fatalf("without its key %d rows wait, %v; want 1", left, err)
		}
		if left, err := first.Outbox().ReleaseSealed(t.Context(), noon); err != nil || left != 0 { // the key is back
			t.Fatalf("with its key %d rows wait, %v; want none", left, err)
		}
		expectClaim(t, first, noon, "old")
	})
}
