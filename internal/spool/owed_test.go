package spool_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/spool"
)

// board is where replicas tell each other what they keep.
type board struct {
	mu   sync.Mutex
	told []string // of one person, in turn
}

func (b *board) Owe(_ context.Context, user, order string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if user == "hash of a" {
		b.told = append(b.told, order)
	}
	return nil
}

func (b *board) Alive(context.Context) (known bool, err error) { return true, nil }

func (b *board) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.told)
}

func TestOtherReplicasHearOfTheOldestWordsThatAreKept(t *testing.T) {
	s, others := open(t, t.TempDir(), nil), &board{}
	s.Tell(others)
	first, second := message(1, "a"), message(2, "a")
	s.Proclaim(t.Context(), first.Inbound) // before its turn is given back
	if diff := cmp.Diff([]string{first.Inbound.Order()}, others.all()); diff != "" {
		t.Fatalf("before a message is put off: %s", diff)
	}
	add(t, s, first, second, danger(0, "a")) // danger waits for nobody, and nobody for it
	var mu sync.Mutex
	behind := 3
	done := replay(t, s, func(_ context.Context, e spool.Entry) error {
		mu.Lock()
		defer mu.Unlock()
		if e.Inbound.ID == "1" && behind > 0 {
			behind--
			return spool.ErrBehind
		}
		if e.Inbound.ID == "2" && !slices.Contains(others.all(), second.Inbound.Order()) {
			return spool.ErrBehind // until it is known to be the oldest
		}
		return nil
	})
	if diff := cmp.Diff([]string{"0", "1", "2"}, done); diff != "" {
		t.Errorf("done: %s", diff)
	}
	add(t, s, message(3, "b"))
	replay(t, s, fine) // the next life tells at its beginning what is left
	told := others.all()
	if want := []string{first.Inbound.Order(), second.Inbound.Order(), ""}; !cmp.Equal(want, told) {
		t.Errorf("the others were told %q, want %q", told, want)
	}
}
