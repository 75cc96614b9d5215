package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/retention"
)

// Retention finds and drops what is kept no longer.
type Retention struct{ db *DB }

// Retention returns the view of what is kept for how long.
func (db *DB) Retention() Retention { return Retention{db} }

var _ retention.Store = Retention{}

// kept is how the rows of a kind are found that are over, and what hangs on each of them.
type kept struct {
	table string
	key   string // the primary key; id where empty
	at    string // the column of the time that is counted from
	born  bool   // the key is a UUIDv7 of about that time or earlier: it bounds the search, so that no index of the time is needed
	where string // what else must hold
	with  []hangs
}

// hangs is a table whose rows go with those of another.
type hangs struct{ table, column string }

// keptKinds is the one table of what is a row of which kind. The audit trail is not here: it is cut, and signed anew.
var keptKinds = map[retention.Kind][]kept{
	retention.Cases: {{table: "cases", at: "closed_at", where: "open_person IS NULL", with: []hangs{
		{"case_mentions", "case_id"}, {"case_messages", "case_id"}, {"case_signals", "case_id"}, {"case_tasks", "case_id"}, {"case_referrals", "case_id"}, {"case_steps", "case_id"},
	}}},
	// A conversation is part of the file for as long as there is one.
	retention.Messages: {
		{table: "messages", at: "at", born: true, where: "NOT EXISTS (SELECT 1 FROM cases WHERE cases.person_id = messages.person_id)"},
		{table: "asked_talks", at: "at", where: "NOT EXISTS (SELECT 1 FROM cases WHERE cases.person_id = asked_talks.person_id)"},
	},
	retention.Letters: {{table: "letters", at: "turn_at", born: true, where: "state = 'answered' AND NOT EXISTS (SELECT 1 FROM letter_pieces WHERE letter_pieces.letter_id = letters.id)", with: []hangs{{"letter_drafts", "letter_id"}}}},
	retention.Results: {{table: "results", at: "at", born: true}},
	retention.Drafts:  {{table: "survey_drafts", key: "person_id", at: "at"}},
	retention.Appointments: {{table: "appointments", at: "start_at", with: []hangs{
		{"appointment_steps", "appointment_id"}, {"visit_ratings", "appointment_id"},
	}}},
	retention.Signups:  {{table: "event_signups", at: "start_at", born: true}},
	retention.Requests: {{table: "school_requests", at: "changed_at", born: true, where: "state IN ('done', 'declined', 'withdrawn')", with: []hangs{{"school_request_steps", "request_id"}}}},
	retention.Media:    {{table: "media_items", at: "ended_at", born: true, where: "state <> 'kept' AND state <> 'coming'", with: []hangs{{"media_pieces", "item_id"}}}},
	retention.Notices:  {{table: "notice_steps", at: "at", born: true}},
	// What a consent that stands rests on stays as long as it does.
	retention.Consents: {{table: "consent_steps", at: "at", born: true, where: "NOT EXISTS (SELECT 1 FROM consents WHERE consents.person_id = consent_steps.person_id AND consents.purpose = consent_steps.purpose AND consents.agreed = 1)"}},
	retention.Codes:    {{table: "guardian_codes", at: "at"}},
	retention.Sessions: {{table: "staff_sessions", at: "expires_at"}},
	retention.Tokens: {
		{table: "api_tokens", at: "expires_at", where: "expires_at IS NOT NULL"}, {table: "api_tokens", at: "revoked_at", where: "revoked_at IS NOT NULL"},
	},
	retention.Work: {{table: "outbox", at: "run_at", where: "state = 'buried'"}},
}

func (k kept) id() string {
	if k.key != "" {
		return k.key
	}
	return "id"
}

// over is the condition of the rows that are over.
func (k kept) over(before time.Time) (where string, args []any) {
	where, args = k.table+"."+k.at+" < ? AND "+k.table+"."+k.at+" > 0", []any{toMicros(before)}
	if k.born {
		where, args = k.table+"."+k.id()+" < ? AND "+where, append([]any{bornBefore(before)}, args...)
	}
	if k.where != "" {
		where += " AND " + k.where
	}
	return where, args
}

// bornBefore is an ID above all that were made before a moment, and below all that were made after.
func bornBefore(t time.Time) string {
	var id uuid.UUID
	ms := t.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // a byte of it each
	}
	return id.String()
}

// Over implements retention.Store.
func (s Retention) Over(ctx context.Context, kind retention.Kind, before time.Time) (retention.Over, error) {
	var sum retention.Over
	if kind == retention.Audit {
		return s.audit(ctx, before)
	}
	for _, k := range keptKinds[kind] {
		where, args := k.over(before)
		var r struct {
			N      int
			Oldest *micros
		}
		if err := s.db.read(ctx).Raw("SELECT COUNT(*) AS n, MIN("+k.at+") AS oldest FROM "+k.table+" WHERE "+where, args...).Scan(&r).Error; err != nil {
			return sum, fmt.Errorf("count %s: %w", k.table, err)
		}
		sum.N += r.N
		if r.Oldest != nil && (sum.Oldest.IsZero() || r.Oldest.Time().Before(sum.Oldest)) {
			sum.Oldest = r.Oldest.Time()
		}
	}
	return sum, nil
}

// audit counts the lines of the trail from before a moment.
func (s Retention) audit(ctx context.Context, before time.Time) (retention.Over, error) {
	var r struct {
		N      int
		Oldest *micros
	}
	err := s.db.read(ctx).Raw("SELECT COUNT(*) AS n, MIN(at) AS oldest FROM audit_lines WHERE at < ?", toMicros(before)).Scan(&r).Error
	o := retention.Over{N: r.N}
	if r.Oldest != nil {
		o.Oldest = r.Oldest.Time()
	}
	return o, err
}

// Drop implements retention.Store.
func (s Retention) Drop(ctx context.Context, kind retention.Kind, before time.Time, n int) (dropped int, err error) {
	for _, k := range keptKinds[kind] {
		one, err := s.dropOf(ctx, k, before, n-dropped)
		if dropped += one; err != nil || dropped >= n {
			return dropped, err
		}
	}
	return dropped, nil
}

func (s Retention) dropOf(ctx context.Context, k kept, before time.Time, n int) (dropped int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		where, args := k.over(before)
		var ids []string
		if err := tx.Raw("SELECT "+k.id()+" FROM "+k.table+" WHERE "+where+" ORDER BY "+k.id()+" LIMIT ?", append(args, n)...).Scan(&ids).Error; err != nil {
			return fmt.Errorf("find old %s: %w", k.table, err)
		}
		if dropped = len(ids); dropped == 0 {
			return nil
		}
		for _, h := range slices.Concat(k.with, []hangs{{k.table, k.id()}}) {
			if err := tx.Exec("DELETE FROM "+h.table+" WHERE "+h.column+" IN ?", ids).Error; err != nil {
				return fmt.Errorf("drop old %s: %w", h.table, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return dropped, nil
}

type runRow struct {
	Kind    string
	At      micros
	Dropped int64
	Done    int
	Failed  string
}

// Runs implements retention.Store.
func (s Retention) Runs(ctx context.Context) (map[retention.Kind]retention.Run, error) {
	var rows []runRow
	if err := s.db.read(ctx).Raw("SELECT kind, at, dropped, done, failed FROM retention_runs").Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := map[retention.Kind]retention.Run{}
	for _, r := range rows {
		out[retention.Kind(r.Kind)] = retention.Run{Kind: retention.Kind(r.Kind), At: r.At.Time(), Dropped: int(r.Dropped), Done: r.Done != 0, Failed: r.Failed}
	}
	return out, nil
}

// NoteRun implements retention.Store.
func (s Retention) NoteRun(ctx context.Context, r retention.Run) error {
	done := 0
	if r.Done {
		done = 1
	}
	update := " ON CONFLICT (kind) DO UPDATE SET at = excluded.at, dropped = excluded.dropped, done = excluded.done, failed = excluded.failed"
	if s.db.mysql() {
		update = " ON DUPLICATE KEY UPDATE at = VALUES(at), dropped = VALUES(dropped), done = VALUES(done), failed = VALUES(failed)"
	}
	_, err := s.db.exec(ctx, "INSERT INTO retention_runs (kind, at, dropped, done, failed) VALUES (?,?,?,?,?)"+update, string(r.Kind), int64(toMicros(r.At)), r.Dropped, done, r.Failed)
	if err != nil {
		return fmt.Errorf("note a run of retention: %w", err)
	}
	return nil
}
