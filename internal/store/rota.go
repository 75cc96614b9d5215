package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/rota"
)

// Rota keeps what the desk changes of the rota: its base, where no file holds that, and changes by date.
type Rota struct{ db *DB }

// Rota returns the view of the rota.
func (db *DB) Rota() Rota { return Rota{db} }

var _ rota.Store = Rota{}

// InTx implements rota.Store.
func (s Rota) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

type rotaChangeRow struct {
	ID          string  `gorm:"column:id;primaryKey"`
	OpKey       string  `gorm:"column:op_key"`
	Kind        string  `gorm:"column:kind"`
	District    string  `gorm:"column:district"`
	FromAt      micros  `gorm:"column:from_at"`
	ToAt        micros  `gorm:"column:to_at"`
	Leaves      string  `gorm:"column:leaves"`
	Comes       string  `gorm:"column:comes"`
	Note        []byte  `gorm:"column:note"`
	State       string  `gorm:"column:state"`
	TouchedAt   micros  `gorm:"column:touched_at"`
	AskedID     string  `gorm:"column:asked_id"`
	AskedName   string  `gorm:"column:asked_name"`
	AskedAt     micros  `gorm:"column:asked_at"`
	DecidedID   string  `gorm:"column:decided_id"`
	DecidedName string  `gorm:"column:decided_name"`
	DecidedAt   *micros `gorm:"column:decided_at"`
	EndedID     string  `gorm:"column:ended_id"`
	EndedName   string  `gorm:"column:ended_name"`
	EndedAt     *micros `gorm:"column:ended_at"`
}

func (rotaChangeRow) TableName() string { return "rota_changes" }

const rotaChangeColumns = `id, op_key, kind, district, from_at, to_at, leaves, comes, note, state, touched_at,
asked_id, asked_name, asked_at, decided_id, decided_name, decided_at, ended_id, ended_name, ended_at`

func (s Rota) row(c rota.Change) (rotaChangeRow, error) {
	note, err := s.db.seal(c.Note, "rota:"+c.ID)
	if err != nil {
		return rotaChangeRow{}, fmt.Errorf("seal the note: %w", err)
	}
	touched := c.Asked.At
	for _, act := range []rota.Act{c.Decided, c.Ended} {
		if act.At.After(touched) {
			touched = act.At
		}
	}
	return rotaChangeRow{
		ID: c.ID, OpKey: c.Key, Kind: string(c.Kind), District: c.District, FromAt: toMicros(c.From), ToAt: toMicros(c.To), Leaves: c.Out, Comes: c.In,
		Note: note, State: string(c.State), TouchedAt: toMicros(touched), AskedID: c.Asked.StaffID, AskedName: c.Asked.Name, AskedAt: toMicros(c.Asked.At),
		DecidedID: c.Decided.StaffID, DecidedName: c.Decided.Name, DecidedAt: microsOrNil(c.Decided.At),
		EndedID: c.Ended.StaffID, EndedName: c.Ended.Name, EndedAt: microsOrNil(c.Ended.At),
	}, nil
}

func (s Rota) changes(ctx context.Context, where string, args ...any) ([]rota.Change, error) {
	var rows []rotaChangeRow
	if err := s.db.read(ctx).Raw("SELECT "+rotaChangeColumns+" FROM rota_changes "+where, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]rota.Change, 0, len(rows))
	for _, r := range rows {
		note, err := s.db.text(ctx, cell{"rota_changes", r.ID, "rota:" + r.ID}, r.Note)
		if err != nil {
			return nil, err
		}
		out = append(out, rota.Change{
			ID: r.ID, Key: r.OpKey, Kind: rota.ChangeKind(r.Kind), District: r.District, From: r.FromAt.Time(), To: r.ToAt.Time(), Out: r.Leaves, In: r.Comes,
			Note: note, State: rota.ChangeState(r.State), Asked: rota.Act{StaffID: r.AskedID, Name: r.AskedName, At: r.AskedAt.Time()},
			Decided: rota.Act{StaffID: r.DecidedID, Name: r.DecidedName, At: timeOrZero(r.DecidedAt)},
			Ended:   rota.Act{StaffID: r.EndedID, Name: r.EndedName, At: timeOrZero(r.EndedAt)},
		})
	}
	return out, nil
}

// AddChange implements rota.Store.
func (s Rota) AddChange(ctx context.Context, c rota.Change) (rota.Change, bool, error) {
	row, err := s.row(c)
	if err != nil {
		return rota.Change{}, false, err
	}
	res := s.db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if res.Error != nil || res.RowsAffected > 0 {
		return c, true, res.Error
	}
	kept, err := s.changes(ctx, "WHERE op_key = ?", c.Key)
	if err != nil || len(kept) == 0 {
		return rota.Change{}, false, orMissing(err, rota.ErrNotFound)
	}
	return kept[0], false, nil
}

// Change implements rota.Store.
func (s Rota) Change(ctx context.Context, id string) (rota.Change, error) {
	cs, err := s.changes(ctx, "WHERE id = ?", id)
	if err != nil || len(cs) == 0 {
		return rota.Change{}, orMissing(err, rota.ErrNotFound)
	}
	return cs[0], nil
}

// MoveChange implements rota.Store.
func (s Rota) MoveChange(ctx context.Context, c rota.Change, from rota.ChangeState) error {
	row, err := s.row(c)
	if err != nil {
		return err
	}
	res := s.db.write(ctx).Exec(`UPDATE rota_changes SET state = ?, comes = ?, touched_at = ?, decided_id = ?, decided_name = ?, decided_at = ?,
ended_id = ?, ended_name = ?, ended_at = ? WHERE id = ? AND state = ?`,
		row.State, row.Comes, row.TouchedAt, row.DecidedID, row.DecidedName, row.DecidedAt, row.EndedID, row.EndedName, row.EndedAt, row.ID, string(from))
	if res.Error == nil && res.RowsAffected == 0 {
		return rota.ErrMoved
	}
	return res.Error
}

// History implements rota.Store. It reads along the index rota_changes_touched.
func (s Rota) History(ctx context.Context, n int) ([]rota.Change, error) {
	return s.changes(ctx, "ORDER BY touched_at DESC, id DESC LIMIT ?", n)
}

// Saved implements rota.Source. It finds the changes along the index rota_changes_to; there are as many as lie ahead.
func (s Rota) Saved(ctx context.Context, since time.Time) (rota.Saved, error) {
	var (
		out rota.Saved
		err error
	)
	out.Changes, err = s.changes(ctx, "WHERE to_at > ? AND state IN (?, ?) ORDER BY id", toMicros(since), string(rota.Asked), string(rota.Agreed))
	if err != nil {
		return rota.Saved{}, fmt.Errorf("read the changes to the rota: %w", err)
	}
	rows, err := s.plans(ctx, "version, op_key, body, staff_id, staff_name, at", 1)
	if err != nil {
		return rota.Saved{}, fmt.Errorf("read the rota: %w", err)
	}
	if len(rows) == 0 {
		return out, nil
	}
	body, err := s.db.open(ctx, rows[0].Body, planAAD(rows[0].Version))
	if err != nil {
		return rota.Saved{}, fmt.Errorf("open the rota: %w", err)
	}
	p := rows[0].plan()
	if err := json.Unmarshal([]byte(body), &p.Plan); err != nil {
		return rota.Saved{}, fmt.Errorf("decode the rota: %w", err)
	}
	out.Base = &p
	return out, nil
}

type rotaPlanRow struct {
	Version   int    `gorm:"column:version;primaryKey;autoIncrement:false"`
	OpKey     string `gorm:"column:op_key"`
	Body      []byte `gorm:"column:body"`
	StaffID   string `gorm:"column:staff_id"`
	StaffName string `gorm:"column:staff_name"`
	At        micros `gorm:"column:at"`
}

func (rotaPlanRow) TableName() string { return "rota_plans" }

func (r rotaPlanRow) plan() rota.SavedPlan {
	return rota.SavedPlan{Version: r.Version, Key: r.OpKey, By: rota.Act{StaffID: r.StaffID, Name: r.StaffName, At: r.At.Time()}}
}

func planAAD(version int) string { return fmt.Sprintf("rota-plan:%d", version) }

func (s Rota) plans(ctx context.Context, columns string, n int) (rows []rotaPlanRow, err error) {
	err = s.db.read(ctx).Raw("SELECT "+columns+" FROM rota_plans ORDER BY version DESC LIMIT ?", n).Scan(&rows).Error
	return rows, err
}

// Plans implements rota.Store.
func (s Rota) Plans(ctx context.Context, n int) ([]rota.SavedPlan, error) {
	rows, err := s.plans(ctx, "version, op_key, staff_id, staff_name, at", n)
	out := make([]rota.SavedPlan, len(rows))
	for i, r := range rows {
		out[i] = r.plan()
	}
	return out, err
}

// SavePlan implements rota.Store.
func (s Rota) SavePlan(ctx context.Context, p rota.SavedPlan) error {
	var same []int
	if err := s.db.read(ctx).Raw("SELECT version FROM rota_plans WHERE op_key = ?", p.Key).Scan(&same).Error; err != nil {
		return err
	}
	if len(same) > 0 { // a double click
		return nil
	}
	raw, err := json.Marshal(p.Plan)
	if err != nil {
		return fmt.Errorf("encode the rota: %w", err)
	}
	body, err := s.db.seal(string(raw), planAAD(p.Version))
	if err != nil {
		return fmt.Errorf("seal the rota: %w", err)
	}
	err = s.db.write(ctx).Create(&rotaPlanRow{
		Version: p.Version, OpKey: p.Key, Body: body, StaffID: p.By.StaffID, StaffName: p.By.Name, At: toMicros(p.By.At),
	}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return rota.ErrConflict
	}
	return err
}
