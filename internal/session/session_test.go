package session_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/redistest"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { redistest.Close(); os.Exit(code) }))
}

type both interface {
	session.Store
	session.Cache
}

// each runs a test against every implementation: one suite, real servers.
func each(t *testing.T, f func(t *testing.T, s both)) {
	t.Run("memory", func(t *testing.T) { f(t, session.NewMemory()) })
	t.Run("redis", func(t *testing.T) {
		url := os.Getenv("XINQIAO_TEST_REDIS_URL")
		if url == "" {
			if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
				t.Fatal("XINQIAO_TEST_REDIS_URL is not set: run the tests with `make test`, which starts a Redis")
			}
			t.Skip("XINQIAO_TEST_REDIS_URL is not set: run `make test`")
		}
		opts, err := redis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(opts)
		t.Cleanup(func() { _ = client.Close() })
		s, err := session.NewRedis(client, "test:"+uuid.NewString()+":")
		if err != nil {
			t.Fatal(err)
		}
		f(t, s)
	})
	t.Run("cluster", func(t *testing.T) {
		opts, err := redis.ParseClusterURL(redistest.Cluster(t))
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClusterClient(opts)
		t.Cleanup(func() { _ = client.Close() })
		s, err := session.NewRedis(client, "test:"+uuid.NewString()+":")
		if err != nil {
			t.Fatal(err)
		}
		f(t, s)
	})
}

func begin(t *testing.T, s session.Store, user, msg string) session.Turn {
	t.Helper()
	turn, err := s.Begin(t.Context(), s.Enter(user, msg), msg)
	if err != nil {
		t.Fatalf("Begin(%s, %s): %v", user, msg, err)
	}
	return turn
}

func TestATurnSavesStateAndTheReplyOfItsMessage(t *testing.T) {
	each(t, func(t *testing.T, s both) {
		turn := begin(t, s, "u", "m1")
		if turn.Seen || turn.State != nil {
			t.Fatalf("a new person has neither state nor reply: %+v", turn)
		}
		if err := s.Commit(t.Context(), turn, []byte("state1"), []byte("reply1")); err != nil {
			t.Fatal(err)
		}
		again := begin(t, s, "u", "m1")
		if !again.Seen || string(again.Recorded) != "reply1" {
			t.Errorf("a retry must get the recorded reply, got %+v", again)
		}
		next := begin(t, s, "u", "m2")
		if next.Seen || string(next.State) != "state1" {
			t.Errorf("the next message must see the saved state, got %+v", next)
		}
		if err := s.Abort(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		third := begin(t, s, "u", "m2")
		if third.Seen {
			t.Error("an aborted message was not handled and must not be seen")
		}
	})
}

func TestOnePersonsMessagesTakeTurnsAndOthersAreNotHeldUp(t *testing.T) {
	each(t, func(t *testing.T, s both) {
		held := begin(t, s, "slow", "a")
		begin(t, s, "other", "b") // must not wait
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := s.Begin(ctx, s.Enter("slow", "c"), "c"); !errors.Is(err, session.ErrBusy) {
			t.Errorf("while a turn is held another must wait and then fail with ErrBusy, got %v", err)
		}
		done := make(chan session.Turn)
		go func() {
			turn, _ := s.Begin(t.Context(), s.Enter("slow", "d"), "d")
			done <- turn
		}()
		if err := s.Commit(t.Context(), held, []byte("A"), nil); err != nil {
			t.Fatal(err)
		}
		if turn := <-done; string(turn.State) != "A" {
			t.Errorf("the waiting message must go on from the saved state, got %q", turn.State)
		}
	})
}

func TestTenCopiesOfAMessageAtOnceHaveOneEffect(t *testing.T) {
	each(t, func(t *testing.T, s both) {
		var (
			wg      sync.WaitGroup
			mu      sync.Mutex
			effects int
			replies = map[string]int{}
		)
		for i := range 10 {
			wg.Go(func() {
				turn, err := s.Begin(t.Context(), s.Enter("u", "same"), "same")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if turn.Seen {
					replies[string(turn.Recorded)]++
					return
				}
				effects++
				r := fmt.Sprintf("reply of %d", i)
				replies[r]++
				if err := s.Commit(t.Context(), turn, nil, []byte(r)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if effects != 1 || len(replies) != 1 {
			t.Errorf("want one effect and ten equal replies, got %d effects and %v", effects, replies)
		}
	})
}

func TestForgottenStateIsGone(t *testing.T) {
	each(t, func(t *testing.T, s both) {
		if err := s.Commit(t.Context(), begin(t, s, "u", ""), []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Forget(t.Context(), "u"); err != nil {
			t.Fatal(err)
		}
		if turn := begin(t, s, "u", ""); turn.State != nil {
			t.Errorf("state after Forget: %q", turn.State)
		}
	})
}

func TestCacheHoldsValuesAndOneLockAtATime(t *testing.T) {
	each(t, func(t *testing.T, s both) {
		ctx := t.Context()
		if _, ok, err := s.Get(ctx, "token"); ok || err != nil {
			t.Fatalf("an empty cache: ok=%v err=%v", ok, err)
		}
		if err := s.Set(ctx, "token", "v", time.Minute); err != nil {
			t.Fatal(err)
		}
		v, ok, err := s.Get(ctx, "token")
		if diff := cmp.Diff([]any{"v", true, error(nil)}, []any{v, ok, err}); diff != "" {
			t.Error(diff)
		}
		unlock, err := s.Lock(ctx, "fetch", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		if _, err := s.Lock(short, "fetch", time.Minute); !errors.Is(err, session.ErrBusy) {
			t.Errorf("a held lock: %v", err)
		}
		unlock()
		if unlock, err = s.Lock(ctx, "fetch", time.Minute); err != nil {
			t.Errorf("a freed lock: %v", err)
		} else {
			unlock()
		}
		if err := s.Delete(ctx, "token"); err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := s.Get(ctx, "token"); ok {
			t.Error("a deleted value is still there")
		}
	})
}

func TestATurnThatRanOutIsLostAndSavesNothing(t *testing.T) {
	m := session.NewMemory()
	now := time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)
	m.Now = func() time.Time { return now }
	old := begin(t, m, "u", "a")
	now = now.Add(session.TurnTTL)
	fresh := begin(t, m, "u", "b")
	if err := m.Commit(t.Context(), old, []byte("old"), nil); !errors.Is(err, session.ErrLost) {
		t.Errorf("the old turn's commit: %v, want ErrLost", err)
	}
	if err := m.Commit(t.Context(), fresh, []byte("new"), nil); err != nil {
		t.Fatal(err)
	}
	if turn := begin(t, m, "u", ""); string(turn.State) != "new" {
		t.Errorf("state = %q, want the fresh turn's", turn.State)
	}
}
