// Package spool keeps, on the local disk, inbound messages that were answered or acknowledged before they could be
// recorded, until they are: one sealed file each, synced before Add returns. It knows nothing of what recording means.
package spool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Sealer seals what is written.
type Sealer interface {
	Seal(plain []byte, aad string) ([]byte, error)
	Open(sealed []byte, aad string) ([]byte, error)
}

// Duty says what is still owed to a spooled message.
type Duty string

// The duties.
const (
	Record Duty = "record" // it was answered without a database: record it
	Answer Duty = "answer" // it was acknowledged without an answer: handle it and push the answer
)

// Entry is one spooled message.
type Entry struct {
	Duty    Duty            `json:"duty"`
	Inbound channel.Inbound `json:"inbound"`
	file    string
}

// Spool is a folder of entries. It is safe for concurrent use.
type Spool struct {
	dir    string
	sealer Sealer
	wake   chan struct{}
}

const (
	aad    = "spool"
	suffix = ".sealed"
)

// Open makes the folder where it is missing.
func Open(dir string, sealer Sealer) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	return &Spool{dir: dir, sealer: sealer, wake: make(chan struct{}, 1)}, nil
}

// Add writes an entry; it is on the disk when Add returns.
func (s *Spool) Add(e Entry) (Entry, error) {
	plain, err := json.Marshal(e)
	if err != nil {
		return e, fmt.Errorf("spool message: %w", err)
	}
	sealed, err := s.sealer.Seal(plain, aad)
	if err != nil {
		return e, fmt.Errorf("spool message: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return e, fmt.Errorf("spool message: %w", err)
	}
	e.file = filepath.Join(s.dir, id.String()+suffix)
	if err := writeSynced(e.file, sealed); err != nil {
		return e, fmt.Errorf("spool message: %w", err)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return e, nil
}

func writeSynced(file string, data []byte) error {
	f, err := os.OpenFile(file+".tmp", os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(file+".tmp", file)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// Done removes an entry that owes nothing any more.
func (s *Spool) Done(e Entry) error {
	if err := os.Remove(e.file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("clear spool: %w", err)
	}
	return nil
}

// Len counts the entries.
func (s *Spool) Len() (int, error) {
	files, err := s.files()
	return len(files), err
}

func (s *Spool) files() ([]string, error) {
	names, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("read spool: %w", err)
	}
	var files []string
	for _, n := range names {
		if strings.HasSuffix(n.Name(), suffix) {
			files = append(files, filepath.Join(s.dir, n.Name()))
		}
	}
	slices.Sort(files) // the names are in the order of time
	return files, nil
}

// Entries reads what is there, oldest first. An entry that cannot be opened is an error of its own; the others are still returned.
func (s *Spool) Entries() ([]Entry, error) {
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	var (
		out  []Entry
		errs []error
	)
	for _, f := range files {
		e, err := s.read(f)
		switch {
		case err == nil:
			out = append(out, e)
		case !errors.Is(err, os.ErrNotExist): // done meanwhile
			errs = append(errs, fmt.Errorf("spool entry %s: %w", filepath.Base(f), err))
		}
	}
	return out, errors.Join(errs...)
}

func (s *Spool) read(file string) (Entry, error) {
	sealed, err := os.ReadFile(file)
	if err != nil {
		return Entry{}, err
	}
	plain, err := s.sealer.Open(sealed, aad)
	if err != nil {
		return Entry{}, err
	}
	var e Entry
	if err := json.Unmarshal(plain, &e); err != nil {
		return Entry{}, err
	}
	e.file = file
	return e, nil
}

// Replay gives every entry to do until ctx ends: at once, when one is added, and every interval while any is left. An
// entry stays until do returns nil.
func (s *Spool) Replay(ctx context.Context, interval time.Duration, log *slog.Logger, do func(ctx context.Context, e Entry) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		entries, err := s.Entries()
		if err != nil {
			log.Error("spool cannot be read", "error", err)
		}
		for _, e := range entries {
			if ctx.Err() != nil {
				return
			}
			if err := do(ctx, e); err != nil {
				log.Warn("spooled message still waits", "duty", string(e.Duty), "error", err)
				continue
			}
			if err := s.Done(e); err != nil {
				log.Error("spool entry stays although it is done", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.wake:
		}
	}
}
