package store

import (
	"time"

	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// PersonalTables are the tables that a person is erased from, with the column that leads to the person.
func PersonalTables() map[string]string {
	out := map[string]string{}
	for _, t := range personal {
		out[t.name] = t.of
		if t.of == "" {
			out[t.name] = "person_id"
		}
	}
	return out
}

// ImpersonalTables are the tables that hold nothing of a person, with the reason.
func ImpersonalTables() map[string]string { return impersonal }

// Watch hands every statement that reads to f, with its arguments put in, once it has run.
func (db *DB) Watch(f func(sql string)) error {
	tell := func(tx *gorm.DB) { f(tx.Explain(tx.Statement.SQL.String(), tx.Statement.Vars...)) }
	return errors.Join(db.reads.Callback().Query().After("gorm:query").Register("watch", tell),
		db.reads.Callback().Row().After("gorm:row").Register("watch", tell))
}

// UnsealedColumns are the columns of bytes that hold nothing sealed, with the reason.
func UnsealedColumns() map[string]string { return unsealed }

// ColumnsSealed are the columns that are sealed, as table.column, and whether their rows are somebody's.
func ColumnsSealed() map[string]bool {
	out := map[string]bool{}
	for _, c := range sealedColumns {
		out[c.table+"."+c.column] = c.owner != ""
	}
	return out
}

// SealAsBefore seals every row with the key file's key, as a version did that knew no keys of people, and drops those.
func (db *DB) SealAsBefore(ctx context.Context) error {
	for _, c := range sealedColumns {
		if c.table == "person_keys" {
			continue
		}
		rows, err := db.rowsToReseal(ctx, "SELECT "+strings.Join(c.columns(), ", ")+", '', t."+c.column+" FROM "+c.table+" t WHERE t."+c.column+" <> ''", len(c.key)+len(c.with))
		if err != nil {
			return err
		}
		for _, r := range rows {
			aad := c.aad(r.values)
			plain, err := db.unseal(ctx, r.body, aad)
			if err != nil {
				return fmt.Errorf("%s: %w", c.table, err)
			}
			sealed, err := db.sealer.Seal(plain, aad)
			if err != nil {
				return err
			}
			if _, err := db.exec(ctx, "UPDATE "+c.table+" SET "+c.column+" = ? WHERE "+c.column+" = ?", sealed, r.body); err != nil {
				return err
			}
		}
	}
	if _, err := db.exec(ctx, "DELETE FROM person_keys"); err != nil {
		return err
	}
	db.keys.clear()
	return nil
}

// BornBefore is bornBefore.
func BornBefore(t time.Time) string { return bornBefore(t) }
