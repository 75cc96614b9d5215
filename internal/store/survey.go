package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
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
	SharedAt micros `gorm:"column:shared_at"`
}

func (resultRow) TableName() string { return "results" }

const resultColumns = "id, person_id, survey, op_key, token, body, at, shared_at"

// Save implements survey.Store.
func (s Results) Save(ctx context.Context, r survey.Result) (saved survey.Result, err error) {
	body, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("save a result: %w", err)
	}
	sealed, err := s.db.sealFor(ctx, r.Person, string(body), "result:"+r.ID)
	if err != nil {
		return r, fmt.Errorf("save a result: %w", err)
	}
	row := resultRow{r.ID, r.Person, r.Survey, r.Key, s.db.sealer.Digest("result", r.Token), sealed, toMicros(r.At), toMicros(r.Shared)}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		saved = r
		err := s.db.write(ctx).Create(&row).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			saved, err = s.one(ctx, "op_key = ?", r.Key)
			return err
		}
		if err != nil {
			return err
		}
		if err := s.count(ctx, r); err != nil {
			return err
		}
		return s.db.write(ctx).Exec("DELETE FROM survey_drafts WHERE person_id = ?", r.Person).Error
	})
	if err != nil {
		return r, fmt.Errorf("save a result: %w", err)
	}
	return saved, nil
}

// count adds a person to the numbers of the month, with the first result on a scale.
func (s Results) count(ctx context.Context, r survey.Result) error {
	month := survey.Month(r.At)
	began, err := time.ParseInLocation("2006-01", month, citytime.Zone)
	if err != nil {
		return err
	}
	var before int64
	err = s.db.read(ctx).Table("results").Where("person_id = ? AND survey = ? AND at >= ? AND id <> ?", r.Person, r.Survey, toMicros(began), r.ID).Count(&before).Error
	if err != nil || before > 0 {
		return err
	}
	query := "INSERT INTO survey_counts (survey, month, audience, band, people) VALUES (?, ?, ?, ?, 1) ON CONFLICT (survey, month, audience, band) DO UPDATE SET people = people + 1"
	if s.db.mysql() {
		query = "INSERT INTO survey_counts (survey, month, audience, band, people) VALUES (?, ?, ?, ?, 1) ON DUPLICATE KEY UPDATE people = people + 1"
	}
	if err := s.db.write(ctx).Exec(query, r.Survey, month, r.Audience, r.View.Band.ID).Error; err != nil {
		return err
	}
	return s.countItems(ctx, r, month)
}

// countItems adds a person's answers to the questions of a quiz.
func (s Results) countItems(ctx context.Context, r survey.Result, month string) error {
	query := "INSERT INTO survey_items (survey, month, audience, item, answered, correct) VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (survey, month, audience, item) DO UPDATE SET answered = answered + 1, correct = correct + excluded.correct"
	if s.db.mysql() {
		query = "INSERT INTO survey_items (survey, month, audience, item, answered, correct) VALUES (?, ?, ?, ?, 1, ?) ON DUPLICATE KEY UPDATE answered = answered + 1, correct = correct + VALUES(correct)"
	}
	for _, m := range r.Marks {
		correct := 0
		if m.Right {
			correct = 1
		}
		if err := s.db.write(ctx).Exec(query, r.Survey, month, r.Audience, m.Item, correct).Error; err != nil {
			return err
		}
	}
	return nil
}

// ItemCounts implements survey.Store.
func (s Results) ItemCounts(ctx context.Context, before string) ([]survey.ItemCount, error) {
	var counts []survey.ItemCount
	err := s.db.read(ctx).Table("survey_items").Select("survey, month, audience, item, answered, correct").Where("month < ?", before).Find(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("read the answers to quizzes: %w", err)
	}
	return counts, nil
}

// Counts implements survey.Store.
func (s Results) Counts(ctx context.Context, before string) ([]survey.Count, error) {
	var counts []survey.Count
	err := s.db.read(ctx).Table("survey_counts").Select("survey, month, audience, band, people").Where("month < ?", before).Find(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("read the numbers of self-checks: %w", err)
	}
	return counts, nil
}

// ByToken implements survey.Store.
func (s Results) ByToken(ctx context.Context, token string) (survey.Result, error) {
	return s.one(ctx, "token = ?", s.db.sealer.Digest("result", token))
}

// Get implements survey.Store.
func (s Results) Get(ctx context.Context, personID, id string) (survey.Result, error) {
	return s.one(ctx, "person_id = ? AND id = ?", personID, id)
}

// Of implements survey.Store.
func (s Results) Of(ctx context.Context, personID, scale string, n int) ([]survey.Result, error) {
	return s.list(ctx, n, "person_id = ? AND survey = ?", personID, scale)
}

// All implements survey.Store.
func (s Results) All(ctx context.Context, personID string, n int) ([]survey.Result, error) {
	return s.list(ctx, n, "person_id = ?", personID)
}

// SharedBy implements survey.Store.
func (s Results) SharedBy(ctx context.Context, personID string) ([]survey.Result, error) {
	const most = 20
	return s.list(ctx, most, "person_id = ? AND shared_at > 0", personID)
}

// Share implements survey.Store.
func (s Results) Share(ctx context.Context, personID, id string, at time.Time) error {
	if _, err := s.Get(ctx, personID, id); err != nil {
		return err
	}
	if err := s.db.write(ctx).Exec("UPDATE results SET shared_at = ? WHERE person_id = ? AND id = ?", toMicros(at), personID, id).Error; err != nil {
		return fmt.Errorf("share a result: %w", err)
	}
	return nil
}

func (s Results) one(ctx context.Context, where string, args ...any) (survey.Result, error) {
	rs, err := s.list(ctx, 1, where, args...)
	if err != nil {
		return survey.Result{}, err
	}
	if len(rs) == 0 {
		return survey.Result{}, survey.ErrNotFound
	}
	return rs[0], nil
}

// list walks results_person backwards, or finds one row by a unique key.
func (s Results) list(ctx context.Context, n int, where string, args ...any) ([]survey.Result, error) {
	var rows []resultRow
	if err := s.db.read(ctx).Select(resultColumns).Where(where, args...).Order("at DESC, id DESC").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	out := make([]survey.Result, len(rows))
	for i, row := range rows {
		r := &out[i]
		readable, err := s.db.body(ctx, cell{"results", row.ID, "result:" + row.ID}, row.Body, r)
		if err != nil {
			return nil, err
		}
		if !readable {
			*r = survey.Result{View: survey.View{Title: Unreadable}}
		}
		r.ID, r.Person, r.Survey, r.Key, r.At, r.Shared = row.ID, row.PersonID, row.Survey, row.OpKey, row.At.Time(), row.SharedAt.Time()
	}
	return out, nil
}

type draftRow struct {
	PersonID string `gorm:"column:person_id;primaryKey"`
	Body     []byte `gorm:"column:body"`
	At       micros `gorm:"column:at"`
}

func (draftRow) TableName() string { return "survey_drafts" }

// KeepDraft implements survey.Store. A draft that cannot be read is not written over.
func (s Results) KeepDraft(ctx context.Context, personID string, d survey.Draft) error {
	at := cell{"survey_drafts", personID, "draft:" + personID}
	switch err := s.db.guard(ctx, at, "SELECT body FROM survey_drafts WHERE person_id = ?", personID); {
	case errors.Is(err, ErrUnreadable):
		return nil
	case err != nil:
		return fmt.Errorf("keep a draft: %w", err)
	}
	sealed, err := s.db.sealFor(ctx, personID, d.Run.String(), "draft:"+personID)
	if err == nil {
		err = s.db.write(ctx).Save(&draftRow{personID, sealed, toMicros(d.At)}).Error
	}
	if err != nil {
		return fmt.Errorf("keep a draft: %w", err)
	}
	return nil
}

// Draft implements survey.Store.
func (s Results) Draft(ctx context.Context, personID string) (survey.Draft, error) {
	var rows []draftRow
	if err := s.db.read(ctx).Select("person_id, body, at").Where("person_id = ?", personID).Limit(1).Find(&rows).Error; err != nil {
		return survey.Draft{}, fmt.Errorf("read a draft: %w", err)
	}
	if len(rows) == 0 {
		return survey.Draft{}, survey.ErrNotFound
	}
	d := survey.Draft{At: rows[0].At.Time()}
	readable, err := s.db.body(ctx, cell{"survey_drafts", personID, "draft:" + personID}, rows[0].Body, &d.Run)
	if err == nil && !readable {
		err = survey.ErrNotFound
	}
	return d, err
}
