package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// freshMySQL is what makes a migrated database out of an empty one, once it was migrated in this process: dozens of
// migrations, each read and done statement by statement, take longer than most tests.
var freshMySQL struct {
	sync.Mutex
	statements string
}

// Fill makes the tables of an empty place, as migrating it would.
func (p Place) Fill(t testing.TB) {
	t.Helper()
	var err error
	if file, ok := strings.CutPrefix(p.URL, "sqlite:"); !ok {
		err = p.fillMySQL(t.Context())
	} else if _, missing := os.Stat(file); os.IsNotExist(missing) {
		err = store.WriteFresh(file)
	}
	if err != nil {
		t.Fatalf("make the tables of %s: %v", p.Dialect, err)
	}
}

func (p Place) fillMySQL(ctx context.Context) error {
	u, err := url.Parse(p.URL)
	if err != nil {
		return fmt.Errorf("read the address of the test database: %w", err)
	}
	db, err := sql.Open("mysql", dsn(u)+strings.TrimPrefix(u.Path, "/")+"?multiStatements=true")
	if err != nil {
		return fmt.Errorf("reach the test database: %w", err)
	}
	defer func() { _ = db.Close() }()
	tables, err := texts(ctx, db, "SHOW TABLES")
	if err != nil || len(tables) > 0 {
		return err
	}
	freshMySQL.Lock()
	statements := freshMySQL.statements
	if statements == "" {
		defer freshMySQL.Unlock() // whoever comes meanwhile waits for what is learned here
		freshMySQL.statements, err = p.migrated(ctx, db)
		return err
	}
	freshMySQL.Unlock()
	_, err = db.ExecContext(ctx, statements)
	return err
}

// migrated migrates the place and returns what it holds then.
func (p Place) migrated(ctx context.Context, db *sql.DB) (statements string, err error) {
	first, err := store.Open(ctx, store.Options{URL: p.URL, Sealer: p.Sealer})
	if err != nil {
		return "", err
	}
	defer func() { _ = first.Close() }()
	if err := first.Migrate(ctx); err != nil {
		return "", err
	}
	return written(ctx, db)
}

// written is a whole database as statements.
func written(ctx context.Context, db *sql.DB) (string, error) {
	tables, err := texts(ctx, db, "SHOW TABLES")
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, table := range tables {
		var name, statement string
		if err := db.QueryRowContext(ctx, "SHOW CREATE TABLE `"+table+"`").Scan(&name, &statement); err != nil {
			return "", fmt.Errorf("read how %s is made: %w", table, err)
		}
		columns, err := texts(ctx, db, "SELECT CONCAT('QUOTE(`', column_name, '`)') FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '"+table+"' ORDER BY ordinal_position")
		if err != nil {
			return "", err
		}
		rows, err := texts(ctx, db, "SELECT CONCAT_WS(', ', "+strings.Join(columns, ", ")+") FROM `"+table+"`") //nolint:gosec // names that the database itself gave
		if err != nil {
			return "", err
		}
		all.WriteString(statement + ";\n")
		for _, row := range rows {
			all.WriteString("INSERT INTO `" + table + "` VALUES (" + row + ");\n")
		}
	}
	return all.String(), nil
}

// texts reads a query of one column.
func texts(ctx context.Context, db *sql.DB, query string) (out []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("%s: %w", query, err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
