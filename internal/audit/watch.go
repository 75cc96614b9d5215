package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// How often the trail is verified, and how soon again where that could not be done.
const (
	verifyEvery = 24 * time.Hour
	lookEvery   = 5 * time.Minute
)

// Watch verifies a trail while a server runs, and remembers outside of the database how far it came. It is safe for concurrent
// use.
type Watch struct {
	Trail  *Log
	Anchor string // a file that keeps the last verified end; "" keeps none
	Now    func() time.Time
	Log    *slog.Logger

	mu      sync.Mutex
	verdict Verdict
	done    bool
}

// Verdict is what the last verification came to; false where there was none yet.
func (w *Watch) Verdict() (Verdict, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.verdict, w.done
}

// Verify reads the whole trail, against the end that was remembered and others that were written down, and remembers the new one where all fits.
func (w *Watch) Verify(ctx context.Context, writtenDown ...Mark) (Verdict, error) {
	anchor, err := w.anchor()
	if err != nil {
		return Verdict{}, err
	}
	v, err := w.Trail.Verify(ctx, append(writtenDown, anchor)...)
	if err != nil {
		return v, err
	}
	w.mu.Lock()
	w.verdict, w.done = v, true
	w.mu.Unlock()
	if v.OK() && v.Head.Seq > 0 {
		err = w.remember(v.Head)
	}
	return v, err
}

// Run takes over the lines of the older log, and verifies the trail at once and once a day, until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	ctx = With(ctx, Program("xinqiao"))
	var last time.Time
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if now := w.Now(); last.IsZero() || now.Sub(last) >= verifyEvery {
			err := w.Round(ctx)
			switch {
			case err == nil:
				last = now
			case ctx.Err() == nil:
				w.Log.ErrorContext(ctx, "the audit trail could not be looked after; it is tried again in some minutes", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Round does once what Run does every day.
func (w *Watch) Round(ctx context.Context) error {
	if n, err := w.Trail.CarryOver(ctx); err != nil {
		return err
	} else if n > 0 {
		w.Log.InfoContext(ctx, "lines of the older audit log were carried over into the trail", "lines", n)
	}
	v, err := w.Verify(ctx)
	if err != nil {
		return err
	}
	if !v.OK() {
		f := v.Findings[0]
		w.Log.ErrorContext(ctx, "THE AUDIT TRAIL IS BROKEN: keep a copy of the database, then see `xinqiao audit verify`", "findings", len(v.Findings)+v.More, "line", f.Seq, "what", f.What)
		return nil
	}
	w.Log.InfoContext(ctx, "the audit trail was verified", "lines", v.Lines, "end", v.Head.Seq, "hash", v.Head.Hash)
	return nil
}

// anchor reads the end that was remembered; the zero Mark where none was.
func (w *Watch) anchor() (m Mark, err error) {
	if w.Anchor == "" {
		return m, nil
	}
	raw, err := os.ReadFile(w.Anchor)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err == nil && !w.Trail.signed(HeadMark, m) {
		err = errors.New("it was not written by this program with these keys")
	}
	if err != nil {
		return m, fmt.Errorf("read the remembered end of the audit trail in %s: %w (where it is damaged, keep a copy and remove it)", w.Anchor, err)
	}
	return m, nil
}

// remember writes an end down, whole or not at all.
func (w *Watch) remember(m Mark) error {
	if w.Anchor == "" {
		return nil
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("remember the end of the audit trail: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(w.Anchor), ".audit-*") // mode 0600
	if err != nil {
		return fmt.Errorf("remember the end of the audit trail: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already after a rename
	_, err = tmp.Write(append(raw, '\n'))
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), w.Anchor)
	}
	if err != nil {
		return fmt.Errorf("remember the end of the audit trail: %w", err)
	}
	return nil
}
