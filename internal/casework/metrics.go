package casework

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Waited is how many cases of a level wait for the same, and since when the longest of them does.
type Waited struct {
	Level risk.Level
	Waits Waits
	Cases int
	Since time.Time
}

// Metrics measure the ladder: how soon staff are called, how soon somebody sees a case, how often nobody does. A nil
// *Metrics measures nothing.
type Metrics struct {
	seen    *prometheus.HistogramVec
	called  *prometheus.HistogramVec
	overdue *prometheus.CounterVec
}

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		seen: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "xinqiao_case_acknowledge_seconds",
			Help: "From the moment a case asked for a human until somebody said that they saw it, took it, or did something, by level.", Buckets: []float64{10, 30, 60, 120, 180, 300, 600, 1800, 3600, 7200, 14400}}, []string{"level"}),
		called: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "xinqiao_alert_delay_seconds",
			Help: "From the moment a case asked for a human until a way took the first call, by way.", Buckets: []float64{.25, .5, 1, 2.5, 5, 10, 30, 60, 180, 600}}, []string{"way"}),
		overdue: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_case_overdue_total",
			Help: "Clocks that ran out, so that the next on the ladder was called, by level and by what the case waited for."}, []string{"level", "waits"}),
	}
	r.MustRegister(m.seen, m.called, m.overdue)
	return m
}

// changed looks at what a change did to the clock of a case.
func (m *Metrics) changed(before, after Case, step StepKind, now time.Time) {
	if m == nil {
		return
	}
	switch {
	case step == StepOverdue:
		m.overdue.WithLabelValues(string(before.Level), string(before.Waits)).Inc()
	case before.Waits == WaitsEyes && after.Waits != WaitsEyes && step != StepSwept:
		m.seen.WithLabelValues(string(before.Level)).Observe(now.Sub(before.WaitingSince).Seconds())
	}
}

func (m *Metrics) alerted(way string, took time.Duration) {
	if m != nil {
		m.called.WithLabelValues(way).Observe(max(took, 0).Seconds())
	}
}

// Gauges show what waits for a human, read anew at each scrape. A scrape finds nothing while the database is away.
type Gauges struct {
	Waited func(ctx context.Context) ([]Waited, error)
	Now    func() time.Time
	Log    *slog.Logger
}

var (
	waitingDesc = prometheus.NewDesc("xinqiao_cases_waiting", "Cases that wait for a human, by level and by what for: eyes (nobody has seen it), taking (somebody said that they will), answer (words of danger stand in a conversation).", []string{"level", "waits"}, nil)
	longestDesc = prometheus.NewDesc("xinqiao_cases_waiting_oldest_seconds", "How long the longest of these waits is.", []string{"level", "waits"}, nil)
)

// Describe implements prometheus.Collector.
func (g *Gauges) Describe(ch chan<- *prometheus.Desc) { ch <- waitingDesc; ch <- longestDesc }

// Collect implements prometheus.Collector.
func (g *Gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	all, err := g.Waited(ctx)
	if err != nil {
		g.Log.Warn("the cases that wait cannot be counted", "error", err)
		return
	}
	now := g.Now()
	for _, s := range all {
		ch <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(s.Cases), string(s.Level), string(s.Waits))
		ch <- prometheus.MustNewConstMetric(longestDesc, prometheus.GaugeValue, max(now.Sub(s.Since), 0).Seconds(), string(s.Level), string(s.Waits))
	}
}
