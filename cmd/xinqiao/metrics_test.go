package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// value is that of a metric with the labels as they are written, -1 where it is not there.
func value(page, series string) float64 {
	for line := range strings.Lines(page) {
		if v, ok := strings.CutPrefix(line, series+" "); ok {
			f, _ := strconv.ParseFloat(strings.TrimSpace(v), 64)
			return f
		}
	}
	return -1
}

func TestTheMetricsShowADangerFromItsWordsToTheCallAndWhoWaits(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		desk := newDutyDesk(t)
		cfg.Alerts.Ways = []config.Way{desk.way()}
		w := start(t, cfg, appOptions{})
		w.wantIn(w.says("oBrowses", "菜单"), "父母学堂")
		w.wantIn(w.says("oInDanger", "我不想活了"), "12356")
		w.eventually("staff to be called", func() bool { return len(desk.bodies()) == 1 })
		w.eventually("the call to be counted", func() bool {
			_, page := w.get("/metrics")
			return value(page, `xinqiao_outbox_rows_total{kind="case.alert",outcome="done"}`) == 1
		})
		_, page := w.get("/metrics")
		for series, want := range map[string]float64{
			`xinqiao_messages_total{channel="wechat",kind="text",outcome="crisis"}`: 1,
			`xinqiao_alerts_total{outcome="sent",way="值班平台"}`:                       1,
			`xinqiao_alert_delay_seconds_count{way="值班平台"}`:                         1,
			`xinqiao_cases_waiting{level="high",waits="eyes"}`:                      1,
			`xinqiao_backend_up{backend="database"}`:                                1,
			`xinqiao_backend_up{backend="session"}`:                                 1,
			`xinqiao_spool_entries`:                                                 0,
			`xinqiao_spool_oldest_seconds`:                                          0,
			`xinqiao_draining`:                                                      0,
			`xinqiao_outbox_lag_seconds{part="calls"}`:                              0,
		} {
			if got := value(page, series); got != want {
				t.Errorf("%s is %v, want %v", series, got, want)
			}
		}
		for _, pattern := range []string{
			`xinqiao_steps_total\{flow="[^("]+",outcome="dialog",step="[^"]+"\} 1`, `xinqiao_steps_total\{flow="\(talk\)",outcome="crisis",step="[^"]*"\} 1`,
			`xinqiao_flow_seconds_count\{channel="wechat",flow="\(talk\)"\} 1`, `xinqiao_outbox_wait_seconds_count\{kind="case.alert"\} 1`,
			`xinqiao_cases_waiting_oldest_seconds\{level="high",waits="eyes"\} \d`, `xinqiao_outbox_read_timestamp_seconds \d`, `xinqiao_build_info\{version="[^"]+"\} 1`,
		} {
			if !regexp.MustCompile(pattern).MatchString(page) {
				t.Errorf("no metric is like %s", pattern)
			}
		}
		if strings.Contains(page, "oInDanger") || strings.Contains(page, "不想活") {
			t.Error("the metrics tell of a person")
		}
	})
}

func TestTheOldestOfTheSpoolIsWhatLiesThereLongest(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	if age := oldestSpooled(filepath.Join(dir, "none"), now); age != 0 {
		t.Errorf("without a folder it is %s", age)
	}
	if err := os.Mkdir(filepath.Join(dir, "aside"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"a.sealed": time.Minute, "aside/b.sealed": time.Hour, "c.sealed.tmp": 2 * time.Hour} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if age := oldestSpooled(dir, now); age != time.Hour {
		t.Errorf("it is %s, want the hour of what was set aside", age)
	}
}

func TestErrorsOfRedisAreCountedByTheirFirstWord(t *testing.T) {
	cfg := shared(t)
	w := start(t, cfg, appOptions{})
	if err := w.app.redis.Do(t.Context(), "LPUSH", "xq:test-list", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if err := w.app.redis.Incr(t.Context(), "xq:test-list").Err(); err == nil {
		t.Fatal("a list was counted up")
	}
	if err := w.app.redis.Get(t.Context(), "xq:nothing").Err(); !errors.Is(err, redis.Nil) {
		t.Fatalf("nothing: %v", err)
	}
	_, page := w.get("/metrics")
	var codes []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "xinqiao_redis_errors_total{") {
			codes = append(codes, strings.TrimSpace(line))
		}
	}
	if !slices.Equal(codes, []string{`xinqiao_redis_errors_total{code="WRONGTYPE"} 1`}) {
		t.Errorf("counted %v, want the one error", fmt.Sprint(codes))
	}
}
