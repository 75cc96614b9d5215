package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/xinqiao-bot/xinqiao/internal/spool"
)

// health serves the process's pulse, the backends' state and the metrics.
func (a *App) health(r gin.IRouter) {
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
		a.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: g.name, Help: g.help}, func() float64 { return g.of(a.spool.Figures()) }))
	}
	asked := []string{http.MethodGet, http.MethodHead} // many monitors and load balancers ask for the head alone
	r.Match(asked, "/healthz", func(g *gin.Context) { g.String(http.StatusOK, "ok\n") })
	r.Match(asked, "/readyz", a.readyz)
	r.GET("/metrics", gin.WrapH(promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{})))
}

// readyz says a line for each backend. It writes into each: a disk that is full and a database that may only be read answer
// every question, and keep nothing. A replica that cannot reach one still answers danger, so a load balancer should
// prefer others but not cut off the last.
func (a *App) readyz(g *gin.Context) {
	ctx, cancel := context.WithTimeout(g.Request.Context(), 2*time.Second)
	defer cancel()
	checks := []struct {
		name string
		ping func(context.Context) error
	}{
		{"database", a.written},
		{"session", a.sessions.Ping},
		{"spool", func(context.Context) error { return a.spool.Check() }},
	}
	var lines strings.Builder
	status := http.StatusOK
	for _, c := range checks {
		word := "ok"
		if err := c.ping(ctx); err != nil {
			word, status = "failed", http.StatusServiceUnavailable
			a.log.Warn("backend not ready", "backend", c.name, "error", err)
		}
		_, _ = fmt.Fprintf(&lines, "%s: %s\n", c.name, word)
	}
	if n := a.spool.Figures().Aside; n > 0 {
		_, _ = fmt.Fprintf(&lines, "spool: %d files cannot be read and were set aside\n", n)
	}
	duty, _ := a.dutyState()
	_, _ = fmt.Fprintf(&lines, "duty: %s\n", duty)
	_, _ = fmt.Fprintf(&lines, "content: %s\n", a.library.Current().Version)
	g.String(status, lines.String())
}
