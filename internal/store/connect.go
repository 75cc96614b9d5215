package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	mysqldriver "github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
)

func (db *DB) connect(o Options) error {
	switch {
	case strings.HasPrefix(o.URL, "sqlite:"):
		return db.connectSQLite(strings.TrimPrefix(o.URL, "sqlite:"), o.DataDir)
	case strings.HasPrefix(o.URL, "mysql://"):
		return db.connectMySQL(o.URL)
	}
	return errors.New("open the database: want sqlite:FILE or mysql://user:pass@host:port/name")
}

// connectSQLite opens two pools on one file. SQLite has one writer: a pool of one connection makes writers wait for
// it, in line (see share), rather than fail with SQLITE_BUSY, and readers in WAL mode never wait for it. A commit is on the disk when
// it is said to be (synchronous=FULL), so that a power cut takes no fact that was acknowledged; see soft for what need not be.
func (db *DB) connectSQLite(file, dataDir string) error {
	if file == "" {
		return errors.New("open the database: sqlite: needs a file name")
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(dataDir, file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	// SQLite would make it as open as the process's mask lets it, and the files beside it take after it. Where that fails, SQLite
	// says why.
	if f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600); err == nil {
		_ = f.Close() // nothing was written
	}
	db.dialect, db.name = dialectSQLite, file
	path := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String()
	common := path + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=temp_store(MEMORY)&_pragma=secure_delete(ON)"
	// The writer keeps 8 MB of pages and writes its log back every 16 MB. With SQLite's own 2 and 4 it put half-done pages into
	// the log and read them again, and wrote the same pages back time after time: a fifth of its work.
	writes, err := sql.Open(sqlite.DriverName, common+"&_txlock=immediate&_pragma=cache_size(-8000)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	writes.SetMaxOpenConns(1)
	db.pools = append(db.pools, writes)
	reads, err := sql.Open(sqlite.DriverName, common+"&_pragma=query_only(1)")
	if err != nil {
		return errors.Join(fmt.Errorf("open the database: %w", err), db.Close())
	}
	reads.SetMaxOpenConns(4)
	reads.SetMaxIdleConns(4)
	db.pools = append(db.pools, reads)
	if db.writes, err = gorm.Open(&sqlite.Dialector{Conn: liteWriter{newCountedPool(writes, db)}}, db.gormConfig()); err == nil {
		db.reads, err = gorm.Open(&sqlite.Dialector{Conn: newCountedPool(reads, db)}, db.gormConfig())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("open the database: %w", err), db.Close())
	}
	return nil
}

// maxConns is how many connections a replica has to a server at most: deploy/ reckons with it.
const maxConns = 40

// connectMySQL opens one pool, and one connection that counts (see count). Parameters are put into the statement by the driver: one round trip, nothing prepared, so
// a cold start or a pooling proxy costs nothing, and no prepared statement can wait for a connection that waits for it.
func (db *DB) connectMySQL(raw string) error {
	cfg, err := mysqlConfig(raw)
	if err != nil {
		return err
	}
	db.dialect, db.name = dialectMySQL, cfg.DBName
	cfg.Logger = &mysqldriver.NopLogger{} // it says what the error says, beside our log, or that an idle connection was replaced
	connector, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		return errors.New("open the database: the mysql:// URL cannot be used") // the driver's error may quote the password
	}
	pool := sql.OpenDB(readCommitted{connector})
	pool.SetMaxOpenConns(maxConns - 1)
	pool.SetMaxIdleConns(maxConns - 1)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	counting := sql.OpenDB(readCommitted{connector})
	counting.SetMaxOpenConns(1)
	counting.SetConnMaxIdleTime(5 * time.Minute)
	db.counting = counted{counting, db}
	db.pools = append(db.pools, pool, counting)
	db.writes, err = gorm.Open(gormmysql.New(gormmysql.Config{Conn: newCountedPool(pool, db), DisableDatetimePrecision: true, SkipInitializeWithVersion: true}), db.gormConfig())
	if err != nil {
		return errors.Join(fmt.Errorf("open the database: %w", err), db.Close())
	}
	db.reads = db.writes
	return nil
}

func mysqlConfig(raw string) (*mysqldriver.Config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		// An @ behind the host: the password has a / ? or #, and what stands before it would be dialled as the host, and logged.
		return nil, errors.New("open the database: want mysql://user:pass@host:port/name; in the password write %2F for /, %3F for ?, %23 for #, %40 for @")
	}
	cfg := mysqldriver.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	if u.Port() == "" {
		cfg.Addr = u.Hostname() + ":3306"
	}
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	if q := u.Query().Get("tls"); q != "" {
		cfg.TLSConfig = q
	}
	cfg.Collation = "utf8mb4_bin"
	cfg.Loc, cfg.ParseTime = time.UTC, true
	cfg.InterpolateParams = true
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = 3*time.Second, 30*time.Second, 30*time.Second
	cfg.Params = map[string]string{"time_zone": "'+00:00'"}
	cfg.Logger = quiet{}
	return cfg, nil
}

// readCommitted opens connections on which a locking read takes the rows that it returns and no gaps between them:
// workers that claim beside each other would deadlock on gaps.
type readCommitted struct{ driver.Connector }

func (c readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the MySQL driver cannot execute"), conn.Close())
	}
	if _, err := exec.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(fmt.Errorf("set the isolation level: %w", err), conn.Close())
	}
	return conn, nil
}

// quiet drops the driver's own log lines; every failure comes back as an error as well.
type quiet struct{}

func (quiet) Print(...any) {}
