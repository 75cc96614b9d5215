package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// caseCursor is the place after the last case of a page, in the order that it is a page of.
type caseCursor struct {
	order string // see caseOrder
	rank  int
	at    micros
	id    string
}

func (c caseCursor) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s%d.%d.%s", c.order, c.rank, int64(c.at), c.id))
}

func parseCaseCursor(s, order string) (caseCursor, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return caseCursor{}, casework.ErrCursor
	}
	rest, ok := strings.CutPrefix(string(raw), order)
	parts := strings.SplitN(rest, ".", 3)
	if !ok || len(parts) != 3 {
		return caseCursor{}, casework.ErrCursor
	}
	rank, err1 := strconv.Atoi(parts[0])
	at, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err1 != nil || err2 != nil {
		return caseCursor{}, casework.ErrCursor
	}
	return caseCursor{order, rank, micros(at), parts[2]}, nil
}

// caseOrder is an order of a list: by a number, then a time, then the ID. name keeps a cursor of one order out of another;
// the API's has had none from the start.
type caseOrder struct {
	name   string
	rank   string // SQL; "" where the time alone orders
	args   []any  // of rank
	at     string // column
	newest bool   // the latest time first
}

var (
	byUrgency = caseOrder{rank: "cases.urgency", at: "cases.last_signal_at"}
	byWait    = caseOrder{name: "w", rank: "cases.urgency", at: "cases.waiting_since"}
	byOpening = caseOrder{name: "o", at: "cases.opened_at", newest: true}
)

// mineOrder has what is offered to a member of staff first, then what waits for their answer, then what was not read.
func mineOrder(viewer string) caseOrder {
	return caseOrder{
		name: "m", at: "cases.waiting_since", args: []any{viewer},
		rank: "CASE WHEN cases.offered_to = ? THEN 0 WHEN cases.waits <> '' THEN 1 WHEN cases.unread > 0 THEN 2 ELSE 3 END",
	}
}

func orderOf(f casework.Filter) caseOrder {
	switch {
	case f.Group == casework.GroupMine:
		return mineOrder(f.Viewer)
	case f.Group != "":
		return byWait
	case f.Searches():
		return byOpening
	}
	return byUrgency
}

// by orders a query and says from where a cursor goes on. The plain bound beside the exact one is what SQLite walks an
// index by.
func (o caseOrder) by(q *gorm.DB, cursor string) (*gorm.DB, error) {
	dir, past := "", ">"
	if o.newest {
		dir, past = " DESC", "<"
	}
	order := o.at + dir + ", cases.id" + dir
	if o.rank != "" {
		order = "sort_rank, " + order
		if len(o.args) == 0 {
			order = o.rank + ", " + o.at + ", cases.id"
		}
	}
	q = q.Order(order)
	if cursor == "" {
		return q, nil
	}
	c, err := parseCaseCursor(cursor, o.name)
	if err != nil {
		return nil, err
	}
	after := fmt.Sprintf("%s %s ? OR (%s = ? AND cases.id %s ?)", o.at, past, o.at, past)
	if o.rank == "" {
		return q.Where(o.at+" "+past+"= ?", c.at).Where(after, c.at, c.at, c.id), nil
	}
	rank := func(op string) string { return o.rank + " " + op + " ?" }
	with := func(args ...any) []any { return append(append([]any{}, o.args...), args...) }
	args := append(with(c.rank), with(c.rank, c.at, c.at, c.id)...)
	return q.Where(rank(">="), with(c.rank)...).Where(rank(">")+" OR ("+rank("=")+" AND ("+after+"))", args...), nil
}

type listedRow struct {
	Case     caseRow `gorm:"embedded"`
	SortRank int     `gorm:"column:sort_rank"`
	SortAt   micros  `gorm:"column:sort_at"`
}

// List implements casework.QueueStore. Each list walks one index in its order, or sorts what one member of staff, or one
// search, is bounded by:
//
//	by urgency            cases_urgency (urgency, last_signal_at, id)
//	a group               cases_stands (stands, urgency, waiting_since, id): ref on stands, no sort
//	mine                  union of cases_assignee, cases_offered, cases_second: the conversations of one colleague, sorted
//	a part of an alias    range on cases_mark, const on cases_number: under one of some seventy plants, sorted
//	owner, district,      cases_owner, cases_district, cases_level, cases_opened, each with opened_at behind it:
//	level, time           ref or range, backward, no sort
func (s Cases) List(ctx context.Context, f casework.Filter) ([]casework.Case, string, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 200)
	o := orderOf(f)
	rank := o.rank
	if rank == "" {
		rank = "0"
	}
	q := s.db.read(ctx).Table("cases").Select(caseColumns+", "+rank+" AS sort_rank, "+o.at+" AS sort_at", o.args...)
	q, some := s.chosen(ctx, q, f)
	if !some {
		return nil, "", nil
	}
	q, err := o.by(q, f.Cursor)
	if err != nil {
		return nil, "", err
	}
	var rows []listedRow
	if err := q.Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		next = caseCursor{o.name, last.SortRank, last.SortAt, last.Case.ID}.String()
	}
	if err := keysFor(ctx, s.db, rows, func(r listedRow) []byte { return r.Case.Reason }); err != nil {
		return nil, "", err
	}
	cases := make([]casework.Case, 0, len(rows))
	for _, r := range rows {
		c, err := s.fromRow(ctx, r.Case)
		if err != nil {
			return nil, "", err
		}
		cases = append(cases, c)
	}
	return cases, next, nil
}

// Involving implements casework.Store. Each part of the union walks an index of its own.
func (s Cases) Involving(ctx context.Context, staffID string) ([]casework.Case, error) {
	const involved = `SELECT id FROM cases WHERE assignee = ? UNION SELECT id FROM cases WHERE promised_by = ?
UNION SELECT id FROM cases WHERE offered_to = ? UNION SELECT id FROM cases WHERE second_id = ?`
	var rows []caseRow
	err := s.query(ctx).Joins("JOIN ("+involved+") involved ON involved.id = cases.id", staffID, staffID, staffID, staffID).
		Where("cases.open_person IS NOT NULL").Order("cases.urgency, cases.last_signal_at, cases.id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	if err := keysFor(ctx, s.db, rows, func(r caseRow) []byte { return r.Reason }); err != nil {
		return nil, err
	}
	cases := make([]casework.Case, 0, len(rows))
	for _, r := range rows {
		c, err := s.fromRow(ctx, r)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// Involved implements casework.Store.
func (s Cases) Involved(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.db.read(ctx).Raw(`SELECT assignee FROM cases WHERE open_person IS NOT NULL AND assignee <> ''
UNION SELECT promised_by FROM cases WHERE open_person IS NOT NULL AND promised_by <> ''`).Scan(&ids).Error
	return ids, err
}

// chosen narrows a query to what a filter chooses; false where nothing can be.
func (s Cases) chosen(ctx context.Context, q *gorm.DB, f casework.Filter) (*gorm.DB, bool) {
	if f.Open {
		q = q.Where("cases.urgency < ?", closedUrgency)
	}
	if f.Closed {
		q = q.Where("cases.stands = ?", standsClosed)
	}
	if where, args := casesInReach(ctx); where != whole {
		q = q.Where(where, args...)
	}
	q = inGroup(q, f.Group, f.Viewer)
	switch {
	case f.Level == "":
	case f.Group == "":
		q = q.Where("cases.level = ?", string(f.Level))
	default: // as a range of what the index orders by
		u := levelUrgency(f.Level)
		q = q.Where("cases.urgency BETWEEN ? AND ?", u, u+levelStep-1)
	}
	if f.Owner != "" {
		q = q.Where("cases.owner = ?", f.Owner)
	}
	if f.District != "" {
		q = q.Where("cases.district = ?", f.District)
	}
	if !f.From.IsZero() {
		q = q.Where("cases.opened_at >= ?", toMicros(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("cases.opened_at < ?", toMicros(f.To))
	}
	if f.Query == "" {
		return q, true
	}
	found, args := foundBy(f.Query)
	if found == "" {
		return q, false
	}
	return q.Joins("JOIN ("+found+") found ON found.id = cases.id", args...), true
}

// inGroup narrows a query to a group of the queue as a viewer sees it.
func inGroup(q *gorm.DB, g casework.Group, viewer string) *gorm.DB {
	const others = "NOT (cases.assignee = ? OR cases.assignee <> '' AND (cases.offered_to = ? OR cases.second_id = ?))"
	switch g {
	case casework.GroupNobody:
		q = q.Where("cases.stands = ?", standsNobody)
	case casework.GroupVisitors:
		q = q.Where("cases.stands = ?", standsVisitor)
	case casework.GroupColleagues:
		q = q.Where("cases.stands = ?", standsHeld)
	case casework.GroupSeen:
		return q.Where("cases.stands = ?", standsSeen)
	case casework.GroupMine:
		return q.Joins("JOIN ("+mineIDs+") mine ON mine.id = cases.id", mineArgs(viewer)...)
	default:
		return q
	}
	if viewer == "" {
		return q
	}
	return q.Where(others, viewer, viewer, viewer)
}

// mineIDs are the open conversations that a member of staff is in, or is offered; the union keeps it from becoming a walk
// through those of everybody.
const mineIDs = `SELECT id FROM cases WHERE assignee = ? AND urgency < 1000
UNION SELECT id FROM cases WHERE offered_to = ? AND assignee <> '' AND urgency < 1000
UNION SELECT id FROM cases WHERE second_id = ? AND assignee <> '' AND urgency < 1000`

func mineArgs(viewer string) []any {
	if viewer == "" {
		viewer = "nobody" // what has no assignee is nobody's, not theirs who have no ID
	}
	return []any{viewer, viewer, viewer}
}

// beyond sorts after every character that a mark can have.
const beyond = "\U0010FFFF"

// foundBy is the query of the IDs that a search for a part of an alias, or for a number, finds; "" where it can find none.
func foundBy(query string) (sql string, args []any) {
	var parts []string
	query = strings.TrimSpace(query)
	// "0412" is of an alias: a case number begins with no zero.
	number := strings.TrimLeft(query, "#＃")
	if n, err := strconv.Atoi(number); err == nil && n > 0 && number[0] != '0' {
		parts, args = append(parts, "SELECT id FROM cases WHERE number = ?"), append(args, n)
	}
	for _, p := range person.MarkPrefixes(query) { // a part for each: of many ranges in one, SQLite makes a walk through all
		parts, args = append(parts, "SELECT id FROM cases WHERE mark >= ? AND mark < ?"), append(args, p, p+beyond)
	}
	if len(parts) == 1 { // a union is read as it is, and never folded into the list's own query
		parts = append(parts, "SELECT id FROM cases WHERE 1 = 0")
	}
	return strings.Join(parts, " UNION "), args
}
