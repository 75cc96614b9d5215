package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// talks is how many conversations counsellors have at a time.
const talks = 16

// relay is conversations between counsellors at the desk of one replica and people on the platform.
type relay struct {
	*contender
	server *process
	client *wxsim.Client
	desk   *http.Client
	people []string // openids
	cases  []string // the path of each one's page

	mu      sync.Mutex
	waiting map[string]chan struct{} // by a part of what was said

	rounds   int
	arrivals []time.Duration // from the counsellor's tap until the platform has it
}

// BenchmarkRelay is the talk between humans: a counsellor writes at the desk, the platform gets it, and the person writes back. Each
// round is two messages that are kept for good.
func BenchmarkRelay(b *testing.B) {
	floor := bare(b)
	floor.warm(b, 2000)
	lite := newRelay(b, "SQLite", embedded(b), false)
	maria := newRelay(b, "MariaDB+Redis", shared(b), true)
	for b.Loop() {
		for n := range rounds {
			progress("%s: round %d of %d", b.Name(), n+1, rounds)
			floor.run(b)
			for _, r := range []*relay{lite, maria} {
				r.talk(b)
			}
		}
		tell(b, floor, lite.contender, maria.contender)
		for _, r := range []*relay{lite, maria} {
			slices.Sort(r.arrivals)
			note(b, r.name+"/rounds", float64(r.rounds)/r.elapsed.Seconds(), "per s")
			note(b, r.name+"/to-the-person-p50", r.arrivals[len(r.arrivals)/2].Seconds()*1000, "ms")
			note(b, r.name+"/to-the-person-p99", r.arrivals[len(r.arrivals)*99/100].Seconds()*1000, "ms")
			note(b, r.name+"/own-CPU-of-bare", r.cpuMillis()/floor.cpuMillis(), "×")
		}
	}
}

// newRelay starts a replica with a counsellor who has taken the conversations of people in danger.
func newRelay(b *testing.B, name string, cfg config.Config, watched bool) *relay {
	b.Helper()
	platform, api := platformServer(b)
	r := &relay{server: launch(b, cfg, api), waiting: map[string]chan struct{}{}}
	var db *backends
	if watched {
		db = openBackends(b, cfg)
	}
	r.contender = ours(name, db, browsing(1), r.server)
	r.client = &wxsim.Client{URL: r.opts.URL, Account: account, Platform: platform}
	platform.OnCall = r.arrived
	r.signIn(b, cfg)
	sealer, err := seal.LoadOrCreate(cfg.Path(cfg.Keys.File), false)
	if err != nil {
		b.Fatal(err)
	}
	view, err := store.Open(b.Context(), store.Options{URL: cfg.Database.URL, DataDir: cfg.DataDir, Sealer: sealer})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = view.Close() })
	for i := range talks {
		who := wxsim.LoadOpenID(99, i)
		r.says(b, who, "我不想活了")
		p, err := view.People().Resolve(b.Context(), address(who))
		if err != nil {
			b.Fatal(err)
		}
		k, err := view.Cases().OpenOf(b.Context(), p.ID)
		if err != nil {
			b.Fatalf("the case of somebody in danger: %v", err)
		}
		r.people, r.cases = append(r.people, who), append(r.cases, "/desk/cases/"+k.ID)
		r.post(b, r.cases[i]+"/take", url.Values{})
	}
	for i := range r.people {
		r.round(b, i)
	}
	r.settle(b, time.Minute)
	r.reset()
	r.rounds, r.arrivals = 0, nil
	return r
}

var oneTimePassword = regexp.MustCompile(`one-time password (\S+)`)

// signIn makes a counsellor and opens the desk.
func (r *relay) signIn(b *testing.B, cfg config.Config) {
	b.Helper()
	environ := []string{"XINQIAO_DATA_DIR=" + cfg.DataDir, "XINQIAO_DATABASE_URL=" + cfg.Database.URL, "XINQIAO_KEYS_FILE=" + cfg.Keys.File, "XINQIAO_DIALOGS_DIR=" + cfg.Dialogs.Dir}
	code, out, errs := command(b.Context(), b, environ, "", "staff", "add", "lan", "--display", "示例·兰老师", "--role", "counsellor")
	password := oneTimePassword.FindStringSubmatch(out)
	if code != exitFine || password == nil {
		b.Fatalf("staff add: %d %s %s", code, out, errs)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	r.desk = &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: talks}}
	b.Cleanup(r.desk.CloseIdleConnections)
	r.post(b, "/desk/login", url.Values{"name": {"lan"}, "password": {password[1]}})
	r.post(b, "/desk/password", url.Values{"old": {password[1]}, "chosen": {"kapok-river-2046"}, "again": {"kapok-river-2046"}})
}

// post does as the desk's page does: it asks for the part that changes.
func (r *relay) post(b *testing.B, path string, form url.Values) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, r.server.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(path, "/desk/cases/") {
		req.Header.Set("HX-Request", "true")
	}
	res, err := r.desk.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		b.Errorf("POST %s at the desk answers %d", path, res.StatusCode)
	}
}

func (r *relay) says(b *testing.B, who, text string) {
	b.Helper()
	if _, _, err := r.client.Deliver(b.Context(), wxsim.Text(who, text)); err != nil {
		b.Errorf("%q: %v", text, err)
	}
}

// arrived tells whoever waits that the platform has a message.
func (r *relay) arrived(c wxsim.Call) {
	_, name, marked := strings.Cut(c.Text(), " #")
	if !marked {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if done, ok := r.waiting[name]; ok {
		close(done)
		delete(r.waiting, name)
	}
}

// round is a counsellor's message to the ith person, and what they write back.
func (r *relay) round(b *testing.B, i int) {
	b.Helper()
	name, done := uuid.NewString(), make(chan struct{})
	r.mu.Lock()
	r.waiting[name] = done
	r.mu.Unlock()
	began := time.Now()
	r.post(b, r.cases[i]+"/say", url.Values{"text": {"我在，你慢慢说。 #" + name}, "key": {name}})
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		b.Errorf("%s: a counsellor's message did not reach the platform in a minute", r.name)
		return
	}
	took := time.Since(began)
	r.says(b, r.people[i], fmt.Sprintf("嗯，我听着。%d", began.UnixNano()%1000))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arrivals = append(r.arrivals, took)
	r.rounds++
}

// talk lets all conversations go on for one slice.
func (r *relay) talk(b *testing.B) {
	b.Helper()
	cpu, cost, before := cpuOf(b, r.pids), r.db.spent(b), r.rounds
	began := time.Now()
	ctx, cancel := context.WithTimeout(b.Context(), slice)
	defer cancel()
	var wg sync.WaitGroup
	for i := range r.people {
		wg.Go(func() {
			for ctx.Err() == nil && !b.Failed() {
				r.round(b, i)
			}
		})
	}
	wg.Wait()
	r.elapsed += time.Since(began)
	r.settle(b, 3*time.Second)
	r.cpu += cpuOf(b, r.pids) - cpu
	r.cost = r.cost.plus(r.db.spent(b).minus(cost))
	r.answered += 2 * (r.rounds - before)
}
