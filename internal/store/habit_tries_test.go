package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestAChallengesCodeIsGuessedAFewTimesByOnePersonAndByOneNetwork(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 1, 0, 0, citytime.Zone)
	db := storetest.SQLite(t).Open(t, func() time.Time { return now })
	counts := session.NewMemory()
	counts.Now = func() time.Time { return now }
	s, mother, child := habitsOn(t, db, &now), writer(t, db, 1), writer(t, db, 2)
	s.Budget = budget.New(budget.Options{Tally: counts, Hash: func(parts ...string) string { return parts[len(parts)-1] }, Now: counts.Now})
	if _, err := s.Start(t.Context(), "k", mother, "reading", ""); err != nil {
		t.Fatal(err)
	}
	code, err := s.Invite(t.Context(), mother)
	if err != nil {
		t.Fatal(err)
	}
	// tries is how many wrong codes of a stranger are looked at.
	tries := func(person func(n int) string, from budget.By) (n int) {
		ctx := budget.With(t.Context(), from)
		var many *budget.RefusedError
		for ; n < 1000; n++ {
			if _, err := s.Invited(ctx, person(n), fmt.Sprintf("ZZ%04d", n)); errors.As(err, &many) {
				return n
			} else if !errors.Is(err, habit.ErrNotFound) {
				t.Fatal(err)
			}
		}
		return n
	}
	if n := tries(func(int) string { return child }, budget.By{}); n != 6 {
		t.Errorf("one follower tries %d codes, want 6", n)
	}
	if _, err := s.Join(t.Context(), child, code.Code); err == nil {
		t.Error("whoever guessed too often joins by a right code: so they learn which is right")
	}
	if n := tries(func(n int) string { return fmt.Sprint("cookie ", n) }, budget.From("203.0.113.9")); n != 30 {
		t.Errorf("new cookies of one network try %d codes, want 30", n)
	}
	now = now.Add(29 * time.Minute)
	if _, err := s.Join(t.Context(), child, code.Code); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}
