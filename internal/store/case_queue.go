package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// QueueCounts implements casework.QueueStore. Each count reads at most QueueMost entries of cases_stands or
// cases_assignee, and no row: EXPLAIN says "using covering index".
func (s Cases) QueueCounts(ctx context.Context, viewer string) (casework.QueueCounts, error) {
	reached, of := casesInReach(ctx)
	count := func(where string) string {
		return "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM cases WHERE " + where + " AND " + reached + " LIMIT ?) counted"
	}
	var n struct{ Nobody, Visitors, Held, Seen, Mine, MineHeld, MineNobody int }
	sql := fmt.Sprintf(`SELECT (%s) AS nobody, (%s) AS visitors, (%s) AS held, (%s) AS seen,
(SELECT COUNT(*) FROM (%s) mine) AS mine,
(SELECT COUNT(*) FROM cases JOIN (%s) mine ON mine.id = cases.id WHERE cases.stands = ?) AS mine_held,
(SELECT COUNT(*) FROM cases JOIN (%s) mine ON mine.id = cases.id WHERE cases.stands = ?) AS mine_nobody`,
		count("stands = ?"), count("stands = ?"), count("stands = ?"), count("stands = ?"), mineIDs, mineIDs, mineIDs)
	var args []any
	for _, where := range []string{standsNobody, standsVisitor, standsHeld, standsSeen} {
		args = append(append(append(args, where), of...), casework.QueueMost)
	}
	args = append(args, mineArgs(viewer)...)
	for _, where := range []string{standsHeld, standsNobody} {
		args = append(append(args, mineArgs(viewer)...), where)
	}
	if err := s.db.read(ctx).Raw(sql, args...).Scan(&n).Error; err != nil {
		return nil, err
	}
	return casework.QueueCounts{
		casework.GroupNobody: max(n.Nobody-n.MineNobody, 0), casework.GroupVisitors: n.Visitors, casework.GroupMine: n.Mine,
		casework.GroupColleagues: max(n.Held-n.MineHeld, 0), casework.GroupSeen: n.Seen,
	}, nil
}

// Floods implements casework.QueueStore. It reads at most QueueMost entries of cases_stands for each level, and no row.
func (s Cases) Floods(ctx context.Context) ([]casework.Flood, error) {
	var parts []string
	var args []any
	reached, of := casesInReach(ctx)
	for _, l := range casework.Levels() {
		parts = append(parts, `SELECT ? AS level, COUNT(*) AS cases, COUNT(DISTINCT origin) AS networks FROM
(SELECT origin FROM cases WHERE stands = ? AND urgency = ? AND `+reached+` LIMIT ?) counted`)
		args = append(append(append(args, string(l), standsVisitor, levelUrgency(l)+1), of...), casework.QueueMost)
	}
	var rows []struct {
		Level           string
		Cases, Networks int
	}
	if err := s.db.read(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	var out []casework.Flood
	for _, r := range rows {
		if r.Cases > 0 {
			out = append(out, casework.Flood{Level: risk.Level(r.Level), Cases: r.Cases, Networks: r.Networks})
		}
	}
	return out, nil
}

// latestChanges is how many of the latest changes are compared. More than one, so that a replica whose clock is a little
// behind is heard as well.
const latestChanges = 20

// Changes implements casework.QueueStore. It reads twenty entries of cases_changed, the five latest questions by their
// primary key, and counts in asked_talks_outcome; nothing is opened.
func (s Cases) Changes(ctx context.Context) (string, error) {
	var cases []struct {
		ChangedAt int64
		ID        string
	}
	reached, of := casesInReach(ctx)
	err := s.db.read(ctx).Raw("SELECT changed_at, id FROM cases WHERE "+reached+" ORDER BY changed_at DESC, id DESC LIMIT ?", append(of, latestChanges)...).Scan(&cases).Error
	if err != nil {
		return "", err
	}
	var asked []struct{ ID, Outcome, CaseID string }
	reached, of = peopleInReach(ctx, reach.Cases, "asked_talks.person_id")
	err = s.db.read(ctx).Raw("SELECT id, outcome, case_id FROM asked_talks WHERE "+reached+" ORDER BY id DESC LIMIT 5", of...).Scan(&asked).Error
	if err != nil {
		return "", err
	}
	var waiting int
	err = s.db.read(ctx).Raw("SELECT COUNT(*) FROM (SELECT 1 AS one FROM asked_talks WHERE outcome = ? AND "+reached+" LIMIT ?) counted",
		append(append([]any{string(casework.AskedWaiting)}, of...), casework.QueueMost)...).Scan(&waiting).Error
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, _ = fmt.Fprint(sum, cases, asked, waiting)
	return hex.EncodeToString(sum.Sum(nil)[:12]), nil
}

// originSample is how many cases of an origin are shown.
const originSample = 3

// Origins implements casework.QueueStore. It reads what unproved visitors wait in, by cases_stands: as many as there are,
// on a page that one supervisor opens.
func (s Cases) Origins(ctx context.Context, limit int) ([]casework.Origin, error) {
	var rows []struct {
		Origin      string
		N           int
		Gravest     int
		First, Last micros
	}
	reached, of := casesInReach(ctx)
	err := s.db.read(ctx).Raw(`SELECT origin, COUNT(*) AS n, MIN(urgency) AS gravest, MIN(opened_at) AS first, MAX(opened_at) AS last
FROM cases WHERE stands = ? AND `+reached+` GROUP BY origin ORDER BY n DESC, origin LIMIT ?`, append(append([]any{standsVisitor}, of...), limit)...).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	out := make([]casework.Origin, len(rows))
	at, hashes := map[string]int{}, make([]string, len(rows))
	for i, r := range rows {
		out[i] = casework.Origin{Hash: r.Origin, Cases: r.N, Gravest: levelOfUrgency(r.Gravest), First: r.First.Time(), Last: r.Last.Time()}
		at[r.Origin], hashes[i] = i, r.Origin
	}
	var sample []caseRow
	err = s.db.read(ctx).Raw(`SELECT `+caseColumns+` FROM cases JOIN
(SELECT id, ROW_NUMBER() OVER (PARTITION BY origin ORDER BY opened_at DESC, id DESC) AS nth FROM cases WHERE stands = ? AND origin IN ? AND `+reached+`) newest
ON newest.id = cases.id WHERE newest.nth <= ? ORDER BY cases.opened_at DESC, cases.id DESC`, append(append([]any{standsVisitor, hashes}, of...), originSample)...).Scan(&sample).Error
	if err != nil {
		return nil, err
	}
	if err := keysFor(ctx, s.db, sample, func(r caseRow) []byte { return r.Reason }); err != nil {
		return nil, err
	}
	for _, r := range sample {
		c, err := s.fromRow(ctx, r)
		if err != nil {
			return nil, err
		}
		o := &out[at[c.Origin]]
		o.Sample = append(o.Sample, c)
	}
	return out, nil
}

func levelOfUrgency(u int) risk.Level {
	for _, l := range casework.Levels() {
		if u < levelUrgency(l)+levelStep {
			return l
		}
	}
	return risk.None
}

// UnprovedOf implements casework.QueueStore.
func (s Cases) UnprovedOf(ctx context.Context, origin string, until time.Time, limit int) ([]string, error) {
	var ids []string
	reached, of := casesInReach(ctx)
	err := s.db.read(ctx).Raw("SELECT id FROM cases WHERE stands = ? AND origin = ? AND opened_at <= ? AND "+reached+" ORDER BY opened_at, id LIMIT ?",
		append(append([]any{standsVisitor, origin, toMicros(until)}, of...), limit)...).Scan(&ids).Error
	return ids, err
}

// Districts implements casework.QueueStore. It hops through cases_district from one district to the next.
func (s Cases) Districts(ctx context.Context) ([]string, error) {
	if r, bound := reach.Of(ctx, reach.Cases); bound { // of the districts beyond theirs they need not know which have cases
		return r.Districts, nil
	}
	var out []string
	for last := ""; len(out) < 200; {
		var next []string
		if err := s.db.read(ctx).Raw("SELECT district FROM cases WHERE district > ? ORDER BY district LIMIT 1", last).Scan(&next).Error; err != nil {
			return nil, err
		}
		if len(next) == 0 {
			return out, nil
		}
		last = next[0]
		out = append(out, last)
	}
	return out, nil
}
