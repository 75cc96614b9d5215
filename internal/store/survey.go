package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// Results keeps finished self-checks.
type Results struct{ db *DB }

// Results returns the view of self-checks.
func (db *DB) Results() Results { return Results{db} }

var _ survey.Store = Results{}

type resultRow struct {
	ID       string `gorm:"column:id;primaryKey"`
	PersonID string `gorm:"column:person_id"`
	Survey   string `gorm:"column:survey"`
	OpKey    string `gorm:"column:op_key"`
	Token    string `gorm:"column:token"`
	Body     []byte `gorm:"column:body"`
	At       micros `gorm:"column:at"`
}

func (resultRow) TableName() string { return "results" }

// Save implements survey.Store.
func (s Results) Save(ctx context.Context, r survey.Result) (survey.Result, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("save a result: %w", err)
	}
	sealed, err := s.db.seal(string(body), "result:"+r.ID)
	if err != nil {
		return r, fmt.Errorf("save a result: %w", err)
	}
	row := resultRow{r.ID, r.Person, r.Survey, r.Key, s.db.sealer.Digest("result", r.Token), sealed, toMicros(r.At)}
	err = s.db.write(ctx).Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return s.one(ctx, "op_key = ?", r.Key)
	}
	if err != nil {
		return r, fmt.Errorf("save a result: %w", err)
	}
	return r, nil
}

// ByToken implements survey.Store.
func (s Results) ByToken(ctx context.Context, token string) (survey.Result, error) {
	return s.one(ctx, "token = ?", s.db.sealer.Digest("result", token))
}

func (s Results) one(ctx context.Context, where, arg string) (survey.Result, error) {
	var rows []resultRow
	if err := s.db.read(ctx).Select("id, person_id, survey, op_key, token, body, at").Where(where, arg).Limit(1).Find(&rows).Error; err != nil {
		return survey.Result{}, fmt.Errorf("read a result: %w", err)
	}
	if len(rows) == 0 {
		return survey.Result{}, survey.ErrNotFound
	}
	row := rows[0]
	body, err := s.db.open(row.Body, "result:"+row.ID)
	if err != nil {
		return survey.Result{}, fmt.Errorf("open a result: %w", err)
	}
	var r survey.Result
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return survey.Result{}, fmt.Errorf("read a result: %w", err)
	}
	r.ID, r.Person, r.Survey, r.Key, r.At = row.ID, row.PersonID, row.Survey, row.OpKey, row.At.Time()
	return r, nil
}
