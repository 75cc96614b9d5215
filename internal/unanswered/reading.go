package unanswered

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// Reading is the store as editors read it: masked or not, they are words of people, so the trail has each look first.
type Reading struct {
	Store
	Trail *audit.Log
}

// Since implements Store.
func (r Reading) Since(ctx context.Context, day time.Time) ([]Question, error) {
	if err := r.Trail.RecordWatching(ctx, audit.Event{Kind: audit.OpenUnanswered}); err != nil {
		return nil, fmt.Errorf("list what found no answer: %w", err)
	}
	return r.Store.Since(ctx, day)
}

// Question implements Store.
func (r Reading) Question(ctx context.Context, id string) (Question, error) {
	if err := r.Trail.RecordOnce(ctx, audit.Event{Kind: audit.OpenUnanswered, Object: id}); err != nil {
		return Question{}, fmt.Errorf("read what found no answer: %w", err)
	}
	return r.Store.Question(ctx, id)
}
