package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// dutyDesk is where a webhook's alerts arrive.
type dutyDesk struct {
	url string
	mu  sync.Mutex
	got []string
}

func newDutyDesk(t *testing.T) *dutyDesk {
	d := &dutyDesk{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.got = append(d.got, string(raw))
	}))
	t.Cleanup(s.Close)
	d.url = s.URL
	return d
}

// way is the configuration that leads there.
func (d *dutyDesk) way() config.Way {
	return config.Way{Name: "值班平台", Kind: "webhook", Set: config.Settings{"url": d.url, "secret": "0123456789abcdef01234567"}}
}

// calls are the alerts that arrived, as type, rung and who is called.
func (d *dutyDesk) calls(t *testing.T) (out []string) {
	t.Helper()
	for _, raw := range d.bodies() {
		var a struct {
			Type string
			Data struct {
				Rung string
				Call []struct{ Name string }
			}
		}
		if err := json.Unmarshal([]byte(raw), &a); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimPrefix(a.Type, "xinqiao.alert.") + " " + a.Data.Rung
		for _, c := range a.Data.Call {
			line += " " + c.Name
		}
		out = append(out, line)
	}
	return out
}

func (d *dutyDesk) bodies() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.got)
}

const dutyPlan = `
people:
  - {id: chen, name: 陈, email: chen@example.org}
  - {id: wang, name: 王, email: wang@example.org}
districts:
  - name: 全市
    supervisors: [wang]
    shifts: [{days: [每天], from: "00:00", to: "24:00", who: [chen]}]
`

func writeRota(t *testing.T, plan string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rota.yaml")
	if err := os.WriteFile(path, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheLadderOutlivesTheReplicaThatSetIt(t *testing.T) {
	t.Parallel()
	storetest.MySQL(t)
	desk := newDutyDesk(t)
	cfg := shared(t)
	cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, dutyPlan), []config.Way{desk.way()}
	var clock atomic.Int64
	clock.Store(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC).UnixMicro())
	open := func() *App {
		t.Helper()
		own := cfg
		own.DataDir = t.TempDir()
		a, err := newApp(t.Context(), own, slog.New(slog.DiscardHandler), appOptions{now: func() time.Time { return time.UnixMicro(clock.Load()) }, patience: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := open()
	if _, err := first.bot.Handle(t.Context(), channel.Inbound{
		Address: address("user-1"), ID: "m1", Kind: channel.KindText, Text: "我已经在天台上了，准备跳下去", At: first.now(),
	}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil { // it dies before it has called anybody
		t.Fatal(err)
	}
	one, two := open(), open()
	t.Cleanup(func() { _, _ = one.Close(), two.Close() })
	for range 4 {
		var both sync.WaitGroup
		for _, a := range []*App{one, two} {
			both.Go(func() {
				if _, err := a.callers.RunDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		clock.Add((3 * time.Minute).Microseconds())
	}
	want := []string{"opened 值班 陈", "overdue 主管 王", "overdue 全员 陈 王", "overdue 全员 陈 王"}
	if diff := cmp.Diff(want, desk.calls(t)); diff != "" {
		t.Errorf("called (-want +got):\n%s", diff)
	}
	for _, body := range desk.bodies() {
		if strings.Contains(body, "天台") || strings.Contains(body, "user-1") {
			t.Errorf("an alert tells what was written, or who wrote it: %s", body)
		}
	}
}

func TestTheWaysToCallStaffCanBeTried(t *testing.T) {
	t.Parallel()
	desk := newDutyDesk(t)
	environ := []string{"XINQIAO_ALERTS_WAYS_0_NAME=值班平台", "XINQIAO_ALERTS_WAYS_0_KIND=webhook", "XINQIAO_ALERTS_WAYS_0_URL=" + desk.url, "XINQIAO_ALERTS_WAYS_0_SECRET=0123456789abcdef01234567"}
	code, out, errs := command(t.Context(), t, environ, "", "alerts", "test")
	if code != exitFine || !strings.Contains(out, "值班平台 … sent") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if diff := cmp.Diff([]string{"trial "}, desk.calls(t)); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
	gone := append(environ, "XINQIAO_ALERTS_WAYS_1_NAME=群", "XINQIAO_ALERTS_WAYS_1_KIND=wecom", "XINQIAO_ALERTS_WAYS_1_URL="+desk.url+"/?key=secret")
	if code, out, errs := command(t.Context(), t, gone, "", "alerts", "test"); code == exitFine || !strings.Contains(errs, "1 of 2 ways do not work") || strings.Contains(out+errs, "secret") {
		t.Errorf("with a way that does not work: %d %s %s", code, out, errs)
	}
	if code, _, errs := command(t.Context(), t, nil, "", "alerts", "test"); code == exitFine || !strings.Contains(errs, "alerts.ways") {
		t.Errorf("without any way: %d %s", code, errs)
	}
}

func TestARotaIsReadOutAndItsGapsAreSaid(t *testing.T) {
	t.Parallel()
	path := writeRota(t, dutyPlan)
	if code, out, errs := command(t.Context(), t, nil, "", "rota", path); code != exitFine || !strings.Contains(out, "值班 陈 → 主管 王") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if code, out, errs := command(t.Context(), t, nil, "", "rota", "../../configs/rota.sample.yaml"); code != exitFine || !strings.Contains(out, "天河区") {
		t.Errorf("the sample: %d %s %s", code, out, errs)
	}
	gap := writeRota(t, strings.Replace(dutyPlan, `from: "00:00"`, `from: "06:00"`, 1))
	if code, out, _ := command(t.Context(), t, nil, "", "rota", gap); code == exitFine || !strings.Contains(out, "nobody on call") {
		t.Errorf("with a gap: %d %s", code, out)
	}
	for name, c := range map[string]struct{ rota, want string }{
		"a gap": {gap, "duty: nobody on call from "}, "none": {"", "duty: no rota"}, "a whole one": {path, "duty: ok"},
	} {
		cfg := embedded(t)
		cfg.Alerts.Rota = c.rota
		w := start(t, cfg, appOptions{})
		res, err := http.Get(w.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || !strings.Contains(string(raw), c.want) {
			t.Errorf("%s: /readyz says %d %s, want %q", name, res.StatusCode, raw, c.want)
		}
		if warned := strings.Contains(w.logs.String(), "the rota has a gap"); warned != (name == "a gap") {
			t.Errorf("%s: the start warns: %t", name, warned)
		}
	}
}
