package session_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// replicas returns two stores that share what replicas share: one store of one process, or two on one Redis.
func replicas(t *testing.T) map[string][2]session.Store {
	t.Helper()
	m := session.NewMemory()
	out := map[string][2]session.Store{"memory": {m, m}}
	url := os.Getenv("XINQIAO_TEST_REDIS_URL")
	if url == "" {
		if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
			t.Fatal("XINQIAO_TEST_REDIS_URL is not set: run the tests with `make test`, which starts a Redis")
		}
		return out
	}
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	var two [2]session.Store
	prefix := "test:" + uuid.NewString() + ":"
	for i := range two {
		client := redis.NewClient(opts)
		t.Cleanup(func() { _ = client.Close() })
		if two[i], err = session.NewRedis(client, prefix); err != nil {
			t.Fatal(err)
		}
	}
	out["two replicas on Redis"] = two
	return out
}

func TestMessagesTakeEffectInTheOrderInWhichTheyWereSaid(t *testing.T) {
	for name, two := range replicas(t) {
		t.Run(name, func(t *testing.T) {
			const n = 40
			held, err := two[0].Begin(t.Context(), two[0].Enter("u", session.First), "")
			if err != nil {
				t.Fatal(err)
			}
			var (
				mu   sync.Mutex
				took []string
				wg   sync.WaitGroup
				came sync.WaitGroup
			)
			for _, i := range rand.Perm(n) { // they come in any order, at either replica
				order, s := fmt.Sprintf("%04d", i), two[i%2]
				place := s.Enter("u", order)
				came.Add(1)
				wg.Go(func() {
					came.Done()
					turn, err := s.Begin(t.Context(), place, order)
					if err != nil {
						t.Errorf("%s: %v", order, err)
						return
					}
					mu.Lock()
					took = append(took, order)
					mu.Unlock()
					if err := s.Commit(t.Context(), turn, []byte(order), nil); err != nil {
						t.Errorf("%s: %v", order, err)
					}
				})
			}
			came.Wait()
			if two[0] != two[1] { // the first of the other replica has said that it waits
				awaitLine(t, two[1])
			}
			if err := two[0].Commit(t.Context(), held, nil, nil); err != nil {
				t.Fatal(err)
			}
			wg.Wait()
			if !slices.IsSorted(took) || len(took) != n {
				t.Errorf("%d of %d took effect, as %v", len(took), n, took)
			}
		})
	}
}

// awaitLine returns once a message at the replica has found the turn taken.
func awaitLine(t *testing.T, s session.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Begin(ctx, s.Enter("u", session.First), ""); !errors.Is(err, session.ErrBusy) {
		t.Fatalf("the turn is taken, and got %v", err)
	}
}

func TestAPlaceThatIsGivenUpHoldsNobodyUp(t *testing.T) {
	each(t, func(t *testing.T, s both) {
		early := s.Enter("u", "1")
		begun := make(chan error)
		go func() {
			turn, err := s.Begin(t.Context(), s.Enter("u", "2"), "2")
			begun <- errors.Join(err, s.Commit(t.Context(), turn, nil, nil))
		}()
		early.Leave()
		early.Leave()
		if err := <-begun; err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begin(t, s, "u", "3")
		if _, err := s.Begin(ctx, s.Enter("u", "4"), "4"); !errors.Is(err, session.ErrBusy) {
			t.Errorf("whoever gives up waiting: %v", err)
		}
	})
}

// shaky is a store that cannot extend turns.
type shaky struct {
	session.Store
	err   error
	asked chan struct{}
}

func (s shaky) Extend(context.Context, session.Turn) error {
	s.asked <- struct{}{}
	return s.err
}

func TestWorkStopsBeforeItsTurnEnds(t *testing.T) {
	m := session.NewMemory()
	turn := begin(t, m, "u", "a")
	s := shaky{m, session.ErrLost, make(chan struct{}, 1)}
	ctx, stop := session.Keep(t.Context(), s, turn)
	defer stop()
	<-s.asked // after a part of its time
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), session.ErrLost) {
		t.Errorf("the work ended because of %v", context.Cause(ctx))
	}
	if err := m.Commit(t.Context(), turn, nil, nil); err != nil {
		t.Errorf("the turn must not have ended before its work: %v", err)
	}
}
