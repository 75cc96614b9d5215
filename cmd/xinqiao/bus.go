package main

import (
	"context"
	"log/slog"

	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// committedBus tells of a change once it has been committed: a page that looks at once must find it.
type committedBus struct {
	live.Bus
	db  *store.DB
	log *slog.Logger
}

// Publish implements live.Bus.
func (b committedBus) Publish(ctx context.Context, topic string) (err error) {
	told := false
	b.db.After(ctx, func() {
		if err = b.Bus.Publish(ctx, topic); err != nil && told {
			b.log.Warn("open pages hear of it late", "error", err)
		}
	})
	told = true
	return err
}
