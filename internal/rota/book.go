package rota

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
)

// Saved is what the database holds of the rota.
type Saved struct {
	Base    *SavedPlan // nil where none was written on the desk
	Changes []Change   // asked or agreed, and not long past
}

// SavedPlan is a base that was written on the desk. Each time it is written its version is one more.
type SavedPlan struct {
	Plan
	Version int
	Key     string // of the form that wrote it
	By      Act
}

// Source reads what the database holds: changes that end after since.
type Source interface {
	Saved(ctx context.Context, since time.Time) (Saved, error)
}

// Book is the rota in use. Its base is the file where there is one, and follows it: an edit is taken into use within
// seconds, a broken one keeps the running rota and is logged with its place. Without a file the base is the one that was
// written on the desk. Changes lie over either. All of it is held in memory: while the database is away the last that was
// read counts. It is safe for concurrent use.
type Book struct {
	path   string
	source Source // nil: the file alone
	log    *slog.Logger
	now    func() time.Time
	city   func() *calendar.Days // nil: every week is like the other

	mu      sync.Mutex
	file    *Rota     // as it was read, nil without a file
	written time.Time // of the file, when it was read last
	looked  time.Time
	saved   Saved
	desk    *Rota // the base of saved, compiled; nil without one
	current *Rota
	away    bool // the database did not answer the last time
}

const (
	lookEvery   = 5 * time.Second // how long an edit of the file may go unnoticed
	readEvery   = 5 * time.Second // how long a change may, where no word of it came
	readTimeout = 3 * time.Second
	keepChanges = 48 * time.Hour // how long a change is read after its end: the grid shows the days just past
)

// Open reads the rota at path; "" is a book without a file. source may be nil.
func Open(path string, source Source, now func() time.Time, log *slog.Logger) (*Book, error) {
	b := &Book{path: path, source: source, log: log, now: now, written: stamp(path), looked: now()}
	var err error
	b.file, err = Load(path)
	b.current = b.file
	return b, err
}

func stamp(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// File is the name of the file that the base comes from, "" where it does not.
func (b *Book) File() string {
	if b.path == "" {
		return ""
	}
	return filepath.Base(b.path)
}

// Current is the rota in use, nil where there is none.
func (b *Book) Current() *Rota {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.path == "" || b.now().Sub(b.looked) < lookEvery {
		return b.current
	}
	b.looked = b.now()
	if at := stamp(b.path); !at.Equal(b.written) {
		b.written = at
		r, err := Load(b.path)
		if err != nil {
			b.log.Error("the rota was edited and cannot be read; the running one stays", "error", err)
			return b.current
		}
		b.file = r
		b.lay()
		b.log.Info("rota read again", "file", b.path)
	}
	return b.current
}

// lay puts the changes over the base. The caller holds the lock.
func (b *Book) lay() {
	base := b.file
	if b.path == "" {
		base = b.desk
	}
	b.current = base.With(b.saved.Changes).under(b.city)
}

// Keep lays the city's holidays under the rota: they count where neither the plan nor a change says otherwise.
func (b *Book) Keep(city func() *calendar.Days) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.city = city
	b.lay()
}

// Saved is what was read of the database last.
func (b *Book) Saved() Saved {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.saved
}

// Refresh reads what the database holds. On an error what was read before stays in use.
func (b *Book) Refresh(ctx context.Context) error {
	if b.source == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	s, err := b.source.Saved(ctx, b.now().Add(-keepChanges))
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		if !b.away {
			b.log.Warn("the changes to the rota cannot be read; those read before stay in use", "error", err)
		}
		b.away = true
		return err
	}
	if b.away {
		b.log.Info("the changes to the rota can be read again")
	}
	b.away = false
	return b.take(s)
}

// take puts into use what was read. The caller holds the lock.
func (b *Book) take(s Saved) error {
	known := 0
	if b.saved.Base != nil && b.desk != nil {
		known = b.saved.Base.Version
	}
	switch {
	case s.Base == nil:
		b.desk = nil
	case s.Base.Version != known:
		r, err := Compile(s.Base.Plan)
		if err != nil { // nothing that does not compile is saved; a later program may know more than this one
			b.log.Error("the rota of the desk cannot be used; the running one stays", "version", s.Base.Version, "error", err)
			return err
		}
		b.desk = r
	}
	b.saved = s
	b.lay()
	return nil
}

// Follow reads the database again every few seconds, and at once when touched says that something changed, until ctx ends.
func (b *Book) Follow(ctx context.Context, touched <-chan string) {
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	for {
		_ = b.Refresh(ctx) // logged there; the next turn tries again
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case _, ok := <-touched:
			if !ok {
				touched = nil // the bus is gone: reading goes on
			}
		}
	}
}
