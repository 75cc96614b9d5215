package media

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Metrics counts what becomes of items. No label holds anything of a person.
type Metrics struct {
	items  *prometheus.CounterVec
	bytes  *prometheus.CounterVec
	opened *prometheus.CounterVec
	purged prometheus.Counter
}

// NewMetrics registers the metrics; a nil registerer counts for nobody.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		items:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_media_items_total", Help: "Pictures, voices and videos of people, by kind and what became of them (kept, retried, or why they could not be kept)."}, []string{"kind", "outcome"}),
		bytes:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_media_bytes_total", Help: "Bytes of media that were kept, by kind."}, []string{"kind"}),
		opened: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_media_opened_total", Help: "Media that were opened, by kind."}, []string{"kind"}),
		purged: prometheus.NewCounter(prometheus.CounterOpts{Name: "xinqiao_media_purged_total", Help: "Media whose bytes were dropped because their time was over."}),
	}
	if r != nil {
		r.MustRegister(m.items, m.bytes, m.opened, m.purged)
	}
	return m
}

func (m *Metrics) ended(k channel.Kind, outcome string) {
	m.items.WithLabelValues(string(k), outcome).Inc()
}
