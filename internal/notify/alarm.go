package notify

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Alarm calls for help straight from memory, by every way at once, when there is no database to keep an alert in. It
// never waits, never floods, and lets nobody fall: each person is called for once in QuietFor, and again where it became
// graver. By each way at most Limit calls a minute are for one person; what is over that, or what the way did not take, is
// held, and one call says for how many people, until the way took it.
type Alarm struct {
	Ways     []*Way
	Log      *slog.Logger
	Now      func() time.Time // for QuietFor; default time.Now
	QuietFor time.Duration    // default 5 min
	Limit    int              // calls for one person, a minute and way; default 10

	mu     sync.Mutex
	called map[string]lastCall // by who it is about, in the caller's keyed form
	lanes  []*lane
	open   sync.WaitGroup
	ending chan struct{}
}

// lastCall is when, and how gravely, somebody was called for.
type lastCall struct {
	at   time.Time
	rank int
}

const (
	gather    = 2 * time.Second  // how long calls that are held gather, until one is made for all
	apart     = 15 * time.Second // between two such calls
	lastPause = 30 * time.Second // between two tries of a way that does not take them
)

// Call sends an alert about whoever stands behind about, which is only compared.
func (a *Alarm) Call(about string, alert Alert) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.init()
	if len(a.lanes) == 0 || !a.due(about, alert) {
		return
	}
	for _, l := range a.lanes {
		l.add(alert)
	}
}

func (a *Alarm) init() {
	if a.ending != nil {
		return
	}
	a.ending, a.called = make(chan struct{}), map[string]lastCall{}
	if a.Now == nil {
		a.Now = time.Now
	}
	if a.Limit == 0 {
		a.Limit = 10
	}
	if a.QuietFor == 0 {
		a.QuietFor = 5 * time.Minute
	}
	for _, w := range a.Ways {
		a.lanes = append(a.lanes, &lane{alarm: a, way: w, kick: make(chan struct{}, 1)})
	}
}

// due says whether somebody must be called for, and notes it.
func (a *Alarm) due(about string, alert Alert) bool {
	now := a.Now()
	for k, c := range a.called {
		if now.Sub(c.at) >= a.QuietFor {
			delete(a.called, k)
		}
	}
	rank := alert.Level.Rank()
	if c, known := a.called[about]; known && c.rank >= rank {
		return false
	}
	a.called[about] = lastCall{now, rank}
	return true
}

// Stop lets each way try once more at once, and returns when they have, or ctx ends. What no way took is logged: whoever
// wrote stands in the spool, and is called for when it is filed.
func (a *Alarm) Stop(ctx context.Context) {
	a.mu.Lock()
	a.init()
	select {
	case <-a.ending:
	default:
		close(a.ending)
	}
	a.mu.Unlock()
	ended := make(chan struct{})
	go func() { a.open.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
		a.Log.Error("calls for help are cut off", "error", ctx.Err())
	}
}

// lane is the calls of one way. One goroutine minds it while there are any.
type lane struct {
	alarm *Alarm
	way   *Way
	kick  chan struct{}

	mu      sync.Mutex
	running bool
	inHand  int
	fresh   []Alert // nobody has tried them
	held    []Alert // to be made as one call
	since   time.Time
	singles []time.Time // calls for one person in the last minute
	last    time.Time   // the last call for many
	pause   time.Duration
}

func (l *lane) add(alert Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh = append(l.fresh, alert)
	l.show()
	if !l.running {
		l.running = true
		l.alarm.open.Go(l.run)
	}
	l.wake()
}

func (l *lane) wake() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// show says how many wait; the caller holds the lock.
func (l *lane) show() {
	l.way.count.waiting.WithLabelValues(l.way.Name).Set(float64(len(l.fresh) + len(l.held) + l.inHand))
}

// run minds the lane until nothing waits, or the last try was made after the alarm's end.
func (l *lane) run() {
	for {
		pause, more := l.next()
		if !more {
			return
		}
		var over <-chan time.Time
		var timer *time.Timer
		if pause > 0 {
			timer = time.NewTimer(pause)
			over = timer.C
		}
		ending := l.alarm.ending
		if l.over() {
			ending = nil // known by now: only what is in hand is waited for
		}
		select {
		case <-l.kick:
		case <-over:
		case <-ending:
		}
		if timer != nil {
			timer.Stop()
		}
	}
}

func (l *lane) over() bool {
	select {
	case <-l.alarm.ending:
		return true
	default:
		return false
	}
}

// next makes the calls whose time has come, and says how long to wait for the next (0: for a sign only) and whether
// anything is left to mind.
func (l *lane) next() (pause time.Duration, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now() // beside timers, and of no record
	for len(l.singles) > 0 && now.Sub(l.singles[0]) >= time.Minute {
		l.singles = l.singles[1:]
	}
	slices.SortStableFunc(l.fresh, func(a, b Alert) int { return b.Level.Rank() - a.Level.Rank() })
	for _, alert := range l.fresh {
		if len(l.singles) >= l.alarm.Limit {
			l.hold(now, alert)
			continue
		}
		l.singles = append(l.singles, now)
		l.send([]Alert{alert})
	}
	l.fresh = nil
	if len(l.held) == 0 || l.inHand > 0 && l.over() {
		l.running = l.inHand > 0
		return 0, l.running
	}
	due := l.since.Add(max(gather, l.pause))
	if next := l.last.Add(apart); next.After(due) {
		due = next
	}
	if l.over() {
		due = now
	}
	if wait := due.Sub(now); wait > 0 {
		return wait, true
	}
	all := l.held
	l.held, l.last = nil, now
	l.send(all)
	return 0, true
}

func (l *lane) hold(now time.Time, alerts ...Alert) {
	if len(l.held) == 0 {
		l.since = now
	}
	l.held = append(l.held, alerts...)
}

// send makes one call for one person, or for several; the caller holds the lock. What the way did not take is held.
func (l *lane) send(alerts []Alert) {
	l.inHand += len(alerts)
	l.alarm.open.Go(func() {
		call := together(alerts)
		retry, err := l.way.Notify(context.Background(), call)
		l.mu.Lock()
		defer l.mu.Unlock()
		defer l.wake()
		l.inHand -= len(alerts)
		defer l.show()
		if err == nil {
			l.pause = 0
			return
		}
		l.alarm.Log.Error("alarm not sent", "way", l.way.Name, "people", len(alerts), "again", retry, "error", err)
		switch {
		case !retry:
		case l.over():
			l.alarm.Log.Error("people in danger were not called for by a way before the end; they are when they are filed", "way", l.way.Name, "people", len(alerts))
		default:
			l.pause = min(max(2*l.pause, gather), lastPause)
			l.since = time.Now()
			l.held = append(alerts, l.held...)
		}
	})
}

// together makes one alert of several: the gravest level, everybody who is called, and how many people it is for.
func together(alerts []Alert) Alert {
	one := alerts[0]
	if len(alerts) == 1 {
		return one
	}
	one.ID, one.Count = uuid.NewString(), len(alerts)
	levels, seen := map[int]*Tally{}, map[Contact]bool{}
	everybody := false // who names nobody calls everybody
	one.Call = nil
	for _, a := range alerts {
		if a.Level.Rank() > one.Level.Rank() {
			one.Level = a.Level
		}
		if a.At.Before(one.At) {
			one.At = a.At
		}
		if a.District != one.District {
			one.District = ""
		}
		t := levels[a.Level.Rank()]
		if t == nil {
			t = &Tally{Level: a.Level}
			levels[a.Level.Rank()] = t
		}
		t.Count++
		everybody = everybody || len(a.Call) == 0
		for _, c := range a.Call {
			if !seen[c] {
				seen[c] = true
				one.Call = append(one.Call, c)
			}
		}
	}
	if everybody {
		one.Call = nil
	}
	for rank := one.Level.Rank(); rank >= 0; rank-- {
		if t := levels[rank]; t != nil {
			one.Levels = append(one.Levels, *t)
		}
	}
	return one
}
