package retention

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what is dropped.
type Metrics struct {
	rows *prometheus.CounterVec
	last *prometheus.GaugeVec
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_retention_dropped_total", Help: "What was dropped because it is kept no longer, by its kind."}, []string{"kind"}),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "xinqiao_retention_last_run_seconds", Help: "When each kind was last gone through by this replica, in Unix seconds."}, []string{"kind"}),
	}
	r.MustRegister(m.rows, m.last)
	for _, k := range Kinds() { // 0 until there is something to say
		m.rows.WithLabelValues(string(k))
		m.last.WithLabelValues(string(k))
	}
	return m
}

func (m *Metrics) dropped(k Kind, n int) {
	if m != nil {
		m.rows.WithLabelValues(string(k)).Add(float64(n))
	}
}

func (m *Metrics) ran(k Kind, at time.Time) {
	if m != nil {
		m.last.WithLabelValues(string(k)).Set(float64(at.Unix()))
	}
}
