package casework_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// pass moves the clock and runs the deadlines that have come, each of them twice as after a crash.
func (r *room) pass(t *testing.T, d time.Duration) {
	t.Helper()
	r.clock = r.clock.Add(d)
	for _, row := range r.rows(t) {
		if row.Kind != casework.KindDeadline {
			continue
		}
		// Another replica than the one that set it, knowing only the row.
		other := &casework.Service{Store: r.db.Cases(), Outbox: r.db.Outbox(), Transcript: r.db.Messages(), Trail: r.db.Trail(), Clock: citytime.Clock{Now: r.Now}}
		for range 2 {
			if err := other.Overdue(t.Context(), row); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// overdue returns how long after the start each passed deadline was recorded.
func (r *room) overdue(t *testing.T, id string, start time.Time) []time.Duration {
	t.Helper()
	steps, err := r.db.Cases().Steps(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var at []time.Duration
	for _, st := range steps {
		if st.Kind == casework.StepOverdue {
			at = append(at, st.At.Sub(start))
		}
	}
	return at
}

func TestACaseThatNobodyAcknowledgesSaysSo(t *testing.T) {
	const m = time.Minute
	tests := []struct {
		name string
		do   func(t *testing.T, r *room) casework.Case
		want []time.Duration
	}{
		{"imminent after three minutes", func(t *testing.T, r *room) casework.Case {
			c := r.raise(t, risk.Imminent, "1")
			r.pass(t, 2*m)
			r.pass(t, 1*m)
			r.pass(t, 29*m)
			return c
		}, []time.Duration{3 * m}},
		{"and again and again, ever more rarely", func(t *testing.T, r *room) casework.Case {
			c := r.raise(t, risk.Imminent, "1")
			for range 24 * 60 {
				r.pass(t, m)
			}
			return c
		}, []time.Duration{3 * m, 33 * m, 93 * m, 213 * m, 453 * m, 693 * m, 933 * m, 1173 * m, 1413 * m}},
		{"high after ten minutes", func(t *testing.T, r *room) casework.Case {
			c := r.raise(t, risk.High, "1")
			r.pass(t, 9*m)
			r.pass(t, 1*m)
			return c
		}, []time.Duration{10 * m}},
		{"a plain wish to talk never", func(t *testing.T, r *room) casework.Case {
			c := r.raise(t, risk.Low, "1")
			r.pass(t, 600*m)
			return c
		}, nil},
		{"acted on in time never", func(t *testing.T, r *room) casework.Case {
			c := r.raise(t, risk.Imminent, "1")
			must(t)(r.Record(t.Context(), c.ID, lan, casework.Entry{Kind: casework.StepContacted, Note: "示例：打通了电话", Key: "k"}))
			r.pass(t, 60*m)
			return c
		}, nil},
		{"a rise brings the moment nearer", func(t *testing.T, r *room) casework.Case {
			c := r.raise(t, risk.Medium, "1")
			r.pass(t, 5*m)
			r.raise(t, risk.Imminent, "2")
			r.pass(t, 3*m)
			return c
		}, []time.Duration{8 * m}},
		{"a late rise does not put the moment off", func(t *testing.T, r *room) casework.Case {
			c := r.raise(t, risk.Medium, "1")
			r.pass(t, 119*m)
			r.raise(t, risk.High, "2")
			r.pass(t, 1*m)
			return c
		}, []time.Duration{120 * m}},
		{"the old clock does not count for a wait that began after an acknowledgement", func(t *testing.T, r *room) casework.Case {
			c := r.raise(t, risk.Medium, "1")
			r.pass(t, 1*m)
			must(t)(r.Acknowledge(t.Context(), c.ID, lan))
			r.pass(t, 118*m)
			r.raise(t, risk.High, "2")
			r.pass(t, 1*m)
			r.pass(t, 9*m)
			return c
		}, []time.Duration{129 * m}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			start := r.clock
			c := tt.do(t, r)
			if diff := cmp.Diff(tt.want, r.overdue(t, c.ID, start)); diff != "" {
				t.Errorf("deadlines recorded at the wrong times (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADeadlineOfAnErasedCaseIsDone(t *testing.T) {
	r := newRoom(t)
	row := outbox.Row{Kind: casework.KindDeadline, Payload: []byte(`{"case":"gone","level":"high"}`)}
	if err := r.Overdue(t.Context(), row); err != nil {
		t.Errorf("got %v, want it done: there is nothing to mind any more", err)
	}
}
