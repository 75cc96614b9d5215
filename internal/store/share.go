package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"
)

// SQLite has one writer, and waits for the disk at each commit. Whoever stands in line while a transaction is at work goes on
// in it, each behind a savepoint of their own, and one commit answers them all: nobody is answered before it, nobody waits for
// others to come, and who fails fails alone. (A MySQL-compatible server groups the commits of its connections by itself.)

// How far a transaction is shared. Those who came first wait for the last of them.
const (
	mostShare   = 64
	longestOpen = 10 * time.Millisecond
)

// errUndone says that the transaction that others shared was undone, and that nothing of it was kept: it may be run again.
var errUndone = errors.New("store: a shared transaction was undone")

// line is who waits to write: one has the turn, and hands it to whoever has waited longest.
type line struct {
	mu      sync.Mutex
	busy    bool
	waiting []chan *share
}

// share is a transaction that goes from one to the next of a line.
type share struct {
	tx    *gorm.DB
	began time.Time
	n     int // how many are in it
	done  chan struct{}
	err   error // once done is closed
}

// enter returns when it is our turn, with the transaction that stands open, nil where none does.
func (l *line) enter(ctx context.Context) (*share, error) {
	l.mu.Lock()
	if !l.busy {
		l.busy = true
		l.mu.Unlock()
		return nil, nil
	}
	turn := make(chan *share, 1)
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	select {
	case s := <-turn:
		return s, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	i := slices.Index(l.waiting, turn)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	l.mu.Unlock()
	if i < 0 { // the turn was given to us just now, and nobody else will pass it on
		return <-turn, nil
	}
	return nil, ctx.Err()
}

// others says whether somebody waits.
func (l *line) others() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) > 0
}

// pass gives the turn, and the transaction that stands open, to the next in line; false where nobody waits, and then a turn
// without a transaction is free.
func (l *line) pass(s *share) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.busy = s != nil
		return false
	}
	l.waiting[0] <- s
	l.waiting = l.waiting[1:]
	return true
}

// shared runs f in a transaction that others may share, and returns once that has committed. single says that f is one
// statement, which undoes itself when it fails.
func (db *DB) shared(ctx context.Context, single bool, f func(tx *gorm.DB) error) error {
	s, err := db.line.enter(ctx)
	if err != nil {
		return err
	}
	switch {
	case s != nil:
		return db.join(ctx, s, single, f)
	case single && !db.line.others(): // one statement is a transaction by itself
		defer db.line.pass(nil)
		return f(db.writes.WithContext(ctx))
	}
	return db.opens(ctx, f)
}

// join runs f in a transaction that others opened, and hands it on.
func (db *DB) join(ctx context.Context, s *share, single bool, f func(tx *gorm.DB) error) error {
	s.n++
	failed := db.behind(ctx, s, single, f)
	db.goOn(s)
	<-s.done
	if s.err != nil { // what f found in the transaction may not be so any more, an error of its own included
		return s.err
	}
	return failed
}

// opens runs f first in a new transaction. Where it fails, nobody else is in it yet.
func (db *DB) opens(ctx context.Context, f func(tx *gorm.DB) error) error {
	tx := db.writes.WithContext(ctx).Begin()
	if tx.Error != nil {
		db.line.pass(nil)
		return tx.Error
	}
	tx = tx.WithContext(context.WithoutCancel(ctx)) // it may outlive us
	s := &share{tx: tx, began: db.now(), n: 1, done: make(chan struct{})}
	ended := false
	defer func() {
		if !ended { // f panicked
			tx.Rollback()
			db.line.pass(nil)
		}
	}()
	err := f(tx)
	ended = true
	if err = cmp.Or(err, ctx.Err()); err != nil { // what was broken off, as where a lease ends, is not committed
		tx.Rollback()
		db.line.pass(nil)
		return err
	}
	db.goOn(s)
	<-s.done
	return s.err
}

// behind runs f behind what others did in the transaction. What it did is undone where it fails.
func (db *DB) behind(ctx context.Context, s *share, single bool, f func(tx *gorm.DB) error) (err error) {
	do := func(query string) error {
		_, err := s.tx.Statement.ConnPool.ExecContext(context.Background(), query)
		return err
	}
	if single {
		return f(s.tx)
	}
	if err := do("SAVEPOINT share"); err != nil {
		return s.lose(err)
	}
	ended := false
	defer func() {
		if ended && err == nil {
			return
		}
		if undo := errors.Join(do("ROLLBACK TO share"), do("RELEASE share")); undo != nil {
			err = s.lose(undo)
		}
		if !ended { // f panicked: the others go on
			db.goOn(s)
		}
	}()
	err = f(s.tx)
	ended = true
	if err = cmp.Or(err, ctx.Err()); err == nil {
		if lost := do("RELEASE share"); lost != nil { // SQLite undid everything beneath f: the disk is full, or broken
			return s.lose(lost)
		}
	}
	return err
}

// lose marks a transaction as undone.
func (s *share) lose(cause error) error {
	s.err = errors.Join(errUndone, cause)
	return s.err
}

// goOn hands the transaction to the next in line, or ends it.
func (db *DB) goOn(s *share) {
	if s.err == nil && s.n < mostShare && db.now().Sub(s.began) < longestOpen && db.line.pass(s) {
		return
	}
	if s.err != nil {
		s.tx.Rollback()
	} else if err := s.tx.Commit().Error; err != nil {
		s.err = err
		if s.n > 1 { // each may be tried by itself
			s.err = errors.Join(errUndone, err)
		}
	}
	close(s.done)
	db.line.pass(nil)
}

// liteWriter is the one connection that writes SQLite. Its transactions outlive whoever began them.
type liteWriter struct{ countedPool }

// BeginTx implements gorm.ConnPoolBeginner.
func (p liteWriter) BeginTx(ctx context.Context, _ *sql.TxOptions) (gorm.ConnPool, error) {
	held, err := p.pool.Conn(ctx)
	if err != nil {
		p.saw(err)
		return nil, err
	}
	t := &liteTx{counted{held, p.db}, held}
	if _, err := held.ExecContext(context.WithoutCancel(ctx), "BEGIN IMMEDIATE"); err != nil {
		p.saw(err)
		return nil, errors.Join(err, held.Close())
	}
	return t, nil
}

// liteTx is a transaction whose statements are not broken off when their ctx ends: SQLite would undo with them what others
// did before. They are short; one that comes too late is not begun.
type liteTx struct {
	counted
	held *sql.Conn
}

func (t *liteTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.counted.ExecContext(context.WithoutCancel(ctx), query, args...)
}

func (t *liteTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.counted.QueryContext(context.WithoutCancel(ctx), query, args...)
}

func (t *liteTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return t.counted.QueryRowContext(context.WithoutCancel(ctx), query, args...)
}

// Commit implements gorm.TxCommitter.
func (t *liteTx) Commit() error {
	t.db.asked(AskedCommit)
	_, err := t.held.ExecContext(context.Background(), "COMMIT")
	t.saw(err)
	if err != nil { // the next one must find no transaction open
		_, _ = t.held.ExecContext(context.Background(), "ROLLBACK")
	}
	return errors.Join(err, t.held.Close())
}

// Rollback implements gorm.TxCommitter. Where SQLite undid everything by itself, there is nothing to undo.
func (t *liteTx) Rollback() error {
	_, _ = t.held.ExecContext(context.Background(), "ROLLBACK")
	return t.held.Close()
}
