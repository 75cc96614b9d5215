package config

import (
	"fmt"
	"time"
)

// longestWithin keeps a slip such as 3h for 3m from leaving somebody in danger alone for a day.
const longestWithin = 24 * time.Hour

func (a Alerts) validate(bad func(key, format string, args ...any)) {
	w := a.Within
	for _, l := range []struct {
		key string
		d   time.Duration
	}{{"imminent", w.Imminent}, {"high", w.High}, {"medium", w.Medium}} {
		if l.d < 10*time.Second || l.d > longestWithin {
			bad("alerts.within."+l.key, "%s is outside 10s to %s", l.d, longestWithin)
		}
	}
	if w.Imminent > w.High || w.High > w.Medium {
		bad("alerts.within", "a graver level may not wait longer than a lighter one")
	}
	seen := map[string]bool{}
	for i, way := range a.Ways {
		key := fmt.Sprintf("alerts.ways[%d]", i)
		if way.Name == "" {
			bad(key, "name must not be empty")
		}
		if seen[way.Name] {
			bad(key+".name", "is used twice")
		}
		seen[way.Name] = true
	}
}
