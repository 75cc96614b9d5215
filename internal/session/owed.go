package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrBehind says that something which the person said before waits at another replica, and was not done within BehindPatience.
var ErrBehind = errors.New("session: something that was said before waits at another replica")

const (
	// BehindPatience is how long a message waits for what another replica has kept: whoever wrote it is better told that the
	// answer follows.
	BehindPatience = time.Second
	// AliveTTL is how long a replica that says nothing any more is waited for.
	AliveTTL = 5 * time.Second
	owedTTL  = time.Hour // of one mark; what is kept for longer holds nothing up
	owedMark = "/kept"   // behind the name of a replica, in a person's line
)

// oweScript marks, or takes back, what this process keeps of a person and has not done.
var oweScript = redis.NewScript(`
if ARGV[2] == '' then return redis.call('HDEL', KEYS[1], ARGV[1]) end
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], (t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[3])) .. ' ' .. ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`)

// Owe lets the other replicas know the order of the oldest message of a person that this one has put off: what was said after
// it does not take effect there before. The empty order takes that back. It counts while Alive is called.
func (s *Redis) Owe(ctx context.Context, user, order string) error {
	if err := oweScript.Run(ctx, s.turns, s.keys(user, "")[3:], s.self+owedMark, order, owedTTL.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("mark what is put off: %w", err)
	}
	return nil
}

// Alive keeps what Owe said for another AliveTTL. known is false where it had lapsed, or Redis came back empty: then others
// may have taken the marks away, and they must be made again.
func (s *Redis) Alive(ctx context.Context) (known bool, err error) {
	_, err = s.client.SetArgs(ctx, s.alive(s.self), "1", redis.SetArgs{Get: true, TTL: AliveTTL}).Result()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("say that this replica lives: %w", err)
	}
	return true, nil
}

func (s *Redis) alive(replica string) string { return s.prefix + "alive:" + replica }

// behind waits a little for what another replica has put off, and takes away what a dead one had. It returns ErrBehind where
// that takes longer than until.
func (s *Redis) behind(ctx context.Context, user, replica string, until time.Time) error {
	n, err := s.client.Exists(ctx, s.alive(replica)).Result()
	switch {
	case err != nil && ctx.Err() != nil: // nobody's fault but the time's: it is known what we wait for
		return ErrBehind
	case err != nil:
		return fmt.Errorf("look for a replica: %w", err)
	}
	if n == 0 {
		if err := s.client.HDel(ctx, s.keys(user, "")[3], replica+owedMark).Err(); err != nil {
			return fmt.Errorf("forget a dead replica: %w", err)
		}
		return nil
	}
	if time.Now().After(until) || !pause(ctx, askAgain) {
		return ErrBehind
	}
	return nil
}
