package rota

import (
	"log/slog"
	"os"
	"sync"
	"time"
)

// Book is a rota that follows its file: an edit is taken into use within seconds, a broken one keeps the running rota and
// is logged with its place. It is safe for concurrent use.
type Book struct {
	path string
	log  *slog.Logger
	now  func() time.Time

	mu      sync.Mutex
	current *Rota
	written time.Time // of the file, when it was read last
	looked  time.Time
}

// lookEvery is how long an edit may go unnoticed.
const lookEvery = 5 * time.Second

// Open reads the rota at path; "" is a book without one.
func Open(path string, now func() time.Time, log *slog.Logger) (*Book, error) {
	b := &Book{path: path, log: log, now: now, written: stamp(path), looked: now()}
	var err error
	b.current, err = Load(path)
	return b, err
}

func stamp(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
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
		b.current = r
		b.log.Info("rota read again", "file", b.path)
	}
	return b.current
}
