package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Figures counts for the board. It reads times, levels and districts: nothing that is sealed, and of nobody.
type Figures struct{ db *DB }

// Figures returns the view of the board.
func (db *DB) Figures() Figures { return Figures{db} }

var _ board.Figures = Figures{}

// rank orders levels in SQL as risk.Level.Rank does.
const rank = "CASE level WHEN 'imminent' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 ELSE 0 END"

// Cases implements board.Figures. The highest level is that of the gravest signal, or what staff raised it to: what staff
// lowered it to later does not change what was called for. EXPLAIN: cases_opened, and for each case a few entries of the
// indexes case_signals_case, case_steps_case and case_messages_case, none of a table.
func (s Figures) Cases(ctx context.Context, from, to time.Time, within map[risk.Level]time.Duration) ([]board.Case, error) {
	var rows []struct {
		OpenedAt micros
		District string
		Grave    int
		Raised   int
		DueAt    *micros
		SeenAt   *micros
		SpokenAt *micros
	}
	reached, of := casesWithin(ctx)
	err := s.db.read(ctx).Raw(`SELECT opened_at, district, `+rank+` AS raised,
COALESCE((SELECT MAX(`+rank+`) FROM case_signals WHERE case_signals.case_id = cases.id), 0) AS grave,
(SELECT MIN(CASE WHEN case_signals.at < cases.opened_at THEN cases.opened_at ELSE case_signals.at END
+ CASE case_signals.level WHEN 'imminent' THEN ? WHEN 'high' THEN ? WHEN 'medium' THEN ? END) FROM case_signals WHERE case_signals.case_id = cases.id) AS due_at,
(SELECT case_steps.at FROM case_steps WHERE case_steps.case_id = cases.id AND case_steps.staff <> '' ORDER BY case_steps.at LIMIT 1) AS seen_at,
(SELECT case_messages.at FROM case_messages WHERE case_messages.case_id = cases.id ORDER BY case_messages.at LIMIT 1) AS spoken_at
FROM cases WHERE opened_at >= ? AND opened_at < ? AND `+reached, append([]any{limit(within[risk.Imminent]), limit(within[risk.High]), limit(within[risk.Medium]), toMicros(from), toMicros(to)}, of...)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]board.Case, len(rows))
	for i, r := range rows {
		out[i] = board.Case{Opened: r.OpenedAt.Time(), Level: levelOfRank(max(r.Grave, r.Raised)), District: r.District, Due: timeOrZero(r.DueAt), Seen: timeOrZero(r.SeenAt), Spoken: timeOrZero(r.SpokenAt)}
	}
	return out, nil
}

// limit is a time in microseconds, nil where it presses nobody.
func limit(d time.Duration) *int64 {
	if d <= 0 {
		return nil
	}
	us := d.Microseconds()
	return &us
}

func levelOfRank(n int) risk.Level {
	for _, l := range []risk.Level{risk.Low, risk.Medium, risk.High, risk.Imminent} {
		if l.Rank() == n {
			return l
		}
	}
	return risk.None
}

// Ended implements board.Figures. EXPLAIN: cases_closed, case_steps_case.
func (s Figures) Ended(ctx context.Context, from, to time.Time) (e board.Ended, err error) {
	reached, of := casesWithin(ctx)
	err = s.db.read(ctx).Raw(`SELECT COUNT(*) AS closed, COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM case_steps
WHERE case_steps.case_id = cases.id AND case_steps.kind = ? AND case_steps.code = ?) THEN 1 ELSE 0 END), 0) AS vain
FROM cases WHERE closed_at >= ? AND closed_at < ? AND `+reached,
		append([]any{string(casework.StepClosed), string(casework.OutcomeMistaken), toMicros(from), toMicros(to)}, of...)...).Scan(&e).Error
	return e, err
}

// Vain returns the signals of the cases that were closed as called in vain in a window, the earliest closing first; cases
// and people are named nowhere in it. EXPLAIN: cases_closed, case_steps_case, case_signals_case.
func (s Figures) Vain(ctx context.Context, from, to time.Time) ([]board.Vain, error) {
	var rows []signalRow
	err := s.db.read(ctx).Raw(`SELECT case_signals.rule_id, case_signals.category, case_signals.level, case_signals.score, case_signals.at
FROM cases JOIN case_signals ON case_signals.case_id = cases.id WHERE cases.closed_at >= ? AND cases.closed_at < ? AND EXISTS (SELECT 1 FROM case_steps
WHERE case_steps.case_id = cases.id AND case_steps.kind = ? AND case_steps.code = ?) ORDER BY cases.closed_at, case_signals.at, case_signals.id`,
		toMicros(from), toMicros(to), string(casework.StepClosed), string(casework.OutcomeMistaken)).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]board.Vain, len(rows))
	for i, r := range rows {
		out[i] = board.Vain{Rule: r.Rule, Category: r.Topic, Level: risk.Level(r.Level), Score: r.Score, At: r.At.Time()}
	}
	return out, nil
}

// Asked implements board.Figures. EXPLAIN: asked_talks_at.
func (s Figures) Asked(ctx context.Context, from, to time.Time) (map[casework.AskedOutcome]int, error) {
	reached, of := peopleInReach(ctx, reach.Cases, "asked_talks.person_id")
	return countBy[casework.AskedOutcome](s.db.read(ctx).Raw("SELECT outcome, COUNT(*) AS n FROM asked_talks WHERE at >= ? AND at < ? AND "+reached+" GROUP BY outcome",
		append([]any{toMicros(from), toMicros(to)}, of...)...))
}

// Visits implements board.Figures. EXPLAIN: appointments_start.
func (s Figures) Visits(ctx context.Context, from, to time.Time) (map[booking.Status]int, error) {
	reached, of := stationsInReach(ctx, "station_id")
	return countBy[booking.Status](s.db.read(ctx).Raw("SELECT status AS outcome, COUNT(*) AS n FROM appointments WHERE start_at >= ? AND start_at < ? AND "+reached+" GROUP BY status",
		append([]any{toMicros(from), toMicros(to)}, of...)...))
}

// countBy reads how many there are of each outcome.
func countBy[K ~string](q *gorm.DB) (map[K]int, error) {
	var rows []struct {
		Outcome string
		N       int
	}
	if err := q.Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make(map[K]int, len(rows))
	for _, r := range rows {
		out[K(r.Outcome)] = r.N
	}
	return out, nil
}

// Waiting implements board.Figures. EXPLAIN: cases_urgency, case_tasks_due.
func (s Figures) Waiting(ctx context.Context, at time.Time) (board.Waiting, error) {
	var r struct {
		Cases     int
		Since     *micros
		FollowUps int
	}
	reached, of := casesWithin(ctx)
	tasks := "FROM case_tasks WHERE done_at IS NULL AND due_at <= ?"
	if reached != whole {
		tasks += " AND EXISTS (SELECT 1 FROM cases WHERE cases.id = case_tasks.case_id AND " + reached + ")"
	}
	args := append(append([]any{toMicros(at)}, of...), of...)
	err := s.db.read(ctx).Raw(`SELECT COUNT(*) AS cases, MIN(waiting_since) AS since, (SELECT COUNT(*) `+tasks+`) AS follow_ups
FROM cases WHERE urgency < 1000 AND (acknowledged_at IS NULL OR waits <> '') AND `+reached, args...).Scan(&r).Error
	return board.Waiting{Cases: r.Cases, Since: timeOrZero(r.Since), FollowUps: r.FollowUps}, err
}
