package desk_test

import (
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// line is the line between a browser and the desk, which a test can drop.
type line struct {
	down, deaf atomic.Bool
	hangUp     func()
	deafened   atomic.Int32
	sick       atomic.Bool
	refused    atomic.Int32
	held       atomic.Pointer[chan struct{}]
}

// drop cuts every connection, and those that are tried until mend.
func (l *line) drop() { l.down.Store(true); l.hangUp() }

// deafen lets a post through and drops what is answered to it.
func (l *line) deafen() { l.deaf.Store(true) }

// hold keeps what an open page fetches again on its way.
func (l *line) hold() { gate := make(chan struct{}); l.held.Store(&gate) }

// sicken answers what an open page fetches again with a fault, though the line is there.
func (l *line) sicken() { l.sick.Store(true) }

func (l *line) mend() {
	l.sick.Store(false)
	l.down.Store(false)
	l.deaf.Store(false)
	if gate := l.held.Swap(nil); gate != nil {
		close(*gate)
	}
}

func (l *line) pass(c *gin.Context) {
	if gate := l.held.Load(); gate != nil && c.Query("live") == "1" {
		<-*gate
	}
	if l.sick.Load() && c.Query("live") == "1" {
		c.AbortWithStatus(http.StatusInternalServerError)
		l.refused.Add(1)
		return
	}
	if l.deaf.Load() && c.Request.Method == http.MethodPost {
		w := c.Writer
		c.Writer = &unheard{ResponseWriter: w, header: http.Header{}}
		c.Next()
		l.deafened.Add(1)
		l.cut(w)
		return
	}
	if l.down.Load() {
		c.Abort()
		l.cut(c.Writer)
	}
}

func (l *line) cut(w gin.ResponseWriter) {
	if conn, _, err := w.Hijack(); err == nil {
		_ = conn.Close()
	}
}

// unheard takes an answer that nobody hears.
type unheard struct {
	gin.ResponseWriter
	header http.Header
}

func (u *unheard) Header() http.Header               { return u.header }
func (u *unheard) WriteHeader(int)                   {}
func (u *unheard) WriteHeaderNow()                   {}
func (u *unheard) Write(b []byte) (int, error)       { return len(b), nil }
func (u *unheard) WriteString(s string) (int, error) { return len(s), nil }
