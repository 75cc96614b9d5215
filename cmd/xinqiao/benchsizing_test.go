package main

import (
	"fmt"
	"strings"
	"testing"
)

// cityEvening reckons from what was measured what deploy/SIZING.md promises: a million people, three messages each, in ten
// minutes, at 16 replicas. It is empty where something that it needs was not measured.
func cityEvening(figure func(bench, name string) (float64, bool)) string {
	const (
		people, messages, seconds, replicas = 1_000_000, 3, 600, 16
		perSecond                           = people * messages / seconds // 5,000
		fresh                               = people / seconds            // all of them come for the first time
		danger                              = perSecond / 1000            // one message in a thousand
		withCase                            = perSecond / 100             // one person in a hundred has an open case
		browsing                            = perSecond - fresh - danger - withCase
	)
	kinds := []struct {
		label, bench, name string
		perSecond          float64
	}{
		{"browsing", "Browsing", "MariaDB+Redis", browsing},
		{"newcomers", "People", "newcomers", fresh},
		{"danger", "Danger", "MariaDB+Redis", danger},
		{"open case", "OpenCase", "MariaDB+Redis", withCase},
	}
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%d people, %d messages each, in %d s: %d messages/s; CPU in cores, from the figures above:\n", people, messages, seconds, perSecond)
	for _, where := range []struct {
		label, figure string
		of            float64
	}{{"each of 16 replicas", "own-CPU", replicas}, {"database", "database-CPU", 1}, {"Redis", "Redis-CPU", 1}} {
		var sum float64
		var terms []string
		for _, k := range kinds {
			ms, ok := figure(k.bench, k.name+"/"+where.figure)
			if !ok {
				return ""
			}
			sum += k.perSecond * ms / 1000
			terms = append(terms, fmt.Sprintf("%s %.0f/s × %s ms", k.label, k.perSecond, number(ms)))
		}
		_, _ = fmt.Fprintf(&b, "- %s: (%s) = %s", where.label, strings.Join(terms, " + "), number(sum))
		if where.of > 1 {
			_, _ = fmt.Fprintf(&b, " ÷ %.0f = %s", where.of, number(sum/where.of))
		}
		b.WriteString("\n")
	}
	state, okState := figure("People", "state-in-Redis/MEMORY-USAGE")
	reply, okReply := figure("People", "reply-in-Redis/MEMORY-USAGE")
	if okState && okReply {
		_, _ = fmt.Fprintf(&b, "- Redis, that evening: %d × (%s + %d × %s bytes) = %s GB, of which the states stay for 90 days\n", people, number(state), messages, number(reply), number(people*(state+messages*reply)/1e9))
	}
	return b.String()
}

func TestTheCitysEveningIsReckonedFromTheFigures(t *testing.T) {
	all := func(_, name string) (float64, bool) {
		if strings.HasSuffix(name, "/own-CPU") {
			return 1, true
		}
		return 0.5, true
	}
	got := cityEvening(all)
	if !strings.Contains(got, "open case 50/s × 1.00 ms) = 5.00 ÷ 16 = 0.312\n") || !strings.Contains(got, "database: ") {
		t.Errorf("5,000 messages of 1 ms each are five cores of sixteen replicas; got\n%s", got)
	}
	if got := cityEvening(func(bench, name string) (float64, bool) { return 1, bench != "Danger" }); got != "" {
		t.Errorf("it is reckoned without a figure:\n%s", got)
	}
}
