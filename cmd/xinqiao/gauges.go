package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
)

// failures counts the errors of a backend by code.
func (a *App) failures(name, help string) func(code string) {
	return a.counts(name, "code", help)
}

// counts registers a counter, and returns what counts one more under a value of its label.
func (a *App) counts(name, label, help string) func(value string) {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	a.metrics.MustRegister(c)
	return func(value string) { c.WithLabelValues(value).Inc() }
}

// gauges registers what is looked at anew whenever Prometheus asks.
func (a *App) gauges() {
	now := func(name, help string, labels prometheus.Labels, value func() float64) {
		a.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, value))
	}
	now("xinqiao_build_info", "Always 1; the label says which version runs.", prometheus.Labels{"version": version}, func() float64 { return 1 })
	now("xinqiao_draining", "1 from the moment a server was asked to end.", nil, func() float64 {
		if a.draining.Load() {
			return 1
		}
		return 0
	})
	for _, g := range []struct {
		name, help string
		of         func(spool.Figures) float64
	}{
		{"xinqiao_spool_entries", "Messages that wait to be recorded or answered.", func(f spool.Figures) float64 { return float64(f.Entries) }},
		{"xinqiao_spool_danger", "Words of danger that wait to be recorded.", func(f spool.Figures) float64 { return float64(f.Danger) }},
		{"xinqiao_spool_bare", "Words of danger that are in the memory of this process alone.", func(f spool.Figures) float64 { return float64(f.Bare) }},
		{"xinqiao_spool_aside", "Spool files that nobody can read; they were set aside.", func(f spool.Figures) float64 { return float64(f.Aside) }},
		{"xinqiao_spool_oldest_seconds", "How long the oldest message in the spool has waited.", func(f spool.Figures) float64 {
			if f.Oldest.IsZero() {
				return 0
			}
			return a.now().Sub(f.Oldest).Seconds()
		}},
	} {
		now(g.name, g.help, nil, func() float64 { return g.of(a.spool.Figures()) })
	}
	now("xinqiao_audit_findings", "Where the audit trail does not fit, as the last verification found and nobody has looked into.", nil, func() float64 {
		v, _ := a.trail.Verdict()
		return float64(len(v.Findings) + v.More)
	})
	now("xinqiao_audit_verified_timestamp_seconds", "When the audit trail was verified last; 0 where it never was since the start.", nil, func() float64 {
		v, ok := a.trail.Verdict()
		if !ok {
			return 0
		}
		return float64(v.At.Unix())
	})
	for backend, ping := range map[string]func(context.Context) error{"database": a.db.Ping, "session": a.sessions.Ping} {
		now("xinqiao_backend_up", "1 where a backend answers within a second.", prometheus.Labels{"backend": backend}, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if ping(ctx) != nil {
				return 0
			}
			return 1
		})
	}
	box := a.db.Outbox()
	a.metrics.MustRegister(
		&outbox.Gauges{Depths: box.Depths, Lag: map[string]func(context.Context, time.Time) (time.Duration, error){"calls": box.Calls().Lag, "others": box.Others().Lag}, Now: a.now, Log: a.log},
		&casework.Gauges{Waited: a.db.Cases().Waited, Now: a.now, Log: a.log},
	)
}

// oldestSpooled is how long the oldest file of the spool has been lying there. What was set aside as unreadable, in a
// folder of its own, counts as well: somebody must look.
func oldestSpooled(dir string, now time.Time) (age time.Duration) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(e.Name(), ".sealed") {
			return nil //nolint:nilerr // what is gone meanwhile waits no more
		}
		if info, err := e.Info(); err == nil {
			age = max(age, now.Sub(info.ModTime()))
		}
		return nil
	})
	return age
}

// redisErrors tells of every error of Redis by its code.
type redisErrors struct{ failed func(code string) }

var _ redis.Hook = redisErrors{}

// DialHook implements redis.Hook.
func (r redisErrors) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := next(ctx, network, addr)
		r.saw(err)
		return c, err
	}
}

// ProcessHook implements redis.Hook.
func (r redisErrors) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if !greets(cmd) {
			r.saw(err)
		}
		return err
	}
}

// ProcessPipelineHook implements redis.Hook. Where the way is broken every command says so, and it is told once.
func (r redisErrors) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		last := ""
		for _, cmd := range cmds {
			if code := redisCode(cmd.Err()); !greets(cmd) && code != "" && code != last {
				r.failed(code)
				last = code
			}
		}
		return err
	}
}

// greets says whether a command is one by which the client asks a new connection for what an older Redis does not know.
func greets(cmd redis.Cmder) bool { return cmd.Name() == "client" || cmd.Name() == "hello" }

func (r redisErrors) saw(err error) {
	if code := redisCode(err); code != "" {
		r.failed(code)
	}
}

// redisCode is an error's code in a word: what Redis begins its error with (OOM, LOADING, MOVED), or what became of the
// way to it; "" for what is none. A script that is not known yet is sent again at once.
func redisCode(err error) string {
	if err == nil { // of nearly every command
		return ""
	}
	var network net.Error
	var said redis.Error
	switch {
	case errors.Is(err, redis.Nil), errors.Is(err, context.Canceled), redis.HasErrorPrefix(err, "NOSCRIPT"):
		return ""
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout(), errors.Is(err, redis.ErrPoolTimeout):
		return "timeout"
	case errors.As(err, &said):
		code, _, _ := strings.Cut(said.Error(), " ")
		if code == "" || code != strings.ToUpper(code) || len(code) > 20 {
			return "other"
		}
		return code
	}
	return "connection"
}
