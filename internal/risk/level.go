// Package risk reads a message for danger: whose, how urgent, and why. It looks through disguises (fold), finds the listed
// signs (words*.yaml), lets a floor of plain rules decide what is sure (rules.yaml), and leaves the rest to one learned
// reader of the whole message (reader.bin, made by risk/train). It never does I/O while reading. Start with Judge.ReadIn.
//
// The reader is linear over runs of one to four characters, the signs with whom they are said of, and the length. Posts of a
// forum and lines of a chat share weights, and each has weights of its own beside them, a calibration of its own and lines of
// its own (reading.go). What each part is worth, by cross-validation on messages and writers kept out of training:
//   - without the signs, 0.87 of dangers in real messages are noticed where 0.96 are with them (0.14 asked in vain);
//   - weights of the chat's own notice 4 points more of the writers' dangers;
//   - weights of the forum's own add half a point or less on either side;
//   - four more writers move 0.881 noticed of the writers' dangers to 0.902 (0.14 asked in vain).
//
// Composite rules over lists of tiny words stood here once: 112 of 156 rules. By cross-validation on real messages the
// reader does as well without them and without 91 of their 118 lists (noticed at 0.11 in vain: 0.94 with, 0.96 without).
package risk

import "slices"

// Level says who answers and how fast; the criteria stand in dialogs/README.md.
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

// Trait is one dimension of how concrete a danger is. The level is a function of these, not of strong words.
type Trait string

// The traits.
const (
	Wish    Trait = "wish"    // to die, to hurt oneself or somebody
	Plan    Trait = "plan"    // how, or a farewell that is prepared
	Means   Trait = "means"   // at hand
	Place   Trait = "place"   // the person is where it is dangerous: a roof, a bridge, the water, the rails
	Time    Trait = "time"    // tonight, after the exam
	Company Trait = "company" // sought in dying
	Act     Trait = "act"     // under way or just done: swallowed, cut, struck
	Symptom Trait = "symptom" // of the body after an act
)

// Talk is what is known of the conversation that a text belongs to. After danger the same words weigh otherwise: a roof or a
// dizzy head that says little in a first message raises at once. The zero Talk is a conversation without danger so far.
type Talk struct {
	Level    Level
	Subject  Subject
	Category string
}

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
	Ask      bool    `json:"ask"` // only at Medium: not sure; the bot asks, and nobody is called before the answer
	Subject  Subject `json:"subject"`
	Score    float64 `json:"score"` // severity from 0 to 1: the expected level
	Matches  []Match `json:"matches"`
	Category string  `json:"category"` // what the deciding rule is about, such as suicide; empty when nothing was found
	Rule     string  `json:"rule,omitempty"`
	Reason   string  `json:"reason,omitempty"`
	Traits   []Trait `json:"traits,omitempty"`
}

// Has tells whether the text shows a trait.
func (r Reading) Has(t Trait) bool { return slices.Contains(r.Traits, t) }

// Calls tells whether a human is called for this text alone: danger that is not in doubt.
func (r Reading) Calls() bool { return r.Level.AtLeast(Medium) && !r.Ask }

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
