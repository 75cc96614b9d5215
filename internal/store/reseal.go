package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// Texts are sealed anew in the background: those of a person under their own key, where an earlier version sealed them with the
// key file's, and all others with the key that seals now, so that an old one can be retired. One replica at a time works on a
// column, from row to row in the order of the primary key; where it dies another goes on from where it came to.

// Reseal says how far a column has come.
type Reseal struct {
	Column     string
	Target     uint32 // the key that seals
	Moved      int    // rows that were sealed anew
	Unreadable int    // rows that nothing opens
	Done       time.Time
}

const (
	resealBatch  = 100              // rows that are sealed in one go
	resealWindow = 2000             // rows that are looked at in one go
	resealLease  = 30 * time.Second // how long a column is one replica's
)

type resealRow struct {
	Name       string  `gorm:"column:name;primaryKey"`
	Target     string  `gorm:"column:target"`
	Place      string  `gorm:"column:place"`
	Moved      int     `gorm:"column:moved"`
	Unreadable int     `gorm:"column:unreadable"`
	Worker     string  `gorm:"column:worker"`
	UntilAt    micros  `gorm:"column:until_at"`
	DoneAt     *micros `gorm:"column:done_at"`
}

func (resealRow) TableName() string { return "reseals" }

// ResealStep seals the next rows anew that need it, as worker, and returns how many it sealed. done says that nothing is left for
// the key that seals now.
func (db *DB) ResealStep(ctx context.Context, worker string) (moved int, done bool, err error) {
	target := strconv.FormatUint(uint64(db.sealer.Keys().Using), 10)
	var rows []resealRow
	if err := db.read(ctx).Find(&rows).Error; err != nil {
		return 0, false, fmt.Errorf("read how far texts are sealed anew: %w", err)
	}
	known := map[string]resealRow{}
	for _, r := range rows {
		known[r.Name] = r
	}
	busy := false
	for _, c := range sealedColumns {
		r, there := known[c.name()]
		if there && r.Target == target && r.DoneAt != nil {
			continue
		}
		taken, err := db.takeColumn(ctx, c, target, worker)
		if err != nil {
			return 0, false, err
		}
		if !taken {
			busy = true
			continue
		}
		n, err := db.resealBatchOf(ctx, c, target, worker)
		return n, false, err
	}
	return 0, !busy, nil
}

// takeColumn makes a column the worker's for a while. A column that another key was meant for begins anew.
func (db *DB) takeColumn(ctx context.Context, c sealedColumn, target, worker string) (bool, error) {
	now := db.now()
	if _, err := db.exec(ctx, "INSERT INTO reseals (name, target, place, moved, unreadable, worker, until_at) VALUES (?,?,'',0,0,'',0)"+db.keep("name"), c.name(), target); err != nil {
		return false, fmt.Errorf("begin to seal %s anew: %w", c.table, err)
	}
	res, err := db.exec(ctx, "UPDATE reseals SET worker = ?, until_at = ? WHERE name = ? AND (worker = ? OR until_at < ?)",
		worker, int64(toMicros(now.Add(resealLease))), c.name(), worker, int64(toMicros(now)))
	if err != nil {
		return false, fmt.Errorf("begin to seal %s anew: %w", c.table, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	_, err = db.exec(ctx, "UPDATE reseals SET target = ?, place = '', moved = 0, unreadable = 0, done_at = NULL WHERE name = ? AND target <> ?", target, c.name(), target)
	return err == nil, err
}

// resealing is one row that is to be sealed anew.
type resealing struct {
	values []string // the key, and what the aad needs
	owner  string
	body   []byte
}

func (db *DB) resealBatchOf(ctx context.Context, c sealedColumn, target, worker string) (moved int, err error) {
	var progress resealRow
	if err := db.read(ctx).Where("name = ?", c.name()).Take(&progress).Error; err != nil {
		return 0, fmt.Errorf("seal %s anew: %w", c.table, err)
	}
	var place []string
	if progress.Place != "" {
		if err := json.Unmarshal([]byte(progress.Place), &place); err != nil {
			return 0, fmt.Errorf("seal %s anew: its place cannot be read: %w", c.table, err)
		}
	}
	limit := c.batch
	if limit == 0 {
		limit = resealBatch
	}
	end, err := db.windowEnd(ctx, c, place)
	if err != nil {
		return 0, fmt.Errorf("seal %s anew: %w", c.table, err)
	}
	rows, err := db.toReseal(ctx, c, target, place, end, limit)
	if err != nil {
		return 0, fmt.Errorf("seal %s anew: %w", c.table, err)
	}
	unreadable := 0
	for _, r := range rows {
		did, err := db.resealOne(ctx, c, r)
		switch {
		case seal.Unreadable(err):
			db.unreadable(c.table, r.values[0], err)
			unreadable++
		case err != nil:
			return moved, fmt.Errorf("seal %s anew: %w", c.table, err)
		case did:
			moved++
		}
	}
	set, args := "moved = moved + ?, unreadable = unreadable + ?", []any{moved, unreadable}
	if len(rows) == limit {
		end = rows[limit-1].values[:len(c.key)]
	}
	if end == nil {
		set, args = set+", done_at = ?, worker = '', until_at = 0", append(args, int64(toMicros(db.now())))
	} else {
		raw, err := json.Marshal(end)
		if err != nil {
			return moved, err
		}
		set, args = set+", place = ?", append(args, string(raw))
	}
	if _, err := db.exec(ctx, "UPDATE reseals SET "+set+" WHERE name = ? AND worker = ? AND target = ?", append(args, c.name(), worker, target)...); err != nil {
		return moved, fmt.Errorf("note how far %s is sealed anew: %w", c.table, err)
	}
	return moved, nil
}

// windowEnd is the place of the row that is resealWindow rows behind another, nil where the table ends before.
func (db *DB) windowEnd(ctx context.Context, c sealedColumn, place []string) ([]string, error) {
	query, args := "SELECT "+c.keys()+", '', '' FROM "+c.table+" t", []any{}
	if place != nil {
		behind, more := after(c.key, place)
		query, args = query+" WHERE "+behind, more
	}
	rows, err := db.rowsToReseal(ctx, query+" ORDER BY "+c.keys()+" LIMIT 1 OFFSET "+strconv.Itoa(resealWindow-1), len(c.key), args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].values, nil
}

// toReseal finds the next rows behind a place, and not behind an end, that are sealed otherwise than they should be. A person's are under their key;
// all others with the key that seals.
func (db *DB) toReseal(ctx context.Context, c sealedColumn, target string, place, end []string, limit int) ([]resealing, error) {
	id, err := strconv.ParseUint(target, 10, 32)
	if err != nil {
		return nil, err
	}
	owner, where, args := "''", "SUBSTR(t."+c.column+", 1, 1) = ?", []any{seal.Prefix(0)[:1]}
	if c.owner != "" {
		owner = "COALESCE(p.id, '')"
		where += " AND (p.id IS NOT NULL OR SUBSTR(t." + c.column + ", 1, 5) <> ?)"
	} else {
		where += " AND SUBSTR(t." + c.column + ", 1, 5) <> ?"
	}
	args = append(args, seal.Prefix(uint32(id))) //nolint:gosec // parsed as 32 bits
	query := "SELECT " + strings.Join(c.columns(), ", ") + ", " + owner + ", t." + c.column + " FROM " + c.table + " t"
	if c.owner != "" {
		query += " LEFT JOIN persons p ON p.id = " + c.owner
	}
	if place != nil {
		behind, more := after(c.key, place)
		where, args = where+" AND ("+behind+")", append(args, more...)
	}
	if end != nil {
		behind, more := after(c.key, end)
		where, args = where+" AND NOT ("+behind+")", append(args, more...)
	}
	return db.rowsToReseal(ctx, query+" WHERE "+where+" ORDER BY "+c.keys()+" LIMIT ?", len(c.key)+len(c.with), append(args, limit)...)
}

// after is the condition for the rows behind a place in the order of a key.
func after(key, place []string) (string, []any) {
	var parts []string
	var args []any
	for i := range key {
		var part []string
		for j := range i {
			part = append(part, "t."+key[j]+" = ?")
			args = append(args, place[j])
		}
		parts = append(parts, "("+strings.Join(append(part, "t."+key[i]+" > ?"), " AND ")+")")
		args = append(args, place[i])
	}
	return strings.Join(parts, " OR "), args
}

func (db *DB) rowsToReseal(ctx context.Context, query string, n int, args ...any) (_ []resealing, err error) {
	rows, err := db.read(ctx).Statement.ConnPool.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var out []resealing
	for rows.Next() {
		values := make([]sql.NullString, n)
		r := resealing{}
		into := make([]any, 0, n+2)
		for i := range values {
			into = append(into, &values[i])
		}
		if err := rows.Scan(append(into, &r.owner, &r.body)...); err != nil {
			return nil, err
		}
		for _, v := range values {
			r.values = append(r.values, v.String)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// resealOne seals one row anew, unless it was written meanwhile.
func (db *DB) resealOne(ctx context.Context, c sealedColumn, r resealing) (bool, error) {
	aad := c.aad(r.values)
	plain, err := db.unseal(ctx, r.body, aad)
	if err != nil {
		return false, err
	}
	sealed, err := db.sealAs(ctx, r.owner, plain, aad)
	if err != nil || bytes.HasPrefix(sealed, r.body[:5]) {
		return false, err
	}
	where, args := make([]string, len(c.key)), []any{sealed}
	for i, k := range c.key {
		where[i] = k + " = ?"
		args = append(args, r.values[i])
	}
	res, err := db.exec(ctx, "UPDATE "+c.table+" SET "+c.column+" = ? WHERE "+strings.Join(where, " AND ")+" AND "+c.column+" = ?", append(args, r.body)...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Reseals says how far each column has come.
func (db *DB) Reseals(ctx context.Context) ([]Reseal, error) {
	var rows []resealRow
	if err := db.read(ctx).Where("name <> ?", tidied).Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read how far texts are sealed anew: %w", err)
	}
	out := make([]Reseal, 0, len(rows))
	for _, r := range rows {
		target, _ := strconv.ParseUint(r.Target, 10, 32)
		out = append(out, Reseal{Column: r.Name, Target: uint32(target), Moved: r.Moved, Unreadable: r.Unreadable, Done: timeOrZero(r.DoneAt)}) //nolint:gosec // parsed as 32 bits
	}
	return out, nil
}

// SealedColumns is how many columns are sealed anew.
func SealedColumns() int { return len(sealedColumns) }

// Needs counts the rows that a key of the key file still opens, by column. It reads every row.
func (db *DB) Needs(ctx context.Context, id uint32) (map[string]int, error) {
	out := map[string]int{}
	for _, c := range sealedColumns {
		var n int
		if err := db.read(ctx).Raw("SELECT COUNT(*) FROM "+c.table+" WHERE SUBSTR("+c.column+", 1, 5) = ?", seal.Prefix(id)).Scan(&n).Error; err != nil {
			return nil, fmt.Errorf("count the rows of %s that key %d opens: %w", c.table, id, err)
		}
		if n > 0 {
			out[c.name()] = n
		}
	}
	return out, nil
}

// SweepKeys drops keys whose person is no more: made while their person was erased, or left by a backup that was put back.
func (db *DB) SweepKeys(ctx context.Context) error {
	where := " WHERE NOT EXISTS (SELECT 1 FROM persons WHERE persons.id = person_keys.person_id) AND made_at < ?"
	before := int64(toMicros(db.now().Add(-time.Hour)))
	if _, err := db.exec(ctx, "UPDATE person_keys SET body = ?"+where, make([]byte, wipedBytes), before); err != nil {
		return fmt.Errorf("drop keys of nobody: %w", err)
	}
	if _, err := db.exec(ctx, "DELETE FROM person_keys"+where, before); err != nil {
		return fmt.Errorf("drop keys of nobody: %w", err)
	}
	return nil
}

// AgainFor lets every column be looked through again for the key that seals, before an older one is retired.
func (db *DB) AgainFor(ctx context.Context, columns ...string) error {
	if len(columns) == 0 {
		return nil
	}
	slices.Sort(columns)
	err := db.write(ctx).Exec("UPDATE reseals SET done_at = NULL, place = '' WHERE name IN ?", columns).Error
	if err != nil {
		return fmt.Errorf("seal %s anew: %w", strings.Join(columns, ", "), err)
	}
	return nil
}
