package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

type askedRow struct {
	ID         string  `gorm:"column:id;primaryKey"`
	OpKey      string  `gorm:"column:op_key"`
	PersonID   string  `gorm:"column:person_id"`
	Subject    string  `gorm:"column:subject"`
	Category   string  `gorm:"column:category"`
	Score      float64 `gorm:"column:score"`
	Reason     []byte  `gorm:"column:reason"`
	Message    string  `gorm:"column:message"`
	At         micros  `gorm:"column:at"`
	Outcome    string  `gorm:"column:outcome"`
	Answer     string  `gorm:"column:answer"`
	AnsweredAt *micros `gorm:"column:answered_at"`
	CaseID     string  `gorm:"column:case_id"`
	Alias      string  `gorm:"column:alias;->"`   // of persons
	Channel    string  `gorm:"column:channel;->"` // of persons
}

func (askedRow) TableName() string { return "asked_talks" }

const askedQuery = `SELECT asked_talks.id, asked_talks.op_key, asked_talks.person_id, asked_talks.subject, asked_talks.category,
asked_talks.score, asked_talks.reason, asked_talks.message, asked_talks.at, asked_talks.outcome, asked_talks.answer,
asked_talks.answered_at, asked_talks.case_id, COALESCE(persons.alias, '') AS alias, COALESCE(persons.channel, '') AS channel
FROM asked_talks LEFT JOIN persons ON persons.id = asked_talks.person_id `

// AddAsked implements casework.Store.
func (s Cases) AddAsked(ctx context.Context, a casework.Asked) (bool, error) {
	reason, err := s.db.sealFor(ctx, a.Person, a.Reason, "asked:"+a.ID)
	if err != nil {
		return false, fmt.Errorf("seal the reason: %w", err)
	}
	return s.insertOnce(ctx, &askedRow{
		ID: a.ID, OpKey: a.Key, PersonID: a.Person, Subject: string(a.Subject), Category: a.Category, Score: a.Score, Reason: reason,
		Message: a.Message, At: toMicros(a.At), Outcome: string(a.Outcome), Answer: a.Answer, AnsweredAt: microsOrNil(a.AnsweredAt), CaseID: a.Case,
	})
}

// EndAsked implements casework.Store. The derived table is there for MySQL, which refuses to update what it selects from.
func (s Cases) EndAsked(ctx context.Context, personID string, a casework.AskedAnswer) (found bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		tx, at := s.db.write(ctx), toMicros(a.At)
		res := tx.Exec(`UPDATE asked_talks SET outcome = ?, answer = ?, answered_at = ?, case_id = CASE WHEN ? = '' THEN case_id ELSE ? END
WHERE id = (SELECT id FROM (SELECT MAX(id) AS id FROM asked_talks WHERE person_id = ? AND outcome = ? AND (? = '' OR op_key = ?)) AS latest)`,
			string(a.Outcome), a.Message, at, a.Case, a.Case, personID, string(casework.AskedWaiting), a.Key, a.Key)
		if found = res.RowsAffected == 1; res.Error != nil || !found || a.Key != "" {
			return res.Error
		}
		return tx.Exec("UPDATE asked_talks SET outcome = ?, answered_at = ? WHERE person_id = ? AND outcome = ?",
			string(casework.AskedLeft), at, personID, string(casework.AskedWaiting)).Error
	})
	return found, err
}

// LinkAsked implements casework.Store.
func (s Cases) LinkAsked(ctx context.Context, idOrKey, caseID string) error {
	return s.db.write(ctx).Exec("UPDATE asked_talks SET case_id = ? WHERE (id = ? OR op_key = ?) AND case_id = ''", caseID, idOrKey, idOrKey).Error
}

// GetAsked implements casework.Store.
func (s Cases) GetAsked(ctx context.Context, id string) (casework.Asked, error) {
	reached, of := peopleInReach(ctx, reach.Cases, "asked_talks.person_id")
	as, err := s.asked(ctx, "WHERE asked_talks.id = ? AND "+reached, append([]any{id}, of...)...)
	if err != nil || len(as) == 0 {
		return casework.Asked{}, orMissing(err, casework.ErrNoAsked)
	}
	return as[0], nil
}

// WaitingAsked implements casework.Store.
func (s Cases) WaitingAsked(ctx context.Context, personID string) (casework.Asked, error) {
	as, err := s.asked(ctx, "WHERE asked_talks.person_id = ? AND asked_talks.outcome = ? ORDER BY asked_talks.id DESC LIMIT 1", personID, string(casework.AskedWaiting))
	if err != nil || len(as) == 0 {
		return casework.Asked{}, orMissing(err, casework.ErrNoAsked)
	}
	return as[0], nil
}

// ListAsked implements casework.Store. IDs are in the order of time, so the last ID of a page is its cursor.
func (s Cases) ListAsked(ctx context.Context, f casework.Filter) ([]casework.Asked, string, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 200)
	reached, args := peopleInReach(ctx, reach.Cases, "asked_talks.person_id")
	where := "WHERE " + reached + " "
	if f.Cursor != "" {
		if uuid.Validate(f.Cursor) != nil {
			return nil, "", casework.ErrCursor
		}
		where, args = where+"AND asked_talks.id < ? ", append(args, f.Cursor)
	}
	as, err := s.asked(ctx, where+"ORDER BY asked_talks.id DESC LIMIT ?", append(args, limit+1)...)
	if err != nil || len(as) <= limit {
		return as, "", err
	}
	return as[:limit], as[limit-1].ID, nil
}

// CountAsked implements casework.Store. It counts in the indexes asked_talks_at and asked_talks_outcome, and no further than
// the queue does.
func (s Cases) CountAsked(ctx context.Context, since time.Time) (n casework.AskedCounts, err error) {
	reached, of := peopleInReach(ctx, reach.Cases, "asked_talks.person_id")
	args := append(append([]any{toMicros(since)}, of...), casework.QueueMost, string(casework.AskedWaiting))
	err = s.db.read(ctx).Raw(`SELECT (SELECT COUNT(*) FROM (SELECT 1 AS one FROM asked_talks WHERE at >= ? AND `+reached+` LIMIT ?) lately) AS since,
(SELECT COUNT(*) FROM (SELECT 1 AS one FROM asked_talks WHERE outcome = ? AND `+reached+` LIMIT ?) waiting) AS waiting`,
		append(append(args, of...), casework.QueueMost)...).Scan(&n).Error
	return n, err
}

func (s Cases) asked(ctx context.Context, where string, args ...any) ([]casework.Asked, error) {
	var rows []askedRow
	if err := s.db.read(ctx).Raw(askedQuery+where, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	if err := keysFor(ctx, s.db, rows, func(r askedRow) []byte { return r.Reason }); err != nil {
		return nil, err
	}
	out := make([]casework.Asked, 0, len(rows))
	for _, r := range rows {
		reason, err := s.db.text(ctx, cell{"asked_talks", r.ID, "asked:" + r.ID}, r.Reason)
		if err != nil {
			return nil, err
		}
		out = append(out, casework.Asked{
			ID: r.ID, Key: r.OpKey, Person: r.PersonID, Alias: r.Alias, Channel: r.Channel, Subject: risk.Subject(r.Subject), Category: r.Category,
			Score: r.Score, Reason: reason, Message: r.Message, At: r.At.Time(), Outcome: casework.AskedOutcome(r.Outcome), Answer: r.Answer,
			AnsweredAt: timeOrZero(r.AnsweredAt), Case: r.CaseID,
		})
	}
	return out, nil
}
