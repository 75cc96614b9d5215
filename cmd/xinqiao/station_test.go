package main

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
)

// TestWhatAStationDoesReachesThePersonAndTheAPI books from WeChat, and lets a station's staff move it and say that nobody
// came.
func TestWhatAStationDoesReachesThePersonAndTheAPI(t *testing.T) {
	t.Parallel()
	var clock movedClock
	w := start(t, embedded(t), appOptions{now: clock.now})
	who := openid(t, 5)
	note := w.sends(w.bookUpTo(who, "天河").MenuLinks[0].Tap(who))
	w.wantIn(w.taps(who, w.taps(who, note, "不写了"), "约这个"), "约好了")
	as, _, err := w.app.db.Appointments().List(t.Context(), "", 10)
	if err != nil || len(as) != 1 {
		t.Fatalf("%d appointments, %v", len(as), err)
	}
	a, clerk := as[0], booking.Clerk{ID: "c", Name: "示例前台", Station: as[0].Station}
	openings, err := w.app.reception.Openings(t.Context(), a.Station)
	if err != nil || len(openings) == 0 {
		t.Fatalf("openings: %v", err)
	}
	to := openings[len(openings)-1]
	if _, err := w.app.reception.Move(t.Context(), clerk, a.ID, "k1", to.ID(), "示例：老师培训"); err != nil {
		t.Fatal(err)
	}
	w.eventually("the person to be told both times", func() bool {
		for _, c := range w.platform.Calls() {
			if c.ToUser() == who && strings.Contains(c.Text(), "改了时间") && strings.Contains(c.Text(), booking.WhenLabel(a.Start)) && strings.Contains(c.Text(), booking.WhenLabel(to.Start)) {
				return true
			}
		}
		return false
	})
	w.wantIn(w.says(who, "我的预约"), booking.WhenLabel(to.Start), a.Code)

	clock.move(to.Start.Sub(clock.now()) + 20*time.Minute)
	if _, err := w.app.reception.Mark(t.Context(), clerk, a.ID, "k2", booking.NoShow); err != nil {
		t.Fatal(err)
	}
	var page struct {
		Items []struct{ Status string } `json:"items"`
	}
	if w.api("GET", "/api/v1/appointments", w.token("counsellor"), &page); len(page.Items) != 1 || page.Items[0].Status != "no_show" {
		t.Errorf("the API says %+v, want no_show", page.Items)
	}
	w.wantIn(w.says(who, "我的预约"), a.Code, "这次没有来", "再约一次")
}
