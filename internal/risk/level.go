// Package risk reads a message for danger: whose, how urgent, and why. It knows words and rules only from the editors'
// files (dialogs/risk), looks through disguises, and never does I/O while reading. Start with Judge.Read.
package risk

import "slices"

// Level says who answers and how fast; the criteria stand in dialogs/risk/rules.yaml.
type Level string

// The levels, rising.
const (
	None     Level = "none"
	Low      Level = "low"
	Medium   Level = "medium"
	High     Level = "high"
	Imminent Level = "imminent"
)

var levels = []Level{None, Low, Medium, High, Imminent}

// Valid tells whether l is one of the five levels.
func (l Level) Valid() bool { return slices.Contains(levels, l) }

// Rank is 0 for none to 4 for imminent; an unknown level ranks as none.
func (l Level) Rank() int { return max(slices.Index(levels, l), 0) }

// AtLeast tells whether l is as urgent as o, or more.
func (l Level) AtLeast(o Level) bool { return l.Rank() >= o.Rank() }

// Max is the more urgent of two levels.
func Max(a, b Level) Level {
	if b.Rank() > a.Rank() {
		return b
	}
	return a
}

// Subject is the person in danger, as far as the text tells.
type Subject string

// The subjects.
const (
	Self    Subject = "self"
	Other   Subject = "other"
	Unknown Subject = "unknown"
)

// Match is a listed expression found in the text. Start and End count runes of the original text.
type Match struct {
	Text     string `json:"text"`
	Category string `json:"category"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
}

// Reading is what a text says about danger. Reason is for counsellors: rule and category names, never the text.
type Reading struct {
	Level    Level   `json:"level"`
	Subject  Subject `json:"subject"`
	Score    float64 `json:"score"` // 0 to 1, rising with the level and the number of signs
	Matches  []Match `json:"matches"`
	Category string  `json:"category"` // what the deciding rule is about, such as suicide; empty when nothing was found
	Rule     string  `json:"rule,omitempty"`
	Reason   string  `json:"reason,omitempty"`
}

// Label is the level as staff read it.
func (l Level) Label() string {
	switch l {
	case Imminent:
		return "紧急"
	case High:
		return "高危"
	case Medium:
		return "关注"
	case Low:
		return "求助"
	case None:
	}
	return "一般"
}
