package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Cases keeps the files of casework. Reasons and notes say something of a person and are sealed.
type Cases struct{ db *DB }

// Cases returns the view of casework.
func (db *DB) Cases() Cases { return Cases{db} }

var _ casework.Store = Cases{}

type caseRow struct {
	ID             string  `gorm:"column:id;primaryKey"`
	PersonID       string  `gorm:"column:person_id"`
	OpenPerson     *string `gorm:"column:open_person"`
	Level          string  `gorm:"column:level"`
	Subject        string  `gorm:"column:subject"`
	Status         string  `gorm:"column:status"`
	Urgency        int     `gorm:"column:urgency"`
	Reason         []byte  `gorm:"column:reason"`
	OpenedAt       micros  `gorm:"column:opened_at"`
	LastSignalAt   micros  `gorm:"column:last_signal_at"`
	WaitingSince   micros  `gorm:"column:waiting_since"`
	AcknowledgedAt *micros `gorm:"column:acknowledged_at"`
	Assignee       string  `gorm:"column:assignee"`
	AssigneeName   string  `gorm:"column:assignee_name"`
	ClosedAt       *micros `gorm:"column:closed_at"`
	Unread         int     `gorm:"column:unread;->;<-:create"` // counts by itself, see AddUnread
	Alias          string  `gorm:"column:alias;->"`            // of persons
	Channel        string  `gorm:"column:channel;->"`          // of persons
}

func (caseRow) TableName() string { return "cases" }

// caseColumns are what every query of a case reads; the alias is the person's of today. Subqueries, not a join: a
// case that is locked must not lock the person.
const caseColumns = `cases.id, cases.person_id, cases.open_person, cases.level, cases.subject, cases.status, cases.urgency,
cases.reason, cases.opened_at, cases.last_signal_at, cases.waiting_since, cases.acknowledged_at, cases.assignee, cases.assignee_name,
cases.closed_at, cases.unread,
COALESCE((SELECT persons.alias FROM persons WHERE persons.id = cases.person_id), '') AS alias,
COALESCE((SELECT persons.channel FROM persons WHERE persons.id = cases.person_id), '') AS channel`

// urgency is one number to sort by: closed cases last, then the level, then the unacknowledged first.
func urgency(c casework.Case) int {
	u := (risk.Imminent.Rank() - c.Level.Rank()) * 10
	if !c.AcknowledgedAt.IsZero() {
		u++
	}
	if c.Status == casework.StatusClosed {
		u += 1000
	}
	return u
}

func (s Cases) row(c casework.Case) (caseRow, error) {
	reason, err := s.db.seal(c.Reason, "case:"+c.ID)
	if err != nil {
		return caseRow{}, fmt.Errorf("seal the reason: %w", err)
	}
	r := caseRow{
		ID: c.ID, PersonID: c.Person, Level: string(c.Level), Subject: string(c.Subject), Status: string(c.Status),
		Urgency: urgency(c), Reason: reason, OpenedAt: toMicros(c.OpenedAt), LastSignalAt: toMicros(c.LastSignalAt),
		WaitingSince:   toMicros(c.WaitingSince),
		AcknowledgedAt: microsOrNil(c.AcknowledgedAt), Assignee: c.Assignee, AssigneeName: c.AssigneeName,
		ClosedAt: microsOrNil(c.ClosedAt), Unread: c.Unread,
	}
	if c.Status != casework.StatusClosed {
		r.OpenPerson = &c.Person
	}
	return r, nil
}

func (s Cases) fromRow(r caseRow) (casework.Case, error) {
	reason, err := s.db.open(r.Reason, "case:"+r.ID)
	if err != nil {
		return casework.Case{}, fmt.Errorf("open the reason of case %s: %w", r.ID, err)
	}
	return casework.Case{
		ID: r.ID, Person: r.PersonID, Alias: r.Alias, Channel: r.Channel, Level: risk.Level(r.Level),
		Subject: risk.Subject(r.Subject), Status: casework.Status(r.Status), Reason: reason,
		OpenedAt: r.OpenedAt.Time(), LastSignalAt: r.LastSignalAt.Time(), WaitingSince: r.WaitingSince.Time(), AcknowledgedAt: timeOrZero(r.AcknowledgedAt),
		Assignee: r.Assignee, AssigneeName: r.AssigneeName, ClosedAt: timeOrZero(r.ClosedAt), Unread: r.Unread,
	}, nil
}

// InTx runs f in a transaction; see DB.InTx.
func (s Cases) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// query starts a query of cases.
func (s Cases) query(ctx context.Context) *gorm.DB {
	return s.db.read(ctx).Table("cases").Select(caseColumns)
}

// locked starts a query that takes row locks where the dialect has them; a locked read sees the latest commit, which
// a plain one inside the transaction may not.
func (s Cases) locked(ctx context.Context) *gorm.DB {
	q := s.db.write(ctx).Table("cases").Select(caseColumns)
	if s.db.mysql() {
		q = q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	return q
}

func (s Cases) one(q *gorm.DB) (casework.Case, error) {
	var rows []caseRow
	if err := q.Limit(1).Find(&rows).Error; err != nil {
		return casework.Case{}, err
	}
	if len(rows) == 0 {
		return casework.Case{}, casework.ErrNotFound
	}
	return s.fromRow(rows[0])
}

// OpenOf implements casework.Store.
func (s Cases) OpenOf(ctx context.Context, personID string) (casework.Case, error) {
	q := s.query(ctx)
	if s.db.inTx(ctx) {
		q = s.locked(ctx)
	}
	return s.one(q.Where("cases.open_person = ?", personID))
}

// ForUpdate implements casework.Store.
func (s Cases) ForUpdate(ctx context.Context, id string) (casework.Case, error) {
	return s.one(s.locked(ctx).Where("cases.id = ?", id))
}

// Get implements casework.Store.
func (s Cases) Get(ctx context.Context, id string) (casework.Case, error) {
	return s.one(s.query(ctx).Where("cases.id = ?", id))
}

// CaseOfSignal implements casework.Store.
func (s Cases) CaseOfSignal(ctx context.Context, key string) (casework.Case, error) {
	return s.one(s.query(ctx).Where("cases.id = (SELECT case_signals.case_id FROM case_signals WHERE case_signals.op_key = ?)", key))
}

// Insert implements casework.Store.
func (s Cases) Insert(ctx context.Context, c casework.Case) error {
	r, err := s.row(c)
	if err != nil {
		return err
	}
	err = s.db.write(ctx).Omit("alias", "channel").Create(&r).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return casework.ErrTaken
	}
	return err
}

// Update implements casework.Store.
func (s Cases) Update(ctx context.Context, c casework.Case) error {
	r, err := s.row(c)
	if err != nil {
		return err
	}
	return s.db.write(ctx).Table("cases").Where("id = ?", c.ID).Updates(map[string]any{
		"open_person": r.OpenPerson, "level": r.Level, "subject": r.Subject, "status": r.Status, "urgency": r.Urgency,
		"reason": r.Reason, "last_signal_at": r.LastSignalAt, "waiting_since": r.WaitingSince,
		"acknowledged_at": r.AcknowledgedAt,
		"assignee":        r.Assignee, "assignee_name": r.AssigneeName, "closed_at": r.ClosedAt,
	}).Error
}

// AddUnread implements casework.Store.
func (s Cases) AddUnread(ctx context.Context, caseID string) error {
	return s.db.write(ctx).Exec("UPDATE cases SET unread = unread + 1 WHERE id = ?", caseID).Error
}

// ClearUnread implements casework.Store.
func (s Cases) ClearUnread(ctx context.Context, caseID string) error {
	return s.db.write(ctx).Exec("UPDATE cases SET unread = 0 WHERE id = ?", caseID).Error
}

// Counts implements casework.Store.
func (s Cases) Counts(ctx context.Context) (casework.Counts, error) {
	var rows []struct {
		Level string
		N     int
		Unack int
	}
	err := s.db.read(ctx).Raw(`SELECT level, COUNT(*) AS n, SUM(CASE WHEN acknowledged_at IS NULL THEN 1 ELSE 0 END) AS unack
FROM cases WHERE urgency < 1000 GROUP BY level`).Scan(&rows).Error
	if err != nil {
		return casework.Counts{}, err
	}
	n := casework.Counts{ByLevel: map[risk.Level]int{}}
	for _, r := range rows {
		n.Open += r.N
		n.Unacknowledged += r.Unack
		n.ByLevel[risk.Level(r.Level)] = r.N
	}
	return n, nil
}

func microsOrNil(t time.Time) *micros {
	if t.IsZero() {
		return nil
	}
	m := toMicros(t)
	return &m
}

func timeOrZero(m *micros) time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.Time()
}
