package staff

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisTries counts tries in Redis, so that a flood of them writes nothing to the database. While Redis is away, Else counts.
type RedisTries struct {
	Client redis.UniversalClient
	Prefix string
	Else   Tries
}

// NewRedisTries counts in Redis under a prefix, and in the store while Redis is away.
func NewRedisTries(client redis.UniversalClient, prefix string, store Store) RedisTries {
	return RedisTries{Client: client, Prefix: prefix + "tries:", Else: storeTries{store}}
}

// at is the key of the window that now is in. Windows follow one another, so that a key lives two of them at most.
func (r RedisTries) at(key string, now time.Time, window time.Duration) string {
	return r.Prefix + key + ":" + strconv.FormatInt(now.UnixNano()/int64(window), 36)
}

// Count implements Tries.
func (r RedisTries) Count(ctx context.Context, key string, now time.Time, window time.Duration) (int, error) {
	k := r.at(key, now, window)
	pipe := r.Client.TxPipeline()
	n := pipe.Incr(ctx, k)
	pipe.PExpire(ctx, k, 2*window)
	if _, err := pipe.Exec(ctx); err != nil {
		return r.Else.Count(ctx, key, now, window)
	}
	return int(n.Val()), nil
}

// Forgive implements Tries.
func (r RedisTries) Forgive(ctx context.Context, key string, now time.Time, window time.Duration) error {
	k := r.at(key, now, window)
	pipe := r.Client.TxPipeline()
	pipe.Decr(ctx, k)
	pipe.PExpire(ctx, k, 2*window)
	if _, err := pipe.Exec(ctx); err != nil {
		return r.Else.Forgive(ctx, key, now, window)
	}
	return nil
}
