package main

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// redisPatience is how long one exchange with Redis may take: a Redis that hangs must leave time for the answer that needs none.
const redisPatience = time.Second

// openRedis returns a client of one Redis or of a Redis Cluster. It connects when it is first used.
func openRedis(c config.Redis) (redis.UniversalClient, error) {
	// An @ behind the host: the password has a / ? or #, and what stands before it would be dialled as the host, and logged.
	if u, err := url.Parse(c.URL.Reveal()); err == nil && strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return nil, errors.New("redis.url cannot be read: in the password write %2F for /, %3F for ?, %23 for #, %40 for @")
	}
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
