package wechat

import (
	"sync/atomic"
	"testing"
)

func TestNoJobWaitsForAWorkerAndAllAreWaitedFor(t *testing.T) {
	w := newWorkers()
	const many = 10 * mostIdle
	for range 3 { // the second time some are idle
		var (
			begun = make(chan struct{}, many)
			held  = make(chan struct{})
			done  atomic.Int32
		)
		for range many {
			w.do(func() {
				begun <- struct{}{}
				<-held
				done.Add(1)
			})
		}
		for range many { // all are at work at once, though none is done
			<-begun
		}
		close(held)
		w.wait()
		if done.Load() != many {
			t.Fatalf("%d of %d jobs were done when wait returned", done.Load(), many)
		}
	}
}
