package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

type keptRow struct {
	PersonID  string `gorm:"column:person_id;primaryKey"`
	Body      []byte `gorm:"column:body"` // sealed JSON: name to value
	ChangedAt micros `gorm:"column:changed_at"`
}

func (keptRow) TableName() string { return "person_vars" }

func keptCell(personID string) cell { return cell{"person_vars", personID, "vars:" + personID} }

// Kept implements person.Directory.
func (s People) Kept(ctx context.Context, id string) (map[string]any, error) {
	r, err := s.kept(ctx, id)
	if err != nil || r.PersonID == "" {
		return nil, err
	}
	var vars map[string]any
	_, err = s.db.body(ctx, keptCell(id), r.Body, &vars)
	return vars, err
}

func (s People) kept(ctx context.Context, id string) (keptRow, error) {
	var rows []keptRow
	if err := s.db.read(ctx).Where("person_id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return keptRow{}, fmt.Errorf("find what is kept of person %s: %w", id, err)
	}
	if len(rows) == 0 {
		return keptRow{}, nil
	}
	return rows[0], nil
}

// Keep implements person.Directory. What is kept and cannot be read just now is not written over: it is chosen again then.
func (s People) Keep(ctx context.Context, id string, vars map[string]any) error {
	raw, err := json.Marshal(vars)
	if err != nil {
		return fmt.Errorf("write what is kept of person %s: %w", id, err)
	}
	switch err := s.db.guard(ctx, keptCell(id), "SELECT body FROM person_vars WHERE person_id = ?", id); {
	case errors.Is(err, ErrUnreadable):
		return nil
	case err != nil:
		return err
	}
	sealed, err := s.db.sealFor(ctx, id, string(raw), keptCell(id).aad)
	if err != nil {
		return err
	}
	r := keptRow{PersonID: id, Body: sealed, ChangedAt: toMicros(s.db.now())}
	if err := s.db.write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "person_id"}}, UpdateAll: true}).Create(&r).Error; err != nil {
		return fmt.Errorf("keep what person %s chose: %w", id, err)
	}
	return nil
}

// kept is what is remembered of choices, as the person reads it.
func (s Rights) kept(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "记住的选择"}
	r, err := s.db.People().kept(ctx, personID)
	if err != nil || r.PersonID == "" {
		return sec, err
	}
	vars, err := s.db.People().Kept(ctx, personID)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		sec.Entries = append(sec.Entries, rights.Entry{At: r.ChangedAt.Time(), What: name, Ref: name, Details: []rights.Detail{{Name: "内容", Value: fmt.Sprint(vars[name])}}})
	}
	return sec, err
}
