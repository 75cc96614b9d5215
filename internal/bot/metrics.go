package bot

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Metrics counts what the bot does. No label holds anything of a person.
type Metrics struct {
	messages *prometheus.CounterVec
	danger   *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// NewMetrics registers the bot's metrics; a nil registerer counts for nobody.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_messages_total", Help: "Inbound messages by channel, kind and what became of them."}, []string{"channel", "kind", "outcome"}),
		danger:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_danger_total", Help: "Messages read as dangerous, by level."}, []string{"level"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "xinqiao_handle_seconds", Help: "Time from an inbound message to its replies.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}}, []string{"channel"}),
	}
	if r != nil {
		r.MustRegister(m.messages, m.danger, m.seconds)
	}
	return m
}

func (m *Metrics) handled(in channel.Inbound, outcome string, level risk.Level, took time.Duration) {
	m.messages.WithLabelValues(in.Channel, string(in.Kind), outcome).Inc()
	m.seconds.WithLabelValues(in.Channel).Observe(took.Seconds())
	if level.AtLeast(risk.Medium) {
		m.danger.WithLabelValues(string(level)).Inc()
	}
}
