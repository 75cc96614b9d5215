package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// group is a receiver that keeps what it was told. fails says what becomes of the n-th try, from 1 on; nil: it takes all.
type group struct {
	mu    sync.Mutex
	tries int
	got   []Alert
	takes time.Duration
	fails func(n int, a Alert) (retry bool, err error)
}

func (g *group) Notify(ctx context.Context, a Alert) (bool, error) {
	g.mu.Lock()
	g.tries++
	n := g.tries
	g.mu.Unlock()
	select {
	case <-time.After(g.takes):
	case <-ctx.Done():
		return true, ctx.Err()
	}
	if g.fails != nil {
		if retry, err := g.fails(n, a); err != nil {
			return retry, err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, a)
	return false, nil
}

// people is for how many people it was called, and by how many calls.
func (g *group) people() (people, calls int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, a := range g.got {
		people += max(a.Count, 1)
	}
	return people, len(g.got)
}

// metric is the value of a counter or gauge that has one child.
func metric(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	all, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.GetName() == name && len(f.GetMetric()) == 1 {
			m := f.GetMetric()[0]
			return m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func alarmBy(counters *Counters, gs ...*group) *Alarm {
	a := &Alarm{Log: slog.New(slog.DiscardHandler)}
	for i, g := range gs {
		a.Ways = append(a.Ways, NewWay(fmt.Sprintf("群%d", i), g, counters))
	}
	return a
}

// sixty is an outage in which sixty people write of danger within a second.
func sixty(a *Alarm) {
	for i := range 60 {
		level := []risk.Level{risk.High, risk.Medium, risk.Imminent}[i%3]
		a.Call(fmt.Sprint(i), Alert{ID: fmt.Sprint(i), Kind: Unfiled, Level: level, At: time.Now(), Call: []Contact{{Name: "陈"}}})
	}
}

func TestEachOfSixtyPeopleInDangerIsCalledFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sound, slow := &group{}, &group{takes: 5 * time.Second}
		a := alarmBy(Metrics(nil), sound, slow)
		sixty(a)
		<-time.After(20 * time.Second)
		for name, g := range map[string]*group{"sound": sound, "slow": slow} {
			people, calls := g.people()
			if people != 60 || calls > 14 {
				t.Errorf("by the %s way %d people were called for in %d calls; want all 60 in few", name, people, calls)
			}
		}
		last := sound.got[len(sound.got)-1]
		// What the way has no hand for at the moment is held too, so the call for many may be for more than what is over the limit.
		alone := len(sound.got) - 1
		if last.Count != 60-alone || last.Count < 50 || last.Level != risk.Imminent || !strings.Contains(last.Text(), fmt.Sprint(last.Count, " 个人")) || !strings.Contains(last.Text(), last.Level.Label()) {
			t.Errorf("the call for those held back, after %d for one, says %d people at %s:\n%s", alone, last.Count, last.Level, last.Text())
		}
		if len(last.Levels) != 3 || last.Levels[0].Level != risk.Imminent || last.Levels[2].Level != risk.Medium {
			t.Errorf("it counts %v, want the gravest first", last.Levels)
		}
		a.Stop(t.Context())
	})
}

func TestAnAlarmGoesOnUntilAWayThatWasDownTakesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		counters := Metrics(reg)
		up := time.Now().Add(10 * time.Minute)
		down := &group{fails: func(int, Alert) (bool, error) {
			if time.Now().Before(up) {
				return true, errors.New("away")
			}
			return false, nil
		}}
		a := alarmBy(counters, down)
		sixty(a)
		<-time.After(5 * time.Minute)
		if n := metric(t, reg, "xinqiao_alarms_waiting"); n != 60 {
			t.Errorf("%v people wait to be called for, want 60", n)
		}
		<-time.After(6 * time.Minute)
		if people, calls := down.people(); people != 60 || calls != 1 {
			t.Errorf("once the way is back %d people are called for in %d calls, want 60 in one", people, calls)
		}
		if n := metric(t, reg, "xinqiao_alarms_waiting"); n != 0 {
			t.Errorf("%v people still wait", n)
		}
		a.Stop(t.Context())
	})
}

func TestAPersonIsCalledForAgainOnlyWhereItGetsGraverOrTimeGoesBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &group{}
		a := alarmBy(Metrics(nil), g)
		call := func(level risk.Level) { a.Call("somebody", Alert{ID: "1", Kind: Unfiled, Level: level}) }
		for i, c := range []struct {
			level risk.Level
			after time.Duration
			want  int
		}{{risk.High, 0, 1}, {risk.High, time.Second, 1}, {risk.Imminent, time.Second, 2}, {risk.High, time.Minute, 2}, {risk.High, 5 * time.Minute, 3}} {
			<-time.After(c.after)
			call(c.level)
			synctest.Wait()
			if _, n := g.people(); n != c.want {
				t.Errorf("%d: %d calls after a word of %s, want %d", i, n, c.level, c.want)
			}
		}
		a.Stop(t.Context())
	})
}

func TestAnAlarmThatEndsTriesOnceMoreAndSaysWhoWasNotCalledFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		sound, dead := &group{}, &group{fails: func(int, Alert) (bool, error) { return true, errors.New("away") }}
		a := alarmBy(Metrics(nil), sound, dead)
		a.Log = slog.New(slog.NewTextHandler(&log, nil))
		sixty(a)
		began := time.Now()
		a.Stop(t.Context())
		if people, _ := sound.people(); people != 60 || time.Since(began) > time.Second {
			t.Errorf("%d people were called for when it ended after %s, want all 60 at once", people, time.Since(began))
		}
		if !strings.Contains(log.String(), "before the end") {
			t.Errorf("nothing says that a way called for nobody:\n%s", log.String())
		}
	})
}

func TestARefusedAlarmIsNotTriedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &group{fails: func(int, Alert) (bool, error) { return false, errors.New("no such robot") }}
		a := alarmBy(Metrics(nil), g)
		a.Call("somebody", Alert{ID: "1", Kind: Unfiled, Level: risk.High})
		<-time.After(time.Hour)
		if g.tries != 1 {
			t.Errorf("tried %d times what is refused, want once", g.tries)
		}
		a.Stop(t.Context())
	})
}

// robot is a receiver that says how much it takes.
type robot struct{ group }

func (*robot) PerMinute() int { return 20 }

func TestAWayKeepsWithinWhatItsReceiverTakesAndHasRoomForACallForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		counters, r := Metrics(reg), &robot{}
		w := NewWay("群", r, counters)
		var held int
		for i := range 30 {
			retry, err := w.Notify(t.Context(), Alert{ID: fmt.Sprint(i), Kind: Opened, Level: risk.High})
			if reason, is := HeldBack(err); is {
				if !retry || reason != "rate" {
					t.Errorf("call %d was held back for %q, again %t; want rate, and another try", i, reason, retry)
				}
				held++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if held != 30-16 {
			t.Errorf("%d of 30 calls in a minute were held back, want 14: some room is kept", held)
		}
		if _, err := w.Notify(t.Context(), Alert{ID: "many", Kind: Many, Count: 14, Level: risk.High}); err != nil {
			t.Errorf("the call for many met %v", err)
		}
		if n := metric(t, reg, "xinqiao_alerts_held_total"); n != 14 {
			t.Errorf("%v are counted as held back, want 14", n)
		}
		<-time.After(time.Minute)
		if _, err := w.Notify(t.Context(), Alert{ID: "later", Kind: Opened}); err != nil {
			t.Errorf("a minute later: %v", err)
		}
	})
}

func TestAWayThatIsSlowTakesFewHands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWay("群", &group{takes: 7 * time.Second}, Metrics(nil))
		var mu sync.Mutex
		var reasons []string
		for range 20 {
			go func() {
				_, err := w.Notify(t.Context(), Alert{Kind: Opened})
				reason, _ := HeldBack(err)
				mu.Lock()
				defer mu.Unlock()
				reasons = append(reasons, reason)
			}()
		}
		synctest.Wait()
		mu.Lock()
		busy := slices.Clone(reasons)
		mu.Unlock()
		if len(busy) != 14 || slices.ContainsFunc(busy, func(r string) bool { return r != "busy" }) {
			t.Errorf("while six calls are on their way, %d were given back at once: %v; want 14", len(busy), busy)
		}
		<-time.After(8 * time.Second)
	})
}
