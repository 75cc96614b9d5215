package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
)

// Way is a Notifier with the name that the operator gave it. It bounds the time of a try, leaves a receiver alone for a
// while that does not answer, keeps within what the receiver takes, and counts. A call that it holds back for one of these
// was not made: HeldBack says so, and whoever called tries again, or makes one call for many.
type Way struct {
	Name     string
	notifier Notifier
	breaker  *gobreaker.CircuitBreaker[struct{}]
	count    *Counters

	mu     sync.Mutex
	inHand int
	recent []time.Time // when the calls of the last minute began
}

const (
	// tryTimeout bounds one try of one way.
	tryTimeout = 8 * time.Second
	// triesAtOnce bounds the tries in hand: a way that is slow must not take all the hands from the others.
	triesAtOnce = 6
	// spare is how much of what a receiver takes in a minute is kept for calls that are for many.
	spare = 4
)

// Why a way holds a call back.
var (
	ErrResting = errors.New("it has not been answering and is left alone for a while")
	ErrTooMany = errors.New("it takes no more calls for the moment")
	ErrSlow    = errors.New("it is still busy with earlier calls")
)

// HeldBack says whether a call was held back rather than refused or lost, and why in a word.
func HeldBack(err error) (reason string, held bool) {
	switch {
	case errors.Is(err, ErrResting):
		return "resting", true
	case errors.Is(err, ErrTooMany):
		return "rate", true
	case errors.Is(err, ErrSlow):
		return "busy", true
	}
	return "", false
}

// Limited is a Notifier whose receiver takes only so many calls in a minute.
type Limited interface {
	Notifier
	PerMinute() int
}

// Counters count what becomes of alerts.
type Counters struct {
	tries   *prometheus.CounterVec
	held    *prometheus.CounterVec
	waiting *prometheus.GaugeVec
}

// Metrics counts alerts by way: what became of each try (sent, partly, failed, refused, held), why calls were held back,
// and how many calls from memory wait to be made.
func Metrics(reg prometheus.Registerer) *Counters {
	c := &Counters{
		tries:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_alerts_total", Help: "Alerts to staff, by way and by what became of each try."}, []string{"way", "outcome"}),
		held:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_alerts_held_total", Help: "Calls that a way held back, by reason: rate, resting, busy. Each is tried again, and one call says how many wait."}, []string{"way", "reason"}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "xinqiao_alarms_waiting", Help: "People in danger, said while the database was away, for whom a way has not called yet."}, []string{"way"}),
	}
	if reg != nil {
		reg.MustRegister(c.tries, c.held, c.waiting)
	}
	return c
}

// NewWay wraps a notifier. count comes from Metrics.
func NewWay(name string, n Notifier, count *Counters) *Way {
	return &Way{Name: name, notifier: n, count: count, breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: 15 * time.Second, ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= 5 },
		IsSuccessful: func(err error) bool {
			var refused *refusal
			return err == nil || errors.As(err, &refused) || errors.Is(err, ErrTooMany) // a receiver that says no is there
		},
	})}
}

// refusal is an error that another try would meet again.
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

// begin takes a hand and a place in this minute, or says why there is none. A call for many may use what is spared.
func (w *Way) begin(many bool) error {
	if w.breaker.State() == gobreaker.StateOpen {
		return ErrResting
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now() // of the receiver's clock, which no test moves
	for len(w.recent) > 0 && now.Sub(w.recent[0]) >= time.Minute {
		w.recent = w.recent[1:]
	}
	if !many && w.inHand >= triesAtOnce {
		return ErrSlow
	}
	if l, ok := w.notifier.(Limited); ok {
		room := l.PerMinute()
		if !many {
			room -= spare
		}
		if len(w.recent) >= max(room, 1) {
			return ErrTooMany
		}
	}
	w.inHand++
	w.recent = append(w.recent, now)
	return nil
}

func (w *Way) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inHand--
}

// Notify implements Notifier. Its errors name the way and never its address.
func (w *Way) Notify(ctx context.Context, a Alert) (retry bool, err error) {
	if err := w.begin(a.Count > 1 || a.Kind == Trial); err != nil {
		return true, w.hold(err)
	}
	defer w.end()
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	_, err = w.breaker.Execute(func() (struct{}, error) {
		again, err := w.notifier.Notify(ctx, a)
		if err != nil && !again {
			err = &refusal{err}
		}
		return struct{}{}, err
	})
	var refused *refusal
	switch {
	case err == nil:
		w.tried("sent")
		return false, nil
	case errors.As(err, new(*Partial)) && errors.As(err, &refused): // some will never be told by it; the others know
		w.tried("partly")
		return false, fmt.Errorf("alert by %s: %w", w.Name, refused.error)
	case errors.As(err, &refused):
		w.tried("refused")
		return false, fmt.Errorf("alert by %s: %w", w.Name, refused.error)
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		return true, w.hold(ErrResting)
	case errors.Is(err, ErrTooMany):
		return true, w.hold(err)
	}
	w.tried("failed")
	return true, fmt.Errorf("alert by %s: %w", w.Name, err)
}

func (w *Way) tried(outcome string) { w.count.tries.WithLabelValues(w.Name, outcome).Inc() }

func (w *Way) hold(why error) error {
	w.tried("held")
	reason, _ := HeldBack(why)
	w.count.held.WithLabelValues(w.Name, reason).Inc()
	return fmt.Errorf("alert by %s: %w", w.Name, why)
}
