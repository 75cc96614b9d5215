package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// The numbers of cases and of requests count up, over all replicas. On SQLite each is taken in the transaction that needs it. On a
// server that would hold up whoever needs one beside, from there to the commit: there they are taken on a connection of their own,
// and several at once while many are needed. So a number may be missing, where what it was for failed or a replica ended, and
// in a rush a later number may be some seconds older; none is ever given twice.

const (
	mostNumbers  = 64          // taken at once
	rush         = time.Second // numbers needed within it belong to one rush
	numbersStale = 10 * rush   // then what is left is dropped: numbers are read as if they told who came first
)

// numbers are those that this replica has taken of one counter.
type numbers struct {
	next, end int // the next, and the one behind the last
	batch     int // how many were taken
	at        time.Time
}

// count takes the next number of a counter.
func (db *DB) count(ctx context.Context, name string) (n int, err error) {
	if db.mysql() {
		n, err = db.takeNumber(ctx, name)
	} else {
		err = db.write(ctx).Statement.ConnPool.QueryRowContext(ctx, "UPDATE counters SET n = n + 1 WHERE name = ? RETURNING n", name).Scan(&n)
	}
	if err == nil && n == 0 || errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("there is no counter %s", name)
	}
	if err != nil {
		return 0, fmt.Errorf("take a number: %w", err)
	}
	return n, nil
}

// takeNumber takes a number from those at hand, or some from the server. One at a time asks it: the others will find what it got.
func (db *DB) takeNumber(ctx context.Context, name string) (int, error) {
	select {
	case db.numbering <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-db.numbering }()
	have, now := db.numbers[name], db.now()
	waited := now.Sub(have.at)
	if have.next == have.end || waited < 0 || waited > numbersStale {
		batch := 1
		if waited >= 0 && waited < rush {
			batch = min(2*have.batch, mostNumbers)
		}
		last, err := db.raise(ctx, name, batch)
		if err != nil || last == 0 {
			return 0, err
		}
		have = numbers{next: last - batch + 1, end: last + 1, batch: batch}
	}
	n := have.next
	have.next, have.at = n+1, now
	db.numbers[name] = have
	return n, nil
}

// raise counts a counter up and returns what it came to, 0 where there is none.
func (db *DB) raise(ctx context.Context, name string, by int) (int, error) {
	var last int64
	err := retry(ctx, func() error {
		res, err := db.counting.ExecContext(ctx, "UPDATE counters SET n = LAST_INSERT_ID(n + ?) WHERE name = ?", by, name)
		if err == nil {
			last, err = res.LastInsertId() // the server remembers for its connection what an update came to
		}
		return err
	})
	return int(last), err
}
