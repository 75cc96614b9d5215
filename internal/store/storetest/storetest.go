// Package storetest runs a test against every database that the store supports: a fresh SQLite file, and a fresh database
// on the MySQL-compatible server that XINQIAO_TEST_MYSQL_URL names (mysql://root@127.0.0.1:3306/). Where CI or
// XINQIAO_TEST_REQUIRE is set a missing server fails the test; else that half is skipped, loudly.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	// The driver's own name, for the server-level connection that makes and drops databases.
	_ "github.com/go-sql-driver/mysql"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// Place is where a test's database is; several DBs opened on one Place are as several replicas.
type Place struct {
	Dialect string // "sqlite" or "mysql"
	URL     string
	Sealer  *seal.Sealer

	Asked func(what string) // hears of every statement and every commit; see store.Options
}

// Open opens the place, migrated, and closes it when the test ends. A nil now is the real clock.
func (p Place) Open(t testing.TB, now func() time.Time) *store.DB {
	t.Helper()
	p.Fill(t)
	db, err := store.Open(t.Context(), store.Options{URL: p.URL, Sealer: p.Sealer, Now: now, Asked: p.Asked})
	if err != nil {
		t.Fatalf("open %s: %v", p.Dialect, err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close %s: %v", p.Dialect, err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatalf("migrate %s: %v", p.Dialect, err)
	}
	return db
}

// Run runs f once for each dialect, on an empty migrated database.
func Run(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	Each(t, func(t *testing.T, p Place) { f(t, p.Open(t, nil)) })
}

// Each runs f once for each dialect, on an empty place.
func Each(t *testing.T, f func(t *testing.T, p Place)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("mysql", func(t *testing.T) { f(t, MySQL(t)) })
}

// SQLite returns an empty place in a folder of the test.
func SQLite(t testing.TB) Place {
	t.Helper()
	return Place{Dialect: "sqlite", URL: "sqlite:" + filepath.Join(t.TempDir(), "xinqiao.db"), Sealer: Sealer(t)}
}

// MySQL makes an empty database of a random name and drops it when the test ends.
func MySQL(t testing.TB) Place {
	t.Helper()
	server := os.Getenv("XINQIAO_TEST_MYSQL_URL")
	if server == "" {
		const hint = "XINQIAO_TEST_MYSQL_URL is not set: start a MariaDB or MySQL and set it to mysql://user:pass@host:port/"
		if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") == "1" {
			t.Fatal(hint)
		}
		t.Skip(hint)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("XINQIAO_TEST_MYSQL_URL cannot be read: want mysql://user:pass@host:port/")
	}
	admin, err := sql.Open("mysql", dsn(u))
	if err != nil {
		t.Fatalf("reach the test server: %v", err)
	}
	name := "xq_test_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		t.Fatalf("make a test database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.WithoutCancel(t.Context()), "DROP DATABASE "+name); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
		_ = admin.Close()
	})
	u.Path = "/" + name
	return Place{Dialect: "mysql", URL: u.String(), Sealer: Sealer(t)}
}

func dsn(u *url.URL) string {
	user := u.User.Username()
	if pass, ok := u.User.Password(); ok {
		user += ":" + pass
	}
	return user + "@tcp(" + u.Host + ")/"
}

// Sealer returns a sealer with keys of its own.
func Sealer(t testing.TB) *seal.Sealer {
	t.Helper()
	s, err := seal.LoadOrCreate(filepath.Join(t.TempDir(), "keys.json"), true)
	if err != nil {
		t.Fatalf("make keys: %v", err)
	}
	return s
}
