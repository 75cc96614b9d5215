package casework_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func TestACallWhosePayloadCannotBeOpenedGoesOutAllTheSame(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	r.raise(t, risk.Imminent, "1")
	blind := r.Blind()
	do := func(d time.Duration) {
		t.Helper()
		r.clock = r.clock.Add(d)
		for rows := r.rows(t); len(rows) > 0; rows = r.rows(t) {
			for _, row := range rows {
				row.Payload, row.Sealed = nil, true
				h, ok := blind[row.Kind]
				if !ok {
					continue
				}
				if err := h(t.Context(), row); err != nil {
					t.Fatalf("%s: %v", row.Key, err)
				}
			}
		}
	}
	do(0)
	do(3 * time.Minute)
	if diff := cmp.Diff([]string{"opened imminent 值班", "overdue imminent 候补"}, group.kinds()); diff != "" {
		t.Errorf("called (-want +got):\n%s", diff)
	}
	for _, key := range []string{"alert:", "alert:x:y:z:群", "deadline:1"} {
		kind := casework.KindAlert
		if key[0] == 'd' {
			kind = casework.KindDeadline
		}
		if err := blind[kind](t.Context(), outbox.Row{Key: key, Sealed: true}); err == nil {
			t.Errorf("a row with the key %q was done", key)
		}
	}
}
