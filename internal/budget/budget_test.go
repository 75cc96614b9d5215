package budget_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time   { return c.at }
func hash(parts ...string) string { return "#" + strings.Join(parts, "/") }
func noon() *clock                { return &clock{time.Date(2026, 3, 2, 4, 0, 30, 0, time.UTC)} } // 12:00:30 in the city
func memory(c *clock) *session.Memory {
	m := session.NewMemory()
	m.Now = c.now
	return m
}
func purse(c *clock, t budget.Tally) *budget.Purse {
	return budget.New(budget.Options{Tally: t, Hash: hash, Now: c.now})
}

// taken is how often something is given, of a hundred thousand times at most.
func taken(p *budget.Purse, t budget.Thing, by func(n int) budget.By) (n int, why *budget.RefusedError) {
	for ; n < 100_000; n++ {
		if err := p.Take(context.Background(), t, by(n)); err != nil {
			errors.As(err, &why)
			return n, why
		}
	}
	return n, nil
}

func limit(t *testing.T, thing budget.Thing, per budget.Per) budget.Limit {
	t.Helper()
	for _, l := range budget.Table() {
		if l.Thing == thing && l.Per == per {
			return l
		}
	}
	t.Fatalf("nothing bounds %s by %s", thing, per)
	return budget.Limit{}
}

func TestEachThingIsCountedByWhatCannotBeMinted(t *testing.T) {
	cookies := func(n int) string { return fmt.Sprintf("cookie-%d", n) }
	for name, tt := range map[string]struct {
		per budget.Per
		by  func(n int) budget.By
	}{
		"new cookies of one address":           {budget.PerNetwork, func(n int) budget.By { return budget.From("203.0.113.9").As(cookies(n)) }},
		"addresses of one IPv6 /64":            {budget.PerNetwork, func(n int) budget.By { return budget.From(fmt.Sprintf("2001:db8:1:2::%x", n)).As(cookies(n)) }},
		"networks of one IPv6 /48":             {budget.PerSite, func(n int) budget.By { return budget.From(fmt.Sprintf("2001:db8:1:%x::1", n%60_000)).As(cookies(n)) }},
		"addresses of an IPv4 /24":             {budget.PerSite, func(n int) budget.By { return budget.From(fmt.Sprintf("203.0.113.%d", n%256)).As(cookies(n)) }},
		"IPv4 addresses in IPv6's form":        {budget.PerNetwork, func(n int) budget.By { return budget.From("::ffff:203.0.113.9").As(cookies(n)) }},
		"an address with each of many zones":   {budget.PerNetwork, func(n int) budget.By { return budget.From(fmt.Sprintf("fe80::1%%eth%d", n)).As(cookies(n)) }},
		"a thousand networks all over the net": {budget.PerAll, func(n int) budget.By { return budget.From(fmt.Sprintf("%d.%d.7.7", 1+n%200, n/200)).As(cookies(n)) }},
	} {
		t.Run(name, func(t *testing.T) {
			c := noon()
			n, why := taken(purse(c, memory(c)), budget.FirstBooking, tt.by)
			if want := limit(t, budget.FirstBooking, tt.per); n != want.Most || why == nil || why.Per != tt.per {
				t.Errorf("%d are taken, then %v; want %d by %s", n, why, want.Most, tt.per)
			}
		})
	}
}

func TestWhoeverIsRefusedTakesNothingFromOthers(t *testing.T) {
	c := noon()
	p := purse(c, memory(c))
	if n, _ := taken(p, budget.FirstBooking, func(int) budget.By { return budget.From("203.0.113.9").As("one") }); n != 1 {
		t.Fatalf("one visitor takes %d", n)
	}
	for range 1000 {
		_ = p.Take(t.Context(), budget.FirstBooking, budget.From("203.0.113.9").As("one"))
	}
	if n, _ := taken(p, budget.FirstBooking, func(n int) budget.By { return budget.From("203.0.113.9").As(fmt.Sprint("other ", n)) }); n != limit(t, budget.FirstBooking, budget.PerNetwork).Most-1 {
		t.Errorf("the others of the network take %d", n)
	}
}

func TestARefusalSaysWhenItWorksAgainAndThenItDoes(t *testing.T) {
	c := noon()
	p := purse(c, memory(c))
	by := func(int) budget.By { return budget.From("203.0.113.9").As("one") }
	for thing, says := range map[budget.Thing]string{budget.Message: "1 分钟后", budget.Code: "30 分钟后", budget.Letter: "明天 00:00 以后", budget.Token: "10 分钟后", budget.Visitor: "10 分钟后", budget.Attention: "今天 13:00 以后"} {
		_, why := taken(p, thing, by)
		if why == nil {
			t.Fatalf("%s has no bound", thing)
		}
		if got := why.When(c.at); got != says && thing != budget.Code {
			t.Errorf("%s works again %s, want %s", thing, got, says)
		}
		later := &clock{why.Again}
		if err := purse(later, memory(c)).Take(t.Context(), thing, by(0)); err != nil {
			t.Errorf("%s at the time that was named: %v", thing, err)
		}
	}
}

func TestReplicasCountTogether(t *testing.T) {
	c := noon()
	shared := memory(c)
	one, two := purse(c, shared), purse(c, shared)
	by := func(n int) budget.By { return budget.From("203.0.113.9").As(fmt.Sprint(n)) }
	first, _ := taken(one, budget.Visitor, by)
	if again, _ := taken(two, budget.Visitor, by); first != limit(t, budget.Visitor, budget.PerNetwork).Most || again != 0 {
		t.Errorf("one replica gives %d, the other %d more", first, again)
	}
}

type away struct{}

func (away) Add(context.Context, string, int, time.Duration) (int, error) {
	return 0, errors.New("away")
}

func TestWhereNobodyCanCountTheReplicaCountsForItself(t *testing.T) {
	c := noon()
	n, _ := taken(purse(c, away{}), budget.Visitor, func(n int) budget.By { return budget.From("203.0.113.9").As(fmt.Sprint(n)) })
	if n != limit(t, budget.Visitor, budget.PerNetwork).Most {
		t.Errorf("%d are taken", n)
	}
}

// seen keeps every key that counts are kept under.
type seen struct{ keys []string }

func (s *seen) Add(_ context.Context, key string, _ int, _ time.Duration) (int, error) {
	s.keys = append(s.keys, key)
	return 1, nil
}

func TestNoAddressAndNoPersonStandsWhereCountsAreKept(t *testing.T) {
	c, s := noon(), &seen{}
	p := budget.New(budget.Options{Tally: s, Hash: func(...string) string { return "hashed" }, Now: c.now})
	_ = p.Take(t.Context(), budget.FirstBooking, budget.From("203.0.113.9").As("cookie"))
	for _, k := range s.keys {
		if strings.Contains(k, "203.0") || strings.Contains(k, "cookie") {
			t.Errorf("a count is kept under %s", k)
		}
	}
	if len(s.keys) != 4 {
		t.Errorf("%d counts: %v", len(s.keys), s.keys)
	}
}

func TestWhatLastsIsGivenBack(t *testing.T) {
	c := noon()
	r := prometheus.NewRegistry()
	p := budget.New(budget.Options{Tally: memory(c), Hash: hash, Now: c.now, Metrics: r})
	by := budget.From("203.0.113.9").As("one")
	var releases []func()
	for range limit(t, budget.Stream, budget.PerPerson).Most {
		release, err := p.Hold(budget.Stream, by)
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, release)
	}
	if _, err := p.Hold(budget.Stream, by); err == nil {
		t.Error("one more is held")
	}
	if _, err := p.Hold(budget.Stream, by.As("another")); err != nil {
		t.Errorf("another's: %v", err)
	}
	releases[0]()
	releases[0]() // a second time gives nothing back
	if _, err := p.Hold(budget.Stream, by); err != nil {
		t.Errorf("after one was given back: %v", err)
	}
	if _, err := p.Hold(budget.Stream, by); err == nil {
		t.Error("one release gave two back")
	}
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if n := len(m.GetMetric()); m.GetName() == "xinqiao_budget_refused_total" && n != len(budget.Table()) {
			t.Errorf("%d counters of what is refused, want one for each of %d limits", n, len(budget.Table()))
		}
	}
}

func TestEachBudgetHasItsReason(t *testing.T) {
	known := map[string]bool{}
	for _, l := range budget.Table() {
		key := string(l.Thing) + "/" + string(l.Per)
		if l.Most < 1 || len(l.Why) < 8 || known[key] || l.Within == 0 && !l.Local {
			t.Errorf("%s: most %d, within %s, because %q", key, l.Most, l.Within, l.Why)
		}
		known[key] = true
	}
}
