package store

import (
	"context"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// AddWish implements casework.WishStore.
func (s Cases) AddWish(ctx context.Context, w casework.Wish) error {
	_, err := s.db.exec(ctx, "INSERT INTO identity_asks (op_key, case_id, staff_id, name, state, second_name, asked_at, changed_at) VALUES (?,?,?,?,?,?,?,?)",
		w.Key, w.Case, w.By.ID, w.By.Name, string(w.State), w.Second, int64(toMicros(w.Asked)), int64(toMicros(w.Changed)))
	return err
}

// MoveWish implements casework.WishStore.
func (s Cases) MoveWish(ctx context.Context, key string, to casework.WishState, second string, at time.Time) error {
	_, err := s.db.exec(ctx, "UPDATE identity_asks SET state = ?, second_name = ?, changed_at = ? WHERE op_key = ?", string(to), second, int64(toMicros(at)), key)
	return err
}

// SignWishes implements casework.WishStore.
func (s Cases) SignWishes(ctx context.Context, caseID, by string, at time.Time) error {
	_, err := s.db.exec(ctx, "UPDATE identity_asks SET state = ?, second_name = ?, changed_at = ? WHERE case_id = ? AND state = ?",
		string(casework.WishSigned), by, int64(toMicros(at)), caseID, string(casework.WishAlone))
	return err
}

// Wishes implements casework.WishStore. It walks identity_asks_state (state, changed_at) backwards.
func (s Cases) Wishes(ctx context.Context, state casework.WishState, since time.Time, n int) ([]casework.Wish, error) {
	var rows []struct {
		OpKey, CaseID, StaffID, Name, State, SecondName, Alias, Level string
		AskedAt, ChangedAt                                            micros
		Number                                                        int
	}
	reached, of := casesInReach(ctx)
	err := s.db.read(ctx).Raw(`SELECT w.op_key, w.case_id, w.staff_id, w.name, w.state, w.second_name, w.asked_at, w.changed_at, cases.number, cases.level,
COALESCE((SELECT persons.alias FROM persons WHERE persons.id = cases.person_id), '') AS alias
FROM identity_asks w JOIN cases ON cases.id = w.case_id WHERE w.state = ? AND w.changed_at >= ? AND `+reached+` ORDER BY w.changed_at DESC LIMIT ?`,
		append(append([]any{string(state), toMicros(since)}, of...), n)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]casework.Wish, len(rows))
	for i, r := range rows {
		out[i] = casework.Wish{
			Key: r.OpKey, Case: r.CaseID, By: casework.Actor{ID: r.StaffID, Name: r.Name}, State: casework.WishState(r.State), Second: r.SecondName,
			Asked: r.AskedAt.Time(), Changed: r.ChangedAt.Time(), Number: r.Number, Alias: r.Alias, Level: risk.Level(r.Level),
		}
	}
	return out, nil
}
