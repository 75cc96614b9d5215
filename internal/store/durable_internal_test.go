package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// TestACommitIsOnTheDiskWhenItIsSaidToBe asks the one connection that writes what it waits for, before and after work that
// need not wait, and after such work that was broken off.
func TestACommitIsOnTheDiskWhenItIsSaidToBe(t *testing.T) {
	dir := t.TempDir()
	sealer, err := seal.LoadOrCreate(filepath.Join(dir, "keys.json"), true)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "x.db")
	if err := WriteFresh(file); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), Options{URL: "sqlite:" + file, Sealer: sealer})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const full, normal = 2, 1
	waits := func(ctx context.Context) (n int) {
		if err := db.write(ctx).Raw("PRAGMA synchronous").Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := waits(t.Context()); n != full {
		t.Errorf("a write waits for %d, want %d", n, full)
	}
	if err := db.InTx(t.Context(), func(ctx context.Context) error {
		if n := waits(ctx); n != full {
			t.Errorf("a transaction waits for %d, want %d", n, full)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	broken := db.InTx(soft(ctx), func(ctx context.Context) error {
		if n := waits(ctx); n != normal {
			t.Errorf("soft work waits for %d, want %d", n, normal)
		}
		cancel()
		return nil
	})
	if broken == nil {
		t.Error("what was broken off was committed")
	}
	box := db.Outbox()
	if err := box.Put(t.Context(), outbox.Row{Key: "k", Kind: "x"}); err != nil {
		t.Fatal(err)
	}
	if rows, err := box.Claim(t.Context(), "w", time.Now().Add(time.Minute), time.Minute, 1); err != nil || len(rows) != 1 {
		t.Fatalf("%v, %v", rows, err)
	}
	if n := waits(t.Context()); n != full {
		t.Errorf("after soft work a write waits for %d, want %d", n, full)
	}
}
