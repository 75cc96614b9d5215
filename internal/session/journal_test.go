package session_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/session"
)

func TestARestartAnswersARepeatedMessageAndPeopleGoOnWhereTheyWere(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	opened := func() *session.Memory {
		t.Helper()
		m, err := session.OpenMemory(dir, func() time.Time { return now }, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.Close() })
		return m
	}
	say := func(m *session.Memory, user, message string) {
		t.Helper()
		if err := m.Commit(t.Context(), begin(t, m, user, message), []byte("after "+message), []byte("answer to "+message)); err != nil {
			t.Fatal(err)
		}
	}
	m := opened()
	say(m, "u", "1")
	say(m, "u", "2")
	say(m, "erased", "3")
	if err := m.Forget(t.Context(), "erased"); err != nil {
		t.Fatal(err)
	}
	// The process is killed while it writes: nothing is closed, and half an entry stands at the end.
	pieces, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(pieces) != 1 {
		t.Fatalf("pieces: %v, %v", pieces, err)
	}
	raw, err := os.ReadFile(pieces[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pieces[0], append(raw, raw[:20]...), 0o600); err != nil {
		t.Fatal(err)
	}
	m = opened()
	for _, message := range []string{"1", "2"} {
		if turn := begin(t, m, "u", message); !turn.Seen || string(turn.Recorded) != "answer to "+message {
			t.Errorf("message %s again: %+v", message, turn)
		}
	}
	if turn := begin(t, m, "u", "4"); string(turn.State) != "after 2" {
		t.Errorf("the person goes on from %q", turn.State)
	}
	if turn := begin(t, m, "erased", "3"); turn.Seen || turn.State != nil {
		t.Errorf("of somebody erased there is %+v", turn)
	}
	now = now.Add(3 * session.ReplyTTL)
	say(opened(), "other", "5")
	if pieces, _ := filepath.Glob(filepath.Join(dir, "*")); len(pieces) != 1 {
		t.Errorf("old pieces stay: %v", pieces)
	}
}
