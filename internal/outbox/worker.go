package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
)

// Worker does the work of an outbox on one replica; every replica may have one. Store and Handlers must be set. The rows
// of one kind for one person are done one at a time, the oldest first; the store sees to it (see Store.Claim).
type Worker struct {
	Store       Store
	Handlers    map[string]Handler
	Blind       map[string]Handler               // do a row whose payload cannot be opened, by what its key says; others are parked
	Name        string                           // of this replica, in leases; default random
	Now         func() time.Time                 // default time.Now
	Log         *slog.Logger                     // default none
	Metrics     prometheus.Registerer            // default none
	Concurrency int                              // rows in hand at once; default 8
	MaxAttempts int                              // a row that failed so often is buried; default 18, which is about a day
	Timeout     time.Duration                    // of one row; default 20 s
	Lease       time.Duration                    // how long the rows of a replica that died stay its own; default 15 s. Rows in hand are renewed
	Poll        time.Duration                    // how long a row put by another replica may go unnoticed; default 1 s
	Backoff     func(attempts int) time.Duration // default DefaultBackoff

	away bool // the last claim failed; of Run alone

	once  sync.Once
	wake  chan struct{}
	slots chan struct{}
	ran   *prometheus.CounterVec
	stood *prometheus.HistogramVec
}

// The default pauses between tries: 2 s, doubling, at most 4 h.
const (
	firstPause = 2 * time.Second
	lastPause  = 4 * time.Hour
)

// awayPoll is how often a store that is away is asked.
const awayPoll = time.Second

// DefaultBackoff doubles from 2 s to 4 h, and adds up to a quarter, so that what failed together is not tried together.
func DefaultBackoff(attempts int) time.Duration {
	d := lastPause
	if n := max(attempts-1, 0); n < 13 { // 2 s << 13 is beyond 4 h
		d = firstPause << n
	}
	return d + rand.N(d/4)
}

func (w *Worker) init() {
	w.once.Do(func() {
		if w.Name == "" {
			w.Name = uuid.NewString()
		}
		if w.Now == nil {
			w.Now = time.Now
		}
		if w.Log == nil {
			w.Log = slog.New(slog.DiscardHandler)
		}
		if w.Concurrency == 0 {
			w.Concurrency = 8
		}
		if w.MaxAttempts == 0 {
			w.MaxAttempts = 18
		}
		if w.Timeout == 0 {
			w.Timeout = 20 * time.Second
		}
		if w.Lease == 0 {
			w.Lease = 15 * time.Second
		}
		if w.Poll == 0 {
			w.Poll = time.Second
		}
		if w.Backoff == nil {
			w.Backoff = DefaultBackoff
		}
		w.wake = make(chan struct{}, 1)
		w.slots = make(chan struct{}, w.Concurrency)
		w.ran = prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "xinqiao_outbox_rows_total", Help: "Outbox rows handled, by kind and by what became of them.",
		}, []string{"kind", "outcome"})
		w.stood = prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "xinqiao_outbox_wait_seconds", Help: "How long a row stood due until a worker took it up, by kind; a row behind another of its person waits for that.",
			Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 15, 60, 300, 3600},
		}, []string{"kind"})
		if w.Metrics != nil {
			w.ran, w.stood = shared(w.Metrics, w.ran), shared(w.Metrics, w.stood)
		}
	})
}

// shared registers a metric that all workers of a replica count by.
func shared[C prometheus.Collector](r prometheus.Registerer, c C) C {
	var known prometheus.AlreadyRegisteredError
	if err := r.Register(c); errors.As(err, &known) {
		if same, ok := known.ExistingCollector.(C); ok {
			return same
		}
	}
	return c
}

// Notify says that a row was put or may be due; it never waits. Call it after the commit.
func (w *Worker) Notify() {
	w.init()
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run works until ctx ends, then finishes the rows in hand and returns.
func (w *Worker) Run(ctx context.Context) error {
	w.init()
	var inHand sync.WaitGroup
	defer inHand.Wait()
	for ctx.Err() == nil {
		if !w.start(ctx, &inHand) {
			w.wait(ctx)
		}
	}
	return nil
}

// start claims what is due, as many rows as there are free hands, and says whether there was any.
func (w *Worker) start(ctx context.Context, inHand *sync.WaitGroup) bool {
	free := w.acquire(ctx)
	rows, err := w.claim(ctx, free)
	if away := err != nil && ctx.Err() == nil; away != w.away { // said once, however long it lasts
		w.away = away
		if away {
			w.Log.Warn("the outbox cannot be read; trying again until it can", "error", err)
		} else {
			w.Log.Info("the outbox can be read again")
		}
	}
	for range free - len(rows) {
		<-w.slots
	}
	for _, r := range rows {
		inHand.Go(func() {
			defer w.Notify() // the next of its lane may be due
			defer func() { <-w.slots }()
			w.do(context.WithoutCancel(ctx), r) // a row in hand is finished
		})
	}
	return len(rows) > 0
}

// acquire waits for a free hand and takes all that are free.
func (w *Worker) acquire(ctx context.Context) int {
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case w.slots <- struct{}{}:
		default:
			return n
		}
	}
}

func (w *Worker) claim(ctx context.Context, n int) ([]Row, error) {
	if n == 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// A claim that commits although ctx has just ended would leave rows leased to nobody until the lease ends.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.Timeout)
	defer cancel()
	return w.Store.Claim(ctx, w.Name, w.Now(), w.Lease, n)
}

// wait returns when a row is due, or at a Notify. It looks every Poll, and asks for no row while none is due.
func (w *Worker) wait(ctx context.Context) {
	for looked := false; ; looked = true {
		pause := w.Poll
		if w.away {
			pause = max(pause, awayPoll)
		}
		next, err := w.Store.Next(ctx)
		if err == nil && !next.IsZero() {
			d := next.Sub(w.Now())
			if d <= 0 && looked {
				return
			}
			if d > 0 { // a time in the past is, at the first look, a row that waits for another of its lane
				pause = min(pause, d)
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-timer.C:
			if err == nil {
				continue
			}
		}
		timer.Stop()
		return
	}
}

// RunDue does what is due now, row by row and to the end, and returns how many rows that were. It is Run for tests and
// commands, which want to know when all is done.
func (w *Worker) RunDue(ctx context.Context) (int, error) {
	w.init()
	for done := 0; ; done++ {
		rows, err := w.claim(ctx, 1)
		if err != nil || len(rows) == 0 {
			return done, err
		}
		w.do(ctx, rows[0])
	}
}

func (w *Worker) do(ctx context.Context, r Row) {
	w.stood.WithLabelValues(r.Kind).Observe(max(w.Now().Sub(r.RunAt), 0).Seconds())
	doing, cancel := context.WithTimeout(ctx, w.Timeout)
	defer w.keep(ctx, r, cancel)()
	err := w.handle(doing, r)
	cancel()
	settling, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	outcome, settled := w.settle(settling, r, err)
	w.ran.WithLabelValues(r.Kind, outcome).Inc()
	if err != nil {
		w.Log.Warn("outbox row not done", "row", r.ID, "kind", r.Kind, "attempt", r.Attempts, "outcome", outcome, "error", err)
	}
	if settled != nil { // its lease ends and it is run again, which handlers bear
		w.Log.Error("outbox row not settled", "row", r.ID, "kind", r.Kind, "outcome", outcome, "error", settled)
	}
}

// keep renews the lease on a row in hand until the returned function is called. Where that fails for so long that another
// replica may take the row, the work on it is stopped first: it would be done twice at a time.
func (w *Worker) keep(ctx context.Context, r Row, stop context.CancelFunc) (done func()) {
	ctx, end := context.WithCancel(ctx)
	var keeping sync.WaitGroup
	keeping.Go(func() {
		every := w.Lease / 4
		tick := time.NewTicker(every)
		defer tick.Stop()
		for left := 3; left > 0; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			trying, cancel := context.WithTimeout(ctx, every/2)
			err := w.Store.Renew(trying, w.Name, r.ID, w.Now().Add(w.Lease))
			cancel()
			switch {
			case err == nil:
				left = 3
			case errors.Is(err, ErrLost):
				left = 0
			default:
				left--
			}
		}
		if ctx.Err() == nil {
			w.Log.Warn("the lease on an outbox row cannot be kept; work on it stops", "row", r.ID, "kind", r.Kind)
			stop()
		}
	})
	return func() { end(); keeping.Wait() }
}

func (w *Worker) handle(ctx context.Context, r Row) (err error) {
	h, ok := w.Handlers[r.Kind]
	if !ok {
		return &Error{Verdict: Bury, Err: fmt.Errorf("nobody handles the kind %q", r.Kind)}
	}
	if r.Sealed {
		if h, ok = w.Blind[r.Kind]; !ok {
			return &Error{Verdict: Park, Err: ErrSealed}
		}
	}
	if r.Attempts > w.MaxAttempts { // it never came to an end: it may be what kills the process
		return &Error{Verdict: Bury, Err: fmt.Errorf("begun %d times without an end", r.Attempts-1)}
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler panicked: %T", p) // the value may hold what somebody wrote
		}
	}()
	return h(ctx, r)
}

func (w *Worker) settle(ctx context.Context, r Row, err error) (outcome string, settled error) {
	var verdict *Error
	decided := errors.As(err, &verdict)
	if decided && verdict.Payload != nil {
		if failed := w.Store.Amend(ctx, w.Name, r.ID, verdict.Payload); failed != nil { // its lease ends, and all of it is done again
			return "retried", failed
		}
	}
	switch {
	case err == nil:
		return "done", w.Store.Done(ctx, w.Name, r.ID)
	case decided && verdict.Verdict == Park:
		return "parked", w.Store.Park(ctx, w.Name, r.ID, err.Error())
	case decided && verdict.Verdict == Bury || r.Attempts >= w.MaxAttempts:
		return "buried", w.Store.Bury(ctx, w.Name, r.ID, err.Error())
	}
	return "retried", w.Store.Retry(ctx, w.Name, r.ID, w.Now().Add(w.Backoff(r.Attempts)), err.Error())
}
