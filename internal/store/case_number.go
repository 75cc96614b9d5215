package store

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
)

// Numbers implements casework.NumberStore.
func (s Cases) Numbers(ctx context.Context, ids ...string) (map[string]int, error) {
	out := map[string]int{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []struct {
		ID     string
		Number int
	}
	if err := s.db.read(ctx).Raw("SELECT id, number FROM cases WHERE id IN ?", ids).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = r.Number
	}
	return out, nil
}

// Numbered implements casework.NumberStore.
func (s Cases) Numbered(ctx context.Context, number int) (string, error) {
	var ids []string
	if err := s.db.read(ctx).Raw("SELECT id FROM cases WHERE number = ?", number).Scan(&ids).Error; err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", casework.ErrNotFound
	}
	return ids[0], nil
}
