package session

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Memory is the session store and cache of the embedded default: one process, nothing kept over a restart.
type Memory struct {
	Now func() time.Time

	mu    sync.Mutex
	users map[string]*entry
	cache map[string]cached
	locks map[string]*hold
	swept time.Time

	tallies map[string]tallied
}

type entry struct {
	hold
	state   []byte
	stateAt time.Time
	replies map[string]cachedReply
}

type cachedReply struct {
	body []byte
	at   time.Time
}

type cached struct {
	value string
	until time.Time
}

// hold is a lock that ends by itself: free is closed when it is given back, until is when it ends anyway.
type hold struct {
	token string
	until time.Time
	free  chan struct{}
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{Now: time.Now, users: map[string]*entry{}, cache: map[string]cached{}, locks: map[string]*hold{}, tallies: map[string]tallied{}}
}

// Begin implements Store.
func (m *Memory) Begin(ctx context.Context, user, message string) (Turn, error) {
	for {
		m.mu.Lock()
		now := m.Now()
		m.sweep(now)
		e := m.users[user]
		if e == nil {
			e = &entry{replies: map[string]cachedReply{}}
			m.users[user] = e
		}
		if r, ok := e.replies[message]; ok && message != "" && now.Sub(r.at) < ReplyTTL {
			m.mu.Unlock()
			return Turn{User: user, Message: message, Recorded: r.body, Seen: true}, nil
		}
		if wait, left := e.busy(now); wait == nil {
			token := e.take(now, TurnTTL)
			t := Turn{User: user, Message: message, token: token}
			if now.Sub(e.stateAt) < StateTTL {
				t.State = e.state
			}
			m.mu.Unlock()
			return t, nil
		} else {
			m.mu.Unlock()
			if !await(ctx, wait, left) {
				return Turn{}, ErrBusy
			}
		}
	}
}

// Commit implements Store.
func (m *Memory) Commit(_ context.Context, t Turn, state, reply []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Now()
	e := m.users[t.User]
	if e == nil || e.token != t.token || !now.Before(e.until) {
		return ErrLost
	}
	e.state, e.stateAt = state, now
	if t.Message != "" {
		e.replies[t.Message] = cachedReply{reply, now}
	}
	e.release()
	return nil
}

// Abort implements Store.
func (m *Memory) Abort(_ context.Context, t Turn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.users[t.User]; e != nil && e.token == t.token {
		e.release()
	}
	return nil
}

// Forget implements Store.
func (m *Memory) Forget(_ context.Context, user string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.users[user]; e != nil {
		e.state, e.replies = nil, map[string]cachedReply{}
	}
	return nil
}

// Ping implements Store.
func (m *Memory) Ping(context.Context) error { return nil }

// Get implements Cache.
func (m *Memory) Get(_ context.Context, key string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.cache[key]
	if !ok || !m.Now().Before(c.until) {
		return "", false, nil
	}
	return c.value, true, nil
}

// Set implements Cache.
func (m *Memory) Set(_ context.Context, key, value string, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Now()
	m.sweep(now)
	m.cache[key] = cached{value, now.Add(ttl)}
	return nil
}

// Delete implements Cache.
func (m *Memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.cache, key)
	return nil
}

// Lock implements Cache.
func (m *Memory) Lock(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	for {
		m.mu.Lock()
		now := m.Now()
		h := m.locks[key]
		if h == nil {
			h = &hold{}
			m.locks[key] = h
		}
		wait, left := h.busy(now)
		if wait == nil {
			token := h.take(now, ttl)
			m.mu.Unlock()
			return func() {
				m.mu.Lock()
				defer m.mu.Unlock()
				if h.token == token {
					h.release()
				}
			}, nil
		}
		m.mu.Unlock()
		if !await(ctx, wait, left) {
			return nil, ErrBusy
		}
	}
}

func (h *hold) busy(now time.Time) (<-chan struct{}, time.Duration) {
	if h.token == "" || !now.Before(h.until) {
		return nil, 0
	}
	return h.free, h.until.Sub(now)
}

func (h *hold) take(now time.Time, ttl time.Duration) string {
	if h.free != nil && h.token != "" {
		close(h.free) // an ended hold: its waiters look again
	}
	h.token, h.until, h.free = uuid.NewString(), now.Add(ttl), make(chan struct{})
	return h.token
}

func (h *hold) release() {
	h.token = ""
	close(h.free)
	h.free = nil
}

// await reports whether the hold came free, or ended, before ctx did.
func await(ctx context.Context, free <-chan struct{}, left time.Duration) bool {
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-free:
		return true
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// sweep drops what has ended, at most once a minute; the caller holds mu.
func (m *Memory) sweep(now time.Time) {
	if now.Sub(m.swept) < time.Minute {
		return
	}
	m.swept = now
	for key, c := range m.cache {
		if !now.Before(c.until) {
			delete(m.cache, key)
		}
	}
	for key, t := range m.tallies {
		if !now.Before(t.until) {
			delete(m.tallies, key)
		}
	}
	for key, h := range m.locks {
		if wait, _ := h.busy(now); wait == nil {
			delete(m.locks, key)
		}
	}
	for user, e := range m.users {
		for id, r := range e.replies {
			if now.Sub(r.at) >= ReplyTTL {
				delete(e.replies, id)
			}
		}
		if wait, _ := e.busy(now); wait == nil && len(e.replies) == 0 && now.Sub(e.stateAt) >= StateTTL {
			delete(m.users, user)
		}
	}
}
