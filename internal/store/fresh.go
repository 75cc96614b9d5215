package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// fresh are the bytes of a new SQLite database, migrated once a process.
var fresh = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "xinqiao-fresh-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	sealer, err := seal.LoadOrCreate(filepath.Join(dir, "keys.json"), true) // nothing is sealed with it
	if err != nil {
		return nil, err
	}
	ctx, file := context.Background(), filepath.Join(dir, "fresh.db")
	db, err := Open(ctx, Options{URL: "sqlite:" + file, Sealer: sealer})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	if err := db.Close(); err != nil { // the last connection writes what stands in the log into the file
		return nil, err
	}
	return os.ReadFile(file) //nolint:gosec // made three lines above
})

// WriteFresh puts a new, migrated SQLite database at file, for whoever needs many of them: a conversation that is tried out
// on a database of its own need not make every table anew.
func WriteFresh(file string) error {
	raw, err := fresh()
	if err == nil {
		err = os.WriteFile(file, raw, 0o600)
	}
	if err != nil {
		return fmt.Errorf("make a new database: %w", err)
	}
	return nil
}
