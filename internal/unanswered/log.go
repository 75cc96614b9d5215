package unanswered

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// The bounds of a Log: texts are counted a little later, in batches, and the oldest are dropped while the store is away.
const (
	logEvery   = 2 * time.Second
	logKeep    = 2000
	logTimeout = 10 * time.Second
)

// Log counts texts behind, so that no answer waits for it. It is safe for concurrent use.
type Log struct {
	store Store
	log   *slog.Logger

	mu      sync.Mutex
	waiting []Text

	flush   chan chan error
	stop    chan struct{}
	stopped chan struct{}
	once    sync.Once
	left    error
}

// NewLog starts a log; Close ends it.
func NewLog(store Store, log *slog.Logger) *Log {
	l := &Log{store: store, log: log, flush: make(chan chan error), stop: make(chan struct{}), stopped: make(chan struct{})}
	go l.run()
	return l
}

// Add takes what somebody wrote, if it may be kept, and never waits.
func (l *Log) Add(person, text string, at time.Time) {
	words, ok := Keep(text)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= logKeep {
		l.waiting = l.waiting[1:]
	}
	l.waiting = append(l.waiting, Text{Words: words, Folded: hanzi.Fold(words), Person: person, At: at})
}

// Flush returns once everything added before is counted, or says why it could not be.
func (l *Log) Flush(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case l.flush <- done:
		return <-done
	case <-l.stopped:
		return l.left
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close counts what waits and ends the log.
func (l *Log) Close() error {
	l.once.Do(func() { close(l.stop) })
	<-l.stopped
	return l.left
}

func (l *Log) run() {
	defer close(l.stopped)
	tick := time.NewTicker(logEvery)
	defer tick.Stop()
	failing := false
	for {
		var asked chan error
		select {
		case <-l.stop:
			l.left = l.drain()
			return
		case asked = <-l.flush:
		case <-tick.C:
		}
		err := l.drain()
		if asked != nil {
			asked <- err
		}
		if err != nil && !failing { // once an outage
			l.log.Warn("unanswered questions wait for the database", "error", err)
		}
		failing = err != nil
	}
}

func (l *Log) drain() error {
	l.mu.Lock()
	batch := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), logTimeout)
	defer cancel()
	err := l.store.Count(ctx, batch...)
	if err != nil {
		l.mu.Lock()
		l.waiting = append(batch, l.waiting...)
		l.waiting = l.waiting[max(0, len(l.waiting)-logKeep):]
		l.mu.Unlock()
	}
	return err
}
