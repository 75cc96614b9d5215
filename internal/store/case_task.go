package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

type taskRow struct {
	ID     string  `gorm:"column:id;primaryKey"`
	CaseID string  `gorm:"column:case_id"`
	OpKey  string  `gorm:"column:op_key"`
	Kind   string  `gorm:"column:kind"`
	DueAt  micros  `gorm:"column:due_at"`
	Note   []byte  `gorm:"column:note"`
	DoneAt *micros `gorm:"column:done_at"`
	DoneBy string  `gorm:"column:done_by"`
	Tries  int     `gorm:"column:tries"`
	Tried  *micros `gorm:"column:tried_at"`
	Number int     `gorm:"column:number;->"` // of cases
	Alias  string  `gorm:"column:alias;->"`  // of persons
	Level  string  `gorm:"column:level;->"`  // of cases
	Status string  `gorm:"column:status;->"` // of cases
}

func (taskRow) TableName() string { return "case_tasks" }

// taskQuery reads follow-ups with what the list shows of their cases.
const taskQuery = `SELECT case_tasks.id, case_tasks.case_id, case_tasks.op_key, case_tasks.kind, case_tasks.due_at, case_tasks.note,
case_tasks.done_at, case_tasks.done_by, case_tasks.tries, case_tasks.tried_at, cases.number, cases.level, cases.status, COALESCE(persons.alias, '') AS alias
FROM case_tasks JOIN cases ON cases.id = case_tasks.case_id LEFT JOIN persons ON persons.id = cases.person_id `

const taskValues = "(?,?,?,?,?,?,?,?,?,?)"

// AddTasks implements casework.Store.
func (s Cases) AddTasks(ctx context.Context, ts ...casework.Task) ([]casework.Task, error) {
	if len(ts) == 0 {
		return nil, nil
	}
	args := make([]any, 0, 10*len(ts))
	for _, t := range ts {
		note, err := s.db.sealUnder(ctx, "cases", t.Case, t.Note, "task:"+t.ID)
		if err != nil {
			return nil, fmt.Errorf("seal a follow-up: %w", err)
		}
		args = append(args, t.ID, t.Case, t.Key, string(t.Kind), int64(toMicros(t.Due)), note, microsOrNil(t.DoneAt), t.DoneBy, t.Tries, microsOrNil(t.Tried))
	}
	res, err := s.db.exec(ctx, "INSERT INTO case_tasks (id, case_id, op_key, kind, due_at, note, done_at, done_by, tries, tried_at) VALUES "+
		strings.Repeat(taskValues+",", len(ts)-1)+taskValues+s.db.keep("id"), args...)
	if err != nil {
		return nil, err
	}
	switch n, err := res.RowsAffected(); {
	case err != nil || n == 0:
		return nil, err
	case int(n) == len(ts):
		return ts, nil
	}
	var fresh []casework.Task // some were known: the others are found by their IDs
	for _, t := range ts {
		switch _, err := s.Task(ctx, t.ID); {
		case err == nil:
			fresh = append(fresh, t)
		case !errors.Is(err, casework.ErrNoTask):
			return nil, err
		}
	}
	return fresh, nil
}

// Task implements casework.Store.
func (s Cases) Task(ctx context.Context, id string) (casework.Task, error) {
	ts, err := s.tasks(ctx, "WHERE case_tasks.id = ?", id)
	if err != nil || len(ts) == 0 {
		return casework.Task{}, orMissing(err, casework.ErrNoTask)
	}
	return ts[0].Task, nil
}

// Tasks implements casework.Store.
func (s Cases) Tasks(ctx context.Context, caseID string) ([]casework.Task, error) {
	ts, err := s.tasks(ctx, "WHERE case_tasks.case_id = ? ORDER BY case_tasks.due_at, case_tasks.id", caseID)
	out := make([]casework.Task, len(ts))
	for i, t := range ts {
		out[i] = t.Task
	}
	return out, err
}

// FinishTask implements casework.Store.
func (s Cases) FinishTask(ctx context.Context, id string, at time.Time, by string) error {
	return s.db.write(ctx).Exec("UPDATE case_tasks SET done_at = ?, done_by = ? WHERE id = ? AND done_at IS NULL", toMicros(at), by, id).Error
}

// TryTaskAgain implements casework.Store.
func (s Cases) TryTaskAgain(ctx context.Context, id string, at, next time.Time) error {
	return s.db.write(ctx).Exec("UPDATE case_tasks SET tries = tries + 1, tried_at = ?, due_at = ? WHERE id = ? AND done_at IS NULL", toMicros(at), toMicros(next), id).Error
}

// WaitingTasks implements casework.Store. It walks the index case_tasks_due (done_at, due_at).
func (s Cases) WaitingTasks(ctx context.Context, after, until time.Time, limit int) ([]casework.DueTask, error) {
	reached, of := casesInReach(ctx)
	return s.tasks(ctx, "WHERE case_tasks.done_at IS NULL AND case_tasks.due_at > ? AND case_tasks.due_at <= ? AND "+reached+" ORDER BY case_tasks.due_at, case_tasks.id LIMIT ?",
		append(append([]any{toMicros(after), toMicros(until)}, of...), limit)...)
}

// WaitingDays implements casework.Store. It walks the same index.
func (s Cases) WaitingDays(ctx context.Context, after, until time.Time, offset time.Duration) (map[time.Time]int, error) {
	var rows []struct {
		Midnight int64 // in microseconds, as if the zone were UTC
		N        int
	}
	from, reached, of := "case_tasks", whole, []any(nil)
	if w, args := casesInReach(ctx); w != whole {
		from, reached, of = "case_tasks JOIN cases ON cases.id = case_tasks.case_id", w, args
	}
	shift, day := offset.Microseconds(), (24 * time.Hour).Microseconds()
	err := s.db.read(ctx).Raw(`SELECT case_tasks.due_at + ? - (case_tasks.due_at + ?) % ? AS midnight, COUNT(*) AS n FROM `+from+`
WHERE case_tasks.done_at IS NULL AND case_tasks.due_at > ? AND case_tasks.due_at <= ? AND `+reached+` GROUP BY midnight`,
		append([]any{shift, shift, day, toMicros(after), toMicros(until)}, of...)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	days := make(map[time.Time]int, len(rows))
	for _, r := range rows {
		days[time.UnixMicro(r.Midnight-shift).UTC()] = r.N
	}
	return days, nil
}

func (s Cases) tasks(ctx context.Context, where string, args ...any) ([]casework.DueTask, error) {
	var rows []taskRow
	if err := s.db.read(ctx).Raw(taskQuery+where, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	if err := keysFor(ctx, s.db, rows, func(r taskRow) []byte { return r.Note }); err != nil {
		return nil, err
	}
	out := make([]casework.DueTask, 0, len(rows))
	for _, r := range rows {
		note, err := s.db.text(ctx, cell{"case_tasks", r.ID, "task:" + r.ID}, r.Note)
		if err != nil {
			return nil, err
		}
		out = append(out, casework.DueTask{
			Task: casework.Task{
				ID: r.ID, Case: r.CaseID, Key: r.OpKey, Kind: casework.TaskKind(r.Kind), Due: r.DueAt.Time(), Note: note,
				Tries: r.Tries, Tried: timeOrZero(r.Tried), DoneAt: timeOrZero(r.DoneAt), DoneBy: r.DoneBy,
			},
			Number: r.Number, Alias: r.Alias, Level: risk.Level(r.Level), Status: casework.Status(r.Status),
		})
	}
	return out, nil
}

// orMissing is err, or missing where the query itself went well.
func orMissing(err, missing error) error {
	if err != nil {
		return err
	}
	return missing
}
