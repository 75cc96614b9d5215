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
	steps    *prometheus.CounterVec
	flows    *prometheus.HistogramVec
}

// NewMetrics registers the bot's metrics; a nil registerer counts for nobody.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_messages_total", Help: "Inbound messages by channel, kind and what became of them."}, []string{"channel", "kind", "outcome"}),
		danger:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_danger_total", Help: "Messages read as dangerous, by level."}, []string{"level"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "xinqiao_handle_seconds", Help: "Time from an inbound message to its replies.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}}, []string{"channel"}),
	}
	m.steps = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_steps_total", Help: "Turns by the flow and step in which they ended, and by what became of them; (talk) is the talk after danger, (counsellor) a conversation that somebody has."}, []string{"flow", "step", "outcome"})
	m.flows = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "xinqiao_flow_seconds", Help: "Time that a turn took, by the flow in which it ended.", Buckets: []float64{.0025, .01, .025, .1, .5, 2.5}}, []string{"channel", "flow"})
	if r != nil {
		r.MustRegister(m.messages, m.danger, m.seconds, m.steps, m.flows)
	}
	return m
}

// stepped counts a turn where it ended, or where it failed.
func (m *Metrics) stepped(x *exchange, err error) {
	flow, step := "(none)", ""
	switch frames := x.state.Dialog.Stack; {
	case x.outcome == "relayed":
		flow = "(counsellor)"
	case x.outcome == "crisis" || x.outcome == "asked" || x.outcome == "talk":
		flow, step = "(talk)", string(x.state.Talk.Phase)
	case len(frames) > 0:
		flow, step = frames[len(frames)-1].Flow, frames[len(frames)-1].Step
	}
	outcome := x.outcome
	if err != nil {
		outcome = "failed"
	}
	m.steps.WithLabelValues(flow, step, outcome).Inc()
	m.flows.WithLabelValues(x.in.Channel, flow).Observe(x.b.Now().Sub(x.now).Seconds())
}

func (m *Metrics) handled(in channel.Inbound, outcome string, level risk.Level, took time.Duration) {
	m.messages.WithLabelValues(in.Channel, string(in.Kind), outcome).Inc()
	m.seconds.WithLabelValues(in.Channel).Observe(took.Seconds())
	if level.AtLeast(risk.Medium) {
		m.danger.WithLabelValues(string(level)).Inc()
	}
}
