package main

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// selfCheck is a self-check from the menu to its result, ten messages; whoever does it again gets another result.
var selfCheck = []string{"菜单", "心理自测", "幸福感自测", "同意并开始", "2", "2", "2", "2", "2", "看结果"}

// BenchmarkSurvey is people who walk through a self-check and see what came of it; the result is on the disk before it is seen.
func BenchmarkSurvey(b *testing.B) {
	floor := bare(b)
	lite, maria := eachStore(b, wxsim.LoadOptions{Users: 64, InTurn: true, Seed: 3, Mix: selfCheck})
	floor.warm(b, 2000)
	for _, c := range []*contender{lite, maria} {
		c.opts.Mix = []string{"你好", "我是家长"}
		c.warm(b, 2*c.opts.Users)
		c.opts.Mix = selfCheck
	}
	for b.Loop() {
		alternate(b, floor, lite, maria)
		tell(b, floor, lite, maria)
		for _, c := range []*contender{lite, maria} {
			note(b, c.name+"/own-CPU-of-bare", c.cpuMillis()/floor.cpuMillis(), "×")
		}
		var n float64
		if err := maria.db.db.QueryRowContext(b.Context(), "SELECT COUNT(*) FROM results").Scan(&n); err != nil {
			b.Fatal(err)
		}
		note(b, maria.name+"/results", n/maria.elapsed.Seconds(), "per s")
		if n == 0 && maria.answered > 2*rounds*len(selfCheck)*maria.opts.Users { // each had time for two in every round
			b.Error("nobody came to a result: the walk is not the self-check's any more")
		}
	}
}
