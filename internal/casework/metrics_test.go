package casework_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func TestTheLadderIsMeasured(t *testing.T) {
	r := newRoom(t)
	withLadder(r)
	reg := prometheus.NewRegistry()
	r.Metrics = casework.NewMetrics(reg)
	w := r.callers()
	work := func(after time.Duration) {
		t.Helper()
		r.clock = r.clock.Add(after)
		if _, err := w.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c := r.danger(t, "a", risk.Imminent)
	work(2 * time.Second)
	work(3 * time.Minute) // nobody came
	if _, err := r.Acknowledge(t.Context(), c.ID, lan); err != nil {
		t.Fatal(err)
	}
	work(3 * time.Minute) // and she did not act
	waited, err := r.db.Cases().Waited(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(waited) != 1 || waited[0].Level != risk.Imminent || waited[0].Waits != casework.WaitsEyes || waited[0].Cases != 1 {
		t.Errorf("waiting: %+v, want the one case, for eyes again", waited)
	}
	got := map[string]float64{}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue()
			if h := m.GetHistogram(); h != nil {
				got[name] = h.GetSampleSum()
			}
		}
	}
	want := map[string]float64{
		"xinqiao_alert_delay_seconds 群": 2, "xinqiao_alert_delay_seconds 邮件": 2,
		"xinqiao_case_acknowledge_seconds imminent": 182,
		"xinqiao_case_overdue_total imminent eyes":  1, "xinqiao_case_overdue_total imminent taking": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("measured (-want +got):\n%s", diff)
	}
}
