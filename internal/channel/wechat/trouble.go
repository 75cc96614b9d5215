package wechat

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Trouble is an interface of an account by which something could not be sent, for a reason that somebody must look at. Where
// Stops is set nothing goes by it but a try now and then, until one is taken.
type Trouble struct {
	Account string    `json:"account"`
	Path    string    `json:"path"`
	Code    int       `json:"code"`
	Since   time.Time `json:"since"`
	Stops   bool      `json:"stops,omitempty"`
	Next    time.Time `json:"next,omitzero"` // where it stops: when the next try may go
}

// Text says in an operator's words what it is and how to mend it.
func (t Trouble) Text() string { return CodeOf(t.Code).String() }

const (
	troubleTTL = time.Hour        // for how long the desk and /readyz say so after it was met
	tryEvery   = time.Minute      // how often a way that is shut is tried
	quotaEvery = 10 * time.Minute // and one whose day's quota is used up, which an operator may have given anew
)

// sendPaths are the interfaces that send to people.
var sendPaths = []string{sendPath, templatePath, noticePath}

func troubleKey(a *account, path string) string { return "trouble:" + a.Name + ":" + path }

// troubleOf reads what the replicas share about an interface. A cache that is away knows of nothing.
func (c *Channel) troubleOf(ctx context.Context, a *account, path string) (t Trouble, there bool) {
	raw, there, err := c.o.Cache.Get(ctx, troubleKey(a, path))
	if err != nil || !there || json.Unmarshal([]byte(raw), &t) != nil {
		return Trouble{}, false
	}
	return t, true
}

func (c *Channel) keepTrouble(ctx context.Context, a *account, t Trouble) {
	raw, err := json.Marshal(t)
	if err == nil {
		err = c.o.Cache.Set(ctx, troubleKey(a, t.Path), string(raw), troubleTTL)
	}
	if err != nil {
		c.o.Log.Warn("the other replicas do not hear of a trouble with WeChat", "account", a.Name, "path", t.Path, "error", err)
	}
}

// Troubles are what the accounts' interfaces for sending suffer from at the moment.
func (c *Channel) Troubles(ctx context.Context) []Trouble {
	var out []Trouble
	for _, name := range c.names() {
		for _, path := range sendPaths {
			if t, there := c.troubleOf(ctx, c.accounts[name], path); there {
				out = append(out, t)
			}
		}
	}
	return out
}

// Stopped is what keeps an account from writing to anybody unasked at the moment; false where nothing does.
func (c *Channel) Stopped(ctx context.Context, account string) (Trouble, bool) {
	a := c.accounts[account]
	if a == nil {
		return Trouble{}, false
	}
	t, there := c.troubleOf(ctx, a, sendPath)
	return t, there && t.Stops
}

// names are the accounts in the order of their names.
func (c *Channel) names() []string {
	names := make([]string, 0, len(c.accounts))
	for name := range c.accounts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shut says that an interface takes nothing at the moment: what there is waits, without a call. Now and then it is nil, so
// that somebody tries.
func (c *Channel) shut(ctx context.Context, a *account, path string) error {
	t, there := c.troubleOf(ctx, a, path)
	if !there || !t.Stops {
		return nil
	}
	now := c.o.Now()
	if now.Before(t.Next) {
		c.metrics.pushes.WithLabelValues(a.Name, path, "shut").Inc()
		return &channel.PushError{Verdict: channel.PushPark, Code: t.Code, Again: c.opens(t.Code, now), Err: fmt.Errorf("%s is shut since %s: %s", path, t.Since.Format(time.TimeOnly), t.Text())}
	}
	t.Next = now.Add(every(t.Code))
	c.keepTrouble(ctx, a, t)
	return nil
}

// took says that an interface took a message: whatever shut it is over.
func (c *Channel) took(ctx context.Context, a *account, path string) {
	c.metrics.pushes.WithLabelValues(a.Name, path, "taken").Inc()
	t, there := c.troubleOf(ctx, a, path)
	if !there || !t.Stops {
		return
	}
	if err := c.o.Cache.Delete(ctx, troubleKey(a, path)); err != nil {
		c.o.Log.Warn("the other replicas do not hear that a trouble with WeChat is over", "account", a.Name, "path", path, "error", err)
	}
	c.o.Log.Info("WeChat takes messages again", "account", a.Name, "path", path, "code", t.Code)
}

// meet notes what a code means for an interface. One ERROR line says what to do; while the trouble lasts no more are written.
func (c *Channel) meet(ctx context.Context, a *account, path string, code Code) {
	if !code.Loud {
		return
	}
	now := c.o.Now()
	t, there := c.troubleOf(ctx, a, path)
	fresh := !there || t.Code != code.Code
	if fresh {
		t = Trouble{Account: a.Name, Path: path, Code: code.Code, Since: now}
	}
	t.Stops, t.Next = code.Do == DoWait || code.Do == DoAccount, now.Add(every(code.Code))
	c.keepTrouble(ctx, a, t)
	if fresh {
		c.o.Log.Error("WeChat does not take a message", "meaning", code.Meaning, "account", a.Name, "path", path, "code", code.Code, "mend", code.Mend, "meanwhile", code.Doing())
	}
}

func every(code int) time.Duration {
	if code == codeDayQuota {
		return quotaEvery
	}
	return tryEvery
}

const (
	codeDayQuota = 45009
	codeGone     = 43004
)

// opens is when what waits for a code may be tried again by itself; zero where only the person opens the way.
func (c *Channel) opens(code int, now time.Time) time.Time {
	switch CodeOf(code).Do {
	case DoWait:
		if code != codeDayQuota {
			return now.Add(tryEvery)
		}
		y, m, d := now.In(citytime.Zone).Date() // the platform's day begins at the city's midnight
		return time.Date(y, m, d+1, 0, 1, 0, 0, citytime.Zone)
	case DoAccount, DoPark:
		return now.Add(tryEvery)
	case DoRetry, DoToken, DoPerson, DoMessage, DoLeave:
	}
	return time.Time{}
}

// refused says what to do with a message that the platform did not take.
func (c *Channel) refused(ctx context.Context, a *account, path string, to channel.UserKey, err error) error {
	pe := &channel.PushError{Verdict: channel.PushRetry, Err: err}
	code, ae, answered := codeIn(err)
	if !answered {
		c.metrics.pushes.WithLabelValues(a.Name, path, "unknown").Inc()
		return pe
	}
	c.metrics.pushes.WithLabelValues(a.Name, path, strconv.Itoa(ae.Code)).Inc()
	pe.Code, pe.Verdict, pe.Again = ae.Code, code.verdictOf(), c.opens(ae.Code, c.o.Now())
	pe.Gone = ae.Code == codeGone
	c.meet(ctx, a, path, code)
	if pe.Verdict == channel.PushPark && path == sendPath {
		c.refusedTo(ctx, a, to, ae.Code)
	}
	return pe
}

// troubleGauge shows the troubles as they are at the moment of asking: another replica may have met or ended them.
type troubleGauge struct{ c *Channel }

var troubleDesc = prometheus.NewDesc("xinqiao_wechat_trouble", "1 where something could not be sent for a reason that somebody must look at, by account, interface and error code; stops says whether nothing goes by it at the moment.",
	[]string{"account", "path", "code", "stops"}, nil)

// Describe implements prometheus.Collector.
func (troubleGauge) Describe(ch chan<- *prometheus.Desc) { ch <- troubleDesc }

// Collect implements prometheus.Collector.
func (g troubleGauge) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, t := range g.c.Troubles(ctx) {
		ch <- prometheus.MustNewConstMetric(troubleDesc, prometheus.GaugeValue, 1, t.Account, t.Path, strconv.Itoa(t.Code), strconv.FormatBool(t.Stops))
	}
}
