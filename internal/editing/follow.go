package editing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// batch is how many published changes are read at a time.
const batch = 100

// followEvery is how often a replica looks whether another one published something.
const followEvery = 5 * time.Second

// Follow writes what was published elsewhere into this replica's folder, until ctx ends: replicas need not share a disk.
func (s *Service) Follow(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	failing := false
	for {
		err := s.CatchUp(ctx)
		if err != nil && !failing && ctx.Err() == nil { // once an outage
			s.Log.Warn("published content is not written into this folder yet", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// CatchUp writes the published changes that this folder has not seen. An item that is neither as it was before a change
// nor as it is after it was changed by hand, and stays: YAML is the truth.
func (s *Service) CatchUp(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen()
	for {
		ds, err := s.Store.PublishedAfter(ctx, seen, batch)
		if err != nil || len(ds) == 0 {
			return err
		}
		for _, d := range ds {
			if err := s.apply(d); err != nil {
				return err
			}
			seen = d.Number
		}
		if err := s.remember(seen); err != nil {
			return err
		}
	}
}

func (s *Service) apply(d Draft) error {
	text, err := s.file(d)
	switch {
	case errors.Is(err, errApplied):
		return nil
	case errors.Is(err, ErrConflict), errors.Is(err, ErrTaken), errors.Is(err, ErrNotFound), errors.Is(err, ErrBroken), errors.Is(err, ErrComplex):
		s.Log.Warn("a published change does not fit this folder, which stays as it is", "file", d.File, "number", d.Number, "error", err)
		return nil
	case err != nil:
		return err
	}
	ready, err := s.prepare(d.File, text)
	if err != nil {
		return err
	}
	if err := s.put(d, ready); err != nil {
		_ = os.Remove(ready)
		return err
	}
	s.Log.Info("published content was written", "file", d.File, "number", d.Number)
	s.wrote()
	return nil
}

// seen is the last change that this folder has; 0 where nobody wrote it down, and then all are looked at: applying one
// twice changes nothing.
func (s *Service) seen() int64 {
	raw, err := os.ReadFile(s.Mark)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (s *Service) remember(n int64) error {
	if err := os.WriteFile(s.Mark, []byte(strconv.FormatInt(n, 10)+"\n"), 0o600); err != nil {
		return fmt.Errorf("remember which content is written: %w", err)
	}
	return nil
}
