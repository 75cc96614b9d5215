package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	gosqlite "github.com/glebarez/go-sqlite"
	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

type txKey struct{}

// savepointKey marks a ctx in which a nested InTx that fails undoes what it did, and no more: its caller may go on.
type savepointKey struct{}

// unitKey holds the unit of a transaction.
type unitKey struct{}

// unit is what a transaction knows besides its rows. A savepoint that is rolled back takes back what came in behind it.
type unit struct {
	after []func()      // what is done once it has committed
	links []pendingLink // what it adds to the audit trail
	made  []madePerson  // whom it made: nobody else can have written of them yet
}

func (db *DB) unit(ctx context.Context) *unit {
	u, _ := ctx.Value(unitKey{}).(*unit)
	if u == nil || !db.inTx(ctx) {
		return nil
	}
	return u
}

// InTx runs f in a transaction that rides in its ctx: every view called with that ctx takes part, and a nested InTx joins.
// f is run again from its start when the database chose it as a deadlock's victim, so it must do nothing but write here.
func (db *DB) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	if db.inTx(ctx) {
		if ctx.Value(savepointKey{}) == nil {
			return f(ctx)
		}
		u := db.unit(ctx)
		before := unit{after: u.after, links: u.links, made: slices.Clone(u.made)}
		err := db.write(ctx).Transaction(func(tx *gorm.DB) error { // gorm makes it a savepoint
			return f(context.WithValue(context.WithValue(ctx, txKey{}, tx), savepointKey{}, nil))
		})
		if err != nil {
			*u = before
		}
		return err
	}
	var u unit
	err := retry(ctx, func() error {
		u = unit{}
		return db.transaction(ctx, func(tx *gorm.DB) error {
			ctx := context.WithValue(context.WithValue(ctx, txKey{}, tx), unitKey{}, &u)
			if err := f(ctx); err != nil {
				return err
			}
			return db.link(ctx, u.links)
		})
	})
	if err == nil {
		for _, do := range u.after {
			do()
		}
	}
	return err
}

// After does something once the transaction that ctx carries has committed, and at once outside of one: whoever hears of a
// change must find it.
func (db *DB) After(ctx context.Context, do func()) {
	if u := db.unit(ctx); u != nil {
		u.after = append(u.after, do)
		return
	}
	do()
}

func (db *DB) inTx(ctx context.Context) bool {
	_, ok := ctx.Value(txKey{}).(*gorm.DB)
	return ok
}

// write returns the transaction of ctx, else the write pool.
func (db *DB) write(ctx context.Context) *gorm.DB {
	if tx, ok := ctx.Value(txKey{}).(*gorm.DB); ok {
		return tx.WithContext(ctx)
	}
	return db.writes.WithContext(ctx)
}

// read returns the transaction of ctx, which sees its own writes, else the read pool.
func (db *DB) read(ctx context.Context) *gorm.DB {
	if tx, ok := ctx.Value(txKey{}).(*gorm.DB); ok {
		return tx.WithContext(ctx)
	}
	return db.reads.WithContext(ctx)
}

// exec runs one statement past gorm, for the hot path. Outside a transaction it is tried again as InTx is.
func (db *DB) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if db.inTx(ctx) {
		return db.write(ctx).Statement.ConnPool.ExecContext(ctx, query, args...)
	}
	var res sql.Result
	err := retry(ctx, func() error {
		do := func(on *gorm.DB) (err error) {
			res, err = on.Statement.ConnPool.ExecContext(ctx, query, args...)
			return err
		}
		switch {
		case db.mysql():
			return do(db.writes)
		case isSoft(ctx):
			return db.softly(ctx, true, do, do)
		}
		return db.shared(ctx, true, do)
	})
	return res, err
}

// row asks for one row past gorm, for the hot path.
func (db *DB) row(ctx context.Context, query string, args ...any) *sql.Row {
	return db.read(ctx).Statement.ConnPool.QueryRowContext(ctx, query, args...)
}

// duplicate says that a unique key was there already.
func duplicate(err error) bool {
	var my *mysqldriver.MySQLError
	var lite *gosqlite.Error
	switch {
	case errors.As(err, &my):
		return my.Number == mysqlDuplicate
	case errors.As(err, &lite):
		return lite.Code() == sqliteUnique || lite.Code() == sqlitePrimary
	}
	return false
}

// softKey marks a ctx in which what is written may be lost in a power cut, though never in a crash of the process: who has a
// row of the outbox just now, and that it was done, which is found out again.
type softKey struct{}

func soft(ctx context.Context) context.Context { return context.WithValue(ctx, softKey{}, true) }

func isSoft(ctx context.Context) bool { return ctx.Value(softKey{}) != nil }

// transaction runs f in a transaction of its own, or of several; see share.
func (db *DB) transaction(ctx context.Context, f func(tx *gorm.DB) error) error {
	own := func(pool *gorm.DB) error { return pool.Transaction(f) }
	switch {
	case db.mysql():
		return own(db.writes.WithContext(ctx))
	case isSoft(ctx):
		return db.softly(ctx, false, own, f)
	}
	return db.shared(ctx, false, f)
}

// softly runs alone on SQLite's one connection without waiting for the disk. Where others have a transaction open, which waits
// for it anyway, it runs joined in that.
func (db *DB) softly(ctx context.Context, single bool, alone, joined func(*gorm.DB) error) error {
	s, err := db.line.enter(ctx)
	if err != nil {
		return err
	}
	if s != nil {
		return db.join(ctx, s, single, joined)
	}
	defer db.line.pass(nil)
	return db.writes.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		if err := conn.Exec("PRAGMA synchronous = NORMAL").Error; err != nil {
			return err
		}
		err := alone(conn)
		full := conn.WithContext(context.WithoutCancel(ctx)).Exec("PRAGMA synchronous = FULL").Error
		return errors.Join(err, full)
	})
}

// attempts is how often a transaction that lost a deadlock is run in all.
const attempts = 5

func retry(ctx context.Context, f func() error) error {
	for n := 1; ; n++ {
		err := f()
		if err == nil || n == attempts || !transient(err) {
			return err
		}
		wait := time.NewTimer(rand.N(time.Duration(n) * 10 * time.Millisecond)) // apart from the other victim
		select {
		case <-ctx.Done():
			wait.Stop()
			return err
		case <-wait.C:
		}
	}
}

// transient says that the database undid everything and asks to be asked again. A lost connection is not: its commit
// may have happened.
func transient(err error) bool {
	if errors.Is(err, errUndone) {
		return true
	}
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		return my.Number == 1213 || my.Number == 1205 // deadlock, lock wait timeout
	}
	var lite *gosqlite.Error
	if errors.As(err, &lite) {
		primary := lite.Code() & 0xff
		return primary == 5 || primary == 6 // SQLITE_BUSY, SQLITE_LOCKED
	}
	return errors.Is(err, driver.ErrBadConn) // the driver's word for: nothing was sent
}

// Away says that an error means that no database could be reached, or that it is just coming or going: not that it refused us.
func Away(err error) bool {
	var (
		my  *mysqldriver.MySQLError
		net net.Error
	)
	switch {
	case errors.As(err, &my):
		switch my.Number {
		case 1040, 1053, 1203, 1226: // too many connections, it shuts down
			return true
		}
		return false
	case errors.As(err, &net), errors.Is(err, context.DeadlineExceeded), errors.Is(err, driver.ErrBadConn), errors.Is(err, mysqldriver.ErrInvalidConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	}
	return false
}

// lockPerson holds other transactions off a person until the one that ctx carries ends. Outside a transaction, and on
// SQLite, where a transaction has the only write lock from its start, it does nothing.
func (db *DB) lockPerson(ctx context.Context, personID string) error {
	if !db.inTx(ctx) || !db.mysql() {
		return nil
	}
	var id []string
	if err := db.write(ctx).Raw("SELECT id FROM persons WHERE id = ? FOR UPDATE", personID).Scan(&id).Error; err != nil {
		return fmt.Errorf("lock a person: %w", err)
	}
	return nil
}

// keep ends an INSERT so that a row with a known unique key is left as it is; column is any of the table's own.
// Not INSERT IGNORE, which would cut values and swallow other errors.
func (db *DB) keep(column string) string {
	if db.mysql() {
		return " ON DUPLICATE KEY UPDATE " + column + " = " + column
	}
	return " ON CONFLICT DO NOTHING"
}
