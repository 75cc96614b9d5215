package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// loadedFlows is how many flows BenchmarkFlows runs with, the shipped ones among them.
var loadedFlows = benchNumber("XINQIAO_BENCH_FLOWS", 300)

// BenchmarkReplicas is one replica, and the same people at two in turn: what it costs that nobody stays with one. On a machine
// whose cores are all in use by one replica and its load, two are no faster; the CPU of a message is what to look at.
func BenchmarkReplicas(b *testing.B) {
	floor := bare(b)
	floor.warm(b, 2000)
	_, api := platformServer(b)
	one := shared(b)
	two := one
	two.DataDir = b.TempDir()
	s := openBackends(b, one)
	first, second := launch(b, one, api), launch(b, two, api)
	alone := ours("one-replica", s, browsing(500), first)
	both := ours("two-replicas", s, browsing(500), first, second)
	both.warm(b, len(wxsim.BrowsingMix)*both.opts.Users)
	for b.Loop() {
		alternate(b, floor, alone, both)
		tell(b, floor, alone, both)
		note(b, "two-replicas/throughput-of-one", both.perSecond()/alone.perSecond(), "×")
		note(b, "two-replicas/own-CPU-of-one", both.cpuMillis()/alone.cpuMillis(), "×")
	}
}

// BenchmarkFlows is browsing with the shipped content, and with so many flows beside it, as a city's editors may have in years.
func BenchmarkFlows(b *testing.B) {
	floor := bare(b)
	floor.warm(b, 2000)
	_, api := platformServer(b)
	few := launch(b, embedded(b), api)
	cfg := embedded(b)
	cfg.Dialogs.Dir = manyFlows(b, loadedFlows)
	many := launch(b, cfg, api)
	shipped := ours("shipped-flows", nil, browsing(500), few)
	all := ours(fmt.Sprintf("%d-flows", loadedFlows), nil, browsing(500), many)
	for _, c := range []*contender{shipped, all} {
		c.warm(b, len(wxsim.BrowsingMix)*c.opts.Users)
	}
	for b.Loop() {
		alternate(b, floor, shipped, all)
		tell(b, floor, shipped, all)
		note(b, all.name+"/own-CPU-of-shipped", all.cpuMillis()/shipped.cpuMillis(), "×")
		for c, p := range map[*contender]*process{shipped: few, all: many} {
			note(b, c.name+"/ready", p.ready.Seconds(), "s")
			note(b, c.name+"/RSS", residentMB(b, p.cmd.Process.Pid), "MB")
		}
	}
}

// manyFlows is a copy of the shipped content with as many flows as are missing to n.
func manyFlows(b *testing.B, n int) string {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "dialogs")
	if err := os.CopyFS(dir, os.DirFS(shippedDir)); err != nil {
		b.Fatal(err)
	}
	there, err := filepath.Glob(filepath.Join(dir, "flows", "*.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	for i := len(there); i < n; i++ {
		flow := strings.ReplaceAll(someFlow, "{n}", fmt.Sprint(i))
		if err := os.WriteFile(filepath.Join(dir, "flows", fmt.Sprintf("example-%d.yaml", i)), []byte(flow), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// someFlow is a flow of the usual size: what it is for, a question with three ways on, and back.
const someFlow = `flow: example-{n}
title: 示例{n}
triggers:
  words: [示例事项{n}, 我想办第{n}件事, 第{n}件事怎么办]
steps:
  start: {say: 这是第{n}件事的说明，一共三个方面，点一个看看。, next: question}
  question:
    ask:
      passing: true
      text: 您想看哪一个方面？
      choices:
        - {label: 要准备什么, goto: first}
        - {label: 要多长时间, goto: second}
        - {label: 回主菜单, goto: menu.start}
  first: {say: 第{n}件事要准备的，都写在学校发的通知里。, next: question}
  second: {say: 第{n}件事一般一周里办好。, next: question}
`

// BenchmarkStart is how long a replica takes until it is ready, and until it has stopped when nobody is waiting, and what it holds
// between: on a store that it finds in order, as at a rolling restart. The tests' configuration waits for no load balancer.
func BenchmarkStart(b *testing.B) {
	_, api := platformServer(b)
	stores := map[string]config.Config{"SQLite": embedded(b), "MariaDB+Redis": shared(b)}
	launch(b, stores["SQLite"], api).stop() // the first start builds the program
	for b.Loop() {
		ready, stopped, rss := map[string][]time.Duration{}, map[string][]time.Duration{}, map[string]float64{}
		for range 2*rounds + 1 {
			for name, cfg := range stores {
				p := launch(b, cfg, api)
				ready[name] = append(ready[name], p.ready)
				rss[name] = residentMB(b, p.cmd.Process.Pid)
				stopped[name] = append(stopped[name], p.stop())
			}
		}
		for _, name := range []string{"SQLite", "MariaDB+Redis"} {
			slices.Sort(ready[name])
			slices.Sort(stopped[name])
			note(b, name+"/ready", ready[name][len(ready[name])/2].Seconds(), "s (median)", atMost(0.5))
			note(b, name+"/stopped", stopped[name][len(stopped[name])-1].Seconds(), "s (longest)", atMost(10))
			note(b, name+"/RSS-at-ready", rss[name], "MB", atMost(200))
		}
	}
}
