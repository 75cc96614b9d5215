package store

import (
	"context"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

type mentionRow struct {
	ID      string  `gorm:"column:id;primaryKey"`
	CaseID  string  `gorm:"column:case_id"`
	StaffID string  `gorm:"column:staff_id"`
	ByName  string  `gorm:"column:by_name"`
	OpKey   string  `gorm:"column:op_key"`
	At      micros  `gorm:"column:at"`
	ReadAt  *micros `gorm:"column:read_at"`
}

func (mentionRow) TableName() string { return "case_mentions" }

// AddMention implements casework.MentionStore.
func (s Cases) AddMention(ctx context.Context, staffID string, m casework.Mention) error {
	_, err := s.insertOnce(ctx, &mentionRow{ID: s.db.newID(), CaseID: m.Case, StaffID: staffID, ByName: m.By, OpKey: m.Key, At: toMicros(m.At)})
	return err
}

// Mentions implements casework.MentionStore. It walks case_mentions_staff (staff_id, read_at, at) backwards.
func (s Cases) Mentions(ctx context.Context, staffID string, n int) ([]casework.Mention, error) {
	var rows []struct {
		CaseID, ByName, OpKey, Alias, Level, Step string
		Number                                    int
		Note                                      []byte
		At                                        micros
	}
	err := s.db.read(ctx).Raw(`SELECT m.case_id, m.by_name, m.op_key, m.at, c.number, c.level,
COALESCE((SELECT persons.alias FROM persons WHERE persons.id = c.person_id), '') AS alias, COALESCE(st.id, '') AS step, st.note
FROM case_mentions m JOIN cases c ON c.id = m.case_id LEFT JOIN case_steps st ON st.op_key = m.op_key
WHERE m.staff_id = ? AND m.read_at IS NULL ORDER BY m.at DESC LIMIT ?`, staffID, n).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	bodies := make([][]byte, len(rows))
	for i, r := range rows {
		bodies[i] = r.Note
	}
	if err := keysFor(ctx, s.db, bodies, func(b []byte) []byte { return b }); err != nil {
		return nil, err
	}
	ms := make([]casework.Mention, 0, len(rows))
	for _, r := range rows {
		m := casework.Mention{Case: r.CaseID, Number: r.Number, Alias: r.Alias, Level: risk.Level(r.Level), By: r.ByName, Key: r.OpKey, At: r.At.Time()}
		if r.Step != "" {
			if m.Note, err = s.db.text(ctx, cell{"case_steps", r.Step, "step:" + r.Step}, r.Note); err != nil {
				return nil, err
			}
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// CountMentions implements casework.MentionStore.
func (s Cases) CountMentions(ctx context.Context, staffID string) (n int, err error) {
	err = s.db.read(ctx).Raw("SELECT COUNT(*) FROM case_mentions WHERE staff_id = ? AND read_at IS NULL", staffID).Scan(&n).Error
	return n, err
}

// ReadMentions implements casework.MentionStore. Most openings have nothing to read: they write nothing.
func (s Cases) ReadMentions(ctx context.Context, caseID, staffID string, at time.Time) (int, error) {
	var n int
	if err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM case_mentions WHERE case_id = ? AND staff_id = ? AND read_at IS NULL", caseID, staffID).Scan(&n).Error; err != nil || n == 0 {
		return 0, err
	}
	res := s.db.write(ctx).Exec("UPDATE case_mentions SET read_at = ? WHERE case_id = ? AND staff_id = ? AND read_at IS NULL", toMicros(at), caseID, staffID)
	return int(res.RowsAffected), res.Error
}
