package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestErrorsOfTheDatabaseAreToldByTheirCodeAndAnswersAreNot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		var codes []string
		db, err := store.Open(t.Context(), store.Options{URL: p.URL, Sealer: p.Sealer, Failed: func(code string) { codes = append(codes, code) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		// Without its tables every statement fails, and says so by its own number.
		if _, err := db.People().Get(t.Context(), "nobody"); err == nil || errors.Is(err, person.ErrNotFound) {
			t.Fatalf("without tables: %v", err)
		}
		if len(codes) == 0 || !slices.Contains([]string{"mysql_1146", "sqlite_1"}, codes[0]) {
			t.Fatalf("told of %v, want the number of a missing table", codes)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		codes = nil
		row := outbox.Row{Key: "k", Kind: "deliver", Payload: []byte("{}"), RunAt: noon}
		for range 2 { // the second is known, which is an answer
			if err := db.InTx(t.Context(), func(ctx context.Context) error { return db.Outbox().Put(ctx, row) }); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.People().Get(t.Context(), "nobody"); !errors.Is(err, person.ErrNotFound) {
			t.Fatalf("nobody: %v", err)
		}
		if len(codes) != 0 {
			t.Errorf("told of %v where nothing failed", codes)
		}
		late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		if err := db.InTx(late, func(context.Context) error { return nil }); err == nil || !slices.Contains(codes, "timeout") {
			t.Errorf("a transaction that began too late: %v, told of %v, want timeout", err, codes)
		}
	})
}

func TestTheOutboxIsCountedByKindAndState(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		put(t, db, row("a", "deliver", "p", noon), row("b", "deliver", "p", noon.Add(time.Second)), row("later", "remind", "", noon.Add(time.Hour)),
			row("parked", "deliver", "q", noon), outbox.Row{Key: "call", Kind: "call", Urgent: true, Payload: []byte("{}"), RunAt: noon.Add(2 * time.Second)})
		now := noon.Add(10 * time.Second)
		for _, r := range claim(t, db, "w", noon, 10) {
			var err error
			switch r.Key {
			case "parked":
				err = db.Outbox().Park(t.Context(), "w", r.ID, "window")
			case "a":
				err = db.Outbox().Retry(t.Context(), "w", r.ID, noon.Add(time.Minute), "away")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		depths, err := db.Outbox().Depths(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, d := range depths {
			got[d.Kind+" "+string(d.State)] = d.Rows
			if d.Kind == "deliver" && d.State == outbox.StateDue && !d.Oldest.Equal(noon) {
				t.Errorf("the oldest delivery is of %v, want noon: one that is tried again is as old as it is", d.Oldest)
			}
		}
		if want := map[string]int{"deliver due": 2, "deliver parked": 1, "call due": 1}; len(got) != 3 || got["deliver due"] != 2 || got["deliver parked"] != 1 || got["call due"] != 1 {
			t.Errorf("counted %v, want %v", got, want)
		}
		// b waits for a, which waits for its next try: no worker is missing there.
		if lag, err := db.Outbox().Others().Lag(t.Context(), now); err != nil || lag != 0 {
			t.Errorf("the lag of deliveries is %v, %v; want none", lag, err)
		}
		if lag, err := db.Outbox().Calls().Lag(t.Context(), now); err != nil || lag != 8*time.Second {
			t.Errorf("the lag of calls is %v, %v; want 8 s", lag, err)
		}
	})
}
