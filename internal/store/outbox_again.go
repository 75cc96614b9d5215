package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// Amend implements outbox.Store.
func (s Outbox) Amend(ctx context.Context, worker, id string, payload []byte) error {
	var persons []string
	if err := s.db.read(ctx).Raw("SELECT person_id FROM outbox WHERE id = ?", id).Scan(&persons).Error; err != nil || len(persons) == 0 {
		return fmt.Errorf("amend outbox row %s: %w", id, cmp.Or(err, outbox.ErrLost))
	}
	sealed, err := s.db.sealAs(ctx, persons[0], payload, payloadAAD(id))
	if err != nil {
		return fmt.Errorf("amend outbox row %s: %w", id, err)
	}
	return s.end(ctx, "amend", id, "UPDATE outbox SET payload = ? WHERE id = ? AND worker = ? AND state = 'waiting'", sealed, id, worker)
}

// Release lets a parked row, and those of its kind and person that were parked before it, be tried again: all of them, so that
// they keep their order. A row that waits no more releases nothing. EXPLAIN: outbox by its unique ID, then outbox_person.
func (s Outbox) Release(ctx context.Context, id string, at time.Time) error {
	var rows []struct {
		Kind     string
		PersonID string
		DueAt    int64
	}
	err := s.db.read(ctx).Table("outbox").Select("kind, person_id, due_at").Where("id = ? AND state = ?", id, outboxParked).Limit(1).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("release outbox row %s: %w", id, err)
	}
	for _, r := range rows {
		if _, err := s.db.exec(ctx, "UPDATE outbox SET state = 'waiting', worker = '', run_at = ? WHERE person_id = ? AND kind = ? AND state = 'parked' AND due_at <= ?",
			int64(toMicros(at)), r.PersonID, r.Kind, r.DueAt); err != nil {
			return fmt.Errorf("release outbox row %s: %w", id, err)
		}
	}
	return nil
}

// Take ends a row that waits under a key and that nobody has in hand, and hands it out, inside the caller's transaction; false
// where there is none. EXPLAIN: outbox by its unique key.
func (s Outbox) Take(ctx context.Context, key string) (outbox.Row, bool, error) {
	var rows []outboxRow
	q := s.db.write(ctx).Table("outbox AS o").Select(outboxColumns).Where("o.op_key = ? AND o.state = ? AND o.worker = ''", key, outboxWaiting)
	if s.db.mysql() {
		q = q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	if err := q.Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return outbox.Row{}, false, err
	}
	r := rows[0]
	payload, err := s.db.unseal(ctx, r.Payload, payloadAAD(r.ID))
	if err != nil {
		return outbox.Row{}, false, fmt.Errorf("take outbox row %s: %w", r.ID, err)
	}
	if err := s.db.write(ctx).Exec("UPDATE outbox SET state = 'done', payload = '' WHERE seq = ?", r.Seq).Error; err != nil {
		return outbox.Row{}, false, fmt.Errorf("take outbox row %s: %w", r.ID, err)
	}
	return outbox.Row{ID: r.ID, Key: r.OpKey, Kind: r.Kind, Person: r.PersonID, Payload: payload}, true, nil
}

var _ outbox.Releaser = Outbox{}

// sealedShown bounds how many rows are looked at in one go.
const sealedShown = 200

// ReleaseSealed lets the rows be tried again that were parked since nothing opened them, once something does, and says how many
// still wait. EXPLAIN: outbox_run by its state.
func (s Outbox) ReleaseSealed(ctx context.Context, at time.Time) (left int, err error) {
	var rows []outboxRow
	err = s.db.read(ctx).Table("outbox AS o").Select(outboxColumns).Where("o.state = ? AND o.last_err = ?", outboxParked, outbox.ErrSealed.Error()).
		Order("o.seq").Limit(sealedShown).Find(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("look for sealed outbox rows: %w", err)
	}
	for _, r := range rows {
		_, err := s.db.unseal(ctx, r.Payload, payloadAAD(r.ID))
		switch {
		case seal.Unreadable(err):
			left++
		case err != nil:
			return left, fmt.Errorf("open outbox row %s: %w", r.ID, err)
		default:
			if _, err := s.db.exec(ctx, "UPDATE outbox SET state = 'waiting', worker = '', last_err = '', run_at = ? WHERE seq = ? AND state = 'parked'", int64(toMicros(at)), r.Seq); err != nil {
				return left, fmt.Errorf("release outbox row %s: %w", r.ID, err)
			}
		}
	}
	return left, nil
}
