package store

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
)

// PastCases implements casework.PastStore. It walks cases_person (person_id, opened_at) backwards; a person has few cases.
func (s Cases) PastCases(ctx context.Context, personID string, n int) ([]casework.PastCase, error) {
	var rows []struct {
		Row     caseRow `gorm:"embedded"`
		Outcome string
	}
	reached, of := casesInReach(ctx)
	err := s.db.read(ctx).Table("cases").Select(caseColumns+`,
COALESCE((SELECT case_steps.code FROM case_steps WHERE case_steps.case_id = cases.id AND case_steps.kind = 'closed' ORDER BY case_steps.at DESC LIMIT 1), '') AS outcome`).
		Where("cases.person_id = ? AND cases.open_person IS NULL AND "+reached, append([]any{personID}, of...)...).
		Order("cases.opened_at DESC, cases.id DESC").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	past := make([]casework.PastCase, 0, len(rows))
	for _, r := range rows {
		c, err := s.fromRow(ctx, r.Row)
		if err != nil {
			return nil, err
		}
		past = append(past, casework.PastCase{Case: c, Outcome: casework.Outcome(r.Outcome)})
	}
	return past, nil
}
