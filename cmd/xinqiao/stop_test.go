package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAServerThatEndsSaysSoFirstAndServesOnUntilTheDrainIsOver(t *testing.T) {
	over, began := make(chan time.Time), make(chan time.Duration, 1)
	cfg := embedded(t)
	cfg.HTTP.Drain = 7 * time.Second
	w := start(t, cfg, appOptions{after: func(d time.Duration) <-chan time.Time {
		began <- d
		return over
	}})
	if status, page := w.get("/readyz"); status != http.StatusOK || strings.Contains(page, "stopping") {
		t.Fatalf("before the end: %d %s", status, page)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); w.stop() }()
	if d := <-began; d != cfg.HTTP.Drain {
		t.Errorf("it drains for %s, want what is configured", d)
	}
	status, page := w.get("/readyz")
	if status != http.StatusServiceUnavailable || !strings.HasPrefix(page, "stopping: yes\n") {
		t.Errorf("while it drains /readyz says %d %s", status, page)
	}
	w.wantIn(w.says("oParent", "菜单"), "父母学堂") // WeChat's message still comes here, and is answered
	res, err := http.Get(w.url + "/chat")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || !res.Close {
		t.Errorf("a page is answered with %d, and its connection closed: %t; want the next request to open another", res.StatusCode, res.Close)
	}
	close(over)
	<-ended
	if c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://")); err == nil {
		_ = c.Close()
		t.Error("the listener is still open")
	}
}

func TestTheMetricsStandOnAnAddressOfTheirOwn(t *testing.T) {
	cfg := embedded(t)
	cfg.Metrics.Addr = "localhost:0"
	w := start(t, cfg, appOptions{})
	_, after, found := strings.Cut(w.logs.String(), "msg=metrics addr=")
	if !found {
		t.Fatalf("nothing says where the metrics are:\n%s", w.logs.String())
	}
	addr := strings.Fields(after)[0]
	if page := scrape(t, "http://"+addr); !strings.Contains(page, "\nxinqiao_spool_entries 0\n") {
		t.Errorf("at %s there is %.200q", addr, page)
	}
	if page := fetched(t, "http://"+addr+"/readyz"); !strings.HasPrefix(page, "database: ok\nsession: ok\nspool: ok\n") || !strings.Contains(page, "\nduty: ") || !strings.Contains(page, "\ncontent: ") {
		t.Errorf("at %s /readyz says %q; want all there is to know", addr, page)
	}
	if status, page := w.get("/metrics"); status != http.StatusNotFound || strings.Contains(page, "xinqiao_") {
		t.Errorf("the public address answers %d: %.200q", status, page)
	}
	w.stop()
	if page := scrape(t, "http://"+addr); page != "" {
		t.Error("the metrics are still served after the end")
	}
}

func TestAServerStartsWithoutMetricsWhereTheirAddressIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	cfg := embedded(t)
	cfg.Metrics.Addr = taken.Addr().String()
	w := start(t, cfg, appOptions{})
	w.wantIn(w.says("oParent", "菜单"), "父母学堂")
	if !strings.Contains(w.logs.String(), "metrics are served nowhere") {
		t.Error("nothing says that there are no metrics")
	}
}
