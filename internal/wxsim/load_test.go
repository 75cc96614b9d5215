package wxsim

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLoadCountsWhatCameOfIt(t *testing.T) {
	var n atomic.Int64
	everyThird := func(status int, body func(inbound) string) func(inbound) (int, string) {
		return func(in inbound) (int, string) {
			if n.Add(1)%3 == 0 {
				return status, body(in)
			}
			return echo(in)
		}
	}
	for name, tc := range map[string]struct {
		reply func(inbound) (int, string)
		rate  float64
		check func(r LoadReport) bool
	}{
		"all answered in a closed loop": {echo, 0, func(r LoadReport) bool {
			return r.Answered == 60 && r.Sent == 60 && r.Retries+r.Wrong+r.Missing == 0 && r.P50 > 0 && r.P99 <= r.Max
		}},
		"an open loop keeps its rate": {echo, 200, func(r LoadReport) bool {
			return r.Sent == 60 && r.Answered == 60
		}},
		"replies of somebody else are wrong": {everyThird(200, func(inbound) string { return text("oSomebody", "x") }), 0, func(r LoadReport) bool {
			return r.Wrong > 0 && r.Wrong+r.Answered == r.Sent && r.Retries == 0
		}},
		"silence is missing": {everyThird(200, func(inbound) string { return "success" }), 0, func(r LoadReport) bool {
			return r.Missing > 0 && r.Missing+r.Answered == r.Sent
		}},
		"failures are delivered again": {everyThird(500, func(inbound) string { return "" }), 0, func(r LoadReport) bool {
			return r.Retries > 0 && r.Answered > 0 && r.Deliveries == r.Sent+r.Retries
		}},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := listen(t, webhook{t, school, tc.reply})
			o := LoadOptions{URL: url, Account: school, Rate: tc.rate, Concurrency: 4, Duration: time.Minute, Messages: 60} // as many however slow the machine is
			if strings.Contains(name, "again") {
				o.Messages = 12
				o.Patience = 50 * time.Millisecond // repeats come after it
			}
			r, err := Load(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if !tc.check(r) {
				t.Errorf("the report is not as it should be: %+v", r)
			}
		})
	}
}

func TestLoadInTurnHearsEverybodyAsOftenAtEveryReplica(t *testing.T) {
	var mu sync.Mutex
	heard := map[string][]string{} // by person
	at := map[int]int{}
	replica := func(i int) string {
		url, _ := listen(t, webhook{t, school, func(in inbound) (int, string) {
			mu.Lock()
			defer mu.Unlock()
			at[i]++
			heard[in.FromUserName] = append(heard[in.FromUserName], in.Content)
			return echo(in)
		}})
		return url
	}
	o := LoadOptions{URL: replica(0), Others: []string{replica(1)}, Account: school, Users: 7, Mix: []string{"一", "二", "三"}, InTurn: true, Messages: 42, Seed: 7, Concurrency: 2, Duration: time.Minute}
	r, err := Load(t.Context(), o)
	if err != nil || r.Answered != 42 || len(heard) != 7 || at[0] != 21 || at[1] != 21 {
		t.Fatalf("%+v of %d people at %v (%v), want 42 of 7, half of them at each replica", r, len(heard), at, err)
	}
	for who, lines := range heard {
		if len(lines) != 6 {
			t.Errorf("%s spoke %d times, want 6: the whole mix twice", who, len(lines))
		}
	}
	clear(heard)
	o.Scattered, o.Messages = true, 7
	if _, err := Load(t.Context(), o); err != nil || heard[LoadOpenID(o.Seed, 1)][0] != "二" || heard[LoadOpenID(o.Seed, 3)][0] != "一" {
		t.Errorf("they do not begin all over the mix: %v, %v", heard, err)
	}
	o.Scattered, o.Messages = false, 42
	o.Want = "三"
	if r, err = Load(t.Context(), o); err != nil || r.Answered+r.Wrong != 42 || r.Wrong != 28 {
		t.Errorf("two replies in three lack what is wanted: %+v, %v", r, err)
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	url, _ := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// Only a body that was read lets the server notice that the caller left.
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			<-r.Context().Done()
		}
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Load(ctx, LoadOptions{URL: url, Account: school, Duration: time.Hour, Concurrency: 2}); err != nil {
		t.Fatal(err)
	}
}

func TestAPercentileIsWithinTwoPercent(t *testing.T) {
	var h histogram
	for i := range 1000 {
		h.put(time.Duration(i+1) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond, 1: time.Second} {
		if got := h.at(q); got < want || float64(got) > 1.021*float64(want) {
			t.Errorf("percentile %v is %v, want %v", q, got, want)
		}
	}
}

func BenchmarkLoadWorker(b *testing.B) {
	c, err := newCodec(school)
	if err != nil {
		b.Fatal(err)
	}
	m := Text(parent, "孩子不想上学怎么办")
	var clear, sealed, scratch []byte
	b.ReportAllocs()
	for b.Loop() {
		clear = m.appendXML(clear[:0], school.GhID)
		sealed = c.seal(sealed[:0], &scratch, [16]byte{}, clear)
	}
}
