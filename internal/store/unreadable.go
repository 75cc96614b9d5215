package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// Unreadable stands where a text cannot be opened just now: its key is not in the key file, or the row is damaged. The page
// that it stands on works; the sealed bytes are left as they are, so that they open again once the key is back.
const Unreadable = "（这一条暂时打不开）"

// ErrUnreadable says that something was not written since what stands there cannot be opened: it would be lost.
var ErrUnreadable = seal.ErrKept

// unreadable tells the operator of a row that cannot be opened.
func (db *DB) unreadable(table, id string, cause error) {
	if db.reportUnreadable != nil {
		db.reportUnreadable(table, id, cause)
	}
}

// text opens a text of a column for showing. Where it alone cannot be opened, Unreadable stands in its place; any other error,
// that the database is away for one, is an error.
func (db *DB) text(ctx context.Context, at cell, sealed []byte) (string, error) {
	plain, err := db.open(ctx, sealed, at.aad)
	if seal.Unreadable(err) {
		db.unreadable(at.table, at.id, err)
		return Unreadable, nil
	}
	if err != nil {
		return "", fmt.Errorf("open %s %s: %w", at.table, at.id, err)
	}
	return plain, nil
}

// cell is where a sealed text stands.
type cell struct{ table, id, aad string }

// body opens a sealed JSON text into v. readable is false, and v as it was, where it alone cannot be opened.
func (db *DB) body(ctx context.Context, at cell, sealed []byte, v any) (readable bool, err error) {
	plain, err := db.unseal(ctx, sealed, at.aad)
	if err == nil && json.Unmarshal(plain, v) != nil { // the cause may quote it
		err = seal.ErrTampered
	}
	if seal.Unreadable(err) {
		db.unreadable(at.table, at.id, err)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("open %s %s: %w", at.table, at.id, err)
	}
	return true, nil
}

// guard is ErrUnreadable where a sealed text that is about to be written over cannot be opened. query selects it.
func (db *DB) guard(ctx context.Context, at cell, query string, args ...any) error {
	var rows [][]byte
	if err := db.read(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return fmt.Errorf("look at %s before it is written over: %w", at.table, err)
	}
	for _, sealed := range rows {
		if _, err := db.unseal(ctx, sealed, at.aad); seal.Unreadable(err) {
			db.unreadable(at.table, at.id, err)
			return ErrUnreadable
		} else if err != nil {
			return err
		}
	}
	return nil
}
