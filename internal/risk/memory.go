package risk

import "time"

// How low signs add up: three within ten minutes, or five within a day, are worth a kind question.
const (
	lowWindow = 10 * time.Minute
	lowCount  = 3
	dayWindow = 24 * time.Hour
	dayCount  = 5
)

// Memory is what a conversation has shown so far. It is small, travels in the session as JSON, and never forgets a level:
// only a human lowers one, by starting a new Memory.
type Memory struct {
	Reached Level   `json:"l,omitempty"`
	Lows    []int64 `json:"t,omitempty"` // Unix seconds of the latest low signs, oldest first, at most dayCount
}

// Level is the level that the conversation as a whole has.
func (m Memory) Level() Level {
	if m.Reached == "" {
		return None
	}
	return m.Reached
}

// Add takes one more reading in and returns the new memory with the level of the whole conversation.
func (m Memory) Add(r Reading, at time.Time) (Memory, Level) {
	next := Memory{Reached: Max(m.Level(), r.Level)}
	for _, t := range m.Lows {
		if at.Sub(time.Unix(t, 0)) < dayWindow {
			next.Lows = append(next.Lows, t)
		}
	}
	if r.Level == Low {
		next.Lows = append(next.Lows, at.Unix())
	}
	if extra := len(next.Lows) - dayCount; extra > 0 {
		next.Lows = next.Lows[extra:]
	}
	n := len(next.Lows)
	quick := n >= lowCount && at.Sub(time.Unix(next.Lows[n-lowCount], 0)) <= lowWindow
	if r.Level == Low && (quick || n >= dayCount) {
		next.Reached = Max(next.Reached, Medium)
	}
	return next, next.Reached
}
