package rota

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// shelf is a database of which a test decides what it holds and whether it answers.
type shelf struct {
	mu    sync.Mutex
	saved Saved
	away  error
	reads int
}

func (s *shelf) Saved(context.Context, time.Time) (Saved, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return s.saved, s.away
}

func (s *shelf) put(f func(*shelf)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

func TestABookGoesOnWithWhatItReadWhileTheDatabaseIsAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rota.yaml")
	if err := os.WriteFile(path, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var logs bytes.Buffer
		db := &shelf{}
		b, err := Open(path, db, time.Now, slog.New(slog.NewTextHandler(&logs, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		touched, ended := make(chan string), make(chan struct{})
		go func() { defer close(ended); b.Follow(ctx, touched) }()
		synctest.Wait()
		moment := at(t, "2026-03-03 10:00")
		asked := func() string { return strings.Fields(said(b.Current().Ladder(City, moment)))[0] }
		if got := asked(); got != "值班:陈" {
			t.Fatalf("before any change %s is asked", got)
		}

		db.put(func(s *shelf) {
			s.saved.Changes = []Change{change(t, Swap, City, "2026-03-03 08:00", "2026-03-03 18:00", "chen", "zhou")}
		})
		touched <- "rota"
		synctest.Wait()
		if got := asked(); got != "值班:周" {
			t.Errorf("after word of a change %s is asked", got)
		}
		db.put(func(s *shelf) {
			s.saved.Changes = append(s.saved.Changes, change(t, Leave, "", "2026-03-03 09:00", "2026-03-03 18:00", "zhou", "wang"))
		})
		time.Sleep(readEvery + time.Second) // the bubble's clock: no word of it came
		if got := asked(); got != "值班:王" {
			t.Errorf("some seconds after a change that nobody told of, %s is asked", got)
		}

		db.put(func(s *shelf) { s.saved, s.away = Saved{}, errors.New("connection refused") })
		time.Sleep(time.Hour)
		if got := asked(); got != "值班:王" {
			t.Errorf("with the database away %s is asked", got)
		}
		if n := strings.Count(logs.String(), "cannot be read"); n != 1 {
			t.Errorf("an hour without the database is logged %d times, want once:\n%s", n, logs.String())
		}
		if err := os.WriteFile(path, []byte(strings.Replace(plan, "name: 王", "name: 王主任", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Now(), time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lookEvery)
		if got := asked(); got != "值班:王主任" {
			t.Errorf("with the database away and the file edited %s is asked: the changes must lie over the new base", got)
		}
		close(touched) // the bus is gone too
		db.put(func(s *shelf) { s.away = nil })
		time.Sleep(readEvery + time.Second)
		if got := asked(); got != "值班:陈" {
			t.Errorf("with the database back, and the changes withdrawn meanwhile, %s is asked", got)
		}
		stop()
		<-ended
	})
}

func TestABaseOfTheDeskCountsWhereNoFileIsNamed(t *testing.T) {
	db := &shelf{}
	b, err := Open("", db, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Refresh(t.Context()); err != nil || b.Current() != nil {
		t.Fatalf("with nothing written there is a rota: %v, %v", b.Current(), err)
	}
	base := func(version int, name string) *SavedPlan {
		return &SavedPlan{Version: version, Plan: Plan{
			People:    []Person{{ID: "chen", Name: name, Account: "chen"}},
			Districts: []District{{Name: City, Shifts: []Shift{{Days: []string{"每天"}, From: "00:00", To: "24:00", Who: []string{"chen"}}}}},
		}}
	}
	for version, name := range map[int]string{1: "陈", 2: "陈老师"} {
		db.saved.Base = base(version, name)
		if err := b.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := said(b.Current().Ladder(City, time.Now())); got != "值班:"+name+" 全员:"+name {
			t.Errorf("version %d: %s", version, got)
		}
	}
	broken := base(3, "")
	db.saved.Base = broken
	if err := b.Refresh(t.Context()); err == nil || b.Current() == nil {
		t.Errorf("a base that cannot be used: %v; the running one must stay", err)
	}
	named, err := load(t, plan)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rota.yaml")
	if err := os.WriteFile(path, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	db.saved.Base = base(4, "陈")
	filed, err := Open(path, db, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := filed.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	moment := at(t, "2026-03-03 10:00")
	if got, want := said(filed.Current().Ladder(City, moment)), said(named.Ladder(City, moment)); got != want {
		t.Errorf("with a file named %s is asked, want the file's %s", got, want)
	}
}

func TestTheCitysHolidaysCountWhereThePlanSaysNothing(t *testing.T) {
	days, err := calendar.Load(os.DirFS("../../dialogs"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rota.yaml")
	own := strings.Replace(strings.Replace(plan, `["2026-10-01..2026-10-07"]`, `["2026-02-14"]`, 1), `["2026-10-10"]`, `["2026-10-02"]`, 1)
	if err := os.WriteFile(path, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Open(path, nil, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b.Keep(func() *calendar.Days { return days })
	for at, want := range map[string]string{
		"2026-10-01 10:00": "值班:李",      // a holiday of the city
		"2026-10-02 10:00": "值班:陈 候补:李", // which the plan works
		"2026-10-10 10:00": "值班:陈 候补:李", // a Saturday that the city works
		"2026-02-14 10:00": "值班:李",      // which the plan does not
		"2026-10-17 10:00": "值班:李",
	} {
		moment, err := time.ParseInLocation("2006-01-02 15:04", at, citytime.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := said(b.Current().Ladder(City, moment)); !strings.HasPrefix(got, want+" 主管") {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}
