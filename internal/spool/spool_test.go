package spool_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// flip is a sealer that tests can read: every byte turned over.
type flip struct{}

func (flip) Seal(plain []byte, _ string) ([]byte, error) {
	out := bytes.Clone(plain)
	for i := range out {
		out[i] = ^out[i]
	}
	return out, nil
}

func (f flip) Open(sealed []byte, aad string) ([]byte, error) {
	if bytes.HasPrefix(sealed, []byte("broken")) {
		return nil, errors.New("not sealed by us")
	}
	return f.Seal(sealed, aad)
}

func message(id string) spool.Entry {
	return spool.Entry{Duty: spool.Record, Inbound: channel.Inbound{
		Address: channel.Address{Channel: "wechat", Account: "main", User: "openid-1"}, ID: id, Kind: channel.KindText, Text: "words",
	}}
}

func TestEntriesOutliveTheProcessAndGoWhenDone(t *testing.T) {
	dir := t.TempDir()
	s, err := spool.Open(dir, flip{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2"} {
		if _, err := s.Add(message(id)); err != nil {
			t.Fatal(err)
		}
	}
	again, err := spool.Open(dir, flip{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := again.Entries()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1", "2"}, []string{entries[0].Inbound.ID, entries[1].Inbound.ID}); diff != "" {
		t.Errorf("oldest first: %s", diff)
	}
	if entries[0].Inbound.User.Reveal() != "openid-1" || entries[0].Inbound.Text != "words" {
		t.Errorf("an entry must come back whole, got %#v", entries[0])
	}
	if err := again.Done(entries[0]); err != nil {
		t.Fatal(err)
	}
	if n, _ := again.Len(); n != 1 {
		t.Errorf("entries left: %d, want 1", n)
	}
}

func TestNothingReadableStandsOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	s, _ := spool.Open(dir, flip{})
	if _, err := s.Add(message("1")); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		raw, _ := os.ReadFile(f)
		if bytes.Contains(raw, []byte("words")) || bytes.Contains(raw, []byte("openid")) {
			t.Errorf("%s holds clear text", f)
		}
	}
}

func TestABrokenEntryDoesNotHideTheOthers(t *testing.T) {
	dir := t.TempDir()
	s, _ := spool.Open(dir, flip{})
	if err := os.WriteFile(filepath.Join(dir, "0.sealed"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add(message("1")); err != nil {
		t.Fatal(err)
	}
	entries, err := s.Entries()
	if err == nil || len(entries) != 1 {
		t.Errorf("want the whole entry and an error for the broken one, got %d entries and %v", len(entries), err)
	}
}

func TestReplayTriesUntilItIsDone(t *testing.T) {
	s, _ := spool.Open(t.TempDir(), flip{})
	if _, err := s.Add(message("1")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tries, finished := 0, make(chan struct{})
	go func() {
		defer close(finished)
		s.Replay(ctx, time.Millisecond, slog.New(slog.DiscardHandler), func(_ context.Context, e spool.Entry) error {
			tries++
			if tries < 3 {
				return errors.New("database is away")
			}
			cancel()
			return nil
		})
	}()
	<-finished
	if n, _ := s.Len(); n != 0 || tries != 3 {
		t.Errorf("entries left %d, tries %d; want 0 and 3", n, tries)
	}
}
