package store

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/privacy"
)

// Privacy counts what is held of people and what was done with it, for the yearly report. It counts rows and reads none.
type Privacy struct{ db *DB }

// Privacy returns the view of privacy.
func (db *DB) Privacy() Privacy { return Privacy{db} }

var _ privacy.Store = Privacy{}

// Held implements privacy.Store: every table that holds something of a person, so that none is left out of the report.
func (s Privacy) Held(ctx context.Context) (map[string]int, error) {
	held := make(map[string]int, len(personal))
	for _, t := range personal {
		var n int
		if err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM " + t.name).Scan(&n).Error; err != nil {
			return nil, fmt.Errorf("count %s: %w", t.name, err)
		}
		held[t.name] = n
	}
	return held, nil
}

// People implements privacy.Store.
func (s Privacy) People(ctx context.Context, from, to time.Time) ([]privacy.People, error) {
	var rows []privacy.People
	err := s.db.read(ctx).Raw(`SELECT audience, channel, COUNT(*) AS total, SUM(CASE WHEN created_at >= ? AND created_at < ? THEN 1 ELSE 0 END) AS fresh
FROM persons GROUP BY audience, channel ORDER BY audience, channel`, toMicros(from), toMicros(to)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count people: %w", err)
	}
	return rows, nil
}

// Consents implements privacy.Store: how they stand now.
func (s Privacy) Consents(ctx context.Context) ([]privacy.Consents, error) {
	var rows []privacy.Consents
	err := s.db.read(ctx).Raw("SELECT purpose, side, agreed, COUNT(*) AS n FROM consents GROUP BY purpose, side, agreed ORDER BY purpose, side, agreed DESC").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count consents: %w", err)
	}
	return rows, nil
}

// ConsentSteps implements privacy.Store: what was given, refused and withdrawn in a time.
func (s Privacy) ConsentSteps(ctx context.Context, from, to time.Time) ([]privacy.ConsentSteps, error) {
	var rows []privacy.ConsentSteps
	err := s.db.read(ctx).Raw("SELECT purpose, side, kind, COUNT(*) AS n FROM consent_steps WHERE at >= ? AND at < ? GROUP BY purpose, side, kind ORDER BY purpose, side, kind", toMicros(from), toMicros(to)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count what became of consents: %w", err)
	}
	return rows, nil
}

// Deeds implements privacy.Store. EXPLAIN: audit_lines_at, of one year.
func (s Privacy) Deeds(ctx context.Context, from, to time.Time) ([]privacy.Deed, error) {
	var rows []struct {
		Kind, Role string
		N          int
	}
	err := s.db.read(ctx).Raw("SELECT kind, role, COUNT(*) AS n FROM audit_lines WHERE at >= ? AND at < ? GROUP BY kind, role ORDER BY kind, role", toMicros(from), toMicros(to)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count in the audit trail: %w", err)
	}
	out := make([]privacy.Deed, len(rows))
	for i, r := range rows {
		out[i] = privacy.Deed{Kind: audit.Kind(r.Kind), Role: r.Role, N: r.N}
	}
	return out, nil
}

// Cases implements privacy.Store: files opened in a time, by level.
func (s Privacy) Cases(ctx context.Context, from, to time.Time) ([]privacy.Cases, error) {
	var rows []privacy.Cases
	err := s.db.read(ctx).Raw("SELECT level, COUNT(*) AS n FROM cases WHERE opened_at >= ? AND opened_at < ? GROUP BY level ORDER BY level", toMicros(from), toMicros(to)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count cases: %w", err)
	}
	return rows, nil
}
