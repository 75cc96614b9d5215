package main

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// How much a run measures. Each can be set, for a longer look at one thing: XINQIAO_BENCH_SLICE=10s make bench BENCH=Danger.
var (
	slice  = benchDuration("XINQIAO_BENCH_SLICE", 2*time.Second) // of one contender in one round
	rounds = benchNumber("XINQIAO_BENCH_ROUNDS", 3)              // of an alternating run
)

func benchNumber(name string, def int) int {
	v, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(def)))
	if err != nil || v < 1 {
		panic(name + " must be a number from 1")
	}
	return v
}

func benchDuration(name string, def time.Duration) time.Duration {
	v, err := time.ParseDuration(cmp.Or(os.Getenv(name), def.String()))
	if err != nil || v <= 0 {
		panic(name + " must be a time such as 3s")
	}
	return v
}

// contender is a server that is measured beside others, and what came of it so far.
type contender struct {
	name string
	pids []int
	opts wxsim.LoadOptions
	db   *backends // nil where it has none of its own

	answered, sent int
	missing        int // had no answer in time: a slow machine's, so it is told and fails nothing
	elapsed, cpu   time.Duration
	p50, p99       time.Duration // of the last slice
	cost           spent         // of its backends
}

// The figures of a contender, over all its slices.
func (c *contender) perSecond() float64 { return float64(c.answered) / c.elapsed.Seconds() }
func (c *contender) cpuMillis() float64 { return c.cpu.Seconds() * 1000 / float64(c.answered) }

func (c *contender) reset() {
	c.answered, c.sent, c.missing, c.elapsed, c.cpu, c.cost = 0, 0, 0, 0, 0, spent{}
}

// warm lets everybody be known, once, and forgets what it cost.
func (c *contender) warm(b *testing.B, messages int) {
	b.Helper()
	o := c.opts
	o.InTurn, o.Messages, o.Duration = true, messages, 2*time.Minute
	c.measure(b, o)
	c.settle(b, time.Minute) // a replica that has just started learns what people say, behind the first answers
	c.reset()
}

// run loads it for one slice.
func (c *contender) run(b *testing.B) {
	b.Helper()
	o := c.opts
	o.Duration = cmp.Or(o.Duration, slice)
	c.measure(b, o)
}

func (c *contender) measure(b *testing.B, o wxsim.LoadOptions) {
	b.Helper()
	before, spent := cpuOf(b, c.pids), c.db.spent(b)
	r, err := wxsim.Load(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	c.settle(b, 3*time.Second)
	c.cpu += cpuOf(b, c.pids) - before
	c.cost = c.cost.plus(c.db.spent(b).minus(spent))
	c.answered, c.sent, c.missing, c.elapsed = c.answered+r.Answered, c.sent+r.Sent, c.missing+r.Missing, c.elapsed+r.Elapsed
	c.p50, c.p99 = r.P50, r.P99
	if r.Wrong > 0 {
		b.Errorf("%s: %d wrong replies of %d", c.name, r.Wrong, r.Sent)
	}
}

// settle waits until it has done what it does behind the answers, at most for so long: that is part of what a message costs, and
// must not be in the way of whoever is measured next.
func (c *contender) settle(b *testing.B, most time.Duration) {
	b.Helper()
	const look = 200 * time.Millisecond
	tick := time.NewTicker(look)
	defer tick.Stop()
	for last, n := cpuOf(b, c.pids), 0; n < int(most/look); n++ {
		<-tick.C
		now := cpuOf(b, c.pids)
		if now-last <= look/20 {
			return
		}
		last = now
	}
}

// alternate loads all in turn, round after round, so that a noisy machine is noisy for each of them.
func alternate(b *testing.B, cs ...*contender) {
	b.Helper()
	for n := range rounds {
		progress("%s: round %d of %d", b.Name(), n+1, rounds)
		for _, c := range cs {
			c.run(b)
		}
	}
}

// tell notes the figures that every contender has.
func tell(b *testing.B, cs ...*contender) {
	b.Helper()
	for _, c := range cs {
		note(b, c.name+"/throughput", c.perSecond(), "msg/s")
		note(b, c.name+"/own-CPU", c.cpuMillis(), "ms/msg")
		if c.missing > 0 {
			note(b, c.name+"/without-an-answer", 100*float64(c.missing)/float64(c.sent), "% of messages", atMost(0))
		}
		if c.db != nil {
			n := float64(c.answered)
			note(b, c.name+"/database-CPU", c.cost.dbCPU.Seconds()*1000/n, "ms/msg")
			note(b, c.name+"/Redis-CPU", c.cost.redisCPU.Seconds()*1000/n, "ms/msg")
			note(b, c.name+"/statements", c.cost.statements/n, "per msg")
			note(b, c.name+"/commits", c.cost.commits/n, "per msg")
		}
	}
}

// ours is a contender on a running replica, or on several.
func ours(name string, db *backends, o wxsim.LoadOptions, ps ...*process) *contender {
	c := &contender{name: name, db: db, opts: o}
	for i, p := range ps {
		c.pids = append(c.pids, p.cmd.Process.Pid)
		hook := p.url + "/wechat/" + account.Name
		if i == 0 {
			c.opts.URL = hook
		} else {
			c.opts.Others = append(c.opts.Others, hook)
		}
	}
	c.opts.Account = account
	return c
}

// browsing is what most people do.
func browsing(users int) wxsim.LoadOptions {
	return wxsim.LoadOptions{Users: users, Seed: 1, Scattered: true, Quiet: true}
}

// eachStore is one contender on SQLite and one on MariaDB and Redis.
func eachStore(b *testing.B, o wxsim.LoadOptions) (lite, maria *contender) {
	b.Helper()
	_, api := platformServer(b)
	lite = ours("SQLite", nil, o, launch(b, embedded(b), api))
	cfg := shared(b)
	maria = ours("MariaDB+Redis", openBackends(b, cfg), o, launch(b, cfg, api))
	return lite, maria
}

// cpuOf is the CPU that processes have used so far, in user and kernel mode.
func cpuOf(tb testing.TB, pids []int) (sum time.Duration) {
	tb.Helper()
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			tb.Fatalf("a process that is measured has ended: %v", err)
		}
		f := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // the name before may hold spaces
		for _, ticks := range f[11:13] {                                   // utime and stime, the 14th and 15th of all
			n, err := strconv.ParseInt(ticks, 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			sum += time.Duration(n) * (time.Second / userHertz)
		}
	}
	return sum
}

// userHertz is the unit of /proc, which Linux keeps at this on every machine that Go runs on.
const userHertz = 100

// backends are the MariaDB and the Redis that a replica uses, watched from beside.
type backends struct {
	db    *sql.DB
	redis *redis.Client
	pid   struct{ db, redis []int }
}

// spent is what backends have done.
type spent struct {
	statements, commits float64
	dbCPU, redisCPU     time.Duration
}

func (s spent) plus(o spent) spent {
	return spent{s.statements + o.statements, s.commits + o.commits, s.dbCPU + o.dbCPU, s.redisCPU + o.redisCPU}
}

func (s spent) minus(o spent) spent {
	return s.plus(spent{-o.statements, -o.commits, -o.dbCPU, -o.redisCPU})
}

// openBackends finds the processes behind a configuration. Statements of other benchmarks' replicas would be counted as well,
// so no two run at a time; that of an idle replica are a few a second.
func openBackends(b *testing.B, cfg config.Config) *backends {
	b.Helper()
	o, err := redis.ParseURL(cfg.Redis.URL.Reveal())
	if err != nil {
		b.Fatal(err)
	}
	s := &backends{db: openSQL(b, cfg), redis: redis.NewClient(o)}
	b.Cleanup(func() { _ = s.redis.Close() })
	var file string
	if err := s.db.QueryRowContext(b.Context(), "SELECT @@pid_file").Scan(&file); err != nil {
		b.Fatal(err)
	}
	s.pid.db = []int{readPID(b, file)}
	info, err := s.redis.Info(b.Context(), "server").Result()
	if err != nil {
		b.Fatal(err)
	}
	pid, err := strconv.Atoi(infoField(info, "process_id"))
	if err != nil {
		b.Fatal(err)
	}
	s.pid.redis = []int{pid}
	return s
}

// openSQL opens the MariaDB of a configuration beside its replicas.
func openSQL(b *testing.B, cfg config.Config) *sql.DB {
	b.Helper()
	at := strings.TrimPrefix(cfg.Database.URL, "mysql://")
	login, rest, _ := strings.Cut(at, "@")
	host, name, _ := strings.Cut(rest, "/")
	db, err := sql.Open("mysql", login+"@tcp("+host+")/"+name+"?interpolateParams=true&maxAllowedPacket=0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

func readPID(b *testing.B, file string) int {
	b.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		b.Fatalf("the database must run on this machine, with a pid file that can be read: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		b.Fatal(err)
	}
	return pid
}

// infoField is a field of what Redis says of itself.
func infoField(info, name string) string {
	_, rest, _ := strings.Cut(info, name+":")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

func (s *backends) spent(b *testing.B) (t spent) {
	b.Helper()
	if s == nil {
		return spent{}
	}
	t.dbCPU, t.redisCPU = cpuOf(b, s.pid.db), cpuOf(b, s.pid.redis)
	rows, err := s.db.QueryContext(context.WithoutCancel(b.Context()), "SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Com_commit')")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var n float64
		if err := rows.Scan(&name, &n); err != nil {
			b.Fatal(err)
		}
		if name == "Questions" {
			t.statements = n
		} else {
			t.commits = n
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return t
}

// residentMB is a process's resident memory.
func residentMB(tb testing.TB, pid int) float64 {
	tb.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest + " none")[0])
	if err != nil {
		tb.Fatalf("no VmRSS in /proc/%d/status", pid)
	}
	return float64(kb) / 1024
}
