package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is where the rows of a Depth stand.
type State string

// The states. A row that waits for a later time (a reminder) is no work yet, and is not counted.
const (
	StateDue    State = "due"    // to be done, being done, or to be tried again
	StateParked State = "parked" // until the person's next contact
	StateBuried State = "buried" // staff must look
)

// Depth is how many rows of a kind stand somewhere, at most DepthMost of each state, and since when the oldest of them does.
type Depth struct {
	Kind   string
	State  State
	Rows   int
	Oldest time.Time
}

// DepthMost is how far rows are counted: no flood makes looking slow.
const DepthMost = 20_000

// Gauges shows how much work stands in the outbox, read anew at each scrape.
type Gauges struct {
	Depths func(ctx context.Context, now time.Time) ([]Depth, error)
	// Lag is how long the oldest row that could be done has been waiting for a worker, 0 where none does.
	Lag map[string]func(ctx context.Context, now time.Time) (time.Duration, error) // by part
	Now func() time.Time
	Log *slog.Logger

	mu   sync.Mutex
	read time.Time
}

var (
	depthDesc  = prometheus.NewDesc("xinqiao_outbox_depth", "Outbox rows by kind and by where they stand: due, parked (until the person's next contact), buried (staff must look).", []string{"kind", "state"}, nil)
	oldestDesc = prometheus.NewDesc("xinqiao_outbox_oldest_seconds", "Since when the oldest due row of a kind was to be done, tries that failed included.", []string{"kind"}, nil)
	lagDesc    = prometheus.NewDesc("xinqiao_outbox_lag_seconds", "How long the oldest row that could be done has been waiting for a worker: calls for help, and all others. Scale by it.", []string{"part"}, nil)
	readDesc   = prometheus.NewDesc("xinqiao_outbox_read_timestamp_seconds", "When the outbox was read last: it stands still while the database is away.", nil, nil)
)

// gaugeTime bounds what a scrape waits for.
const gaugeTime = 3 * time.Second

// Describe implements prometheus.Collector.
func (g *Gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{depthDesc, oldestDesc, lagDesc, readDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (g *Gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugeTime)
	defer cancel()
	g.mu.Lock()
	defer g.mu.Unlock()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now := g.Now()
	depths, err := g.Depths(ctx, now)
	if err != nil {
		g.Log.Warn("the outbox cannot be counted", "error", err)
	} else {
		g.read = now
	}
	for _, d := range depths {
		gauge(depthDesc, float64(d.Rows), d.Kind, string(d.State))
		if d.State == StateDue {
			gauge(oldestDesc, max(now.Sub(d.Oldest), 0).Seconds(), d.Kind)
		}
	}
	for part, lag := range g.Lag {
		if d, err := lag(ctx, now); err == nil {
			gauge(lagDesc, d.Seconds(), part)
		}
	}
	if !g.read.IsZero() {
		gauge(readDesc, float64(g.read.UnixMilli())/1000)
	}
}
