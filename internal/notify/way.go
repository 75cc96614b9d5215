package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
)

// Way is a Notifier with the name that the operator gave it. It bounds the time of a try, leaves a receiver alone for a
// while that does not answer, and counts.
type Way struct {
	Name     string
	notifier Notifier
	breaker  *gobreaker.CircuitBreaker[struct{}]
	sent     *prometheus.CounterVec
}

// tryTimeout bounds one try of one way.
const tryTimeout = 8 * time.Second

// ErrResting says that a receiver did not answer several times and is left alone for some seconds.
var ErrResting = errors.New("it has not been answering and is left alone for a while")

// Metrics counts alerts by way and outcome (sent, partly, failed, refused).
func Metrics(reg prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_alerts_total", Help: "Alerts to staff, by way and by what became of each try."}, []string{"way", "outcome"})
	if reg != nil {
		reg.MustRegister(c)
	}
	return c
}

// NewWay wraps a notifier. sent comes from Metrics.
func NewWay(name string, n Notifier, sent *prometheus.CounterVec) *Way {
	return &Way{Name: name, notifier: n, sent: sent, breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: 15 * time.Second, ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= 5 },
		IsSuccessful: func(err error) bool {
			var refused *refusal
			return err == nil || errors.As(err, &refused) // a receiver that says no is there
		},
	})}
}

// refusal is an error that another try would meet again.
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

// Notify implements Notifier. Its errors name the way and never its address.
func (w *Way) Notify(ctx context.Context, a Alert) (retry bool, err error) {
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
		w.sent.WithLabelValues(w.Name, "sent").Inc()
		return false, nil
	case errors.As(err, new(*Partial)) && errors.As(err, &refused): // some will never be told by it; the others know
		w.sent.WithLabelValues(w.Name, "partly").Inc()
		return false, fmt.Errorf("alert by %s: %w", w.Name, refused.error)
	case errors.As(err, &refused):
		w.sent.WithLabelValues(w.Name, "refused").Inc()
		return false, fmt.Errorf("alert by %s: %w", w.Name, refused.error)
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		err = ErrResting
	}
	w.sent.WithLabelValues(w.Name, "failed").Inc()
	return true, fmt.Errorf("alert by %s: %w", w.Name, err)
}
