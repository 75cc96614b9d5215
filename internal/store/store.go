// Package store keeps what must last, in SQLite or a MySQL-compatible database, and satisfies the store interfaces of the
// domains: one view of DB each, in a file of its name. What a person wrote, and who they are, is sealed before it gets
// here. It decides nothing. Start reading at DB and tx.go; the tables stand in migrations.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// Options say where the database is. URL is sqlite:FILE (under DataDir unless absolute) or mysql://user:pass@host:port/name.
type Options struct {
	URL     string
	DataDir string
	Sealer  *seal.Sealer
	Now     func() time.Time // default time.Now
	NewID   func() string    // default UUIDv7

	Failed func(code string) // hears of every error of the database by its code; default nobody
	Asked  func(what string) // hears of every statement and every commit; default nobody

	Unreadable func(table, id string, cause error) // hears of every sealed text that cannot be opened; default nobody
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	writes  *gorm.DB
	reads   *gorm.DB // on SQLite another pool: readers never wait for the one writer
	pools   []*sql.DB
	dialect string // "sqlite" or "mysql"
	name    string // of the database, or the file
	sealer  *seal.Sealer
	now     func() time.Time
	newID   func() string
	people  *peopleCache
	keys    *keyCache
	owned   owners
	trail   *audit.Log
	line    line // of those who write, on SQLite

	counting  counted // of a server: one connection, for numbers alone
	numbering chan struct{}
	numbers   map[string]numbers // by counter; whoever is in numbering has it

	failed func(code string)
	asked  func(what string)

	reportUnreadable func(table, id string, cause error)
}

const (
	dialectSQLite = "sqlite"
	dialectMySQL  = "mysql"
)

// openPatience is how long Open waits for a word from the database.
const openPatience = 3 * time.Second

// Open opens the database and says whether it answers. It migrates nothing. A server that cannot be reached just now is no
// error: whoever answers danger must be able to start without it; Ping and Writes tell. One that refuses us is an error.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Sealer == nil {
		return nil, errors.New("open the database: no sealing keys")
	}
	db := &DB{sealer: o.Sealer, now: o.Now, newID: o.NewID, failed: o.Failed, asked: o.Asked, reportUnreadable: o.Unreadable, keys: newKeyCache(), numbering: make(chan struct{}, 1), numbers: map[string]numbers{}}
	if db.now == nil {
		db.now = time.Now
	}
	if db.newID == nil {
		db.newID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if db.failed == nil {
		db.failed = func(string) {}
	}
	if db.asked == nil {
		db.asked = func(string) {}
	}
	db.people = newPeopleCache(db.now)
	o.Sealer.Know(vault{db})
	db.trail = audit.New(db.Audit(), db.sealer.Digest, db.now)
	if err := db.connect(o); err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	if err := db.Ping(asking); err != nil && (!db.mysql() || !Away(err) || ctx.Err() != nil) {
		_ = db.Close()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return db, nil
}

// gormConfig leaves transactions to InTx and logging to the callers: gorm's logger would print what people wrote.
func (db *DB) gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true, // Open does, and bears that nobody answers
		TranslateError:         true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return db.now().UTC() },
	}
}

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.reads.WithContext(ctx).Raw("SELECT 1").Scan(&one).Error
}

// Close closes the pools.
func (db *DB) Close() error {
	var errs []error
	for _, p := range db.pools {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// Sealer returns what the database's texts are sealed with.
func (db *DB) Sealer() *seal.Sealer { return db.sealer }

func (db *DB) mysql() bool { return db.dialect == dialectMySQL }
