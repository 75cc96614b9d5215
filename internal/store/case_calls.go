package store

import (
	"context"
	"strings"
	"time"
)

// everybodyCalled stands for whoever works at the desk.
const everybodyCalled = "*"

// AddCalled implements casework.CallStore. The names are those by which staff sign in; where none of them has an account it
// cannot be known who was called, and everybody may see the case.
func (s Cases) AddCalled(ctx context.Context, caseID string, names, ids []string, at time.Time) error {
	if len(names) > 0 {
		var known []string
		if err := s.db.read(ctx).Raw("SELECT id FROM staff WHERE name IN ?", names).Scan(&known).Error; err != nil {
			return err
		}
		ids = append(ids, known...)
	}
	if len(ids) == 0 {
		ids = []string{everybodyCalled}
	}
	args := make([]any, 0, 3*len(ids))
	for _, id := range ids {
		args = append(args, caseID, id, int64(toMicros(at)))
	}
	_, err := s.db.exec(ctx, "INSERT INTO case_calls (case_id, staff_id, at) VALUES "+
		strings.TrimSuffix(strings.Repeat("(?,?,?),", len(ids)), ",")+s.db.keep("case_id"), args...)
	return err
}
