// Package budget is the one table of what is scarce here and how much of it one person, one network or one account may use:
// counsellors' attention, places at stations, rows, connections, guesses. What an attacker can mint (cookies, addresses,
// followers) is no measure; so each thing is counted by what costs something, the wider the dearer. It never stands before
// help: danger is answered and is a case whatever is spent here, and where nobody can count, this process counts for itself.
// Start reading at Table; Purse.Take counts.
package budget

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Thing is something scarce.
type Thing string

// Per is by what a thing is counted.
type Per string

// What things are counted by, from what is cheapest to mint to what is dearest.
const (
	PerPerson  Per = "person"  // a cookie, an openid
	PerNetwork Per = "network" // an IPv4 address, an IPv6 /64
	PerSite    Per = "site"    // an IPv4 /24, an IPv6 /48: what one subscriber of a line may be given
	PerAccount Per = "account" // an account of a platform
	PerAll     Per = "all"
)

// Limit is how much of a thing there is for one of whom it is counted by.
type Limit struct {
	Thing  Thing
	Per    Per
	Most   int
	Within time.Duration
	Local  bool   // it is this replica's own that is scarce: counted here, without asking anybody
	Why    string // why there is no more of it
}

// By says whom something is counted for. What is empty is not counted.
type By struct {
	Person  string
	Network string
	Site    string
	Account string
}

func (b By) of(p Per) (string, bool) {
	switch p {
	case PerPerson:
		return b.Person, b.Person != ""
	case PerNetwork:
		return b.Network, b.Network != ""
	case PerSite:
		return b.Site, b.Site != ""
	case PerAccount:
		return b.Account, b.Account != ""
	case PerAll:
		return "", true
	}
	return "", false
}

type byKey struct{}

// With says in a context where what is done in it comes from, for domains that know no addresses.
func With(ctx context.Context, b By) context.Context { return context.WithValue(ctx, byKey{}, b) }

// Of is what With said; nothing of it where nobody did, as in work that was put off.
func Of(ctx context.Context) By {
	b, _ := ctx.Value(byKey{}).(By)
	return b
}

// From counts by where a request comes from.
func From(address string) By { return By{Network: Network(address), Site: Site(address)} }

// As adds whom a request is from.
func (b By) As(person string) By {
	b.Person = person
	return b
}

// Network is the part of an address that its owner does not choose: a subscriber of IPv6 has a whole /64 to choose from.
func Network(address string) string { return prefix(address, 32, 64) }

// Site is the wider part: whoever rents a line or a server may be given a /48, with 65,536 networks in it.
func Site(address string) string { return prefix(address, 24, 48) }

func prefix(address string, four, six int) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		six = four
	}
	p, err := a.Prefix(six)
	if err != nil {
		return address
	}
	if p.IsSingleIP() {
		return a.String()
	}
	return p.String()
}

// Tally counts how much comes from one place within a time, on all replicas together.
type Tally interface {
	Add(ctx context.Context, key string, n int, within time.Duration) (int, error)
}

// Options are what a Purse is made of. Tally and Hash must be set.
type Options struct {
	Tally    Tally
	Hash     func(parts ...string) string // keyed: no address and no person stands where counts are kept
	Networks int                          // how many times a network's share one network has here; default 1
	Metrics  prometheus.Registerer
	Log      *slog.Logger
	Now      func() time.Time
}

// Purse counts what is used. The nil Purse has no bounds: for tools that serve nobody.
type Purse struct {
	o       Options
	limits  map[Thing][]Limit
	refused *prometheus.CounterVec
	open    *prometheus.GaugeVec
	here    here
}

// New returns a purse for the things of Table.
func New(o Options) *Purse {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Purse{o: o, limits: map[Thing][]Limit{}, here: here{counts: map[string]count{}, open: map[string]int{}}}
	for _, l := range Table() {
		if l.Per == PerNetwork || l.Per == PerSite {
			l.Most *= max(1, o.Networks)
		}
		p.limits[l.Thing] = append(p.limits[l.Thing], l)
	}
	p.refused = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_budget_refused_total", Help: "What was not done because a budget was spent, by what is scarce and by what it is counted by. Danger is never among it."}, []string{"thing", "per"})
	p.open = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "xinqiao_budget_open", Help: "How much of what lasts is in use on this replica, such as open streams."}, []string{"thing"})
	for _, l := range Table() {
		p.refused.WithLabelValues(string(l.Thing), string(l.Per))
	}
	p.open.WithLabelValues(string(Stream))
	if o.Metrics != nil {
		o.Metrics.MustRegister(p.refused, p.open)
	}
	return p
}

// RefusedError says that a budget is spent, and when there is some of it again.
type RefusedError struct {
	Limit
	Again time.Time
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("budget of %s by %s is spent until %s", e.Thing, e.Per, e.Again.Format(time.RFC3339))
}

// When says in plain words when it works again: "5 分钟后", "今天 18:30 以后".
func (e *RefusedError) When(now time.Time) string {
	switch left := e.Again.Sub(now); {
	case left <= time.Minute:
		return "1 分钟后"
	case left <= 20*time.Minute:
		return strconv.Itoa(int((left+time.Minute-1)/time.Minute)) + " 分钟后"
	}
	day := "今天"
	at, today := e.Again.In(citytime.Zone), now.In(citytime.Zone)
	if at.YearDay() != today.YearDay() || at.Year() != today.Year() {
		day = "明天"
	}
	return day + " " + at.Format("15:04") + " 以后"
}

// Take counts one of a thing, by whom it is for; the error is a RefusedError where there is no more of it for them. The
// narrow counts come first: who is refused by their own takes nothing from others.
func (p *Purse) Take(ctx context.Context, t Thing, by By) error { return p.ask(ctx, t, by, 1) }

// Note counts one of a thing that is past refusing, as a wrong guess is: Spent says when there are too many.
func (p *Purse) Note(ctx context.Context, t Thing, by By) { p.count(ctx, t, by, 1) }

// Spent says whether there is none of a thing left, without taking any of it: for what is counted when it fails, as guesses are.
func (p *Purse) Spent(ctx context.Context, t Thing, by By) error { return p.ask(ctx, t, by, 0) }

// ask says whether there is one more of a thing, and takes it, or none.
func (p *Purse) ask(ctx context.Context, t Thing, by By, take int) error {
	if p == nil {
		return nil
	}
	for _, l := range p.limits[t] {
		who, counted := by.of(l.Per)
		if !counted {
			continue
		}
		from := p.began(l)
		if n := p.add(ctx, l, who, from, take); n+1-take > l.Most {
			p.refused.WithLabelValues(string(t), string(l.Per)).Inc()
			return &RefusedError{l, from.Add(l.Within)}
		}
	}
	return nil
}

// GiveBack takes off what Take counted and nothing came of.
func (p *Purse) GiveBack(ctx context.Context, t Thing, by By) {
	p.count(context.WithoutCancel(ctx), t, by, -1)
}

func (p *Purse) count(ctx context.Context, t Thing, by By, n int) {
	if p == nil {
		return
	}
	for _, l := range p.limits[t] {
		if who, counted := by.of(l.Per); counted {
			p.add(ctx, l, who, p.began(l), n)
		}
	}
}

// began is when the present time of a limit began: a day begins at the city's midnight.
func (p *Purse) began(l Limit) time.Time {
	_, east := p.o.Now().In(citytime.Zone).Zone()
	by := time.Duration(east) * time.Second
	return p.o.Now().Add(by).Truncate(l.Within).Add(-by)
}

func (p *Purse) add(ctx context.Context, l Limit, who string, from time.Time, n int) int {
	key := "budget:" + string(l.Thing) + ":" + string(l.Per) + ":" + strconv.FormatInt(from.Unix(), 36)
	if who != "" {
		key += ":" + p.o.Hash("budget", string(l.Per), who)
	}
	if !l.Local {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		got, err := p.o.Tally.Add(ctx, key, n, l.Within)
		if err == nil {
			return got
		}
		p.o.Log.Warn("budgets are counted by this replica alone", "error", err)
	}
	return p.here.add(key, n, p.o.Now(), from.Add(l.Within))
}

// again is how soon somebody may try again to get what lasts: whoever has it may give it back any moment.
const again = 10 * time.Second

// patience is how long somebody waits for a count; then this replica counts by itself.
const patience = 300 * time.Millisecond

// here counts in this process.
type here struct {
	mu     sync.Mutex
	counts map[string]count
	open   map[string]int // of what lasts
}

type count struct {
	n     int
	until time.Time
}

// most bounds what a process remembers: what is forgotten begins anew.
const most = 200_000

func (h *here) add(key string, n int, now, until time.Time) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	looked := 0
	for k, c := range h.counts { // from anywhere: more is looked at than comes
		if !now.Before(c.until) || len(h.counts) > most {
			delete(h.counts, k)
		}
		if looked++; looked == 4 {
			break
		}
	}
	c := h.counts[key]
	if !now.Before(c.until) {
		c = count{until: until}
	}
	if c.n = max(0, c.n+n); c.n == 0 {
		delete(h.counts, key)
		return 0
	}
	h.counts[key] = c
	return c.n
}
