package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// health serves the process's pulse and whether its backends answer. What else there is to know of a server (its accounts,
// its duty, its content, all that is counted) is for those who run it: it stands on metrics.addr, to which no front leads;
// where an operator set that to the public address, it is shown to whoever asks on this machine itself and to nobody else.
func (a *App) health(r gin.IRouter) {
	asked := []string{http.MethodGet, http.MethodHead} // many monitors and load balancers ask for the head alone
	r.Match(asked, "/healthz", func(g *gin.Context) { g.String(http.StatusOK, "ok\n") })
	r.Match(asked, "/readyz", func(g *gin.Context) {
		s := a.ready(g.Request.Context())
		if a.metricsBesides() || !inside(g.Request) {
			s.details = ""
		}
		g.String(s.status, s.backends+s.details)
	})
	if !a.metricsBesides() {
		show := a.metricsHandler()
		r.GET("/metrics", func(g *gin.Context) {
			if !inside(g.Request) {
				g.Status(http.StatusNotFound)
				return
			}
			show.ServeHTTP(g.Writer, g.Request)
		})
	}
}

// serveReady answers for /readyz on the address of the metrics: all of it.
func (a *App) serveReady(w http.ResponseWriter, r *http.Request) {
	s := a.ready(r.Context())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(s.status)
	_, _ = fmt.Fprint(w, s.backends, s.details)
}

// readiness is how a replica stands: a line for each backend, and lines for whoever runs it.
type readiness struct {
	status            int
	backends, details string
}

// ready says a line for each backend. It writes into each: a disk that is full and a database that may only be read answer
// every question, and keep nothing. A replica that cannot reach one still answers danger, so a load balancer should
// prefer others but not cut off the last.
func (a *App) ready(ctx context.Context) readiness {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	checks := []struct {
		name string
		ping func(context.Context) error
	}{
		{"database", a.written},
		{"session", a.sessions.Ping},
		{"spool", func(context.Context) error { return a.spool.Check() }},
	}
	s := readiness{status: http.StatusOK}
	if a.draining.Load() { // first of all: whoever sends requests should send them to another replica
		s.status = http.StatusServiceUnavailable
		s.backends = "stopping: yes\n"
	}
	for _, c := range checks {
		word := "ok"
		if err := c.ping(ctx); err != nil {
			word, s.status = "failed", http.StatusServiceUnavailable
			a.log.Warn("backend not ready", "backend", c.name, "error", err)
		}
		s.backends += c.name + ": " + word + "\n"
	}
	var lines strings.Builder
	if n := a.spool.Figures().Aside; n > 0 {
		_, _ = fmt.Fprintf(&lines, "spool: %d files cannot be read and were set aside\n", n)
	}
	a.wechatState(ctx, &lines)
	a.wecomState(ctx, &lines)
	a.tokenFights(ctx, &lines)
	duty, _ := a.dutyState()
	_, _ = fmt.Fprintf(&lines, "duty: %s\n", duty)
	_, _ = fmt.Fprintf(&lines, "content: %s\n", a.library.Current().Version)
	s.details = lines.String()
	return s
}
