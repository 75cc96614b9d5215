package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// keeper is a store that can tell other replicas what its process keeps.
type keeper interface {
	session.Store
	Owe(ctx context.Context, user, order string) error
	Alive(ctx context.Context) (known bool, err error)
}

func TestWhatAnotherReplicaHasPutOffGoesFirst(t *testing.T) {
	two, there := replicas(t)["two replicas on Redis"]
	if !there {
		t.Skip("no Redis: run `make test`")
	}
	other := two[1].(keeper)
	begin := func(order string, patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		turn, err := two[0].Begin(ctx, two[0].Enter("u", order), "m"+order)
		if err == nil {
			err = two[0].Abort(t.Context(), turn)
		}
		return err
	}
	owes := func(order string) {
		t.Helper()
		if err := other.Owe(t.Context(), "u", order); err != nil {
			t.Fatal(err)
		}
	}
	owes("2")
	if err := begin("3", time.Minute); err != nil {
		t.Errorf("a replica that does not live holds somebody up: %v", err)
	}
	if known, err := other.Alive(t.Context()); err != nil || known {
		t.Errorf("the first sign of life: known %t, %v", known, err)
	}
	if known, err := other.Alive(t.Context()); err != nil || !known {
		t.Errorf("the second sign of life: known %t, %v", known, err)
	}
	owes("2")
	if err := begin("1", time.Minute); err != nil {
		t.Errorf("what was said before what is put off: %v", err)
	}
	if err := begin("3", 50*time.Millisecond); !errors.Is(err, session.ErrBehind) {
		t.Errorf("what was said after it: %v, want ErrBehind", err)
	}
	own, err := other.Begin(t.Context(), other.Enter("u", "2"), "m2") // whoever keeps it does it
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Commit(t.Context(), own, nil, nil); err != nil {
		t.Fatal(err)
	}
	owes("")
	if err := begin("3", time.Minute); err != nil {
		t.Errorf("after it was done: %v", err)
	}
}
