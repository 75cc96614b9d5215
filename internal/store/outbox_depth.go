package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Depths counts the rows that are due, parked and buried, by kind. It reads at most outbox.DepthMost entries of outbox_run
// for each, and their rows.
func (s Outbox) Depths(ctx context.Context, now time.Time) ([]outbox.Depth, error) {
	var parts []string
	var args []any
	for _, p := range []struct {
		state outbox.State
		kept  string
		where string
		args  []any
	}{
		{outbox.StateDue, outboxWaiting, " AND due_at <= ?", []any{toMicros(now)}},
		{outbox.StateParked, outboxParked, "", nil},
		{outbox.StateBuried, outboxBuried, "", nil},
	} {
		parts = append(parts, "SELECT ? AS state, kind, COUNT(*) AS n, MIN(due_at) AS oldest FROM (SELECT kind, due_at FROM outbox WHERE state = ?"+p.where+" LIMIT ?) counted GROUP BY kind")
		args = append(append(append(args, string(p.state), p.kept), p.args...), outbox.DepthMost)
	}
	var rows []struct {
		State, Kind string
		N           int
		Oldest      micros
	}
	if err := s.db.read(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count the outbox: %w", err)
	}
	out := make([]outbox.Depth, len(rows))
	for i, r := range rows {
		out[i] = outbox.Depth{Kind: r.Kind, State: outbox.State(r.State), Rows: r.N, Oldest: r.Oldest.Time()}
	}
	return out, nil
}

// Lag is how long the oldest row that Claim would hand out has been waiting.
func (s Outbox) Lag(ctx context.Context, now time.Time) (time.Duration, error) {
	var at []micros
	err := s.db.read(ctx).Table("outbox AS o").Where("o.state = ? AND o.run_at <= ?"+s.part+firstOfLane, outboxWaiting, toMicros(now), outboxWaiting).
		Order("o.run_at, o.seq").Limit(1).Pluck("o.run_at", &at).Error
	if err != nil {
		return 0, fmt.Errorf("look for the oldest row: %w", err)
	}
	if len(at) == 0 {
		return 0, nil
	}
	return now.Sub(at[0].Time()), nil
}
