package main

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// lastRequests is how long requests and messages in hand may take once the listener is closed.
const lastRequests = 20 * time.Second

// finish ends a server so that nobody meets a closed door: it says first that it is not ready and serves on until whoever
// sends requests has seen that, then closes the listener, and waits for what is in hand.
func (a *App) finish(ctx context.Context, srv *http.Server, served <-chan error) error {
	a.draining.Store(true)
	a.log.Info("stopping: /readyz says so; still serving", "drain", a.cfg.HTTP.Drain)
	select {
	case err := <-served:
		return err
	case <-a.after(a.cfg.HTTP.Drain):
	}
	a.log.Info("stopping: finishing messages in hand")
	grace, cancel := context.WithTimeout(ctx, lastRequests)
	defer cancel()
	a.stopStreams() // pages reconnect to another replica; requests in hand are finished
	for _, stop := range a.onStop {
		stop()
	}
	err := srv.Shutdown(grace)
	if werr := a.wechat.Close(grace); err == nil {
		err = werr
	}
	return err
}

// sendElsewhere lets every answer of a server that ends close its connection: the next request opens another, where the
// server may be closed by then, rather than die with this one.
func (a *App) sendElsewhere(g *gin.Context) {
	if a.draining.Load() {
		g.Header("Connection", "close")
	}
}
