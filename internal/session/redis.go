package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// Redis is the session store and cache that replicas share. A person's keys carry one hash tag, so every script
// touches one slot of a cluster: {user}:turn, {user}:state, {user}:reply:<message>, and {user}:line, which is there only
// while messages of one person are at several replicas: of each replica the one that it would handle next, and the oldest
// that it has put off (owed.go).
type Redis struct {
	client redis.UniversalClient
	turns  redis.Scripter // gathers what turns of many people ask at the same time into one exchange with the server
	prefix string
	line   *line  // of this process
	self   string // names this process in lines
}

// NewRedis returns a store on client, which it does not close; prefix sets several installations apart ("xq:").
func NewRedis(client redis.UniversalClient, prefix string) (*Redis, error) {
	turns, err := client.AutoPipeline()
	if err != nil {
		return nil, fmt.Errorf("redis pipeline: %w", err)
	}
	return &Redis{client: client, turns: turns, prefix: prefix, line: newLine(), self: uuid.NewString()}, nil
}

// beginScript answers {1, reply} for a message that was handled, {2} while the turn is taken, or another replica has
// something that was said before, {3, replica} where another has put off something that was said before, else {0, state}.
// Whoever waits says so for a while each time it asks: a replica that died holds nobody up.
var beginScript = redis.NewScript(`
local r = redis.call('GET', KEYS[3])
if r then redis.call('HDEL', KEYS[4], ARGV[3]) return {1, r} end
local wait, behind = false, false
local line = redis.call('HGETALL', KEYS[4])
if #line > 0 then
  local t = redis.call('TIME')
  local now = t[1] * 1000 + math.floor(t[2] / 1000)
  for i = 1, #line, 2 do
    local at = string.find(line[i + 1], ' ', 1, true)
    if tonumber(string.sub(line[i + 1], 1, at)) < now then redis.call('HDEL', KEYS[4], line[i])
    elseif string.sub(line[i + 1], at + 1) < ARGV[4] and string.sub(line[i], 1, #ARGV[3]) ~= ARGV[3] then
      if string.sub(line[i], -5) == '/kept' then behind = string.sub(line[i], 1, -6) else wait = true end
    end
  end
end
if not wait and not behind and redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  if #line > 0 then redis.call('HDEL', KEYS[4], ARGV[3]) end
  return {0, redis.call('GET', KEYS[2])}
end
local t = redis.call('TIME')
redis.call('HSET', KEYS[4], ARGV[3], (t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[5])) .. ' ' .. ARGV[4])
if redis.call('PTTL', KEYS[4]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[4], ARGV[5]) end
if behind and not wait then return {3, behind} end
return {2}`)

// commitScript saves only while the turn is still held: the fence against a replica that was paused. What waits next in this
// process takes its place in the line in the same breath.
var commitScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[4])
if ARGV[6] == '1' then redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[5]) end
redis.call('DEL', KEYS[1])
if ARGV[8] ~= '' then
  local t = redis.call('TIME')
  redis.call('HSET', KEYS[4], ARGV[7], (t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[9])) .. ' ' .. ARGV[8])
  if redis.call('PTTL', KEYS[4]) < tonumber(ARGV[9]) then redis.call('PEXPIRE', KEYS[4], ARGV[9]) end
end
return 1`)

// announceScript takes this process's place in the line.
var announceScript = redis.NewScript(`
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], (t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[3])) .. ' ' .. ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`)

// extendScript keeps a turn that is still ours.
var extendScript = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`)

// releaseScript deletes a lock that is still ours.
var releaseScript = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

func (s *Redis) keys(user, message string) []string {
	base := s.prefix + "{" + user + "}:"
	return []string{base + "turn", base + "state", base + "reply:" + message, base + "line"}
}

// askAgain is the pause while another replica has the turn: this process has one message of a person that asks.
const askAgain = 10 * time.Millisecond

// Enter implements Store.
func (s *Redis) Enter(user, order string) *Place { return s.line.enter(user, order) }

// Begin implements Store.
func (s *Redis) Begin(ctx context.Context, at *Place, message string) (t Turn, err error) {
	defer func() {
		if err != nil || t.Seen {
			at.Leave()
		}
	}()
	t = Turn{User: at.user, Message: message, Waited: at.waited, token: uuid.NewString(), place: at}
	keys, patience := s.keys(at.user, message), time.Time{}
	for asked := false; ; asked = true {
		if !s.line.wait(ctx, at, time.Now, TurnTTL) { // something that was said before may have come meanwhile
			return Turn{}, ErrBusy
		}
		res, err := beginScript.Run(ctx, s.turns, keys, t.token, TurnTTL.Milliseconds(), s.self, at.order, AnnounceTTL.Milliseconds()).Slice()
		if err != nil {
			if asked && ctx.Err() != nil { // what we were told when we last asked
				if !patience.IsZero() {
					return Turn{}, ErrBehind
				}
				return Turn{}, ErrBusy
			}
			return Turn{}, fmt.Errorf("begin turn: %w", err)
		}
		switch code, _ := res[0].(int64); code {
		case 0:
			s.line.take(at, time.Now().Add(TurnTTL))
			t.State = bytesAt(res, 1)
			return t, nil
		case 1:
			t.Seen, t.Recorded = true, bytesAt(res, 1)
			return t, nil
		case 3:
			t.Waited = true
			if patience.IsZero() {
				patience = time.Now().Add(BehindPatience)
			}
			if err := s.behind(ctx, at.user, string(bytesAt(res, 1)), patience); err != nil {
				return Turn{}, err
			}
			continue
		}
		t.Waited = true
		if !pause(ctx, askAgain) {
			return Turn{}, ErrBusy
		}
	}
}

// Announce implements Store.
func (s *Redis) Announce(ctx context.Context, at *Place) error {
	order := s.line.first(at.user)
	if order == "" {
		return nil
	}
	if err := announceScript.Run(ctx, s.client, s.keys(at.user, "")[3:], s.self, order, AnnounceTTL.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return nil
}

// Extend implements Store.
func (s *Redis) Extend(ctx context.Context, t Turn) error {
	n, err := extendScript.Run(ctx, s.client, s.keys(t.User, "")[:1], t.token, TurnTTL.Milliseconds()).Int()
	if err != nil {
		return fmt.Errorf("keep turn: %w", err)
	}
	if n == 0 || !s.line.extend(t.place, time.Now(), TurnTTL) {
		return ErrLost
	}
	return nil
}

// pause waits about d; it reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d/2 + rand.N(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func bytesAt(res []any, i int) []byte {
	if i >= len(res) {
		return nil
	}
	if s, ok := res[i].(string); ok {
		return []byte(s)
	}
	return nil
}

// Commit implements Store.
func (s *Redis) Commit(ctx context.Context, t Turn, state, reply []byte) error {
	defer t.place.Leave()
	keep := "0"
	if t.Message != "" {
		keep = "1"
	}
	n, err := commitScript.Run(ctx, s.turns, s.keys(t.User, t.Message), t.token, state, reply,
		int(StateTTL.Seconds()), int(ReplyTTL.Seconds()), keep, s.self, s.line.next(t.place), AnnounceTTL.Milliseconds()).Int()
	if err != nil {
		return fmt.Errorf("commit turn: %w", err)
	}
	if n == 0 {
		return ErrLost
	}
	return nil
}

// Abort implements Store.
func (s *Redis) Abort(ctx context.Context, t Turn) error {
	defer t.place.Leave()
	if err := releaseScript.Run(ctx, s.client, s.keys(t.User, "")[:1], t.token).Err(); err != nil {
		return fmt.Errorf("abort turn: %w", err)
	}
	return nil
}

// Forget implements Store. Recorded replies end by themselves within ReplyTTL.
func (s *Redis) Forget(ctx context.Context, user string) error {
	if err := s.client.Del(ctx, s.keys(user, "")[1]).Err(); err != nil {
		return fmt.Errorf("forget session: %w", err)
	}
	return nil
}

// Ping implements Store. It writes: a Redis that is full, or a replica that takes nothing, answers a ping as ever.
func (s *Redis) Ping(ctx context.Context) error {
	return s.client.Set(ctx, s.prefix+"trial", s.self, time.Minute).Err()
}

// Get implements Cache.
func (s *Redis) Get(ctx context.Context, key string) (string, bool, error) {
	v, err := s.client.Get(ctx, s.prefix+"cache:"+key).Result()
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read cache: %w", err)
	}
	return v, true, nil
}

// Set implements Cache.
func (s *Redis) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := s.client.Set(ctx, s.prefix+"cache:"+key, value, ttl).Err(); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	return nil
}

// Delete implements Cache.
func (s *Redis) Delete(ctx context.Context, key string) error {
	if err := s.client.Del(ctx, s.prefix+"cache:"+key).Err(); err != nil {
		return fmt.Errorf("delete from cache: %w", err)
	}
	return nil
}

// Lock implements Cache.
func (s *Redis) Lock(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	token, name := uuid.NewString(), s.prefix+"lock:"+key
	busy := false
	for wait := 10 * time.Millisecond; ; wait = min(wait*2, 200*time.Millisecond) {
		err := s.client.SetArgs(ctx, name, token, redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
		if err == nil {
			return func() { _ = releaseScript.Run(context.WithoutCancel(ctx), s.client, []string{name}, token).Err() }, nil
		}
		if !errors.Is(err, redis.Nil) && (!busy || ctx.Err() == nil) {
			return nil, fmt.Errorf("lock %s: %w", key, err)
		}
		busy = true
		if !pause(ctx, wait) {
			return nil, ErrBusy
		}
	}
}
