package session

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Memory is the session store and cache of the embedded default: one process. Opened on a folder it remembers the last minutes
// over a restart.
type Memory struct {
	Now func() time.Time

	journal *journal // nil: nothing is kept over a restart

	line  *line
	mu    sync.Mutex
	users map[string]*entry
	cache map[string]cached
	locks map[string]*hold

	tallies map[string]tallied
}

type entry struct {
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
	return &Memory{Now: time.Now, line: newLine(), users: map[string]*entry{}, cache: map[string]cached{}, locks: map[string]*hold{}, tallies: map[string]tallied{}}
}

// OpenMemory returns a store that begins with what the process before it left in a folder. Close it.
func OpenMemory(dir string, now func() time.Time, log *slog.Logger) (*Memory, error) {
	j, err := openJournal(dir, log)
	if err != nil {
		return nil, err
	}
	m := NewMemory()
	m.Now = now
	j.replay(m.keep)
	m.journal = j
	return m, nil
}

// Close ends the writing of what a restart needs.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.journal == nil {
		return nil
	}
	j := m.journal
	m.journal = nil
	return j.close()
}

// keep takes in what a turn came to; the caller holds mu.
func (m *Memory) keep(e journaled) {
	if e.gone {
		delete(m.users, e.user)
		return
	}
	of := m.users[e.user]
	if of == nil {
		of = &entry{replies: map[string]cachedReply{}}
		m.users[e.user] = of
	}
	of.state, of.stateAt = e.state, e.at
	if e.message != "" {
		of.replies[e.message] = cachedReply{e.reply, e.at}
	}
}

// Enter implements Store.
func (m *Memory) Enter(user, order string) *Place { return m.line.enter(user, order) }

// Begin implements Store.
func (m *Memory) Begin(ctx context.Context, at *Place, message string) (Turn, error) {
	for taken := false; !taken; {
		if !m.line.wait(ctx, at, m.Now, TurnTTL) {
			at.Leave()
			return Turn{}, ErrBusy
		}
		taken = m.line.take(at, m.Now().Add(TurnTTL))
	}
	t := Turn{User: at.user, Message: message, Waited: at.waited, place: at}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Now()
	m.sweep(now)
	e := m.users[at.user]
	if e == nil {
		return t, nil
	}
	if r, ok := e.replies[message]; ok && message != "" && now.Sub(r.at) < ReplyTTL {
		at.Leave()
		t.Recorded, t.Seen = r.body, true
		return t, nil
	}
	if now.Sub(e.stateAt) < StateTTL {
		t.State = e.state
	}
	return t, nil
}

// Announce implements Store: there is no other replica.
func (m *Memory) Announce(context.Context, *Place) error { return nil }

// Extend implements Store.
func (m *Memory) Extend(_ context.Context, t Turn) error {
	if !m.line.extend(t.place, m.Now(), TurnTTL) {
		return ErrLost
	}
	return nil
}

// Commit implements Store.
func (m *Memory) Commit(_ context.Context, t Turn, state, reply []byte) error {
	defer t.place.Leave()
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Now()
	if !m.line.holds(t.place, now) {
		return ErrLost
	}
	e := journaled{user: t.User, message: t.Message, state: state, reply: reply, at: now}
	m.keep(e)
	if m.journal != nil {
		m.journal.add(e)
	}
	return nil
}

// Abort implements Store.
func (m *Memory) Abort(_ context.Context, t Turn) error {
	t.place.Leave()
	return nil
}

// Forget implements Store.
func (m *Memory) Forget(_ context.Context, user string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := journaled{user: user, at: m.Now(), gone: true}
	m.keep(e)
	if m.journal != nil {
		m.journal.add(e)
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

// sweptAtOnce is how many of each kind are looked at in one go.
const sweptAtOnce = 3

// sweep drops some of what has ended; the caller holds mu, and nobody waits longer for it the more people there are. More is
// looked at than comes, so that whatever has ended is found soon.
func (m *Memory) sweep(now time.Time) {
	dropSome(m.cache, func(c cached) bool { return !now.Before(c.until) })
	dropSome(m.tallies, func(t tallied) bool { return !now.Before(t.until) })
	dropSome(m.locks, func(h *hold) bool {
		wait, _ := h.busy(now)
		return wait == nil
	})
	dropSome(m.users, func(e *entry) bool {
		dropSome(e.replies, func(r cachedReply) bool { return now.Sub(r.at) >= ReplyTTL })
		return len(e.replies) == 0 && now.Sub(e.stateAt) >= StateTTL
	})
}

// dropSome looks at a few by chance: a map is walked from anywhere.
func dropSome[V any](in map[string]V, ended func(V) bool) {
	n := 0
	for key, v := range in {
		if ended(v) {
			delete(in, key)
		}
		if n++; n == sweptAtOnce {
			return
		}
	}
}
