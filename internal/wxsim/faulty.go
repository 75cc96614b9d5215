package wxsim

import (
	"context"
	"time"
)

// fault is what the server was told to do wrong at one path.
type fault struct {
	code, left int // left < 0: until Reset
	msg        string
	slow       time.Duration
	mute       bool
	script     []int         // what the next calls come to; see Script
	over       chan struct{} // closed by Reset: nobody is held any longer
}

// Fail makes the next calls of path answer with errcode; times 0 means until Reset.
func (s *Server) Fail(path string, errcode int, errmsg string, times int) {
	if times == 0 {
		times = -1
	}
	s.change(path, func(f *fault) { f.code, f.msg, f.left = errcode, errmsg, times })
}

// Slow makes path answer late. The call itself takes effect at once, which is
// the worst case for the caller: done, but not known to be.
func (s *Server) Slow(path string, d time.Duration) {
	s.change(path, func(f *fault) { f.slow = d })
}

// Silence makes path never answer: the caller's own deadline must end the wait.
// The call has no effect.
func (s *Server) Silence(path string) {
	s.change(path, func(f *fault) { f.mute = true })
}

// change replaces a path's fault: a request that is being held keeps its own.
func (s *Server) change(path string, set func(*fault)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &fault{over: make(chan struct{})}
	if old := s.faults[path]; old != nil {
		*f = *old
	}
	set(f)
	s.faults[path] = f
}

// The methods below work on nil, the usual case of no fault; the first two and
// fail are called with the server's lock held.

func (f *fault) silent() bool  { return f != nil && f.mute }
func (f *fault) failing() bool { return f != nil && f.left != 0 }

func (f *fault) fail() answer {
	if f.left > 0 {
		f.left--
	}
	return refuse(f.code, f.msg)
}

func (f *fault) release() { close(f.over) }

// hold waits as the fault says, and tells whether to answer at all. It reads
// only what change never writes again.
func (f *fault) hold(ctx context.Context) bool {
	if f == nil {
		return true
	}
	if f.mute {
		select {
		case <-ctx.Done():
		case <-f.over:
		}
		return false
	}
	if f.slow > 0 {
		t := time.NewTimer(f.slow)
		defer t.Stop()
		select {
		case <-t.C:
		case <-f.over:
		case <-ctx.Done():
			return false
		}
	}
	return true
}
