package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/tracing"
)

// Outbox keeps durable work.
type Outbox struct {
	db   *DB
	part string // a condition on o that Claim and Next hand out by; "" for all
}

// Outbox returns the view of all of outbox.
func (db *DB) Outbox() Outbox { return Outbox{db: db} }

// Calls is the part of an outbox that is urgent: what Claim and Next hand out. The index outbox_urgent finds either part.
func (s Outbox) Calls() Outbox { return Outbox{s.db, " AND o.urgent = 1"} }

// Others is the part that is not urgent.
func (s Outbox) Others() Outbox { return Outbox{s.db, " AND o.urgent = 0"} }

var _ outbox.Store = Outbox{}

// The states of a row, as desk and operators may query them.
const (
	outboxWaiting = "waiting" // to be done, perhaps by a worker at this moment
	outboxParked  = "parked"  // until the person's next contact
	outboxBuried  = "buried"  // staff must look
	outboxDone    = "done"
)

type outboxRow struct {
	Seq      int64  `gorm:"column:seq;primaryKey"`
	ID       string `gorm:"column:id"`
	OpKey    string `gorm:"column:op_key"`
	Kind     string `gorm:"column:kind"`
	PersonID string `gorm:"column:person_id"`
	Payload  []byte `gorm:"column:payload"`
	RunAt    micros `gorm:"column:run_at"`
	Attempts int    `gorm:"column:attempts"`
	LastErr  string `gorm:"column:last_err"`
	Trace    string `gorm:"column:trace_parent"`
}

func (outboxRow) TableName() string { return "outbox" }

const (
	outboxColumns = "o.seq, o.id, o.op_key, o.kind, o.person_id, o.payload, o.run_at, o.attempts, o.last_err, o.trace_parent"
	outboxInsert  = "INSERT INTO outbox (id, op_key, kind, person_id, lane, payload, urgent, trace_parent, state, due_at, run_at, attempts, worker, last_err) VALUES "
	outboxValues  = "(?,?,?,?,?,?,?,?,'waiting',?,?,0,'','')"
)

func payloadAAD(id string) string { return "outbox:" + id }

// lane is what keeps its order: the rows of one kind for one person. Rows for nobody, and rows apart, have none.
func lane(r outbox.Row) any {
	if r.Person == "" || r.Apart {
		return nil
	}
	return r.Person + "/" + r.Kind
}

// Put implements outbox.Queue.
func (s Outbox) Put(ctx context.Context, rows ...outbox.Row) error {
	if len(rows) == 0 {
		return nil
	}
	if waiting, ok := ctx.Value(togetherKey{}).(*[]outbox.Row); ok {
		*waiting = append(*waiting, rows...)
		return nil
	}
	persons := make([]string, len(rows))
	for i, r := range rows {
		persons[i] = r.Person
	}
	if err := s.db.keysOf(ctx, persons...); err != nil {
		return fmt.Errorf("put into the outbox: %w", err)
	}
	args := make([]any, 0, len(rows)*10)
	for _, r := range rows {
		if r.Key == "" || r.Kind == "" { // a second row without a key would be taken for the first, and lost
			return errors.New("put into the outbox: a row needs a key and a kind")
		}
		if r.ID == "" {
			r.ID = s.db.newID()
		}
		if r.RunAt.IsZero() {
			r.RunAt = s.db.now()
		}
		sealed, err := s.db.sealAs(ctx, r.Person, r.Payload, payloadAAD(r.ID))
		if err != nil {
			return fmt.Errorf("put %s into the outbox: %w", r.Kind, err)
		}
		at := int64(toMicros(r.RunAt))
		urgent := 0
		if r.Urgent {
			urgent = 1
		}
		args = append(args, r.ID, r.Key, r.Kind, r.Person, lane(r), sealed, urgent, tracing.Of(ctx), at, at)
	}
	query := outboxInsert + strings.Repeat(outboxValues+",", len(rows)-1) + outboxValues + s.db.keep("seq")
	if _, err := s.db.exec(ctx, query, args...); err != nil {
		return fmt.Errorf("put into the outbox: %w", err)
	}
	return nil
}

// togetherKey holds the rows that wait for the end of Together.
type togetherKey struct{}

// Together implements outbox.Gatherer.
func (s Outbox) Together(ctx context.Context, f func(ctx context.Context) error) error {
	if !s.db.inTx(ctx) {
		return errors.New("put into the outbox together: only in a transaction")
	}
	var rows []outbox.Row
	if err := f(context.WithValue(ctx, togetherKey{}, &rows)); err != nil {
		return err
	}
	return s.Put(ctx, rows...)
}

// firstOfLane keeps rows back that stand behind an earlier one of their lane; its argument is outboxWaiting.
const firstOfLane = ` AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.lane = o.lane AND e.state = ? AND
(e.due_at < o.due_at OR (e.due_at = o.due_at AND e.seq < o.seq)))`

// Claim implements outbox.Store. A row waits for the earlier ones of its lane, whether those are being done, are to be
// tried again, or are due beside it; a later time (a reminder) holds up nothing. The index outbox_run, or outbox_urgent,
// finds the due rows, outbox_lane the ones before.
func (s Outbox) Claim(ctx context.Context, worker string, now time.Time, lease time.Duration, n int) ([]outbox.Row, error) {
	rows, sealed, err := s.lease(ctx, worker, now.Add(lease), func(tx *gorm.DB) *gorm.DB {
		return tx.Where("o.state = ? AND o.run_at <= ?"+s.part+firstOfLane, outboxWaiting, toMicros(now), outboxWaiting).
			Order("o.run_at, o.seq").Limit(n)
	})
	if err != nil {
		return nil, fmt.Errorf("claim outbox rows: %w", err)
	}
	return append(rows, sealed...), nil // the worker decides: a call for help goes out without what is sealed
}

// Unpark implements outbox.Store. The rows are waiting again, so that a worker takes them up when the lease ends unused.
func (s Outbox) Unpark(ctx context.Context, worker, personID string, now time.Time, lease time.Duration) ([]outbox.Row, error) {
	// Asked at every message of every person, and nearly always in vain: first look without a transaction.
	var parked []int64
	err := s.db.read(ctx).Table("outbox").Where("person_id = ? AND state = ?", personID, outboxParked).Limit(1).Pluck("seq", &parked).Error
	if err != nil {
		return nil, fmt.Errorf("look for parked rows: %w", err)
	}
	if len(parked) == 0 {
		return nil, nil
	}
	rows, sealed, err := s.lease(ctx, worker, now.Add(lease), func(tx *gorm.DB) *gorm.DB {
		return tx.Where("o.person_id = ? AND o.state = ?", personID, outboxParked).Order("o.due_at, o.seq")
	})
	if err != nil {
		return nil, fmt.Errorf("unpark outbox rows: %w", err)
	}
	for _, r := range sealed { // it waits on, until the key is back
		if err := s.Park(ctx, worker, r.ID, outbox.ErrSealed.Error()); err != nil {
			return nil, fmt.Errorf("unpark outbox rows: %w", err)
		}
	}
	return rows, nil
}

// lease gives worker the rows that which chooses, until the given time, and apart those that cannot be opened. On SQLite the transaction holds the only write
// lock from its start; elsewhere rows that another transaction has are skipped.
func (s Outbox) lease(ctx context.Context, worker string, until time.Time, which func(*gorm.DB) *gorm.DB) (out, sealed []outbox.Row, err error) {
	var rows []outboxRow
	err = s.db.InTx(soft(ctx), func(ctx context.Context) error {
		rows = nil
		q := which(s.db.write(ctx).Table("outbox AS o").Select(outboxColumns))
		if s.db.mysql() {
			q = q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked})
		}
		if err := q.Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		seqs := make([]int64, len(rows))
		for i, r := range rows {
			seqs[i] = r.Seq
		}
		return s.db.write(ctx).Exec("UPDATE outbox SET state = ?, worker = ?, run_at = ?, attempts = attempts + 1 WHERE seq IN ?",
			outboxWaiting, worker, toMicros(until), seqs).Error
	})
	if err != nil {
		return nil, nil, err
	}
	if err := keysFor(ctx, s.db, rows, func(r outboxRow) []byte { return r.Payload }); err != nil {
		return nil, nil, err
	}
	out = make([]outbox.Row, 0, len(rows))
	for _, r := range rows {
		row := outbox.Row{ID: r.ID, Key: r.OpKey, Kind: r.Kind, Person: r.PersonID, RunAt: r.RunAt.Time(), Attempts: r.Attempts + 1, LastErr: r.LastErr, Trace: r.Trace}
		row.Payload, err = s.db.unseal(ctx, r.Payload, payloadAAD(r.ID))
		switch {
		case seal.Unreadable(err): // it must not hold up the others
			s.db.unreadable("outbox", r.ID, err)
			row.Sealed = true
			sealed = append(sealed, row)
		case err != nil:
			return nil, nil, err
		default:
			out = append(out, row)
		}
	}
	return out, sealed, nil
}

// Renew implements outbox.Store.
func (s Outbox) Renew(ctx context.Context, worker, id string, until time.Time) error {
	return s.end(ctx, "keep", id, "UPDATE outbox SET run_at = ? WHERE id = ? AND worker = ? AND state = 'waiting'", int64(toMicros(until)), id, worker)
}

// Done implements outbox.Store. What was to be said is no longer needed and is dropped; that it was done stays.
func (s Outbox) Done(ctx context.Context, worker, id string) error {
	return s.end(ctx, "finish", id, "UPDATE outbox SET state = 'done', payload = '', worker = '', last_err = '' WHERE id = ? AND worker = ? AND state = 'waiting'", id, worker)
}

// Retry implements outbox.Store.
func (s Outbox) Retry(ctx context.Context, worker, id string, t time.Time, reason string) error {
	return s.end(ctx, "retry", id, "UPDATE outbox SET run_at = ?, worker = '', last_err = ? WHERE id = ? AND worker = ? AND state = 'waiting'",
		int64(toMicros(t)), short(reason), id, worker)
}

// Park implements outbox.Store. What waits for a person is no work that fails: its tries are counted anew.
func (s Outbox) Park(ctx context.Context, worker, id, reason string) error {
	return s.end(ctx, "park", id, "UPDATE outbox SET state = 'parked', attempts = 0, worker = '', last_err = ? WHERE id = ? AND worker = ? AND state = 'waiting'", short(reason), id, worker)
}

// Bury implements outbox.Store.
func (s Outbox) Bury(ctx context.Context, worker, id, reason string) error {
	return s.end(ctx, "bury", id, "UPDATE outbox SET state = 'buried', worker = '', last_err = ? WHERE id = ? AND worker = ? AND state = 'waiting'", short(reason), id, worker)
}

func (s Outbox) end(ctx context.Context, verb, id, query string, args ...any) error {
	res, err := s.db.exec(soft(ctx), query, args...)
	if err != nil {
		return fmt.Errorf("%s outbox row %s: %w", verb, id, err)
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("%s outbox row %s: %w", verb, id, outbox.ErrLost)
	}
	return nil
}

// Next implements outbox.Store. A row under a lease counts with the lease's end.
func (s Outbox) Next(ctx context.Context) (time.Time, error) {
	var at []micros
	err := s.db.read(ctx).Table("outbox AS o").Where("o.state = ?"+s.part, outboxWaiting).Order("o.run_at").Limit(1).Pluck("o.run_at", &at).Error
	if err != nil {
		return time.Time{}, fmt.Errorf("read the next outbox row: %w", err)
	}
	if len(at) == 0 {
		return time.Time{}, nil
	}
	return at[0].Time(), nil
}

// short cuts a reason to its column.
func short(reason string) string {
	const most = 200
	if r := []rune(reason); len(r) > most {
		return string(r[:most])
	}
	return reason
}
