package store

import (
	"context"
	"fmt"
	"time"
)

// operationsKept is how long an operation is known by its key: longer than anything waits to be done again.
const operationsKept = 14 * 24 * time.Hour

// Once runs f in a transaction of its own and records under key, in the same transaction, what it came to. Where the key is
// known it returns that and runs nothing; where another is just at it, on whichever replica, it waits. f may call InTx: what
// fails there is undone alone, and f may go on.
func (db *DB) Once(ctx context.Context, personID, key string, f func(ctx context.Context) ([]byte, error)) (result []byte, err error) {
	err = db.InTx(ctx, func(ctx context.Context) error {
		result = nil
		res, err := db.exec(ctx, "INSERT INTO operations (op_key, person_id, result, at) VALUES (?,?,?,?)"+db.keep("op_key"), key, personID, []byte{}, int64(toMicros(db.now())))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				result, err = db.operation(ctx, personID, key)
			}
			return err
		}
		if result, err = f(context.WithValue(ctx, savepointKey{}, true)); err != nil {
			return err
		}
		sealed, err := db.sealAs(ctx, personID, result, operationAAD(personID, key))
		if err != nil {
			return err
		}
		_, err = db.exec(ctx, "UPDATE operations SET result = ? WHERE op_key = ?", sealed, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("do an operation once: %w", err)
	}
	return result, nil
}

func operationAAD(personID, key string) string { return "operation:" + personID + ":" + key }

func (db *DB) operation(ctx context.Context, personID, key string) ([]byte, error) {
	var sealed [][]byte
	if err := db.write(ctx).Table("operations").Where("op_key = ? AND person_id = ?", key, personID).Limit(1).Pluck("result", &sealed).Error; err != nil {
		return nil, err
	}
	if len(sealed) == 0 {
		return nil, fmt.Errorf("the key %s is somebody else's", key)
	}
	return db.unseal(ctx, sealed[0], operationAAD(personID, key))
}

// SweepOperations forgets the operations that nothing waits to repeat any more. EXPLAIN: operations_at.
func (db *DB) SweepOperations(ctx context.Context) error {
	if _, err := db.exec(ctx, "DELETE FROM operations WHERE at < ?", int64(toMicros(db.now().Add(-operationsKept)))); err != nil {
		return fmt.Errorf("forget old operations: %w", err)
	}
	return nil
}

// Writes says whether the database takes what is written; one that may only be read answers a ping.
func (db *DB) Writes(ctx context.Context) error {
	update := " ON CONFLICT (id) DO UPDATE SET at = excluded.at"
	if db.mysql() {
		update = " ON DUPLICATE KEY UPDATE at = VALUES(at)"
	}
	if _, err := db.exec(ctx, "INSERT INTO trials (id, at) VALUES (1, ?)"+update, int64(toMicros(db.now()))); err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	return nil
}
