package main

import (
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// redisPatience is how long one exchange with Redis may take: a Redis that hangs must leave time for the answer that needs none.
const redisPatience = time.Second

// openRedis returns a client of one Redis or of a Redis Cluster. It connects when it is first used.
func openRedis(c config.Redis) (redis.UniversalClient, error) {
	if c.Cluster {
		opts, err := redis.ParseClusterURL(c.URL.Reveal())
		if err != nil { // not shown: it may quote the password
			return nil, errors.New("redis.url cannot be read: want redis://[user:password@]host:port?addr=host:port for a cluster")
		}
		opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout, opts.PoolTimeout = redisPatience, redisPatience, redisPatience, redisPatience
		opts.MaxRetries, opts.ContextTimeoutEnabled = 1, true
		return redis.NewClusterClient(opts), nil
	}
	opts, err := redis.ParseURL(c.URL.Reveal())
	if err != nil {
		return nil, errors.New("redis.url cannot be read: want redis://[user:password@]host:port/db (with ?addr=… it names a cluster: set redis.cluster: true)")
	}
	opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout, opts.PoolTimeout = redisPatience, redisPatience, redisPatience, redisPatience
	opts.MaxRetries, opts.ContextTimeoutEnabled = 1, true
	return redis.NewClient(opts), nil
}
