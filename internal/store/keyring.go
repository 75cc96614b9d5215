package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// KeyReplica is what a running replica said of the keys of the key file.
type KeyReplica struct {
	Name    string
	Knows   []uint32
	Seals   uint32
	Spooled int // messages that wait on its disk, sealed
	Seen    time.Time
}

// KeysAlive is how long a replica counts that says nothing of its keys any more.
const KeysAlive = time.Minute

func joinKeys(ids []uint32) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatUint(uint64(id), 10)
	}
	return strings.Join(out, " ")
}

func splitKeys(s string) (ids []uint32) {
	for _, f := range strings.Fields(s) {
		if id, err := strconv.ParseUint(f, 10, 32); err == nil {
			ids = append(ids, uint32(id))
		}
	}
	return ids
}

// SayKeys tells the others which keys this replica knows and which it seals with.
func (db *DB) SayKeys(ctx context.Context, replica string, spooled int) error {
	k := db.sealer.Keys()
	update := " ON CONFLICT (replica) DO UPDATE SET knows = excluded.knows, seals = excluded.seals, spooled = excluded.spooled, seen_at = excluded.seen_at"
	if db.mysql() {
		update = " ON DUPLICATE KEY UPDATE knows = VALUES(knows), seals = VALUES(seals), spooled = VALUES(spooled), seen_at = VALUES(seen_at)"
	}
	_, err := db.exec(soft(ctx), "INSERT INTO key_replicas (replica, knows, seals, spooled, seen_at) VALUES (?,?,?,?,?)"+update,
		replica, joinKeys(k.IDs), joinKeys([]uint32{k.Using}), spooled, int64(toMicros(db.now())))
	if err != nil {
		return fmt.Errorf("say which keys are known: %w", err)
	}
	return nil
}

// UnsayKeys takes back what a replica said that ends, and forgets those that ended long ago.
func (db *DB) UnsayKeys(ctx context.Context, replica string) error {
	_, err := db.exec(soft(ctx), "DELETE FROM key_replicas WHERE replica = ? OR seen_at < ?", replica, int64(toMicros(db.now().Add(-24*time.Hour))))
	return err
}

// KeyReplicas are the replicas that run.
func (db *DB) KeyReplicas(ctx context.Context) ([]KeyReplica, error) {
	var rows []struct {
		Replica, Knows, Seals string
		Spooled               int
		SeenAt                micros
	}
	err := db.read(ctx).Raw("SELECT replica, knows, seals, spooled, seen_at FROM key_replicas WHERE seen_at > ? ORDER BY replica", toMicros(db.now().Add(-KeysAlive))).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("ask which keys are known: %w", err)
	}
	out := make([]KeyReplica, len(rows))
	for i, r := range rows {
		out[i] = KeyReplica{Name: r.Replica, Knows: splitKeys(r.Knows), Spooled: r.Spooled, Seen: r.SeenAt.Time()}
		if s := splitKeys(r.Seals); len(s) > 0 {
			out[i].Seals = s[0]
		}
	}
	return out, nil
}

// AgreeKeys lets the newest key seal that every replica that runs has said it knows. self is left out.
func (db *DB) AgreeKeys(ctx context.Context, self string) error {
	all, err := db.KeyReplicas(ctx)
	if err != nil {
		return err
	}
	var known [][]uint32
	for _, r := range all {
		if r.Name != self {
			known = append(known, r.Knows)
		}
	}
	return db.sealer.Agree(known...)
}

// WrongKeysError says that the key file is not the one that the database was sealed with.
type WrongKeysError struct {
	Needs []uint32 // what the newest rows were sealed with, where that can be seen
	Has   []uint32
}

// Error implements error.
func (e *WrongKeysError) Error() string {
	text := "the database was sealed with other keys than the key file holds"
	if len(e.Needs) > 0 {
		text += fmt.Sprintf(" (it needs %s, the file has %s)", joinKeys(e.Needs), joinKeys(e.Has))
	}
	return text
}

// CheckKeys is a WrongKeysError where the key file is not this database's. Where the database does not know yet which is, it is
// the one that opens what stands in it.
func (db *DB) CheckKeys(ctx context.Context) error {
	own := db.sealer.Digest("key mark")
	var marks []string
	if err := db.read(ctx).Raw("SELECT mark FROM key_marks WHERE name = 'index'").Scan(&marks).Error; err != nil {
		return fmt.Errorf("look whose the keys are: %w", err)
	}
	if len(marks) > 0 && marks[0] == own {
		return nil
	}
	needs, filled, opened, err := db.sample(ctx)
	if err != nil {
		return err
	}
	if len(marks) > 0 || filled && !opened {
		return &WrongKeysError{Needs: needs, Has: db.sealer.Keys().IDs}
	}
	if _, err := db.exec(ctx, "INSERT INTO key_marks (name, mark, at) VALUES ('index', ?, ?)"+db.keep("name"), own, int64(toMicros(db.now()))); err != nil {
		return fmt.Errorf("note whose the keys are: %w", err)
	}
	return nil
}

// sample looks at some of the newest rows of each table: which keys they need, and whether one of them opens.
func (db *DB) sample(ctx context.Context) (needs []uint32, filled, opened bool, err error) {
	for _, c := range sealedColumns {
		rows, err := db.newest(ctx, c)
		if err != nil {
			return nil, false, false, err
		}
		for _, r := range rows {
			filled = true
			if _, err := db.unseal(ctx, r.body, c.aad(r.values)); err == nil {
				return nil, true, true, nil
			} else if !seal.Unreadable(err) {
				return nil, false, false, err
			}
			if id, ok := seal.KeyOf(r.body); ok && !slices.Contains(needs, id) {
				needs = append(needs, id)
			}
		}
	}
	return needs, filled, false, nil
}

// Sample tries to open some of the newest rows of each table; whoever hears of unreadable ones is told. An error says that it could
// not be tried.
func (db *DB) Sample(ctx context.Context) error {
	for _, c := range sealedColumns {
		rows, err := db.newest(ctx, c)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if _, err := db.unseal(ctx, r.body, c.aad(r.values)); seal.Unreadable(err) {
				db.unreadable(c.table, r.values[0], err)
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// newest are some of the newest rows of a column.
func (db *DB) newest(ctx context.Context, c sealedColumn) ([]resealing, error) {
	rows, err := db.rowsToReseal(ctx, "SELECT "+strings.Join(c.columns(), ", ")+", '', t."+c.column+" FROM "+c.table+" t WHERE t."+c.column+" <> '' ORDER BY "+
		strings.ReplaceAll(c.keys(), ",", " DESC,")+" DESC LIMIT 3", len(c.key)+len(c.with))
	if err != nil {
		return nil, fmt.Errorf("look at what is sealed in %s: %w", c.table, err)
	}
	return rows, nil
}

// Filled says whether a database holds something sealed, for whoever has no keys: new ones would not open it. One that cannot be
// reached, or has no tables, is an error, or not filled.
func Filled(ctx context.Context, o Options) (bool, error) {
	if file, lite := strings.CutPrefix(o.URL, "sqlite:"); lite {
		if !filepath.IsAbs(file) {
			file = filepath.Join(o.DataDir, file)
		}
		if info, err := os.Stat(file); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
			return false, nil
		}
	}
	db := &DB{now: time.Now, failed: func(string) {}, asked: func(string) {}, keys: newKeyCache()}
	if err := db.connect(o); err != nil {
		return false, err
	}
	defer func() { _ = db.Close() }()
	if err := db.Ping(ctx); err != nil {
		return false, fmt.Errorf("look whether the database is filled: %w", err)
	}
	for _, c := range sealedColumns {
		var n int
		if err := db.read(ctx).Raw("SELECT COUNT(*) FROM (SELECT 1 AS one FROM " + c.table + " WHERE " + c.column + " <> '' LIMIT 1) some").Scan(&n).Error; err == nil && n > 0 {
			return true, nil // a table that is not there yet is an error, and holds nothing
		}
	}
	return false, nil
}

// Unmigrated says that an error means that a table is not there yet: somebody migrates by hand, and has not.
func Unmigrated(err error) bool {
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		return my.Number == mysqlNoTable || my.Number == mysqlNoColumn
	}
	return err != nil && strings.Contains(err.Error(), "no such table")
}

const (
	mysqlNoTable  = 1146
	mysqlNoColumn = 1054
)
