package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

var (
	recipients   = benchNumber("XINQIAO_BENCH_RECIPIENTS", 100_000)
	campaignTime = benchDuration("XINQIAO_BENCH_CAMPAIGN", 40*time.Second) // what is not sent by then is reckoned up
)

// season is a campaign as fast as one may be, to everybody who agreed.
const season = "campaigns:\n  - {id: bench, title: 示例活动, text: 示例：一句要对很多人说的话。, from: 2026-05-01, until: 2026-05-31, per_minute: 3000, way: push}\n"

// shout is a replica in this process that sends a campaign on a clock that is moved: a minute's copies are sent as fast as they
// can be, and then the next minute begins.
type shout struct {
	*backends
	app   *App
	clock atomic.Int64 // Unix microseconds
}

const customSend = "/cgi-bin/message/custom/send"

// BenchmarkCampaign sends to many people under the platform's quota: half-way the quota of the day is used up, and on the next day
// it goes on. On MariaDB; this process is the replica, the platform and the clock.
func BenchmarkCampaign(b *testing.B) {
	platform, api := platformServer(b)
	var mu sync.Mutex
	got := map[string]int{}
	platform.OnCall = func(c wxsim.Call) {
		if c.Path != customSend || c.ErrCode != 0 {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got[c.ToUser()]++
	}
	cfg := shared(b)
	cfg.WeChat.Accounts = []config.Account{{Name: account.Name, AppID: account.AppID, AppSecret: config.Secret(account.AppSecret), Token: config.Secret(account.Token),
		AESKey: config.Secret(account.AESKey), APIURL: api, Capabilities: []string{"customer_service"}}}
	s := newShout(b, cfg)
	c := newCrowd(b, cfg, s.backends)
	c.grow(b, recipients)
	c.insert(b, "campaign_consents (person_id, agreed, at)", recipients, func(i int) []any { return []any{c.ids[i], 1, s.clock.Load()} })
	for b.Loop() {
		if err := s.app.campaigns.Start(b.Context(), "bench", "示例"); err != nil {
			b.Fatal(err)
		}
		before, memory := s.spent(b), watchMemory(b)
		began := time.Now()
		ctx, stop := context.WithTimeout(b.Context(), campaignTime)
		worked := make(chan error, 1)
		go func() { worked <- s.app.worker.Run(ctx) }()
		first := s.until(ctx, b, func(r campaign.Run) bool {
			return r.State == campaign.Ended || s.sent(b) >= recipients/2 || time.Since(began) > campaignTime/2
		})
		if first.State == campaign.Running && ctx.Err() == nil {
			platform.Fail(customSend, 45009, "reach max api daily quota limit", 0)
			s.until(ctx, b, func(r campaign.Run) bool { return r.State != campaign.Running })
			note(b, "held-when-the-quota-ended", s.count(b, "SELECT COUNT(*) FROM campaign_recipients WHERE state = 'held'"), "copies")
			platform.Reset()
			s.clock.Add((24 * time.Hour).Microseconds())
			if err := s.app.campaigns.Resume(b.Context(), "bench", "示例"); err != nil {
				b.Fatal(err)
			}
		}
		s.until(ctx, b, func(r campaign.Run) bool { return r.State == campaign.Ended && s.queued(b) == 0 })
		took, sent := time.Since(began), float64(s.sent(b))
		stop()
		if err := <-worked; err != nil {
			b.Fatal(err)
		}
		cost, more := s.spent(b).minus(before), memory()
		note(b, "sent", sent, fmt.Sprintf("of %d", recipients))
		if sent == 0 {
			progress("!!! %s: no copy was sent in %s: set XINQIAO_BENCH_CAMPAIGN to a longer time", b.Name(), campaignTime)
			break
		}
		note(b, "copies", sent/took.Seconds(), "per s")
		note(b, "all-of-them", float64(recipients)/(sent/took.Seconds())/60, "min")
		note(b, "statements", cost.statements/sent, "per copy")
		note(b, "commits", cost.commits/sent, "per copy")
		note(b, "database-CPU", cost.dbCPU.Seconds()*1000/sent, "ms/copy")
		note(b, "memory-while-it-went-on", more, "MB more")
		for who, n := range got {
			if n > 1 {
				b.Errorf("%s was sent %d copies", who, n)
			}
		}
	}
}

func newShout(b *testing.B, cfg config.Config) *shout {
	b.Helper()
	s := &shout{backends: openBackends(b, cfg)}
	s.clock.Store(time.Date(2026, 5, 1, 9, 0, 0, 0, citytime.Zone).UnixMicro())
	var err error
	if s.app, err = newApp(b.Context(), cfg, slog.New(slog.DiscardHandler), appOptions{now: func() time.Time { return time.UnixMicro(s.clock.Load()) }}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.app.Close() })
	if err := s.app.db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	all, err := campaign.Load(fstest.MapFS{"season.yaml": {Data: []byte(season)}})
	if err != nil {
		b.Fatal(err)
	}
	s.app.campaigns.Calendar = func() *campaign.Calendar { return all }
	return s
}

// until lets minutes pass, each once what was due in the one before is done, until ok or the end of ctx.
func (s *shout) until(ctx context.Context, b *testing.B, ok func(campaign.Run) bool) campaign.Run {
	b.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	said := time.Now()
	for {
		r, err := s.app.campaigns.Store.Run(context.WithoutCancel(ctx), "bench")
		if err != nil {
			b.Fatal(err)
		}
		if ok(r) || ctx.Err() != nil {
			return r
		}
		if s.due(b) == 0 {
			s.clock.Add(time.Minute.Microseconds())
		}
		if time.Since(said) > 5*time.Second {
			progress("%s: %d of %d sent", b.Name(), s.sent(b), recipients)
			said = time.Now()
		}
		<-tick.C
	}
}

func (s *shout) count(b *testing.B, query string, args ...any) (n float64) {
	b.Helper()
	if err := s.db.QueryRowContext(context.WithoutCancel(b.Context()), query, args...).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

func (s *shout) sent(b *testing.B) int {
	b.Helper()
	return int(s.count(b, "SELECT COUNT(*) FROM campaign_recipients WHERE state = 'sent'"))
}

func (s *shout) queued(b *testing.B) int {
	b.Helper()
	return int(s.count(b, "SELECT COUNT(*) FROM campaign_recipients WHERE state IN ('queued', 'sending')"))
}

// due is how many rows wait whose time has come, those in hand among them.
func (s *shout) due(b *testing.B) int {
	b.Helper()
	return int(s.count(b, "SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND due_at <= ?", s.clock.Load()))
}

// watchMemory returns a function that says how much more memory this process has held since than before.
func watchMemory(b *testing.B) func() float64 {
	b.Helper()
	runtime.GC()
	before, most := residentMB(b, os.Getpid()), 0.0
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				most = max(most, residentMB(b, os.Getpid()))
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-stopped
		return max(0, most-before)
	}
}
