package session

import (
	"fmt"
	"testing"
	"time"
)

func TestWhatHasEndedIsForgottenWhileOthersGoOn(t *testing.T) {
	m := NewMemory()
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	m.Now = func() time.Time { return now }
	says := func(user, message string) {
		t.Helper()
		turn, err := m.Begin(t.Context(), m.Enter(user, message), message)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Commit(t.Context(), turn, []byte("state"), []byte("reply")); err != nil {
			t.Fatal(err)
		}
	}
	const people = 2000
	for i := range people {
		says(fmt.Sprint("old-", i), "1")
		if err := m.Set(t.Context(), fmt.Sprint("old-", i), "x", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.users) != people {
		t.Fatalf("%d people are known, want %d", len(m.users), people)
	}
	now = now.Add(StateTTL + time.Second)
	for i := range people {
		says("new", fmt.Sprint(i))
	}
	if users, words := len(m.users), len(m.cache); users > people/10 || words > people/10 {
		t.Errorf("%d people and %d words are still remembered of %d whose time is over", users, words, people)
	}
	if n := len(m.users["new"].replies); n != people {
		t.Errorf("%d answers are known to whoever is there, want %d", n, people)
	}
}
