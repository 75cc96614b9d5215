package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// A device that was kept past every check, as by hand in the database, must not lead a call to a machine beside this one.
func TestACallToBrowsersNeverReachesAPrivateAddress(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(inside.Close)
	cfg := embedded(t)
	cfg.Alerts.Ways = []config.Way{{Name: "手机推送", Kind: "browser"}}
	w := start(t, cfg, appOptions{})
	chen, _, err := w.app.staff.Add(t.Context(), "chen", "示例·陈老师", staff.Counsellor)
	if err != nil {
		t.Fatal(err)
	}
	refused := func() bool {
		_, page := w.get("/metrics")
		return strings.Contains(page, `xinqiao_alerts_total{outcome="refused",way="手机推送"} 1`)
	}
	if err := w.app.staff.AddBrowser(t.Context(), chen, staff.Browser{
		Endpoint: inside.URL + "/x", P256dh: "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM", Auth: "tBHItJI5svbpez7KI4CCXg",
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Send(t.Context(), wxsim.Text("somebody", "我不想活了")); err != nil {
		t.Fatal(err)
	}
	w.eventually("the call to be given up", refused)
	if n := reached.Load(); n > 0 {
		t.Errorf("a machine inside was reached %d times", n)
	}
	if devices, err := w.app.devices(t.Context()); err != nil || len(devices) != 1 || devices[0].Account != "chen" {
		t.Errorf("the devices of staff: %v (%v)", devices, err)
	}
}

func TestAWayToBrowsersNeedsNoAddress(t *testing.T) {
	t.Parallel()
	environ := []string{"XINQIAO_ALERTS_WAYS_0_NAME=手机推送", "XINQIAO_ALERTS_WAYS_0_KIND=browser"}
	if code, out, errs := command(t.Context(), t, environ, "", "alerts", "test"); code != exitFine || !strings.Contains(out, "手机推送 … is tried on the desk") {
		t.Errorf("%d %s %s", code, out, errs)
	}
}
