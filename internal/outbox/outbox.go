// Package outbox is durable work with a time: a message to deliver, a reminder, an alert. A row is written in the same
// transaction as the fact that calls for it; workers on every replica claim due rows under a lease, run the handler of
// their kind, try again with back-off, and put what can't be done where staff see it. Start reading at Worker.
package outbox

import (
	"context"
	"errors"
	"time"
)

// ErrLost says that the lease on a row had ended and the row is no longer the worker's.
var ErrLost = errors.New("outbox: the lease was lost")

// Row is one piece of work. Payload is sealed at rest and is JSON. Key makes it unique: a second Put of a key is ignored.
type Row struct {
	ID       string
	Key      string
	Kind     string // of its Job; each has one Handler
	Person   string // person ID, or ""
	Payload  []byte
	RunAt    time.Time
	Attempts int
	LastErr  string // a short reason without content
	Trace    string // of the span that asked for it; see tracing
	Apart    bool   // of Put: neither waits for other rows of its kind and person, nor holds them up
	Urgent   bool   // of Put: a call for help; it has workers of its own, which slow deliveries do not hold up
	Sealed   bool   // of Claim: its payload cannot be opened just now, see ErrSealed
}

// ErrSealed is why a row is parked whose payload cannot be opened: its key is not in the key file. It is tried again once it is.
var ErrSealed = errors.New("sealed with a key that is not there")

// Queue takes rows; Put joins the transaction that ctx carries (store.InTx).
type Queue interface {
	Put(ctx context.Context, rows ...Row) error
}

// Gatherer puts rows in one statement.
type Gatherer interface {
	// Together runs f, in a transaction, and puts what f put at its end. Meanwhile none of it is there, and where f fails the
	// transaction must.
	Together(ctx context.Context, f func(ctx context.Context) error) error
}

// Store is what a Worker needs of the database.
type Store interface {
	Queue
	// Claim leases up to n due rows to worker until now+lease; no row is leased twice at a time.
	Claim(ctx context.Context, worker string, now time.Time, lease time.Duration, n int) ([]Row, error)
	// Renew moves the end of worker's lease on a row; ErrLost where another has the row by now.
	Renew(ctx context.Context, worker, id string, until time.Time) error
	// Done removes a row from the work to do (only while worker holds it).
	Done(ctx context.Context, worker, id string) error
	// Retry gives a row back, to be run at t.
	Retry(ctx context.Context, worker, id string, t time.Time, reason string) error
	// Park sets a row aside until the person's next contact (Unpark).
	Park(ctx context.Context, worker, id, reason string) error
	// Amend replaces the payload of a row in hand by what is left of its work.
	Amend(ctx context.Context, worker, id string, payload []byte) error
	// Bury sets a row aside for staff to see.
	Bury(ctx context.Context, worker, id, reason string) error
	// Unpark hands out a person's parked rows, oldest first, under a lease, as Claim does.
	Unpark(ctx context.Context, worker, personID string, now time.Time, lease time.Duration) ([]Row, error)
	// Next returns the time of the earliest row that waits, zero where none does.
	Next(ctx context.Context) (time.Time, error)
}

// Releaser lets what was parked be tried again, before the person's next contact.
type Releaser interface {
	// Release does so with a parked row and those of its kind and person before it.
	Release(ctx context.Context, id string, at time.Time) error
}

// Verdict is what a Handler's error asks for. A nil error is done; a plain error is tried again.
type Verdict string

// The verdicts.
const (
	Retry Verdict = "retry" // as a plain error; for what goes on with another payload
	Park  Verdict = "park"
	Bury  Verdict = "bury"
)

// Handler does the work of one kind. It must bear being run twice for one Key (a crash between doing and Done).
type Handler func(ctx context.Context, r Row) error

// Error lets a Handler choose a verdict. Payload is what is left to do of the row, where a part is done; nil: all of it.
type Error struct {
	Verdict Verdict
	Err     error
	Payload []byte
}

func (e *Error) Error() string { return string(e.Verdict) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
