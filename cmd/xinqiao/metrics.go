package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsHandler shows all that is counted, to Prometheus. A collector that fails hides no other.
func (a *App) metricsHandler() http.Handler {
	return promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// metricsBesides says whether the metrics have an address of their own.
func (a *App) metricsBesides() bool { return a.cfg.Metrics.Addr != a.cfg.HTTP.Addr }

// serveMetrics serves /metrics and all of /readyz on an address of their own until the returned function is called. Where the address is
// taken the server runs all the same: nobody in danger waits for Prometheus.
func (a *App) serveMetrics(ctx context.Context) (stop func()) {
	if a.cfg.Metrics.Addr == "" || !a.metricsBesides() {
		return func() {}
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.Metrics.Addr)
	if err != nil {
		a.log.Warn("the metrics are served nowhere: set metrics.addr (XINQIAO_METRICS_ADDR) to a free address", "error", err)
		return func() {}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metricsHandler())
	mux.HandleFunc("GET /readyz", a.serveReady)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(ln) // it ends by Close alone
	}()
	a.log.Info("metrics", "addr", ln.Addr().String())
	return func() {
		_ = srv.Close()
		<-served
	}
}
