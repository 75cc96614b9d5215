package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func openedFor(person, id string) casework.Case {
	return casework.Case{ID: id, Person: person, Level: risk.High, Subject: risk.Self, Status: casework.StatusOpen, Reason: "示例", OpenedAt: noon, LastSignalAt: noon, WaitingSince: noon}
}

func TestCasesThatAreOpenedAtOnceOnTwoReplicasHaveNumbersOfTheirOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		dbs := []*store.DB{p.Open(t, nil), p.Open(t, nil)}
		const n = 24
		var mu sync.Mutex
		var wg sync.WaitGroup
		numbers := map[int]bool{}
		for i := range n {
			db, who := dbs[i%2], somebody(t, dbs[0], fmt.Sprint("user-", i))
			wg.Go(func() {
				c := openedFor(who.ID, fmt.Sprint("case-", i))
				if err := db.InTx(t.Context(), func(ctx context.Context) error { return db.Cases().Insert(ctx, &c) }); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				numbers[c.Number] = true
			})
		}
		wg.Wait()
		if len(numbers) != n || numbers[0] {
			t.Errorf("%d cases have %d numbers: %v", n, len(numbers), numbers)
		}
	})
}

// TestNobodyWaitsForACaseThatIsBeingOpened is asked of a server alone: SQLite has one writer.
func TestNobodyWaitsForACaseThatIsBeingOpened(t *testing.T) {
	now := noon
	db := storetest.MySQL(t).Open(t, func() time.Time { return now })
	first, second, third := somebody(t, db, "one"), somebody(t, db, "two"), somebody(t, db, "three")
	var a, b, c casework.Case
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := db.InTx(ctx, func(held context.Context) error {
		a, b = openedFor(first.ID, "a"), openedFor(second.ID, "b")
		if err := db.Cases().Insert(held, &a); err != nil {
			return err
		}
		return db.InTx(ctx, func(ctx context.Context) error { return db.Cases().Insert(ctx, &b) })
	})
	if err != nil {
		t.Fatalf("a case waited for another that was not written yet: %v", err)
	}
	if a.Number != 1 || b.Number != 2 {
		t.Errorf("the numbers are %d and %d, want 1 and 2", a.Number, b.Number)
	}
	now = now.Add(time.Hour) // what was taken for the rush is not kept for a quiet hour, when another replica is further on
	c = openedFor(third.ID, "c")
	if err := db.Cases().Insert(ctx, &c); err != nil || c.Number != 4 {
		t.Errorf("an hour later the number is %d (%v), want 4: 2 and 3 were taken together", c.Number, err)
	}
}
