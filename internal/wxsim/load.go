package wxsim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// LoadOptions say how much to send, and for how long.
type LoadOptions struct {
	URL     string
	Account Account
	Users   int // distinct openids; 100 when zero
	// Rate is deliveries a second in an open loop: they start on time whether or
	// not the answers come, so a slow server shows its true waiting times. Zero:
	// a closed loop, each of Concurrency workers as fast as it is answered.
	Rate        float64
	Duration    time.Duration // 10 s when zero
	Concurrency int           // 32 when zero; in the open loop, the most that are under way
	// Mix is what people type, each person line after line and round again; BrowsingMix when empty.
	Mix []string
	// Scattered lets people begin anywhere in the mix, so that a short load hears all of it.
	Scattered bool
	// InTurn lets all speak once before anybody speaks again; otherwise whoever speaks next is chosen by lot.
	InTurn bool
	// Messages ends the load after so many, should Duration not end it before; zero: Duration alone ends it.
	Messages int
	// Want must stand in each reply, or it is wrong. Empty: any text will do.
	Want string
	// Others are the webhooks of further replicas: messages go to URL and to these in turn.
	Others []string
	// Patience replaces the platform's five seconds.
	Patience time.Duration
	// Quiet says that an empty reply or "success" is a fine answer; otherwise
	// it counts as missing.
	Quiet bool
	Seed  uint64 // of the choice of user and text
}

// BrowsingMix is what people look round with; none of it starts anything.
var BrowsingMix = []string{
	"你好", "家长", "课程", "孩子不想上学怎么办", "返回", "菜单", "常见问题", "预约需要钱吗",
	"菜单", "怎么陪孩子写作业", "手机管理", "菜单", "附近的辅导站", "返回", "帮助", "退出",
}

// LoadReport is what came of it. Latencies count from the time at which a
// message was due to its answer, retries included.
type LoadReport struct {
	Sent       int           `json:"sent"`       // messages
	Answered   int           `json:"answered"`   // with a reply that the platform accepts
	Deliveries int           `json:"deliveries"` // retries included
	Retries    int           `json:"retries"`
	Wrong      int           `json:"wrong"`   // refused, or a reply that does not hold
	Missing    int           `json:"missing"` // nothing after three deliveries, or empty where a reply was due
	Late       int           `json:"late"`    // open loop: not begun on time for want of workers
	Elapsed    time.Duration `json:"elapsed_ns"`
	Throughput float64       `json:"per_second"` // answered
	P50        time.Duration `json:"p50_ns"`
	P95        time.Duration `json:"p95_ns"`
	P99        time.Duration `json:"p99_ns"`
	Max        time.Duration `json:"max_ns"`
}

func (o *LoadOptions) fill() error {
	if o.URL == "" {
		return fmt.Errorf("load: the webhook's URL is missing")
	}
	if o.Users <= 0 {
		o.Users = 100
	}
	if o.Duration <= 0 {
		o.Duration = 10 * time.Second
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 32
	}
	if len(o.Mix) == 0 {
		o.Mix = BrowsingMix
	}
	if o.Patience <= 0 {
		o.Patience = patience
	}
	return nil
}

// Load acts many people at once. It returns when the duration is over and every
// message under way has its answer or its third failure; an ended ctx ends it early.
func Load(ctx context.Context, o LoadOptions) (LoadReport, error) {
	if err := o.fill(); err != nil {
		return LoadReport{}, err
	}
	cd, err := newCodec(o.Account)
	if err != nil {
		return LoadReport{}, fmt.Errorf("load: %w", err)
	}
	var targets []*url.URL
	for _, raw := range append([]string{o.URL}, o.Others...) {
		target, err := url.Parse(raw)
		if err != nil || target.Host == "" {
			return LoadReport{}, fmt.Errorf("load: %q is not the URL of a webhook", raw)
		}
		targets = append(targets, target)
	}
	transport := &http.Transport{
		MaxIdleConns: o.Concurrency, MaxIdleConnsPerHost: o.Concurrency, MaxConnsPerHost: o.Concurrency,
		DisableCompression: true, ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10,
	}
	defer transport.CloseIdleConnections()
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	users := make([]user, o.Users)
	for i := range users {
		users[i].openid = LoadOpenID(o.Seed, i)
		if o.Scattered {
			users[i].said.Store(int64(i % len(o.Mix)))
		}
	}
	start := time.Now()
	sh := &shift{start: start, end: start.Add(o.Duration), rate: o.Rate, most: int64(o.Messages), id: start.UnixNano()}
	workers := make([]*worker, o.Concurrency)
	var wg sync.WaitGroup
	for i := range workers {
		workers[i] = &worker{
			o: &o, codec: cd, shift: sh, users: users, http: transport, targets: targets,
			dice: rand.New(rand.NewPCG(o.Seed, uint64(i))),
		}
		wg.Go(func() { workers[i].work(ctx) })
	}
	wg.Wait()
	var rep LoadReport
	var hist histogram
	for _, w := range workers {
		w.report(&rep)
		hist.add(&w.hist)
	}
	rep.Elapsed = time.Since(start)
	rep.Throughput = float64(rep.Answered) / rep.Elapsed.Seconds()
	rep.P50, rep.P95, rep.P99, rep.Max = hist.at(0.50), hist.at(0.95), hist.at(0.99), hist.max
	return rep, nil
}

// LoadOpenID is the openid of the nth person, from 0, of a load: 28 characters, as the platform's.
func LoadOpenID(seed uint64, n int) string { return fmt.Sprintf("oSim%08x%016d", uint32(seed), n) }

// user is one of the many.
type user struct {
	openid string
	said   atomic.Int64 // lines of the mix
}

// shift deals out the turns to the workers.
type shift struct {
	start, end time.Time
	rate       float64
	most       int64 // turns; zero: no bound
	turn       atomic.Int64
	id         int64 // base of the MsgIds, so that two runs do not meet
}

// next is the number of the next message, from 1, and when it is due; false when the shift is over.
func (s *shift) next(ctx context.Context, t *time.Timer) (n int64, due time.Time, late, more bool) {
	n = s.turn.Add(1)
	now := time.Now()
	due = now
	if s.rate > 0 {
		due = s.start.Add(time.Duration(float64(n-1) / s.rate * float64(time.Second)))
	}
	if !due.Before(s.end) || s.most > 0 && n > s.most || ctx.Err() != nil {
		return n, due, false, false
	}
	wait := due.Sub(now)
	if wait <= 0 {
		// A few milliseconds are the scheduler's; more means that all workers were busy.
		return n, due, wait < -10*time.Millisecond, true
	}
	t.Reset(wait)
	select {
	case <-t.C:
		return n, due, false, true
	case <-ctx.Done():
		return n, due, false, false
	}
}
