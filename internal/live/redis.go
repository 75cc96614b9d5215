package live

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Redis is the bus of all replicas: topics travel by Redis' publish and subscribe, and each process hands them to its
// own listeners. After a lost connection every listener is told to look again.
type Redis struct {
	local  *Memory
	client redis.UniversalClient
	prefix string
}

// NewRedis returns a bus on client; Run must be running for touches to arrive.
func NewRedis(client redis.UniversalClient, prefix string) *Redis {
	return &Redis{local: NewMemory(), client: client, prefix: prefix + "live:"}
}

// Run receives topics until ctx ends.
func (r *Redis) Run(ctx context.Context) error {
	ps := r.client.PSubscribe(ctx, r.prefix+"*")
	defer func() { _ = ps.Close() }()
	events := ps.ChannelWithSubscriptions()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-events:
			if !ok {
				return nil
			}
			switch e := e.(type) {
			case *redis.Subscription: // connected, or connected again: words may have been lost
				r.local.touchAll()
			case *redis.Message:
				_ = r.local.Publish(ctx, strings.TrimPrefix(e.Channel, r.prefix))
			}
		}
	}
}

// Publish implements Bus. Listeners of this process hear of it even while Redis is away.
func (r *Redis) Publish(ctx context.Context, topic string) error {
	if err := r.client.Publish(ctx, r.prefix+topic, "").Err(); err != nil {
		_ = r.local.Publish(ctx, topic)
		return fmt.Errorf("publish %s: %w", topic, err)
	}
	return nil
}

// Subscribe implements Bus.
func (r *Redis) Subscribe(ctx context.Context, topics ...string) <-chan string {
	return r.local.Subscribe(ctx, topics...)
}
