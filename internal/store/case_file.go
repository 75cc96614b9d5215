package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

type signalRow struct {
	ID      string  `gorm:"column:id;primaryKey"`
	CaseID  string  `gorm:"column:case_id"`
	OpKey   string  `gorm:"column:op_key"`
	Level   string  `gorm:"column:level"`
	Subject string  `gorm:"column:subject"`
	Rule    string  `gorm:"column:rule_id"`
	Topic   string  `gorm:"column:category"`
	Score   float64 `gorm:"column:score"`
	Reason  []byte  `gorm:"column:reason"`
	Message string  `gorm:"column:message"`
	At      micros  `gorm:"column:at"`
	Person  string  `gorm:"column:person_id;->"` // of the case
}

func (signalRow) TableName() string { return "case_signals" }

type stepRow struct {
	ID     string  `gorm:"column:id;primaryKey"`
	CaseID string  `gorm:"column:case_id"`
	Kind   string  `gorm:"column:kind"`
	Staff  string  `gorm:"column:staff"`
	By     string  `gorm:"column:staff_id"`
	Note   []byte  `gorm:"column:note"`
	Code   string  `gorm:"column:code"`
	Level  string  `gorm:"column:level"`
	Ref    string  `gorm:"column:ref"`
	OpKey  *string `gorm:"column:op_key"` // nil where no form stands behind it
	At     micros  `gorm:"column:at"`
}

func (stepRow) TableName() string { return "case_steps" }

type caseMessageRow struct {
	MessageID string `gorm:"column:message_id;primaryKey"`
	CaseID    string `gorm:"column:case_id"`
	OpKey     string `gorm:"column:op_key"`
	At        micros `gorm:"column:at"`
}

func (caseMessageRow) TableName() string { return "case_messages" }

// insertOnce inserts a row and reports false where a unique key was known already.
func (s Cases) insertOnce(ctx context.Context, row any) (bool, error) {
	res := s.db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(row)
	return res.RowsAffected == 1, res.Error
}

// AddSignal implements casework.Store.
func (s Cases) AddSignal(ctx context.Context, caseID string, sig casework.Signal) (bool, error) {
	reason, err := s.db.sealUnder(ctx, "cases", caseID, sig.Reason, "signal:"+sig.ID)
	if err != nil {
		return false, fmt.Errorf("seal the reason: %w", err)
	}
	res, err := s.db.exec(ctx, "INSERT INTO case_signals (id, case_id, op_key, level, subject, rule_id, category, score, reason, message, at) VALUES (?,?,?,?,?,?,?,?,?,?,?)"+s.db.keep("id"),
		sig.ID, caseID, sig.Key, string(sig.Level), string(sig.Subject), sig.Rule, sig.Category, sig.Score, reason, sig.Message, int64(toMicros(sig.At)))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// AddStep implements casework.Store.
func (s Cases) AddStep(ctx context.Context, caseID string, st casework.Step) error {
	id := s.db.newID()
	var key any // NULL where no form stands behind it
	if st.Key != "" {
		key = st.Key
	}
	note, err := s.db.sealUnder(ctx, "cases", caseID, st.Note, "step:"+id)
	if err != nil {
		return fmt.Errorf("seal a note: %w", err)
	}
	_, err = s.db.exec(ctx, "INSERT INTO case_steps (id, case_id, kind, staff, staff_id, note, code, level, ref, op_key, at) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
		id, caseID, string(st.Kind), st.Staff, st.By, note, st.Code, string(st.Level), st.Ref, key, int64(toMicros(st.At)))
	return err
}

// AddMessage implements casework.Store.
func (s Cases) AddMessage(ctx context.Context, caseID, messageID, key string, at time.Time) (bool, error) {
	return s.insertOnce(ctx, &caseMessageRow{MessageID: messageID, CaseID: caseID, OpKey: key, At: toMicros(at)})
}

// Signals implements casework.Store: the oldest first.
func (s Cases) Signals(ctx context.Context, caseID string) ([]casework.Signal, error) {
	var rows []signalRow
	err := s.db.read(ctx).Table("case_signals").
		Select(`case_signals.id, case_signals.case_id, case_signals.op_key, case_signals.level, case_signals.subject,
case_signals.rule_id, case_signals.category, case_signals.score, case_signals.reason, case_signals.message, case_signals.at, cases.person_id`).
		Joins("JOIN cases ON cases.id = case_signals.case_id").
		Where("case_signals.case_id = ?", caseID).Order("case_signals.at, case_signals.id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	sigs := make([]casework.Signal, 0, len(rows))
	for _, r := range rows {
		reason, err := s.db.text(ctx, cell{"case_signals", r.ID, "signal:" + r.ID}, r.Reason)
		if err != nil {
			return nil, err
		}
		sigs = append(sigs, casework.Signal{
			ID: r.ID, Person: r.Person, Level: risk.Level(r.Level), Subject: risk.Subject(r.Subject), Rule: r.Rule, Category: r.Topic, Score: r.Score,
			Reason: reason, Message: r.Message, Key: r.OpKey, At: r.At.Time(),
		})
	}
	return sigs, nil
}

// Steps implements casework.Store: the oldest first.
func (s Cases) Steps(ctx context.Context, caseID string) ([]casework.Step, error) {
	var rows []stepRow
	err := s.db.read(ctx).Select("id", "case_id", "kind", "staff", "staff_id", "note", "code", "level", "ref", "op_key", "at").
		Where("case_id = ?", caseID).Order("at, id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	steps := make([]casework.Step, 0, len(rows))
	for _, r := range rows {
		note, err := s.db.text(ctx, cell{"case_steps", r.ID, "step:" + r.ID}, r.Note)
		if err != nil {
			return nil, err
		}
		st := casework.Step{
			Kind: casework.StepKind(r.Kind), Staff: r.Staff, By: r.By, Note: note, Code: r.Code, Level: risk.Level(r.Level), Ref: r.Ref, At: r.At.Time(),
		}
		if r.OpKey != nil {
			st.Key = *r.OpKey
		}
		steps = append(steps, st)
	}
	return steps, nil
}

// Deliveries implements casework.Store: it reads where the outbox rows of the messages stand.
func (s Cases) Deliveries(ctx context.Context, messageIDs []string) (map[string]casework.Delivery, error) {
	out := map[string]casework.Delivery{}
	if len(messageIDs) == 0 {
		return out, nil
	}
	byKey := make(map[string]string, len(messageIDs))
	keys := make([]string, 0, len(messageIDs))
	for _, id := range messageIDs {
		k := casework.DeliveryKey(id)
		byKey[k] = id
		keys = append(keys, k)
	}
	var rows []struct {
		OpKey string
		State string
	}
	if err := s.db.read(ctx).Table("outbox").Select("op_key, state").Where("op_key IN ?", keys).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[byKey[r.OpKey]] = delivery(r.State)
	}
	return out, nil
}

// delivery translates an outbox state into what the desk shows.
func delivery(state string) casework.Delivery {
	switch state {
	case "done":
		return casework.DeliveryDone
	case "parked":
		return casework.DeliveryWaiting
	case "buried":
		return casework.DeliveryFailed
	}
	return casework.DeliverySending
}
