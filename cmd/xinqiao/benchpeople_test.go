package main

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

var (
	knownPeople  = benchNumbers("XINQIAO_BENCH_KNOWN", 1_000, 100_000, 1_000_000) // how many are known, one after the other
	activePeople = benchNumber("XINQIAO_BENCH_ACTIVE", 200_000)                   // of them, who speak all
)

// fewActive is how many speak beside whom more are measured.
const fewActive = 1000

func benchNumbers(name string, def ...int) (out []int) {
	raw := os.Getenv(name)
	if raw == "" {
		return def
	}
	for part := range strings.SplitSeq(raw, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < fewActive {
			panic(fmt.Sprintf("%s must be numbers from %d, such as 1000,50000", name, fewActive))
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// crowd is many people whom a database knows and a Redis remembers, put there in bulk: by the webhook it would take an hour.
type crowd struct {
	*backends
	sealer *seal.Sealer
	ids    []string // of the persons, by number
}

const crowdSeed = 20_260_501

func newCrowd(b *testing.B, cfg config.Config, s *backends) *crowd {
	b.Helper()
	sealer, err := seal.LoadOrCreate(cfg.Keys.File, false)
	if err != nil {
		b.Fatal(err)
	}
	return &crowd{backends: s, sealer: sealer}
}

func (c *crowd) index(n int) string { return c.sealer.Index(address(wxsim.LoadOpenID(crowdSeed, n))) }

// grow makes the database know n people, as store.People would have made them.
func (c *crowd) grow(b *testing.B, n int) {
	b.Helper()
	type newcomer struct {
		n         int
		id, index string
	}
	var fresh []newcomer
	for i := len(c.ids); i < n; i++ {
		id := uuid.Must(uuid.NewV7()).String()
		c.ids = append(c.ids, id)
		fresh = append(fresh, newcomer{i, id, c.index(i)})
	}
	slices.SortFunc(fresh, func(a, b newcomer) int { return cmp.Compare(a.index, b.index) }) // into the index one after the other
	at := time.Now().UnixMicro()
	c.insert(b, "persons (id, alias, mark, audience, channel, account, created_at)", len(fresh), func(i int) []any {
		mark := fmt.Sprintf("榕树 %07d", fresh[i].n)
		return []any{fresh[i].id, person.Alias(person.Parent, mark), mark, string(person.Parent), "wechat", account.Name, at}
	})
	c.insert(b, "identities (index_hash, person_id, sealed_address, created_at)", len(fresh), func(i int) []any {
		raw, err := json.Marshal(address(wxsim.LoadOpenID(crowdSeed, fresh[i].n)))
		if err != nil {
			b.Fatal(err)
		}
		sealed, err := c.sealer.Seal(raw, "identity:"+fresh[i].id)
		if err != nil {
			b.Fatal(err)
		}
		return []any{fresh[i].index, fresh[i].id, sealed, at}
	})
}

// insert writes n rows, a thousand in a statement, and a hundred thousand in a transaction.
func (c *crowd) insert(b *testing.B, into string, n int, row func(i int) []any) {
	b.Helper()
	const perStatement, perCommit = 1000, 100_000
	var tx *sql.Tx
	for i := 0; i < n; i += perStatement {
		var err error
		if i%perCommit == 0 {
			progress("%s: %d of %d into %s", b.Name(), i, n, strings.Fields(into)[0])
			if tx, err = c.db.BeginTx(b.Context(), nil); err != nil {
				b.Fatal(err)
			}
		}
		var args []any
		rows := 0
		for j := i; j < min(n, i+perStatement); j++ {
			args = append(args, row(j)...)
			rows++
		}
		values := "(" + strings.TrimSuffix(strings.Repeat("?,", len(args)/rows), ",") + ")"
		if _, err = tx.ExecContext(b.Context(), "INSERT INTO "+into+" VALUES "+strings.Repeat(values+",", rows-1)+values, args...); err != nil {
			b.Fatal(err)
		}
		if (i+perStatement)%perCommit == 0 || i+perStatement >= n {
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// roomFor says whether the disk has room for so many more people, with what the database writes beside; aloud where it has not.
func roomFor(b *testing.B, n int) bool {
	b.Helper()
	const each, beside = 3 << 10, 2 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(os.TempDir(), &fs); err != nil {
		b.Fatal(err)
	}
	if free, need := fs.Bavail*uint64(fs.Bsize), uint64(n*each+beside); free < need { //nolint:gosec // neither is negative
		progress("!!! %s: WITHOUT %d more people: %s has %d MB free, and they need %d MB", b.Name(), n, os.TempDir(), free>>20, need>>20)
		return false
	}
	return true
}

// states are the sessions' states of some of them, opened, as the replica wrote them.
func (c *crowd) states(b *testing.B, n int) (plain [][]byte) {
	b.Helper()
	for i := range n {
		user := c.index(i)
		sealed, err := c.redis.Get(b.Context(), stateKey(user)).Bytes()
		if err != nil {
			b.Fatalf("the session of somebody who has just spoken: %v", err)
		}
		open, err := c.sealer.Open(sealed, "state:"+user)
		if err != nil {
			b.Fatal(err)
		}
		if !bytes.Contains(open, []byte(c.ids[i])) {
			b.Fatal("a session's state does not name its person as text any more: crowd.remember must learn how")
		}
		plain = append(plain, bytes.ReplaceAll(open, []byte(c.ids[i]), []byte(whoever)))
	}
	return plain
}

// whoever stands in a state that is to be somebody's.
const whoever = "00000000-0000-0000-0000-000000000000"

func stateKey(user string) string { return "xq:{" + user + "}:state" }

// remember gives everybody from the person from on a session as those in plain, sealed as theirs.
func (c *crowd) remember(b *testing.B, from int, plain [][]byte) {
	b.Helper()
	const perExchange = 2000
	for i := from; i < len(c.ids); i += perExchange {
		if (i-from)%(100*perExchange) == 0 {
			progress("%s: session %d of %d", b.Name(), i, len(c.ids))
		}
		if _, err := c.redis.Pipelined(b.Context(), func(p redis.Pipeliner) error {
			for j := i; j < min(len(c.ids), i+perExchange); j++ {
				user := c.index(j)
				sealed, err := c.sealer.Seal(bytes.ReplaceAll(plain[j%len(plain)], []byte(whoever), []byte(c.ids[j])), "state:"+user)
				if err != nil {
					return err
				}
				p.Set(b.Context(), stateKey(user), sealed, session.StateTTL)
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// used is how many bytes Redis holds of what it was given, without its own.
func (s *backends) used(b *testing.B) float64 {
	b.Helper()
	info, err := s.redis.Info(b.Context(), "memory").Result()
	if err != nil {
		b.Fatal(err)
	}
	n, err := strconv.ParseFloat(infoField(info, "used_memory"), 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// usage is what the keys of a form take on the average, and how many there are.
func (s *backends) usage(b *testing.B, form string) (bytes float64, n int) {
	b.Helper()
	for it := s.redis.Scan(b.Context(), 0, form, 1000).Iterator(); it.Next(b.Context()) && n < 2000; n++ {
		m, err := s.redis.MemoryUsage(b.Context(), it.Val()).Result()
		if err != nil {
			b.Fatal(err)
		}
		bytes += float64(m)
	}
	return bytes / float64(max(n, 1)), n
}

// BenchmarkPeople asks whether it matters how many people there are: how many are known, how many of them speak, and what a
// session of each takes in Redis. MariaDB and Redis; SQLite is for one school.
func BenchmarkPeople(b *testing.B) {
	_, api := platformServer(b)
	cfg := shared(b)
	s := openBackends(b, cfg)
	c := newCrowd(b, cfg, s)
	server := launch(b, cfg, api)
	b.Cleanup(func() { _ = s.redis.FlushDB(context.WithoutCancel(b.Context())).Err() }) // the database of this benchmark alone
	few := ours("", s, wxsim.LoadOptions{Users: fewActive, Seed: crowdSeed, Scattered: true, Quiet: true}, server)
	for b.Loop() {
		for _, n := range knownPeople {
			if !roomFor(b, n-len(c.ids)) {
				break
			}
			c.grow(b, n)
			few.name = fmt.Sprintf("%d-known", n)
			few.warm(b, 3*fewActive)
			for range rounds {
				few.run(b)
			}
			tell(b, few)
		}
		perState, _ := s.usage(b, "xq:*:state")
		perReply, replies := s.usage(b, "xq:*:reply:*")
		note(b, "state-in-Redis/MEMORY-USAGE", perState, "bytes")
		if replies > 0 {
			note(b, "reply-in-Redis/MEMORY-USAGE", perReply, "bytes")
		}
		plain := c.states(b, min(fewActive, len(c.ids)))
		before := s.used(b)
		c.remember(b, fewActive, plain)
		if n := len(c.ids) - fewActive; n > 0 {
			note(b, fmt.Sprintf("%d-sessions-in-Redis/used_memory", len(c.ids)), (s.used(b)-before)/float64(n), "bytes each")
		}
		compareActive(b, c, server)
	}
}

// compareActive loads with few who speak, with many who are known, and with people who come for the first time.
func compareActive(b *testing.B, c *crowd, server *process) {
	b.Helper()
	many, s := min(activePeople, len(c.ids)), c.backends
	few := ours(fmt.Sprintf("%d-active", fewActive), s, wxsim.LoadOptions{Users: fewActive, Seed: crowdSeed, Scattered: true, Quiet: true}, server)
	all := ours(fmt.Sprintf("%d-active", many), s, wxsim.LoadOptions{Users: many, Seed: crowdSeed, Scattered: true, Quiet: true}, server)
	fresh := ours("newcomers", s, wxsim.LoadOptions{Users: activePeople, InTurn: true, Quiet: true}, server)
	for n := range rounds {
		progress("%s: who is active, round %d of %d", b.Name(), n+1, rounds)
		few.run(b)
		all.run(b)
		fresh.run(b)
	}
	tell(b, few, all, fresh)
	note(b, all.name+"/throughput-of-"+few.name, all.perSecond()/few.perSecond(), "×", atLeast(0.6))
	note(b, fresh.name+"/throughput-of-"+few.name, fresh.perSecond()/few.perSecond(), "×")
	note(b, "RSS", residentMB(b, server.cmd.Process.Pid), "MB", atMost(200))
}
