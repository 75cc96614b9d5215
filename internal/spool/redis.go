package spool

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Redis is a shelf in the Redis that replicas share: one hash.
type Redis struct {
	client redis.UniversalClient
	key    string
}

// NewRedis returns a shelf on client, which it does not close; prefix sets several installations apart.
func NewRedis(client redis.UniversalClient, prefix string) Redis {
	return Redis{client, prefix + "spool"}
}

// Put implements Shelf.
func (r Redis) Put(ctx context.Context, id string, sealed []byte) error {
	if err := r.client.HSet(ctx, r.key, id, sealed).Err(); err != nil {
		return fmt.Errorf("put on the shelf: %w", err)
	}
	return nil
}

// Drop implements Shelf.
func (r Redis) Drop(ctx context.Context, id string) error {
	if err := r.client.HDel(ctx, r.key, id).Err(); err != nil {
		return fmt.Errorf("take from the shelf: %w", err)
	}
	return nil
}

// All implements Shelf.
func (r Redis) All(ctx context.Context) (map[string][]byte, error) {
	all, err := r.client.HGetAll(ctx, r.key).Result()
	if err != nil {
		return nil, fmt.Errorf("read the shelf: %w", err)
	}
	out := make(map[string][]byte, len(all))
	for id, sealed := range all {
		out[id] = []byte(sealed)
	}
	return out, nil
}
