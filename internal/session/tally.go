package session

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Tally counts how much comes from one place within a time, on all replicas together. A time begins with the first that is
// counted. Less than nothing is given back.
type Tally interface {
	// Add counts n more of a key, and returns how many there are now.
	Add(ctx context.Context, key string, n int, within time.Duration) (int, error)
}

type tallied struct {
	n     int
	until time.Time
}

// Add implements Tally.
func (m *Memory) Add(_ context.Context, key string, n int, within time.Duration) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Now()
	m.sweep(now)
	t, ok := m.tallies[key]
	if !ok || !now.Before(t.until) {
		t = tallied{until: now.Add(within)}
	}
	t.n = max(0, t.n+n)
	m.tallies[key] = t
	return t.n, nil
}

// addScript counts, and lets the time begin with the first; nothing is given back of a time that is over.
var addScript = redis.NewScript(`
local n = tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1])
if n <= 0 then redis.call('DEL', KEYS[1]) return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('SET', KEYS[1], n, 'KEEPTTL') else redis.call('SET', KEYS[1], n, 'PX', ARGV[2]) end
return n`)

// Add implements Tally.
func (s *Redis) Add(ctx context.Context, key string, n int, within time.Duration) (int, error) {
	total, err := addScript.Run(ctx, s.client, []string{s.prefix + "tally:" + key}, strconv.Itoa(n), within.Milliseconds()).Int()
	if err != nil {
		return 0, fmt.Errorf("count what comes from one place: %w", err)
	}
	return total, nil
}
