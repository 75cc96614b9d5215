package transcript_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// book is a store that can be away, and that keeps each ID once as the real one does.
type book struct {
	mu      sync.Mutex
	away    error
	ids     []string
	known   map[string]bool
	batches []int
	called  chan struct{} // receives after every Append, when set
	hold    chan struct{} // Append waits for it, when set
}

func (b *book) Append(_ context.Context, ms ...transcript.Message) error {
	if b.hold != nil {
		<-b.hold
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.called != nil {
		defer func() { b.called <- struct{}{} }()
	}
	if b.away != nil {
		return b.away
	}
	b.batches = append(b.batches, len(ms))
	for _, m := range ms {
		if b.known == nil {
			b.known = map[string]bool{}
		}
		if !b.known[m.ID] {
			b.known[m.ID] = true
			b.ids = append(b.ids, m.ID)
		}
	}
	return nil
}

func (b *book) Latest(context.Context, string, string, int) ([]transcript.Message, error) {
	return nil, nil
}

func (b *book) LastSaid(context.Context, ...string) (map[string]transcript.Message, error) {
	return nil, nil
}

func (b *book) Get(context.Context, ...string) (map[string]transcript.Message, error) {
	return nil, nil
}

func (b *book) set(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = err
}

func messages(from, n int) []transcript.Message {
	ms := make([]transcript.Message, n)
	for i := range ms {
		ms[i] = transcript.Message{ID: fmt.Sprintf("m%04d", from+i), Person: "p"}
	}
	return ms
}

func ids(ms []transcript.Message) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.ID)
	}
	return out
}

const never = time.Hour

func TestEverythingAddedIsWrittenOnceInOrderAndInBatches(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := &book{}
	l := transcript.NewLog(transcript.LogOptions{Store: b, Every: never, Batch: 40})
	var want []transcript.Message
	for n := range 10 {
		ms := messages(n*13, 13)
		want = append(want, ms...)
		l.Add(ms...)
	}
	if err := l.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(want), b.ids); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	for _, n := range b.batches {
		if n > 40 {
			t.Errorf("a batch of %d, want at most 40", n)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFullBatchIsWrittenWithoutWaiting(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := &book{called: make(chan struct{}, 1)}
	l := transcript.NewLog(transcript.LogOptions{Store: b, Every: never, Batch: 5})
	l.Add(messages(0, 5)...)
	<-b.called // the test hangs here if only the clock writes
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFewMessagesAreWrittenAfterAMoment(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := &book{called: make(chan struct{}, 1)}
	l := transcript.NewLog(transcript.LogOptions{Store: b, Every: time.Millisecond})
	l.Add(messages(0, 1)...)
	<-b.called
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestMessagesWaitForAStoreThatIsAwayAndTheNewestAreDroppedAtTheBound(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := &book{away: errors.New("away"), called: make(chan struct{}, 100)}
	reg := prometheus.NewRegistry()
	l := transcript.NewLog(transcript.LogOptions{Store: b, Every: time.Millisecond, Keep: 20, Metrics: reg})
	l.Add(messages(0, 15)...)
	<-b.called
	if err := l.Flush(t.Context()); err == nil {
		t.Error("Flush said that all is written while the store was away")
	}
	l.Add(messages(15, 10)...)
	b.set(nil)
	if err := l.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(messages(0, 20)), b.ids); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	if got := counter(t, reg, "xinqiao_transcript_dropped_total"); got != 5 {
		t.Errorf("%v dropped, want 5", got)
	}
	if got := counter(t, reg, "xinqiao_transcript_written_total"); got != 20 {
		t.Errorf("%v written, want 20", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestAddNeverWaitsForTheStore(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := &book{hold: make(chan struct{})}
	l := transcript.NewLog(transcript.LogOptions{Store: b, Every: time.Millisecond, Batch: 10})
	for n := range 100 { // more than a batch; the first one hangs in the store
		l.Add(messages(n*10, 10)...)
	}
	close(b.hold)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if len(b.ids) != 1000 {
		t.Errorf("%d written after Close, want 1000", len(b.ids))
	}
}

func TestAClosedLogTakesNothingAndSaysWhatWasLost(t *testing.T) {
	defer goleak.VerifyNone(t)
	away := errors.New("away")
	b := &book{away: away}
	reg := prometheus.NewRegistry()
	l := transcript.NewLog(transcript.LogOptions{Store: b, Every: never, Metrics: reg})
	l.Add(messages(0, 3)...)
	if err := l.Close(); !errors.Is(err, away) {
		t.Errorf("Close = %v, want the store's error", err)
	}
	l.Add(messages(3, 1)...)
	if got := counter(t, reg, "xinqiao_transcript_dropped_total"); got != 4 {
		t.Errorf("%v dropped, want 4", got)
	}
	if err := l.Flush(t.Context()); !errors.Is(err, transcript.ErrClosed) {
		t.Errorf("Flush of a closed log = %v, want ErrClosed", err)
	}
	if err := l.Close(); !errors.Is(err, away) {
		t.Errorf("closing again = %v, want the same", err)
	}
}

func counter(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}
