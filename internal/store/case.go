package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Cases keeps the files of casework. Reasons and notes say something of a person and are sealed.
type Cases struct{ db *DB }

// Cases returns the view of casework.
func (db *DB) Cases() Cases { return Cases{db} }

var _ casework.Store = Cases{}

type caseRow struct {
	ID             string  `gorm:"column:id;primaryKey"`
	Number         int     `gorm:"column:number"`
	PersonID       string  `gorm:"column:person_id"`
	OpenPerson     *string `gorm:"column:open_person"`
	Level          string  `gorm:"column:level"`
	Subject        string  `gorm:"column:subject"`
	Status         string  `gorm:"column:status"`
	Urgency        int     `gorm:"column:urgency"`
	Reason         []byte  `gorm:"column:reason"`
	OpenedAt       micros  `gorm:"column:opened_at"`
	LastSignalAt   micros  `gorm:"column:last_signal_at"`
	Waits          string  `gorm:"column:waits"`
	WaitingSince   micros  `gorm:"column:waiting_since"`
	DueAt          *micros `gorm:"column:due_at"`
	Rung           int     `gorm:"column:rung"`
	AnsweredAt     *micros `gorm:"column:answered_at"`
	AcknowledgedAt *micros `gorm:"column:acknowledged_at"`
	PromisedBy     string  `gorm:"column:promised_by"`
	PromisedName   string  `gorm:"column:promised_name"`
	Assignee       string  `gorm:"column:assignee"`
	AssigneeName   string  `gorm:"column:assignee_name"`
	OfferedTo      string  `gorm:"column:offered_to"`
	OfferedName    string  `gorm:"column:offered_name"`
	OfferedAt      *micros `gorm:"column:offered_at"`
	SecondID       string  `gorm:"column:second_id"`
	SecondName     string  `gorm:"column:second_name"`
	District       string  `gorm:"column:district"`
	Unproved       int     `gorm:"column:unproved"`
	Origin         string  `gorm:"column:origin"`
	Stands         string  `gorm:"column:stands"`
	Mark           string  `gorm:"column:mark"`
	Owner          string  `gorm:"column:owner"`
	ChangedAt      micros  `gorm:"column:changed_at"`
	ClosedAt       *micros `gorm:"column:closed_at"`
	Unread         int     `gorm:"column:unread;->;<-:create"` // counts by itself, see AddUnread
	Alias          string  `gorm:"column:alias;->"`            // of persons
	Channel        string  `gorm:"column:channel;->"`          // of persons
	Account        string  `gorm:"column:account;->"`          // of persons
}

func (caseRow) TableName() string { return "cases" }

// caseColumns are what every query of a case reads; the alias is the person's of today. Subqueries, not a join: a
// case that is locked must not lock the person.
const caseColumns = `cases.id, cases.number, cases.person_id, cases.open_person, cases.level, cases.subject, cases.status, cases.urgency,
cases.reason, cases.opened_at, cases.last_signal_at, cases.waits, cases.waiting_since, cases.due_at, cases.rung, cases.answered_at,
cases.acknowledged_at, cases.promised_by, cases.promised_name, cases.assignee, cases.assignee_name, cases.offered_to, cases.offered_name,
cases.offered_at, cases.second_id, cases.second_name, cases.district, cases.unproved, cases.origin, cases.closed_at, cases.unread,
COALESCE((SELECT persons.alias FROM persons WHERE persons.id = cases.person_id), '') AS alias,
COALESCE((SELECT persons.channel FROM persons WHERE persons.id = cases.person_id), '') AS channel,
COALESCE((SELECT persons.account FROM persons WHERE persons.id = cases.person_id), '') AS account`

// urgency is one number to sort by: closed cases last, then the level, then those that ask for a human, then known people
// before unproved visitors. A fresh imminent case is before an overdue high one.
func urgency(c casework.Case) int {
	u := levelUrgency(c.Level)
	if !c.Asks() {
		u += 2
	}
	if c.Unproved {
		u++
	}
	if c.Status == casework.StatusClosed {
		u += closedUrgency
	}
	return u
}

const (
	levelStep     = 10 // from one level to the next
	closedUrgency = 1000
)

func levelUrgency(l risk.Level) int { return (risk.Imminent.Rank() - l.Rank()) * levelStep }

// The places in which a case stands, each one range of the index cases_stands.
const (
	standsNobody  = "nobody"
	standsVisitor = "visitor"
	standsHeld    = "held"
	standsSeen    = "seen"
	standsClosed  = "closed"
)

func stands(c casework.Case) string {
	switch {
	case c.Status == casework.StatusClosed:
		return standsClosed
	case c.Asks() && c.Unproved:
		return standsVisitor
	case c.Asks():
		return standsNobody
	case c.Assignee != "":
		return standsHeld
	}
	return standsSeen
}

func (s Cases) row(ctx context.Context, c casework.Case) (caseRow, error) {
	s.db.owned.put("cases:"+c.ID, c.Person)
	reason, err := s.db.sealFor(ctx, c.Person, c.Reason, "case:"+c.ID)
	if err != nil {
		return caseRow{}, fmt.Errorf("seal the reason: %w", err)
	}
	r := caseRow{
		ID: c.ID, Number: c.Number, PersonID: c.Person, Level: string(c.Level), Subject: string(c.Subject), Status: string(c.Status),
		Urgency: urgency(c), Reason: reason, OpenedAt: toMicros(c.OpenedAt), LastSignalAt: toMicros(c.LastSignalAt),
		Waits: string(c.Waits), WaitingSince: toMicros(c.WaitingSince), DueAt: microsOrNil(c.DueAt), Rung: c.Rung, AnsweredAt: microsOrNil(c.AnsweredAt),
		AcknowledgedAt: microsOrNil(c.AcknowledgedAt), PromisedBy: c.Promised.ID, PromisedName: c.Promised.Name, Assignee: c.Assignee, AssigneeName: c.AssigneeName,
		OfferedTo: c.Offered.ID, OfferedName: c.Offered.Name, OfferedAt: microsOrNil(c.OfferedAt), SecondID: c.Second.ID, SecondName: c.Second.Name,
		District: c.District, Origin: c.Origin, Stands: stands(c), Owner: c.Assignee, ChangedAt: toMicros(s.db.now()), ClosedAt: microsOrNil(c.ClosedAt), Unread: c.Unread,
	}
	if c.Unproved {
		r.Unproved = 1
	}
	if c.Status != casework.StatusClosed {
		r.OpenPerson = &c.Person
	}
	return r, nil
}

func (s Cases) fromRow(ctx context.Context, r caseRow) (casework.Case, error) {
	s.db.owned.put("cases:"+r.ID, r.PersonID)
	reason, err := s.db.text(ctx, cell{"cases", r.ID, "case:" + r.ID}, r.Reason)
	if err != nil {
		return casework.Case{}, err
	}
	return casework.Case{
		ID: r.ID, Number: r.Number, Person: r.PersonID, Alias: r.Alias, Channel: r.Channel, Account: r.Account, Level: risk.Level(r.Level),
		Subject: risk.Subject(r.Subject), Status: casework.Status(r.Status), Reason: reason,
		OpenedAt: r.OpenedAt.Time(), LastSignalAt: r.LastSignalAt.Time(), AcknowledgedAt: timeOrZero(r.AcknowledgedAt),
		Waits: casework.Waits(r.Waits), WaitingSince: r.WaitingSince.Time(), DueAt: timeOrZero(r.DueAt), Rung: r.Rung, AnsweredAt: timeOrZero(r.AnsweredAt),
		Promised: casework.Actor{ID: r.PromisedBy, Name: r.PromisedName}, Assignee: r.Assignee, AssigneeName: r.AssigneeName,
		Offered: casework.Actor{ID: r.OfferedTo, Name: r.OfferedName}, OfferedAt: timeOrZero(r.OfferedAt), Second: casework.Actor{ID: r.SecondID, Name: r.SecondName},
		District: r.District, Unproved: r.Unproved == 1, Origin: r.Origin, ClosedAt: timeOrZero(r.ClosedAt), Unread: r.Unread,
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

const oneCase = "SELECT " + caseColumns + " FROM cases WHERE "

// lock ends a query that takes row locks where the dialect has them; a locked read sees the latest commit, which a plain one
// inside the transaction may not.
func (db *DB) lock() string {
	if db.mysql() {
		return " FOR UPDATE"
	}
	return ""
}

func (s Cases) one(ctx context.Context, query string, args ...any) (casework.Case, error) {
	db := s.db.read(ctx)
	rows, err := db.Statement.ConnPool.QueryContext(ctx, query, args...)
	if err != nil {
		return casework.Case{}, err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return casework.Case{}, orMissing(rows.Err(), casework.ErrNotFound)
	}
	var r caseRow
	if err := db.ScanRows(rows, &r); err != nil {
		return casework.Case{}, err
	}
	if err := rows.Close(); err != nil { // before its key is asked for on the same connection
		return casework.Case{}, err
	}
	return s.fromRow(ctx, r)
}

// OpenOf implements casework.Store.
func (s Cases) OpenOf(ctx context.Context, personID string) (casework.Case, error) {
	lock := ""
	if s.db.inTx(ctx) {
		lock = s.db.lock()
	}
	return s.one(ctx, oneCase+"cases.open_person = ?"+lock, personID)
}

// ForUpdate implements casework.Store.
func (s Cases) ForUpdate(ctx context.Context, id string) (casework.Case, error) {
	where, args := casesInReach(ctx)
	return s.one(ctx, oneCase+"cases.id = ? AND "+where+s.db.lock(), append([]any{id}, args...)...)
}

// Get implements casework.Store.
func (s Cases) Get(ctx context.Context, id string) (casework.Case, error) {
	where, args := casesInReach(ctx)
	return s.one(ctx, oneCase+"cases.id = ? AND "+where, append([]any{id}, args...)...)
}

// Before implements casework.Store. EXPLAIN: one row of each table by a unique index. A locking read takes the case alone:
// subqueries are read without a lock.
func (s Cases) Before(ctx context.Context, personID, key string) (b casework.Before, err error) {
	if m := s.db.made(ctx, personID); m != nil && !m.inCase {
		return casework.Before{Alias: m.Alias, Channel: m.Channel, Account: m.Account}, nil
	}
	lock := ""
	if s.db.inTx(ctx) {
		lock = s.db.lock()
	}
	db := s.db.read(ctx)
	rows, err := db.Statement.ConnPool.QueryContext(ctx, beforeSignal+lock, personID, personID, personID, key, personID)
	if err != nil {
		return b, err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return b, cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	var r struct {
		Case       caseRow `gorm:"embedded"`
		WhoAlias   string  `gorm:"column:who_alias"`
		WhoChannel string  `gorm:"column:who_channel"`
		WhoAccount string  `gorm:"column:who_account"`
		Known      string  `gorm:"column:known"`
	}
	if err := db.ScanRows(rows, &r); err != nil {
		return b, err
	}
	b.Alias, b.Channel, b.Account, b.Known = r.WhoAlias, r.WhoChannel, r.WhoAccount, r.Known
	if err := rows.Close(); err != nil { // before its key is asked for on the same connection
		return b, err
	}
	if r.Case.ID != "" {
		b.Open, err = s.fromRow(ctx, r.Case)
	}
	return b, err
}

const beforeSignal = "SELECT " + caseColumns + `,
COALESCE((SELECT persons.alias FROM persons WHERE persons.id = ?), '') AS who_alias,
COALESCE((SELECT persons.channel FROM persons WHERE persons.id = ?), '') AS who_channel,
COALESCE((SELECT persons.account FROM persons WHERE persons.id = ?), '') AS who_account,
COALESCE((SELECT case_signals.case_id FROM case_signals WHERE case_signals.op_key = ?), '') AS known
FROM (SELECT 1 AS one) AS one LEFT JOIN cases ON cases.open_person = ?`

// OpenState implements casework.Store. It is asked at every message of whoever has a case: past gorm, and unsealing nothing.
func (s Cases) OpenState(ctx context.Context, personID string) (st casework.OpenState, err error) {
	query := "SELECT id, status, assignee FROM cases WHERE open_person = ?"
	if s.db.inTx(ctx) {
		query += s.db.lock()
	}
	err = s.db.row(ctx, query, personID).Scan(&st.Case, &st.Status, &st.Assignee)
	if errors.Is(err, sql.ErrNoRows) {
		return casework.OpenState{}, nil
	}
	return st, err
}

// Insert implements casework.Store.
func (s Cases) Insert(ctx context.Context, c *casework.Case) (err error) {
	if c.Number == 0 {
		if c.Number, err = s.db.count(ctx, "case"); err != nil {
			return err
		}
	}
	if m := s.db.made(ctx, c.Person); m != nil {
		m.inCase = true
	}
	mark := person.MarkOf(c.Alias)
	r, err := s.row(ctx, *c)
	if err != nil {
		return err
	}
	_, err = s.db.exec(ctx, caseInsert, r.ID, r.Number, r.PersonID, r.OpenPerson, r.Level, r.Subject, r.Status, r.Urgency, r.Reason, r.OpenedAt, r.LastSignalAt,
		r.Waits, r.WaitingSince, r.DueAt, r.Rung, r.AnsweredAt, r.AcknowledgedAt, r.PromisedBy, r.PromisedName, r.Assignee, r.AssigneeName,
		r.OfferedTo, r.OfferedName, r.OfferedAt, r.SecondID, r.SecondName, r.District, r.Unproved, r.Origin, r.Stands, mark, r.Owner, r.ChangedAt, r.ClosedAt, r.Unread)
	if duplicate(err) {
		return casework.ErrTaken
	}
	return err
}

var caseInsert = "INSERT INTO cases (id, number, person_id, open_person, level, subject, status, urgency, reason, opened_at, last_signal_at, " +
	"waits, waiting_since, due_at, rung, answered_at, acknowledged_at, promised_by, promised_name, assignee, assignee_name, " +
	"offered_to, offered_name, offered_at, second_id, second_name, district, unproved, origin, stands, mark, owner, changed_at, closed_at, unread) " +
	"VALUES (" + strings.Repeat("?,", 34) + "?)"

// Update implements casework.Store.
func (s Cases) Update(ctx context.Context, c casework.Case) error {
	r, err := s.row(ctx, c)
	if err != nil {
		return err
	}
	set := map[string]any{
		"open_person": r.OpenPerson, "level": r.Level, "subject": r.Subject, "status": r.Status, "urgency": r.Urgency,
		"reason": r.Reason, "last_signal_at": r.LastSignalAt, "waits": r.Waits, "waiting_since": r.WaitingSince, "due_at": r.DueAt, "rung": r.Rung,
		"answered_at": r.AnsweredAt, "acknowledged_at": r.AcknowledgedAt, "promised_by": r.PromisedBy, "promised_name": r.PromisedName,
		"assignee": r.Assignee, "assignee_name": r.AssigneeName, "offered_to": r.OfferedTo, "offered_name": r.OfferedName, "offered_at": r.OfferedAt,
		"second_id": r.SecondID, "second_name": r.SecondName, "unproved": r.Unproved, "closed_at": r.ClosedAt,
		"stands": r.Stands, "changed_at": s.db.changed(),
	}
	if c.Reason == Unreadable { // it was read so: what stands there stays
		delete(set, "reason")
	}
	if r.Owner != "" { // whoever had it last is still found by it
		set["owner"] = r.Owner
	}
	return s.db.write(ctx).Table("cases").Where("id = ?", c.ID).Updates(set).Error
}

// changed is what changed_at becomes: later than it was, whatever the clock of this replica says.
func (db *DB) changed() clause.Expr {
	now := toMicros(db.now())
	return gorm.Expr("CASE WHEN changed_at >= ? THEN changed_at + 1 ELSE ? END", now, now)
}

// The messages that are counted in one statement: all but the plain words of casework's Case.minded, which start a clock.
var (
	countUnread = "UPDATE cases SET unread = unread + 1, changed_at = CASE WHEN changed_at >= ? THEN changed_at + 1 ELSE ? END WHERE id = ?"
	plainUnread = countUnread + " AND NOT (status = 'talking' AND waits = '' AND level IN ('high', 'imminent'))"
)

// AddUnread implements casework.Store.
func (s Cases) AddUnread(ctx context.Context, caseID string) (bool, error) {
	now := int64(toMicros(s.db.now()))
	res, err := s.db.exec(ctx, plainUnread, now, now, caseID)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// ForceUnread implements casework.Store.
func (s Cases) ForceUnread(ctx context.Context, caseID string) error {
	now := int64(toMicros(s.db.now()))
	_, err := s.db.exec(ctx, countUnread, now, now, caseID)
	return err
}

// ClearUnread implements casework.Store.
func (s Cases) ClearUnread(ctx context.Context, caseID string) error {
	return s.db.write(ctx).Exec("UPDATE cases SET unread = 0, changed_at = ? WHERE id = ?", s.db.changed(), caseID).Error
}

// Counts implements casework.Store.
func (s Cases) Counts(ctx context.Context) (casework.Counts, error) {
	var rows []struct {
		Level string
		N     int
		Unack int
	}
	where, args := casesInReach(ctx)
	err := s.db.read(ctx).Raw(`SELECT level, COUNT(*) AS n, SUM(CASE WHEN acknowledged_at IS NULL THEN 1 ELSE 0 END) AS unack
FROM cases WHERE urgency < 1000 AND `+where+` GROUP BY level`, args...).Scan(&rows).Error
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

// Holding implements casework.Store. It walks the index cases_assignee (assignee, status).
func (s Cases) Holding(ctx context.Context) (map[string]int, error) {
	var rows []struct {
		Assignee string
		N        int
	}
	err := s.db.read(ctx).Raw("SELECT assignee, COUNT(*) AS n FROM cases WHERE assignee > '' AND status <> ? GROUP BY assignee", string(casework.StatusClosed)).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	n := make(map[string]int, len(rows))
	for _, r := range rows {
		n[r.Assignee] = r.N
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
