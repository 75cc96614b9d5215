//go:build chaos

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// stage is what the faults are played on: two replicas of the built program, each with lines of its own to one MariaDB and one
// Redis, the WeChat platform, and where calls for help arrive. lens looks into the database past all of it.
type stage struct {
	t         *testing.T
	cfgs      [2]config.Config
	replicas  [2]*process
	lines     [2]struct{ db, cache *wire }
	db, cache *backend
	platform  *wxsim.Server
	api       string
	duty      *dutyRoom
	lens      *App
	disks     [2]*smallDisk

	mu   sync.Mutex
	down map[string][]span // by address: when a replica could answer nobody, by no fault of its own
	all  []*process
	came map[string][]string // by openid: what the platform was asked to bring them, and took
}

// brought remembers what the platform brings: mending its faults makes it forget its calls.
func (s *stage) brought(c wxsim.Call) {
	if text := c.Text(); c.ErrCode == 0 && !c.Silenced && text != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.came[c.ToUser()] = append(s.came[c.ToUser()], text)
	}
}

func (s *stage) broughtTo(who string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.came[who])
}

// span is a time; while it lasts, to is zero.
type span struct{ from, to time.Time }

func newStage(t *testing.T) *stage {
	s := &stage{t: t, down: map[string][]span{}, came: map[string][]string{}, duty: newDutyRoom(t)}
	var direct config.Config
	direct, s.db, s.cache = privateBackends(t)
	s.platform, s.api = platformServer(t)
	s.platform.OnCall = s.brought
	proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	dbAddr, cacheAddr := hostOf(t, direct.Database.URL), hostOf(t, direct.Redis.URL.Reveal())
	for i := range s.cfgs {
		s.lines[i].db = newWire(t, proxies, fmt.Sprintf("db-%d", i+1), dbAddr)
		s.lines[i].cache = newWire(t, proxies, fmt.Sprintf("redis-%d", i+1), cacheAddr)
		cfg := direct
		cfg.HTTP.Addr = fmt.Sprintf("127.0.0.1:%d", freePort(t))
		cfg.HTTP.Drain = time.Second
		cfg.Database.URL = strings.Replace(direct.Database.URL, dbAddr, s.lines[i].db.Listen, 1)
		cfg.Redis.URL = config.Secret(strings.Replace(direct.Redis.URL.Reveal(), cacheAddr, s.lines[i].cache.Listen, 1))
		s.disks[i] = newSmallDisk(t, t.TempDir())
		cfg.DataDir = s.disks[i].dir
		cfg.Alerts.Ways = []config.Way{s.duty.way()}
		s.cfgs[i] = cfg
	}
	for i := range s.replicas {
		s.launch(i)
	}
	s.lens = look(t, direct)
	return s
}

// hostOf is the host and port in the URL of a backend.
func hostOf(t *testing.T, at string) string {
	_, rest, _ := strings.Cut(at, "://")
	if _, after, found := strings.Cut(rest, "@"); found {
		rest = after
	}
	host, _, _ := strings.Cut(rest, "/")
	if _, _, err := net.SplitHostPort(host); err != nil {
		t.Fatalf("no host and port in a backend's address: %v", err)
	}
	return host
}

// launch starts a replica anew; from then on it is not down.
func (s *stage) launch(i int) {
	s.t.Helper()
	p := launch(s.t, s.cfgs[i], s.api)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replicas[i] = p
	s.all = append(s.all, p)
	s.up(s.cfgs[i].HTTP.Addr)
}

// launchBoth starts the replicas beside each other, as a supervisor does after a power cut.
func (s *stage) launchBoth() {
	var starting sync.WaitGroup
	both(func(i int) { starting.Go(func() { s.launch(i) }) })
	starting.Wait()
}

// kill ends a replica as a power cut would.
func (s *stage) kill(i int) {
	s.fell(s.cfgs[i].HTTP.Addr)
	s.replicas[i].kill()
}

// roll restarts a replica as an operator does. It is not down meanwhile: nobody may notice.
func (s *stage) roll(i int) {
	s.replicas[i].stop()
	s.launch(i)
}

func (s *stage) pause(i int) {
	s.fell(s.cfgs[i].HTTP.Addr)
	if err := s.replicas[i].cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) goOn(i int) {
	if err := s.replicas[i].cmd.Process.Signal(syscall.SIGCONT); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up(s.cfgs[i].HTTP.Addr)
}

func (s *stage) fell(addr string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down[addr] = append(s.down[addr], span{from: time.Now()})
}

// up ends the time in which a replica was down; the caller holds mu.
func (s *stage) up(addr string) {
	if spans := s.down[addr]; len(spans) > 0 && spans[len(spans)-1].to.IsZero() {
		spans[len(spans)-1].to = time.Now()
	}
}

// wasDown says whether a replica was down at any time between two moments.
func (s *stage) wasDown(addr string, from, to time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.down[addr] {
		if d.from.Before(to) && (d.to.IsZero() || d.to.After(from)) {
			return true
		}
	}
	return false
}

// wire is the way from a replica to a backend, which can be broken.
type wire struct {
	*toxiproxy.Proxy
	t *testing.T
}

func newWire(t *testing.T, proxies *toxiproxy.ApiServer, name, upstream string) *wire {
	l := &wire{toxiproxy.NewProxy(proxies, name, "127.0.0.1:0", upstream), t}
	l.join()
	t.Cleanup(l.Stop)
	return l
}

// join lets connections through; cut refuses them, and breaks those that there are.
func (l *wire) join() {
	l.t.Helper()
	await(l.t, l.Name+" to listen", func() bool { return l.Start() == nil })
}

func (l *wire) cut() { l.Stop() }

// spoil makes something wrong with all connections until clean: a toxic of the proxy library, by its type and attributes.
func (l *wire) spoil(toxic, stream string, attributes map[string]int) {
	l.t.Helper()
	raw, err := json.Marshal(map[string]any{"type": toxic, "stream": stream, "attributes": attributes})
	if err == nil {
		_, err = l.Toxics.AddToxicJson(strings.NewReader(string(raw)))
	}
	if err != nil {
		l.t.Fatalf("spoil %s: %v", l.Name, err)
	}
}

func (l *wire) clean() { l.Toxics.ResetToxics(l.t.Context()) }

// dutyRoom is where calls for help arrive, and may be out of order itself.
type dutyRoom struct {
	dutyDesk
	mu   sync.Mutex
	slow time.Duration
	sick bool
	at   map[string]time.Time // when the first own call for a case came, by the case
	many []time.Time          // when calls for several came
	seen map[string]int       // by the ID of the call, which is the same when it is sent again
}

func newDutyRoom(t *testing.T) *dutyRoom {
	d := &dutyRoom{at: map[string]time.Time{}, seen: map[string]int{}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		slow, sick := d.slow, d.sick
		d.mu.Unlock()
		if slow > 0 {
			select {
			case <-time.After(slow):
			case <-r.Context().Done():
			}
		}
		if sick {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		d.took(raw, time.Now())
	}))
	t.Cleanup(s.Close)
	d.url = s.URL
	return d
}

func (d *dutyRoom) took(raw []byte, at time.Time) {
	var a struct {
		Type string
		Data struct{ ID, URL string }
	}
	if json.Unmarshal(raw, &a) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[a.Data.ID]++
	if id := filepath.Base(a.Data.URL); strings.Contains(a.Data.URL, "/cases/") {
		if _, known := d.at[id]; !known {
			d.at[id] = at
		}
	}
	if strings.HasSuffix(a.Type, ".many") {
		d.many = append(d.many, at)
	}
}

func (d *dutyRoom) behaves(slow time.Duration, sick bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slow, d.sick = slow, sick
}

// calledFor says when staff were first called for a case by a call of its own.
func (d *dutyRoom) calledFor(id string) (time.Time, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, called := d.at[id]
	return at, called
}
