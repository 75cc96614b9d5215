package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
)

// caseCursor is the place after the last case of a page, in the order of List.
type caseCursor struct {
	urgency int
	signal  micros
	id      string
}

func (c caseCursor) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%s", c.urgency, int64(c.signal), c.id))
}

func parseCaseCursor(s string) (caseCursor, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return caseCursor{}, casework.ErrCursor
	}
	parts := strings.SplitN(string(raw), ".", 3)
	if len(parts) != 3 {
		return caseCursor{}, casework.ErrCursor
	}
	u, err1 := strconv.Atoi(parts[0])
	at, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err1 != nil || err2 != nil {
		return caseCursor{}, casework.ErrCursor
	}
	return caseCursor{u, micros(at), parts[2]}, nil
}

// List implements casework.Store. It walks the index cases_urgency (urgency, last_signal_at, id), which is its order.
func (s Cases) List(ctx context.Context, f casework.Filter) ([]casework.Case, string, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 200)
	q := s.query(ctx)
	if f.Open {
		q = q.Where("cases.urgency < 1000")
	}
	if f.Cursor != "" {
		c, err := parseCaseCursor(f.Cursor)
		if err != nil {
			return nil, "", err
		}
		q = q.Where(`cases.urgency > ? OR (cases.urgency = ? AND (cases.last_signal_at > ? OR (cases.last_signal_at = ? AND cases.id > ?)))`,
			c.urgency, c.urgency, c.signal, c.signal, c.id)
	}
	var rows []caseRow
	if err := q.Order("cases.urgency, cases.last_signal_at, cases.id").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		next = caseCursor{last.Urgency, last.LastSignalAt, last.ID}.String()
	}
	cases := make([]casework.Case, 0, len(rows))
	for _, r := range rows {
		c, err := s.fromRow(r)
		if err != nil {
			return nil, "", err
		}
		cases = append(cases, c)
	}
	return cases, next, nil
}

// Involving implements casework.Store.
func (s Cases) Involving(ctx context.Context, staffID string) ([]casework.Case, error) {
	var rows []caseRow
	err := s.query(ctx).Where("cases.open_person IS NOT NULL AND (cases.assignee = ? OR cases.promised_by = ? OR cases.offered_to = ? OR cases.second_id = ?)", staffID, staffID, staffID, staffID).
		Order("cases.urgency, cases.last_signal_at, cases.id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	cases := make([]casework.Case, 0, len(rows))
	for _, r := range rows {
		c, err := s.fromRow(r)
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
UNION SELECT promised_by FROM cases WHERE open_person IS NOT NULL AND promised_by <> ''
UNION SELECT offered_to FROM cases WHERE open_person IS NOT NULL AND offered_to <> ''
UNION SELECT second_id FROM cases WHERE open_person IS NOT NULL AND second_id <> ''`).Scan(&ids).Error
	return ids, err
}
