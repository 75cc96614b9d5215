package live_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/redistest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { redistest.Close(); os.Exit(code) }))
}

func TestATouchReachesListenersOfItsTopicAlone(t *testing.T) {
	bus := live.NewMemory()
	ctx, cancel := context.WithCancel(t.Context())
	cases, letters := bus.Subscribe(ctx, live.TopicCases), bus.Subscribe(ctx, live.TopicLetters)
	for range 3 { // faster than anyone reads: folded, never blocking
		if err := bus.Publish(ctx, live.TopicCases); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-cases; got != live.TopicCases {
		t.Errorf("got %q", got)
	}
	_ = bus.Publish(ctx, live.TopicLetters)
	if got := <-letters; got != live.TopicLetters {
		t.Errorf("got %q", got)
	}
	cancel()
	for range cases {
	}
	if _, open := <-letters; open {
		t.Error("the channel must be closed when the listener leaves")
	}
}

func TestATouchCrossesReplicasThroughRedis(t *testing.T) {
	t.Run("one Redis", func(t *testing.T) {
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
		crosses(t, func() redis.UniversalClient { return redis.NewClient(opts) })
	})
	t.Run("a cluster", func(t *testing.T) { // the two may be connected to different nodes
		opts, err := redis.ParseClusterURL(redistest.Cluster(t))
		if err != nil {
			t.Fatal(err)
		}
		crosses(t, func() redis.UniversalClient { return redis.NewClusterClient(opts) })
	})
}

func crosses(t *testing.T, connect func() redis.UniversalClient) {
	prefix := "test:" + uuid.NewString() + ":"
	replica := func() (*live.Redis, func()) {
		client := connect()
		bus := live.NewRedis(client, prefix)
		return bus, func() { _ = client.Close() }
	}
	run := func(bus *live.Redis) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = bus.Run(ctx) }()
		return func() { cancel(); <-done }
	}
	one, closeOne := replica()
	defer closeOne()
	two, closeTwo := replica()
	defer closeTwo()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heard := one.Subscribe(ctx, "person:x")
	defer run(one)()
	<-heard // connected: every listener is told to look
	if err := two.Publish(ctx, "person:x"); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != "person:x" {
		t.Errorf("got %q", got)
	}
}
