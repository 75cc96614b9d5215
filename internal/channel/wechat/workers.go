package wechat

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	mostIdle = 64 // workers that wait for work
	idleFor  = 200 * time.Millisecond
)

// workers do what must not be bound to a request, each on a goroutine of its own. A goroutine that is done with a message
// takes the next one, since its stack has grown to what a message needs, which takes as long as a twentieth of the work. It is
// a stock and no limit: where nobody is idle another begins at once, and no message ever waits for a worker.
type workers struct {
	jobs    chan func()
	idle    atomic.Int32
	working sync.WaitGroup // jobs that are not done
}

func newWorkers() *workers { return &workers{jobs: make(chan func())} }

// do begins a job at once.
func (w *workers) do(job func()) {
	w.working.Add(1)
	select {
	case w.jobs <- job:
	default:
		go w.work(job)
	}
}

// work does jobs until none comes for a while.
func (w *workers) work(job func()) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		w.finish(job)
		if w.idle.Add(1) > mostIdle {
			w.idle.Add(-1)
			return
		}
		timer.Reset(idleFor)
		select {
		case job = <-w.jobs:
			w.idle.Add(-1)
		case <-timer.C:
			w.idle.Add(-1)
			return
		}
	}
}

func (w *workers) finish(job func()) {
	defer w.working.Done()
	job()
}

// wait returns when every job is done.
func (w *workers) wait() { w.working.Wait() }
