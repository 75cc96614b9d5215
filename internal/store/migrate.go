package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Migrate applies the migrations that are missing. Several replicas may call it at once.
func (db *DB) Migrate(ctx context.Context) error {
	p, err := db.provider()
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		_, err = p.Up(ctx)
		// SQLite has no lock that outlives a transaction, and elsewhere the library looks for its own table before it takes
		// ours: of two processes that start on one new database the slower one finds the tables made, and nothing left to do
		// when it looks again.
		if err == nil || n == 3 || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// MigrationStatus tells every migration and whether it is applied, one a line.
func (db *DB) MigrationStatus(ctx context.Context) ([]string, error) {
	p, err := db.provider()
	if err != nil {
		return nil, err
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the migrations' status: %w", err)
	}
	lines := make([]string, 0, len(status))
	for _, s := range status {
		when := "pending"
		if s.State == goose.StateApplied {
			when = "applied " + s.AppliedAt.UTC().Format("2006-01-02 15:04:05Z")
		}
		lines = append(lines, fmt.Sprintf("%05d  %-28s  %s", s.Source.Version, when, s.Source.Path))
	}
	return lines, nil
}

func (db *DB) provider() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations/"+db.dialect)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	dialect := goose.DialectSQLite3
	if db.mysql() {
		dialect = goose.DialectMySQL
		opts = append(opts, goose.WithSessionLocker(namedLock("xinqiao_migrate_"+db.name)))
	}
	p, err := goose.NewProvider(dialect, db.pools[0], dir, opts...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}

// namedLock is MySQL's GET_LOCK, held by a connection: it ends with the process that died.
type namedLock string

const lockSeconds = 60

func (l namedLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(LEFT(?, 64), ?)", string(l), lockSeconds).Scan(&got); err != nil {
		return fmt.Errorf("wait for the migration lock: %w", err)
	}
	if got.Int64 != 1 {
		return errors.New("another replica has been migrating for a minute; look at its log, then start again")
	}
	return nil
}

func (l namedLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "DO RELEASE_LOCK(LEFT(?, 64))", string(l))
	return err
}
