package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Alarm calls for help straight from memory, by every way at once, when there is no database to keep an alert in. It
// never waits and never floods: one call for each person in QuietFor, and at most Limit in a minute.
type Alarm struct {
	Ways     []*Way
	Log      *slog.Logger
	Now      func() time.Time
	QuietFor time.Duration // default 5 min
	Limit    int           // calls a minute; default 10

	mu     sync.Mutex
	called map[string]time.Time // by who it is about, in the caller's keyed form
	recent []time.Time
	open   sync.WaitGroup
}

// alarmTries and alarmPause are how often a way that fails is tried again; nobody else will.
const (
	alarmTries = 4
	alarmPause = 3 * time.Second
)

// Call sends an alert about whoever stands behind about, which is only compared.
func (a *Alarm) Call(about string, alert Alert) {
	if len(a.Ways) == 0 || !a.due(about) {
		return
	}
	for _, w := range a.Ways {
		a.open.Go(func() {
			for try := 1; ; try++ {
				retry, err := w.Notify(context.Background(), alert)
				if err == nil {
					return
				}
				a.Log.Error("alarm not sent", "way", w.Name, "try", try, "error", err)
				if !retry || try == alarmTries {
					return
				}
				pause := time.NewTimer(alarmPause * time.Duration(try))
				<-pause.C
			}
		})
	}
}

// Wait returns once every call is sent or given up.
func (a *Alarm) Wait() { a.open.Wait() }

func (a *Alarm) due(about string) bool {
	quiet, limit := a.QuietFor, a.Limit
	if quiet == 0 {
		quiet = 5 * time.Minute
	}
	if limit == 0 {
		limit = 10
	}
	now := a.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for k, t := range a.called {
		if now.Sub(t) >= quiet {
			delete(a.called, k)
		}
	}
	for len(a.recent) > 0 && now.Sub(a.recent[0]) >= time.Minute {
		a.recent = a.recent[1:]
	}
	if _, told := a.called[about]; told || len(a.recent) >= limit {
		return false
	}
	if a.called == nil {
		a.called = map[string]time.Time{}
	}
	a.called[about] = now
	a.recent = append(a.recent, now)
	return true
}
