package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// phone is a person whose messages reach whichever replica is alive, as through a load balancer.
type phone struct {
	t      *testing.T
	who    string
	client wxsim.Client
}

// balancer sends each request to the next replica; the platform repeats what failed.
type balancer struct {
	hosts []string
	turn  atomic.Int64
}

func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = b.hosts[int(b.turn.Add(1))%len(b.hosts)]
	return http.DefaultTransport.RoundTrip(r)
}

func newPhone(t *testing.T, n int, hosts ...string) *phone {
	return &phone{t: t, who: openid(t, n), client: wxsim.Client{
		URL: "http://replicas/wechat/main", Account: account, HTTP: &http.Client{Transport: &balancer{hosts: hosts}}, Patience: 3 * time.Second,
	}}
}

// says delivers a text as the platform does, repeats included; what was refused to the end was not acknowledged.
func (p *phone) says(text string) (wxsim.Reply, bool) { return p.sends(wxsim.Text(p.who, text)) }

func (p *phone) sends(m wxsim.Message) (wxsim.Reply, bool) {
	r, _, err := p.client.Deliver(p.t.Context(), m)
	return r, err == nil
}

// taps taps a choice; false where it is not there.
func (p *phone) taps(r wxsim.Reply, label string) (wxsim.Reply, bool) {
	for _, l := range r.MenuLinks {
		if strings.Contains(l.Label, label) {
			return p.sends(l.Tap(p.who))
		}
	}
	return wxsim.Reply{}, false
}

// calls says a word of danger and wants the hotlines within the platform's patience.
func (p *phone) calls(text string) {
	p.t.Helper()
	client := p.client
	client.Patience = 5 * time.Second
	began := time.Now()
	r, err := client.Send(p.t.Context(), wxsim.Text(p.who, text))
	if took := time.Since(began); err != nil || took >= 5*time.Second || !strings.Contains(r.Content, "12356") || !strings.Contains(r.Content, "120") {
		p.t.Errorf("danger was answered after %s with %q, %v", took, r.Content, err)
	}
}

// long marks a test that mostly waits for processes: it runs beside the others, and not at all with -short.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long: run without -short")
	}
	t.Parallel()
}

// look opens what a server left behind.
func look(t *testing.T, cfg config.Config) *App {
	t.Helper()
	a, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler), appOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// file is everything about the one case of a person.
func (a *App) file(t *testing.T, openid string) casework.File {
	t.Helper()
	p, err := a.db.People().Resolve(t.Context(), address(openid))
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.cases.OpenCase(t.Context(), p.ID)
	if err != nil || id == "" {
		t.Fatalf("the case of a person in danger: %q, %v", id, err)
	}
	f, err := a.cases.File(storetest.Acts(t.Context()), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func said(ms []transcript.Message, text string) (n int) {
	for _, m := range ms {
		if m.From == transcript.FromPerson && m.Text == text {
			n++
		}
	}
	return n
}

func TestKilledServersLoseNothingThatWasAcknowledgedAndDoNothingTwice(t *testing.T) {
	long(t)
	t.Run("one server on SQLite", func(t *testing.T) {
		t.Parallel()
		cfg := embedded(t)
		cfg.HTTP.Addr = fmt.Sprintf("127.0.0.1:%d", freePort(t))
		killInTheMiddle(t, cfg)
	})
	t.Run("two replicas on MariaDB and Redis", func(t *testing.T) {
		t.Parallel()
		one := shared(t)
		two := one
		two.DataDir = t.TempDir()
		one.HTTP.Addr, two.HTTP.Addr = fmt.Sprintf("127.0.0.1:%d", freePort(t)), fmt.Sprintf("127.0.0.1:%d", freePort(t))
		killInTheMiddle(t, one, two)
	})
}

// killInTheMiddle kills the first server twice while people book and speak of danger, and counts what is there afterwards.
func killInTheMiddle(t *testing.T, cfgs ...config.Config) {
	_, api := platformServer(t)
	var (
		hosts []string
		first *process
	)
	for i, c := range cfgs {
		p := launch(t, c, api)
		hosts = append(hosts, c.HTTP.Addr)
		if i == 0 {
			first = p
		}
	}
	const people, words = 6, 6
	var (
		wg      sync.WaitGroup
		handled = make(chan struct{}, people*words)
		acked   [people][words]bool
		booked  [people]bool
		phones  [people]*phone
	)
	for i := range people {
		phones[i] = newPhone(t, i, hosts...)
		wg.Go(func() {
			booked[i] = phones[i].books()
			for k := range words {
				r, ok := phones[i].says(word(k))
				acked[i][k] = ok && strings.Contains(r.Content, "12356")
				handled <- struct{}{}
			}
		})
	}
	for n := range people * words {
		<-handled
		if n == people*words/4 || n == people*words/2 {
			first.kill()
			first = launch(t, cfgs[0], api)
		}
	}
	wg.Wait()
	for _, c := range cfgs { // each replica has its own
		await(t, "the spool to be empty", func() bool {
			return strings.Contains(scrape(t, "http://"+c.HTTP.Addr), "xinqiao_spool_entries 0\n")
		})
	}
	first.stop()
	a := look(t, cfgs[0])
	answered, places := 0, 0
	for i, p := range phones {
		f := a.file(t, p.who)
		for k := range words {
			n := said(f.Messages, word(k))
			if acked[i][k] {
				answered++
			}
			if n > 1 || acked[i][k] && n == 0 {
				t.Errorf("person %d, %q: stands %d times in the case; acknowledged: %t", i, word(k), n, acked[i][k])
			}
		}
		as, err := a.bookings.Store.Upcoming(t.Context(), f.Case.Person, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if len(as) > 1 || booked[i] && len(as) == 0 {
			t.Errorf("person %d has %d appointments; confirmed: %t", i, len(as), booked[i])
		}
		places += len(as)
	}
	t.Logf("%d of %d words of danger acknowledged, %d appointments", answered, people*words, places)
	if answered < people*words/2 || places == 0 {
		t.Errorf("%d of %d words of danger were answered and %d places booked: too few to say anything", answered, people*words, places)
	}
}

// scrape returns a server's metrics.
func scrape(t *testing.T, url string) string { return fetched(t, url+"/metrics") }

// fetched is what stands at an address, "" while nobody is there.
func fetched(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// word is one of many that speak of danger and can be told apart.
func word(k int) string { return fmt.Sprintf("我不想活了，第%d次说", k+1) }

// books books the first free time; false where it was not confirmed.
func (p *phone) books() bool {
	r, ok := p.sends(wxsim.Subscribe(p.who, ""))
	for _, label := range []string{"我是家长", "预约辅导站", "天河", "示例", "约这里", "月", ":", "不写了", "约这个"} {
		if ok {
			r, ok = p.taps(r, label)
		}
	}
	return ok && strings.Contains(r.Content, "约好了")
}
