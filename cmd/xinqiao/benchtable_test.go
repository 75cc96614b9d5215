package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// figure is something that a benchmark measured, with the bar that it is held against, if any. A missed bar fails nothing:
// a slow machine is no defect. It stands in the table.
type figure struct {
	bench, name string
	value       float64
	unit        string
	bar         bar
}

// bar is what a figure should reach. The zero bar is none.
type bar struct {
	at   float64
	most bool // the figure should be at most this, else at least
	set  bool
}

func atLeast(v float64) bar { return bar{at: v, set: true} }
func atMost(v float64) bar  { return bar{at: v, most: true, set: true} }

func (b bar) met(v float64) bool { return b.most && v <= b.at || !b.most && v >= b.at }

// figures are all that this run measured, in order.
var figures struct {
	sync.Mutex
	all []figure
}

// note keeps a figure for the table at the end and says it at once; name is short and of one word.
func note(b *testing.B, name string, value float64, unit string, held ...bar) {
	b.Helper()
	f := figure{bench: strings.TrimPrefix(b.Name(), "Benchmark"), name: name, value: value, unit: unit}
	if len(held) > 0 {
		f.bar = held[0]
	}
	figures.Lock()
	figures.all = append(figures.all, f)
	figures.Unlock()
	b.ReportMetric(value, strings.ReplaceAll(name+"-"+unit, " ", "-"))
	progress("%s  %s  %s %s", f.bench, f.name, number(value), unit)
}

var benchBegan = time.Now()

// progress says on the standard error what goes on: a run takes minutes, and the test's own log is shown when it is over.
func progress(format string, args ...any) {
	_, _ = fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(benchBegan).Seconds(), fmt.Sprintf(format, args...))
}

// number writes a figure with three digits that matter.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// printFigures prints the table of a run that measured anything.
func printFigures() {
	figures.Lock()
	defer figures.Unlock()
	if len(figures.all) == 0 {
		return
	}
	var t strings.Builder
	load, _ := os.ReadFile("/proc/loadavg")
	_, _ = fmt.Fprintf(&t, "\n%s, %d cores, load %s, data in %s (%s); the load generator and the databases use the same cores\n\n", time.Now().Format(time.DateTime),
		runtime.NumCPU(), strings.Join(strings.Fields(string(load))[:min(3, len(strings.Fields(string(load))))], " "), os.TempDir(), medium(os.TempDir()))
	t.WriteString("| Benchmark | Figure | Measured | Bar | |\n|---|---|---|---|---|\n")
	for _, f := range figures.all {
		want, met := "", ""
		if f.bar.set {
			sign := "≥"
			if f.bar.most {
				sign = "≤"
			}
			want, met = sign+" "+number(f.bar.at), "missed"
			if f.bar.met(f.value) {
				met = "met"
			}
		}
		_, _ = fmt.Fprintf(&t, "| %s | %s | %s %s | %s | %s |\n", f.bench, f.name, number(f.value), f.unit, want, met)
	}
	t.WriteString("\n" + cityEvening(func(bench, name string) (float64, bool) {
		for _, f := range figures.all {
			if f.bench == bench && f.name == name {
				return f.value, true
			}
		}
		return 0, false
	}))
	_, _ = fmt.Fprintln(os.Stdout, t.String())
}

// medium says whether a folder is on a disk, which decides what a commit costs.
func medium(dir string) string {
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return "unknown"
	}
	kind, longest := "unknown", 0
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) > 2 && len(f[1]) > longest && (dir == f[1] || strings.HasPrefix(dir, strings.TrimSuffix(f[1], "/")+"/")) {
			kind, longest = f[2], len(f[1])
		}
	}
	return kind
}

func TestATableSaysWhichBarsWereMet(t *testing.T) {
	for _, c := range []struct {
		bar   bar
		value float64
		met   bool
	}{{atLeast(0.4), 0.4, true}, {atLeast(0.4), 0.39, false}, {atMost(25), 25, true}, {atMost(25), 25.1, false}} {
		if c.bar.met(c.value) != c.met {
			t.Errorf("%v of %v: met is %t", c.value, c.bar, !c.met)
		}
	}
	for v, want := range map[float64]string{12345.6: "12346", 99.96: "100.0", 3.14159: "3.14", 0.0123: "0.012"} {
		if got := number(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}
