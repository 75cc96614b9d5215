package store

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Waited implements casework.QueueStore. It reads at most casework.QueueMost entries of cases_stands in each place, and
// their rows: only what is not closed and has a clock that runs.
func (s Cases) Waited(ctx context.Context) ([]casework.Waited, error) {
	reached, of := casesInReach(ctx)
	each := "SELECT * FROM (SELECT level, waits, waiting_since FROM cases WHERE stands = ? AND waits <> '' AND " + reached + " LIMIT ?) "
	var args []any
	for _, where := range []string{standsNobody, standsVisitor, standsHeld, standsSeen} {
		args = append(append(append(args, where), of...), casework.QueueMost)
	}
	var rows []struct {
		Level, Waits string
		N            int
		Since        micros
	}
	err := s.db.read(ctx).Raw("SELECT level, waits, COUNT(*) AS n, MIN(waiting_since) AS since FROM ("+
		each+"a UNION ALL "+each+"b UNION ALL "+each+"c UNION ALL "+each+"d) standing GROUP BY level, waits",
		args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]casework.Waited, len(rows))
	for i, r := range rows {
		out[i] = casework.Waited{Level: risk.Level(r.Level), Waits: casework.Waits(r.Waits), Cases: r.N, Since: r.Since.Time()}
	}
	return out, nil
}
