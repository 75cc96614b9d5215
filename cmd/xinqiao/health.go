package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// health serves the process's pulse, the backends' state and the metrics.
func (a *App) health(r gin.IRouter) {
	asked := []string{http.MethodGet, http.MethodHead} // many monitors and load balancers ask for the head alone
	r.Match(asked, "/healthz", func(g *gin.Context) { g.String(http.StatusOK, "ok\n") })
	r.Match(asked, "/readyz", a.readyz)
	if !a.metricsBesides() {
		r.GET("/metrics", gin.WrapH(a.metricsHandler()))
	}
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
	if a.draining.Load() { // first of all: whoever sends requests should send them to another replica
		status = http.StatusServiceUnavailable
		_, _ = fmt.Fprintln(&lines, "stopping: yes")
	}
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
	a.wechatState(ctx, &lines)
	a.wecomState(ctx, &lines)
	a.tokenFights(ctx, &lines)
	duty, _ := a.dutyState()
	_, _ = fmt.Fprintf(&lines, "duty: %s\n", duty)
	_, _ = fmt.Fprintf(&lines, "content: %s\n", a.library.Current().Version)
	g.String(status, lines.String())
}
