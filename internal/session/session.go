// Package session keeps what must be quick and shared: the state of a person's conversation, the line in which their
// messages wait for their turn, the recorded replies that answer a platform's retries, and small cached values such as
// an access token. It never holds a business fact: losing it costs a person their place in a flow, nothing more.
// Start reading at Store; redis.go and memory.go satisfy it and pass the same conformance suite.
package session

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrBusy says that another message of the same person held the turn until the context ended.
var ErrBusy = errors.New("session: the person's turn is taken")

// ErrLost says that the turn ran out and another took it; nothing was saved.
var ErrLost = errors.New("session: the turn was lost")

// Turn is the right to handle one message of one person. User is a keyed hash, never a platform's key.
type Turn struct {
	User     string
	Message  string
	State    []byte // the state left by the last turn; nil when there is none
	Recorded []byte // the recorded reply, where this message was handled before; then no turn is held
	Seen     bool   // Recorded is valid
	Waited   bool   // it came while another message of the person was at work: which of them was said first, their order says
	token    string
	place    *Place
}

// First is the order of what goes before every message of a person: a short look at their session.
const First = ""

// Store keeps sessions. Every implementation is safe for concurrent use and across replicas (memory: one process).
type Store interface {
	// Enter takes a place in a person's line, by the order in which things were said. It never waits. What is going to be
	// handled takes its place as soon as it is known; the place must be given up by Begin's turn or by Leave.
	Enter(user, order string) *Place
	// Begin waits for the turn of a place (ErrBusy when ctx ends first). A message that was handled before, or is
	// being handled and then is, comes back Seen with its recorded reply and holds no turn. An empty message ID is never
	// seen. A place whose Begin fails, or is Seen, is given up.
	Begin(ctx context.Context, at *Place, message string) (Turn, error)
	// Announce lets the other replicas know, for AnnounceTTL, that a place waits whose Begin comes later: something else
	// must be done before.
	Announce(ctx context.Context, at *Place) error
	// Extend keeps the turn for another TurnTTL; ErrLost when it had run out.
	Extend(ctx context.Context, t Turn) error
	// Commit saves state and the recorded reply and ends the turn; ErrLost when the turn had run out.
	Commit(ctx context.Context, t Turn, state, reply []byte) error
	// Abort ends the turn and saves nothing.
	Abort(ctx context.Context, t Turn) error
	// Forget removes a person's state and replies.
	Forget(ctx context.Context, user string) error
	// Ping says whether the store answers and takes what is written.
	Ping(ctx context.Context) error
}

// Cache keeps small shared values with a lifetime, such as an access token.
type Cache interface {
	Get(ctx context.Context, key string) (value string, ok bool, err error)
	Set(ctx context.Context, key, value string, ttl time.Duration) error
	Delete(ctx context.Context, key string) error
	// Lock waits for a lock on key that ends after ttl or at unlock.
	Lock(ctx context.Context, key string, ttl time.Duration) (unlock func(), err error)
}

// The lifetimes of what a session keeps.
const (
	StateTTL = 90 * 24 * time.Hour // a person may come back after a term
	ReplyTTL = 15 * time.Minute    // a platform retries within seconds and old timestamps are refused after 5 minutes
	TurnTTL  = 6 * time.Second     // a turn whose replica died is free again after this; longer work extends it
)

// AnnounceTTL is how long other replicas wait for something that was said before and has not asked for its turn since.
const AnnounceTTL = time.Second

// Announced lets a place wait, for all replicas, until stop is called.
func Announced(ctx context.Context, s Store, at *Place) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	_ = s.Announce(ctx, at) // without it another replica may go on; a backend that is away lets nobody
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(AnnounceTTL / 4)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				_ = s.Announce(ctx, at)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// Keep returns a context for the work of a turn, and keeps the turn for as long as that work takes. Where it can be kept no
// longer the context ends before the turn does, with ErrLost as its cause: nobody works on a turn that another may have. stop
// must be called before the turn is committed or given back, and may be called again.
func Keep(ctx context.Context, s Store, t Turn) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	k := &keeper{store: s, turn: t, cancel: cancel, until: time.Now().Add(TurnTTL), ended: make(chan struct{})}
	k.timer = time.AfterFunc(TurnTTL/keepParts, func() { k.extend(ctx) })
	return ctx, sync.OnceFunc(func() {
		if k.timer.Stop() { // most turns end before they must be extended
			close(k.ended)
		}
		cancel(nil)
		<-k.ended
	})
}

// keepParts is how often a turn is extended in its time; the last part is for the work to stop in.
const keepParts = 4

type keeper struct {
	store  Store
	turn   Turn
	cancel context.CancelCauseFunc
	until  time.Time
	timer  *time.Timer
	ended  chan struct{}
}

func (k *keeper) extend(ctx context.Context) {
	defer close(k.ended)
	part := TurnTTL / keepParts
	ticker := time.NewTicker(part)
	defer ticker.Stop()
	for {
		began := time.Now()
		asking, cancel := context.WithTimeout(ctx, part)
		err := k.store.Extend(asking, k.turn)
		cancel()
		if err == nil {
			k.until = began.Add(TurnTTL)
		}
		if errors.Is(err, ErrLost) || time.Until(k.until) <= part+part/2 {
			k.cancel(ErrLost)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
