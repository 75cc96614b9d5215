package spool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
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

func (flip) Index(a channel.Address) string { return "hash of " + a.User.Reveal() }

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func message(n int, from string) spool.Entry {
	return spool.Entry{Duty: spool.Answer, Inbound: channel.Inbound{
		Address: channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(from)}, ID: fmt.Sprint(n), Kind: channel.KindText, Text: "words",
		At: noon.Add(time.Duration(n) * time.Second),
	}}
}

func danger(n int, from string) spool.Entry {
	e := message(n, from)
	e.Duty, e.Danger = spool.Record, true
	return e
}

func open(t *testing.T, dir string, shelf spool.Shelf) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, flip{}, shelf, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func add(t *testing.T, s *spool.Spool, es ...spool.Entry) {
	t.Helper()
	for _, e := range es {
		if err := s.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(es []spool.Entry) (out []string) {
	for _, e := range es {
		out = append(out, e.Inbound.ID)
	}
	return out
}

// replay runs a replay until the spool is empty, and returns what was done, in order.
func replay(t *testing.T, s *spool.Spool, do spool.Do) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var (
		mu   sync.Mutex
		done []string
		over = make(chan struct{})
	)
	go func() {
		defer close(over)
		s.Replay(ctx, 20*time.Millisecond, func(ctx context.Context, e spool.Entry) error {
			err := do(ctx, e)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done = append(done, e.Inbound.ID)
			}
			return err
		})
	}()
	for deadline := time.Now().Add(time.Minute); s.Figures().Entries > 0 && time.Now().Before(deadline); {
		<-time.After(5 * time.Millisecond)
	}
	cancel()
	<-over
	return done
}

func fine(context.Context, spool.Entry) error { return nil }

func TestEntriesOutliveTheProcessDangerFirst(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	add(t, s, message(2, "a"), message(1, "a"), danger(3, "b"), message(1, "a"))
	again := open(t, dir, nil)
	got := again.Entries()
	if diff := cmp.Diff([]string{"3", "1", "2"}, ids(got)); diff != "" {
		t.Errorf("danger first, then in the order in which it was said, each once: %s", diff)
	}
	if !got[0].Danger || got[0].Inbound.User.Reveal() != "b" || got[0].Inbound.Text != "words" {
		t.Errorf("an entry must come back whole, got %#v", got[0])
	}
	replay(t, again, fine)
	if n := open(t, dir, nil).Figures().Entries; n != 0 {
		t.Errorf("%d entries are left of what was done", n)
	}
}

func TestNothingReadableStandsOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	add(t, open(t, dir, nil), message(1, "openid-1"))
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 1 {
		t.Fatalf("files: %v", files)
	}
	raw, _ := os.ReadFile(files[0])
	if bytes.Contains(raw, []byte("words")) || bytes.Contains(raw, []byte("openid")) {
		t.Errorf("%s holds clear text", files[0])
	}
}

func TestAFileThatCannotBeReadIsSetAsideAndReportedAndHoldsUpNothing(t *testing.T) {
	dir := t.TempDir()
	add(t, open(t, dir, nil), message(1, "a"))
	bad := filepath.Join(dir, "0-"+uuid.NewString()+".sealed")
	if err := os.WriteFile(bad, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := spool.Open(dir, flip{}, nil, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if f := s.Figures(); f.Entries != 1 || f.Aside != 1 || !strings.Contains(log.String(), "SET ASIDE") {
		t.Errorf("%+v, log %q", f, log.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "aside", filepath.Base(bad))); err != nil {
		t.Errorf("it must be kept: a key may be found again: %v", err)
	}
	if done := replay(t, s, fine); len(done) != 1 {
		t.Errorf("done: %v", done)
	}
}

func TestDangerWaitsBehindNoSmallTalk(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	for n := range 100 {
		add(t, s, message(n, fmt.Sprint("person ", n%20)))
	}
	add(t, s, danger(1000, "in danger"))
	heard, let := make(chan struct{}), make(chan struct{})
	done := replay(t, s, func(ctx context.Context, e spool.Entry) error {
		if e.Danger {
			close(heard)
			close(let)
			return nil
		}
		<-let // small talk ends only when danger was heard
		return nil
	})
	<-heard
	if len(done) != 101 || done[0] != "1000" {
		t.Errorf("%d done, the first %s", len(done), done[0])
	}
}

func TestDangerThatHangsOrFailsHoldsUpNoOther(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	const n = 30
	for i := range n {
		add(t, s, danger(i, fmt.Sprint("person ", i)))
	}
	var (
		mu     sync.Mutex
		others = make(chan struct{})
		heard  = map[string]bool{}
	)
	done := replay(t, s, func(ctx context.Context, e spool.Entry) error {
		switch e.Inbound.ID {
		case "0", "1": // hang until all others are recorded
			select {
			case <-others:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		case "2", "3", "4", "5", "6":
			select {
			case <-others:
				return nil
			default:
				return errors.New("fails")
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if heard[e.Inbound.ID] = true; len(heard) == n-7 {
			close(others)
		}
		return nil
	})
	if len(done) != n {
		t.Errorf("%d done, want %d", len(done), n)
	}
}

func TestOnePersonsWordsAreDoneInOrderAndOneFailureHoldsUpNobodyElse(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	for n := range 10 {
		add(t, s, message(9-n, "a"), message(100+n, fmt.Sprint("other ", n)))
	}
	var mu sync.Mutex
	fails := 4
	done := replay(t, s, func(_ context.Context, e spool.Entry) error {
		mu.Lock()
		defer mu.Unlock()
		if e.Inbound.ID == "0" && fails > 0 {
			fails--
			return errors.New("not yet")
		}
		return nil
	})
	var ofA []string
	for _, id := range done {
		if len(id) == 1 {
			ofA = append(ofA, id)
		}
	}
	if !slices.IsSorted(ofA) || len(ofA) != 10 || len(done) != 20 {
		t.Errorf("done: %v", done)
	}
	if at := slices.Index(done, "0"); at < 5 {
		t.Errorf("the others must not wait for the one that fails: %v", done)
	}
}

func TestWhatIsSaidNowWaitsForWhatWasSaidBefore(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	add(t, s, message(3, "a"), message(1, "a"), message(2, "b"))
	if err := s.Hold(t.Context(), message(0, "a")); err != nil { // its own handler is at work on it
		t.Fatal(err)
	}
	var done []string
	err := s.Settle(t.Context(), "hash of a", message(2, "a").Inbound.Order(), func(_ context.Context, e spool.Entry) error {
		done = append(done, e.Inbound.ID)
		return nil
	})
	if diff := cmp.Diff([]string{"1"}, done); diff != "" || err != nil {
		t.Errorf("settled: %s, %v", diff, err)
	}
}

func TestAFullDiskTakesNoDangerAwayAndNothingElseIsSaidToBeKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	shelf := &shelf{}
	for name, with := range map[string]spool.Shelf{"no other backend lives": nil, "another backend lives": shelf} {
		t.Run(name, func(t *testing.T) {
			s := open(t, dir, with)
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			if err := s.Add(t.Context(), message(1, "a")); !errors.Is(err, spool.ErrNotKept) {
				t.Errorf("small talk: %v", err)
			}
			err := s.Add(t.Context(), danger(2, "a"))
			if with == nil && !errors.Is(err, spool.ErrNotKept) || with != nil && err != nil {
				t.Errorf("danger: %v", err)
			}
			if s.Check() == nil {
				t.Error("a disk that takes nothing must be seen")
			}
			if f := s.Figures(); f.Entries != 1 || f.Danger != 1 {
				t.Errorf("%+v", f)
			}
			if done := replay(t, s, fine); len(done) != 1 || done[0] != "2" {
				t.Errorf("done: %v", done)
			}
			if len(shelf.all) != 0 {
				t.Error("what is done must leave the shelf")
			}
		})
	}
}

func TestDangerReachesTheDiskOnceThereIsRoom(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, nil)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context(), danger(1, "a")); !errors.Is(err, spool.ErrNotKept) {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tried := make(chan struct{}, 100)
	over := make(chan struct{})
	go func() {
		defer close(over)
		s.Replay(ctx, time.Millisecond, func(context.Context, spool.Entry) error {
			tried <- struct{}{}
			return errors.New("the database is away")
		})
	}()
	<-tried
	cancel()
	<-over // on its way out it tries once more
	if f := open(t, dir, nil).Figures(); f.Danger != 1 {
		t.Errorf("after a restart: %+v", f)
	}
}

func TestTheDangerOfADeadReplicaDoesNotWaitForItsDisk(t *testing.T) {
	shelves := map[string]spool.Shelf{"in memory": &shelf{}}
	if url := os.Getenv("XINQIAO_TEST_REDIS_URL"); url != "" {
		opts, err := redis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(opts)
		t.Cleanup(func() { _ = client.Close() })
		shelves["in Redis"] = spool.NewRedis(client, "test:"+uuid.NewString()+":")
	}
	for name, with := range shelves {
		t.Run(name, func(t *testing.T) {
			add(t, open(t, t.TempDir(), with), danger(1, "a"), message(2, "a")) // and dies
			s := open(t, t.TempDir(), with)
			ctx, cancel := context.WithCancel(t.Context())
			done, over := make(chan string, 10), make(chan struct{})
			go func() {
				defer close(over)
				s.Replay(ctx, 20*time.Millisecond, func(_ context.Context, e spool.Entry) error { done <- e.Inbound.ID; return nil })
			}()
			if id := <-done; id != "1" {
				t.Errorf("taken up: %s", id)
			}
			cancel()
			<-over
			if all, err := with.All(t.Context()); err != nil || len(all) != 0 {
				t.Errorf("%d are left on the shelf, %v", len(all), err)
			}
		})
	}
}

// shelf is a shelf in memory.
type shelf struct {
	mu  sync.Mutex
	all map[string][]byte
}

func (s *shelf) Put(_ context.Context, id string, sealed []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string][]byte{}
	}
	s.all[id] = sealed
	return nil
}

func (s *shelf) Drop(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, id)
	return nil
}

func (s *shelf) All(context.Context) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.all), nil
}
