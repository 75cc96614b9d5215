package staff

import (
	"errors"
	"sync"
	"testing"
)

// A flood of sign-ins may cost no more than its lane: whoever comes when it is full hears so at once, and those whom we know
// have a lane of their own.
func TestAFloodOfSignInsIsRefusedBeyondItsLane(t *testing.T) {
	l := lane{slots: make(chan struct{}, 2), most: 5}
	release, running := make(chan struct{}), make(chan struct{}, 10)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := l.run(t.Context(), func() { running <- struct{}{}; <-release }); err != nil {
				t.Errorf("a hash in a free lane: %v", err)
			}
		})
	}
	<-running
	<-running
	refused := make(chan error, 10)
	for range 10 { // three may wait
		wg.Go(func() { refused <- l.run(t.Context(), func() { running <- struct{}{} }) })
	}
	for range 7 {
		if err := <-refused; !errors.Is(err, ErrBusy) {
			t.Fatalf("past those who may wait: %v, want ErrBusy", err)
		}
	}
	if len(running) != 0 {
		t.Errorf("%d hashes run beside the two that the lane has room for", len(running))
	}
	close(release)
	wg.Wait()
	if len(running) != 3 || l.waiting.Load() != 0 {
		t.Errorf("%d of those who waited had their turn and %d wait still, want 3 and 0", len(running), l.waiting.Load())
	}
	if cap(strangers.slots) == 0 || strangers.most > 64 || &strangers == &acquainted {
		t.Error("strangers have no lane of their own")
	}
}
