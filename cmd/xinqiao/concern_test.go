package main

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/request"
)

// TestWhoeverIsOnDutyIsToldOfAConcernThatNobodyReads goes from the form in the chat to the duty's own way of being called.
func TestWhoeverIsOnDutyIsToldOfAConcernThatNobodyReads(t *testing.T) {
	duty := newDutyDesk(t)
	cfg := embedded(t)
	cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, dutyPlan), []config.Way{duty.way()}
	var clock atomic.Int64
	clock.Store(time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC).UnixMicro())
	a, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler), appOptions{now: func() time.Time { return time.UnixMicro(clock.Load()) }, patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	p, err := a.db.People().Resolve(t.Context(), address("user-1"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.requests.Make(t.Context(), "k", p.ID, request.Concern, request.Form{Relation: "同学", Seen: "很低落", About: "上课总趴着"})
	if err != nil {
		t.Fatal(err)
	}
	for range 60 { // of half an hour
		for range 2 {
			if _, err := a.worker.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		clock.Add((30 * time.Minute).Microseconds())
	}
	calls := duty.calls(t)
	if diff := cmp.Diff([]string{"concern 值班 陈"}, calls); diff != "" {
		t.Errorf("called (-want +got):\n%s", diff)
	}
	for _, body := range duty.bodies() {
		if !strings.Contains(body, r.Number) || !strings.Contains(body, "/desk/requests/"+r.ID) || strings.Contains(body, "趴着") || strings.Contains(body, "user-1") {
			t.Errorf("the call says %s", body)
		}
	}
}
