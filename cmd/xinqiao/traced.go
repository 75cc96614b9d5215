package main

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/tracing"
)

func (a *App) openTracing(ctx context.Context) (err error) {
	a.tracer, err = tracing.Open(ctx, tracing.Options{URL: a.cfg.Tracing.URL, Ratio: a.cfg.Tracing.Ratio, Version: version})
	a.closers = append(a.closers, func() error {
		if err := a.tracer.Close(); err != nil { // spans are no facts
			a.log.Warn("the last spans were not sent", "error", err)
		}
		return nil
	})
	return err
}

// traceRequest follows a request from its first byte. What a stranger's header says of a trace is not heard.
func (a *App) traceRequest(g *gin.Context) {
	ctx, span := a.tracer.Begin(g.Request.Context(), g.Request.Method+" "+g.FullPath())
	g.Request = g.Request.WithContext(ctx)
	g.Next()
	var err error
	if g.Writer.Status() >= http.StatusInternalServerError {
		err = http.ErrAbortHandler
	}
	span.End(err)
}

type handle = func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error)

// traced follows the handling of a message.
func (a *App) traced(next handle) handle {
	if a.tracer == nil {
		return next
	}
	return func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
		ctx, span := a.tracer.Begin(ctx, "handle", tracing.Says("channel", in.Channel), tracing.Says("kind", string(in.Kind)))
		replies, err := next(ctx, in)
		span.End(err)
		return replies, err
	}
}

// tracedWork follows the work of a row within what asked for it.
func (a *App) tracedWork(handlers map[string]outbox.Handler) map[string]outbox.Handler {
	if a.tracer == nil {
		return handlers
	}
	out := make(map[string]outbox.Handler, len(handlers))
	for kind, next := range handlers {
		out[kind] = func(ctx context.Context, r outbox.Row) error {
			ctx, span := a.tracer.Begin(tracing.Within(ctx, r.Trace), "work "+kind)
			err := next(ctx, r)
			span.End(err)
			return err
		}
	}
	return out
}

// tracedClient calls WeChat.
func (a *App) tracedClient() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: a.tracer.Transport(http.DefaultTransport)}
}
