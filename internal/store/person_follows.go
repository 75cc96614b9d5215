package store

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// Unfollowed implements person.Directory. EXPLAIN: persons by its primary key.
func (s People) Unfollowed(ctx context.Context, id string) (time.Time, error) {
	var rows []struct{ UnfollowedAt *micros }
	if err := s.db.read(ctx).Table("persons").Select("unfollowed_at").Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return time.Time{}, fmt.Errorf("ask whether person %s follows the account: %w", id, err)
	}
	if len(rows) == 0 {
		return time.Time{}, person.ErrNotFound
	}
	return timeOrZero(rows[0].UnfollowedAt), nil
}

// SetUnfollowed implements person.Directory.
func (s People) SetUnfollowed(ctx context.Context, id string, at time.Time) error {
	if err := s.db.write(ctx).Table("persons").Where("id = ?", id).Update("unfollowed_at", microsOrNil(at)).Error; err != nil {
		return fmt.Errorf("note whether person %s follows the account: %w", id, err)
	}
	return nil
}
