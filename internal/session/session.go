// Package session keeps what must be quick and shared: the state of a person's conversation, the turn that puts one
// person's messages in order, the recorded replies that answer a platform's retries, and small cached values such as
// an access token. It never holds a business fact: losing it costs a person their place in a flow, nothing more.
// Start reading at Store; redis.go and memory.go satisfy it and pass the same conformance suite.
package session

import (
	"context"
	"errors"
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
	token    string
}

// Store keeps sessions. Every implementation is safe for concurrent use and across replicas (memory: one process).
type Store interface {
	// Begin waits for the person's turn (ErrBusy when ctx ends first). A message that was handled before, or is
	// being handled and then is, comes back Seen with its recorded reply and holds no turn. An empty message ID is never seen.
	Begin(ctx context.Context, user, message string) (Turn, error)
	// Commit saves state and the recorded reply and ends the turn; ErrLost when the turn had run out.
	Commit(ctx context.Context, t Turn, state, reply []byte) error
	// Abort ends the turn and saves nothing.
	Abort(ctx context.Context, t Turn) error
	// Forget removes a person's state and replies.
	Forget(ctx context.Context, user string) error
	// Ping says whether the store answers.
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
	TurnTTL  = 15 * time.Second    // a turn whose replica died is free again after this
)
