package main

import (
	"fmt"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// BenchmarkBrowsing is what most messages are: known people who look round, in safe mode, on both stores, beside a bare handler
// and co-wechat, which answer the same traffic with one fixed text.
func BenchmarkBrowsing(b *testing.B) {
	floor := bare(b)
	node := coWechat(b)
	lite, maria := eachStore(b, browsing(500))
	all := []*contender{floor, lite, maria}
	if node != nil {
		all = append(all, node)
	}
	for _, c := range all {
		c.warm(b, 2*len(wxsim.BrowsingMix)*c.opts.Users)
	}
	for b.Loop() {
		alternate(b, all...)
		tell(b, all...)
		for _, c := range []*contender{lite, maria} {
			note(b, c.name+"/own-CPU-of-bare", c.cpuMillis()/floor.cpuMillis(), "×", atMost(2.2))
			note(b, c.name+"/throughput-of-bare", c.perSecond()/floor.perSecond(), "×", atLeast(0.40))
			if node != nil {
				note(b, c.name+"/throughput-of-co-wechat", c.perSecond()/node.perSecond(), "×")
			}
		}
	}
}

// BenchmarkLatency asks at a steady rate and looks at how long people wait; the second store's replica is idle meanwhile.
func BenchmarkLatency(b *testing.B) {
	floor := bare(b)
	lite, maria := eachStore(b, browsing(500))
	for _, c := range []*contender{floor, lite, maria} {
		c.warm(b, len(wxsim.BrowsingMix)*c.opts.Users)
	}
	for b.Loop() {
		for _, rate := range []float64{500, 1000} {
			for _, c := range []*contender{floor, lite, maria} {
				o := c.opts
				o.Rate, o.Duration, o.Concurrency = rate, 3*slice, 128
				progress("%s: %s at %.0f messages a second", b.Name(), c.name, rate)
				c.measure(b, o)
				at := fmt.Sprintf("%s@%.0f/s", c.name, rate)
				note(b, at+"/p50", c.p50.Seconds()*1000, "ms")
				if c == floor || rate < 1000 {
					note(b, at+"/p99", c.p99.Seconds()*1000, "ms")
				} else {
					note(b, at+"/p99", c.p99.Seconds()*1000, "ms", atMost(25))
				}
			}
		}
		for _, c := range []*contender{lite, maria} {
			note(b, c.name+"/RSS", residentMB(b, c.pids[0]), "MB", atMost(200))
		}
	}
}
