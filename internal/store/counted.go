package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strconv"

	gosqlite "github.com/glebarez/go-sqlite"
	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

// conn is what a pool and a transaction have in common.
type conn interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// What a database is asked for, as Options.Asked hears of it.
const (
	AskedStatement = "statement" // one round trip to a server
	AskedCommit    = "commit"    // of a transaction of several statements, and of several who share it
)

// counted tells of every statement of a pool or a transaction, and of every error by its code; nothing else of what it is asked
// is looked at.
type counted struct {
	conn
	db *DB
}

func (c counted) saw(err error) {
	if code := ErrorCode(err); code != "" {
		c.db.failed(code)
	}
}

func (c counted) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	s, err := c.conn.PrepareContext(ctx, query)
	c.saw(err)
	return s, err
}

func (c counted) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	c.db.asked(AskedStatement)
	r, err := c.conn.ExecContext(ctx, query, args...)
	c.saw(err)
	return r, err
}

func (c counted) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	c.db.asked(AskedStatement)
	r, err := c.conn.QueryContext(ctx, query, args...)
	c.saw(err)
	return r, err
}

func (c counted) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	c.db.asked(AskedStatement)
	r := c.conn.QueryRowContext(ctx, query, args...)
	c.saw(r.Err())
	return r
}

// countedPool is a pool whose transactions tell too.
type countedPool struct {
	counted
	pool *sql.DB
}

func newCountedPool(pool *sql.DB, db *DB) countedPool {
	return countedPool{counted{pool, db}, pool}
}

// GetDBConn lets gorm hand out the pool itself.
func (p countedPool) GetDBConn() (*sql.DB, error) { return p.pool, nil }

// BeginTx implements gorm.ConnPoolBeginner.
func (p countedPool) BeginTx(ctx context.Context, o *sql.TxOptions) (gorm.ConnPool, error) {
	tx, err := p.pool.BeginTx(ctx, o)
	if err != nil {
		p.saw(err)
		return nil, err
	}
	return &countedTx{counted{tx, p.db}, tx}, nil
}

type countedTx struct {
	counted
	tx *sql.Tx
}

func (t *countedTx) Commit() error {
	t.db.asked(AskedCommit)
	err := t.tx.Commit()
	t.saw(err)
	return err
}

func (t *countedTx) Rollback() error { return t.tx.Rollback() }

// The codes of a unique key that is there already: an answer, on which much here rests.
const (
	mysqlDuplicate = 1062
	sqliteUnique   = 2067
	sqlitePrimary  = 1555
)

// ErrorCode is an error's code in a word, "" for what is none: the database's own number, or what became of the way to it.
func ErrorCode(err error) string {
	var my *mysqldriver.MySQLError
	var lite *gosqlite.Error
	var network net.Error
	switch {
	case err == nil, errors.Is(err, sql.ErrNoRows), errors.Is(err, sql.ErrTxDone), errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &my):
		if my.Number == mysqlDuplicate {
			return ""
		}
		return "mysql_" + strconv.Itoa(int(my.Number))
	case errors.As(err, &lite):
		if code := lite.Code(); code == sqliteUnique || code == sqlitePrimary {
			return ""
		}
		return "sqlite_" + strconv.Itoa(lite.Code())
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, mysqldriver.ErrInvalidConn), network != nil:
		return "connection"
	}
	return "other"
}
