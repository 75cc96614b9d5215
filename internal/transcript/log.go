package transcript

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// LogOptions are what a Log needs; Store must be set.
type LogOptions struct {
	Store   Store
	Log     *slog.Logger          // default none
	Metrics prometheus.Registerer // default none
	Every   time.Duration         // how long a message may wait; default 200 ms
	Batch   int                   // how many are written in one statement, and without waiting; default 500
	Keep    int                   // how many wait at most while the store is away; default 20,000
	Timeout time.Duration         // of one write; default 10 s
}

// Log writes messages behind, in batches: those of plain browsing, which nobody waits for. While the store is away it
// keeps them, up to a bound, tries again with growing pauses, and counts what it must drop. It is safe for concurrent use.
type Log struct {
	o LogOptions

	mu      sync.Mutex
	waiting []Message
	closed  bool

	kick    chan struct{} // a batch is full
	flush   chan chan error
	stop    chan struct{}
	stopped chan struct{}
	close   sync.Once
	left    error // what the last write before stopped came to

	written, dropped prometheus.Counter
}

// ErrClosed says that a Log was used after Close.
var ErrClosed = errors.New("transcript: the log is closed")

// longestPause is the most that a log waits before it asks a store that failed again.
const longestPause = 10 * time.Second

// NewLog starts a log; Close ends it.
func NewLog(o LogOptions) *Log {
	l := &Log{
		o: o, kick: make(chan struct{}, 1), flush: make(chan chan error), stop: make(chan struct{}), stopped: make(chan struct{}),
		written: prometheus.NewCounter(prometheus.CounterOpts{Name: "xinqiao_transcript_written_total", Help: "Messages of plain browsing written behind."}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{Name: "xinqiao_transcript_dropped_total", Help: "Messages of plain browsing that were never written, because the database was away for long."}),
	}
	l.defaults()
	if o.Metrics != nil {
		o.Metrics.MustRegister(l.written, l.dropped)
	}
	go l.run()
	return l
}

func (l *Log) defaults() {
	if l.o.Log == nil {
		l.o.Log = slog.New(slog.DiscardHandler)
	}
	if l.o.Every == 0 {
		l.o.Every = 200 * time.Millisecond
	}
	if l.o.Batch == 0 {
		l.o.Batch = 500
	}
	if l.o.Keep == 0 {
		l.o.Keep = 20_000
	}
	if l.o.Timeout == 0 {
		l.o.Timeout = 10 * time.Second
	}
}

// Add takes messages and never waits. The newest are dropped where too many wait: what began a conversation explains it.
func (l *Log) Add(ms ...Message) {
	l.mu.Lock()
	room := l.o.Keep - len(l.waiting)
	if l.closed {
		room = 0
	}
	kept := ms[:max(0, min(len(ms), room))]
	l.waiting = append(l.waiting, kept...)
	full := len(l.waiting) >= l.o.Batch
	l.mu.Unlock()
	if lost := len(ms) - len(kept); lost > 0 {
		l.dropped.Add(float64(lost))
	}
	if full {
		select {
		case l.kick <- struct{}{}:
		default: // it knows already
		}
	}
}

// Flush returns once everything added before is written, or says why it could not be.
func (l *Log) Flush(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case l.flush <- done:
	case <-l.stopped:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what waits and ends the log.
func (l *Log) Close() error {
	l.close.Do(func() { close(l.stop) })
	<-l.stopped
	return l.left
}

// run is the only writer, so batches are written in order.
func (l *Log) run() {
	defer close(l.stopped)
	var pause time.Duration // grows while the store is away
	timer := time.NewTimer(l.o.Every)
	defer timer.Stop()
	for {
		kick := l.kick
		if pause > 0 {
			kick = nil // a full queue is no reason to press a store that is away
		}
		var asked chan error
		select {
		case <-l.stop:
			l.end()
			return
		case asked = <-l.flush:
		case <-kick:
		case <-timer.C:
		}
		err := l.drain()
		if asked != nil {
			asked <- err
		}
		if err == nil {
			pause = 0
		} else {
			pause = min(max(2*pause, l.o.Every), longestPause)
			l.o.Log.Warn("transcript waits for the database", "error", err, "again_in", pause)
		}
		timer.Reset(max(pause, l.o.Every))
	}
}

// drain writes everything that waits, batch by batch. A batch leaves the queue only once it is written: the store
// leaves a message that it has already as it is, so trying one twice is harmless.
func (l *Log) drain() error {
	for {
		l.mu.Lock()
		batch := l.waiting[:min(len(l.waiting), l.o.Batch)]
		l.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), l.o.Timeout)
		err := l.o.Store.Append(ctx, batch...)
		cancel()
		if err != nil {
			return err
		}
		l.written.Add(float64(len(batch)))
		l.mu.Lock()
		rest := copy(l.waiting, l.waiting[len(batch):])
		clear(l.waiting[rest:]) // let go of what was said
		l.waiting = l.waiting[:rest]
		l.mu.Unlock()
	}
}

// end refuses further messages and writes the rest, once.
func (l *Log) end() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	if l.left = l.drain(); l.left != nil {
		l.mu.Lock()
		l.dropped.Add(float64(len(l.waiting)))
		l.waiting = nil
		l.mu.Unlock()
	}
}
