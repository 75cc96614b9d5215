package main

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// inDanger is said by people whom nobody has heard of; each is answered with the hotlines and becomes a case.
var inDanger = []string{"我不想活了"}

// dangers is a load of people whom nobody has heard of.
func dangers() wxsim.LoadOptions {
	return wxsim.LoadOptions{Users: 50_000, InTurn: true, Mix: inDanger, Want: "12356"}
}

// BenchmarkDanger is a danger from a new person: a person, a case, its signal, its messages and its calls for help are on the
// disk before the answer.
func BenchmarkDanger(b *testing.B) {
	floor := bare(b)
	lite, maria := eachStore(b, dangers())
	for _, c := range []*contender{floor, lite, maria} {
		c.warm(b, 200)
	}
	for b.Loop() {
		for n := range rounds { // as alternate, with people of their own each time
			progress("%s: round %d of %d", b.Name(), n+1, rounds)
			for _, c := range []*contender{floor, lite, maria} {
				c.opts.Seed = 0
				c.run(b)
			}
		}
		tell(b, floor, lite, maria)
		for _, c := range []*contender{lite, maria} {
			note(b, c.name+"/dangers", c.perSecond(), "per s", atLeast(700))
			note(b, c.name+"/own-CPU-of-bare", c.cpuMillis()/floor.cpuMillis(), "×")
		}
	}
}

// BenchmarkOpenCase is browsing by people who have an open case: what they say is kept for good before it is answered.
func BenchmarkOpenCase(b *testing.B) {
	floor := bare(b)
	lite, maria := eachStore(b, browsing(400))
	floor.warm(b, 2000)
	for _, c := range []*contender{lite, maria} {
		o := c.opts
		c.opts.Mix, c.opts.Want = inDanger, "12356"
		c.warm(b, c.opts.Users)
		c.opts = o
		c.warm(b, 4*c.opts.Users)
	}
	for b.Loop() {
		alternate(b, floor, lite, maria)
		tell(b, floor, lite, maria)
		for _, c := range []*contender{lite, maria} {
			note(b, c.name+"/messages", c.perSecond(), "per s", atLeast(1500))
			note(b, c.name+"/own-CPU-of-bare", c.cpuMillis()/floor.cpuMillis(), "×")
		}
	}
}
