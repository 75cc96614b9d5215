package spool_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/spool"
)

// FuzzEntry opens a spool in which a file lies that a crash, a disk or somebody left: it is read, or set aside, and never in
// the way of others.
func FuzzEntry(f *testing.F) {
	for _, s := range []string{`{"inbound":{"channel":"web","kind":"text","text":"在吗"},"danger":true}`, `{}`, `null`, `[]`, `{"inbound":{"at":"yesterday"}}`, `{"inbound":`, ``, "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		dir := t.TempDir()
		sealed, _ := flip{}.Seal(plain, "")
		for _, name := range []string{"x" + uuid.NewString(), uuid.NewString(), "danger-" + uuid.NewString(), "x"} {
			if err := os.WriteFile(filepath.Join(dir, name+".sealed"), sealed, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := spool.Open(dir, flip{}, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Figures()
	})
}
