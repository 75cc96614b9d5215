// Package survey is one engine for self-checks: a scale is data under dialogs/surveys, with its items, options, bands,
// safety items, source and licence. The engine asks, scores and puts a result into words; it diagnoses nothing and
// shows a result to nobody but the person, unless the person shares it. Start reading at Scale; check.go refuses bad
// definitions, run.go steps through one, score.go scores it, service.go offers it to flows.
package survey

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Scale is one questionnaire. Source and Licence name where its items and bands come from and on what terms.
type Scale struct {
	ID       string    `yaml:"id"`
	Title    string    `yaml:"title"`
	About    string    `yaml:"about"` // what it is and what it is not, and what the person consents to
	Source   string    `yaml:"source"`
	Licence  string    `yaml:"licence"`
	Audience []string  `yaml:"audience"`  // parent, student; empty: everybody
	OfChild  bool      `yaml:"of_child"`  // a parent answers about the child: ages are the child's, danger is another's
	MinAge   int       `yaml:"min_age"`   // years; 0: no bound
	MaxAge   int       `yaml:"max_age"`   // years; 0: no bound
	TooYoung string    `yaml:"too_young"` // what is said to whom the scale does not suit by age
	Alarmed  string    `yaml:"alarmed"`   // what a result says, in place of its band's words, where a safety item signalled danger
	Frame    string    `yaml:"frame"`     // the question that every item continues
	Options  []Option  `yaml:"options"`
	Items    []Item    `yaml:"items"`
	Scoring  Scoring   `yaml:"scoring"` // default sum
	Factor   float64   `yaml:"factor"`  // the score is multiplied by it; 0 means 1 (WHO-5: 4)
	Skips    int       `yaml:"skips"`   // how many items may be left out; the score is then prorated to all items
	Better   Better    `yaml:"better"`  // which end is the good one; default high of a quiz, else low
	Bands    []Band    `yaml:"bands"`
	Norms    []Norm    `yaml:"norms"` // other bands for some ages or one sex
	Subs     []Sub     `yaml:"subscales"`
	Examples []Example `yaml:"examples"` // worked examples, checked at load

	version string // a hash of all that scores depend on
}

// Scoring says how items make a score.
type Scoring string

// The ways of scoring.
const (
	Sum      Scoring = "sum"      // of all items
	Mean     Scoring = "mean"     // of the items that were answered
	Weighted Scoring = "weighted" // sum of weight × item
	Quiz     Scoring = "quiz"     // the number of right answers; each is explained at once
)

// Better says which scores are good news.
type Better string

// The good ends of a scale.
const (
	High Better = "high" // wellbeing, knowledge
	Low  Better = "low"  // symptoms, stress
)

// Option is one answer and its score.
type Option struct {
	Label string  `yaml:"label"`
	Score float64 `yaml:"score"`
}

// Item is one question. A reversed item's score is turned round within the options' range.
type Item struct {
	ID      string   `yaml:"id"`
	Text    string   `yaml:"text"`
	Reverse bool     `yaml:"reverse"`
	Weight  float64  `yaml:"weight"`  // of weighted scoring; 0 means 1
	Right   string   `yaml:"right"`   // of a quiz: the label of the right option
	Explain string   `yaml:"explain"` // of a quiz: why it is right
	Safety  []Safety `yaml:"safety"`
}

// Safety says which level an answer's score signals, at once and before the next item.
type Safety struct {
	From  float64    `yaml:"from"` // the least score that signals it
	Level risk.Level `yaml:"level"`
}

// Band puts a range of scores, both ends included, into words. A score between two bands, which only a mean or a
// prorated sum can have, belongs to the lower one.
type Band struct {
	ID   string   `yaml:"id" json:"id"`
	From float64  `yaml:"from" json:"from"`
	To   float64  `yaml:"to" json:"to"`
	Name string   `yaml:"name" json:"name"`
	Text string   `yaml:"text" json:"text"`
	Next string   `yaml:"next" json:"next,omitempty"` // what to do next, in words
	Then []string `yaml:"then" json:"then,omitempty"` // what can be tapped next: human, booking, courses, or a scale's ID; default all three
}

// Sex is asked only where a norm depends on it.
type Sex string

// The sexes that norms know.
const (
	Female Sex = "female"
	Male   Sex = "male"
)

// Norm replaces the bands for whom it fits; the first that fits counts.
type Norm struct {
	MinAge int    `yaml:"min_age"` // years, inclusive; 0: no bound
	MaxAge int    `yaml:"max_age"` // years, inclusive; 0: no bound
	Sex    Sex    `yaml:"sex"`     // "": both
	Bands  []Band `yaml:"bands"`
}

// Sub is a sum over some items with bands of its own.
type Sub struct {
	ID    string   `yaml:"id"`
	Name  string   `yaml:"name"`
	Items []string `yaml:"items"`
	Bands []Band   `yaml:"bands"`
}

// Example is a worked example: the options' scores as answered (null: left out), and what must come of them.
type Example struct {
	Answers []*float64        `yaml:"answers"`
	Age     int               `yaml:"age"`
	Sex     Sex               `yaml:"sex"`
	Score   float64           `yaml:"score"`
	Band    string            `yaml:"band"`
	Danger  risk.Level        `yaml:"danger"`
	Subs    map[string]string `yaml:"subs"` // subscale to band
}

// Library is every scale, in the order of their IDs.
type Library struct {
	scales []*Scale
}

// Load reads the scales under fsys, which is rooted at dialogs/surveys. The error is a problem.Problems.
func Load(fsys fs.FS) (*Library, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read surveys: %w", err)
	}
	var (
		ps   problem.Problems
		lib  Library
		seen = map[string]string{}
	)
	for _, name := range files {
		s := &Scale{}
		doc, ok := problem.Read(fsys, name, "surveys/"+name, s, &ps)
		if !ok {
			continue
		}
		if other, taken := seen[s.ID]; taken {
			doc.Bad(&ps, "$.id", "请换一个编号", "编号 %s 在 %s 里用过了", s.ID, other)
		}
		seen[s.ID] = name
		s.defaults()
		before := len(ps)
		s.check(doc, &ps)
		if len(ps) == before {
			s.checkExamples(doc, &ps)
		}
		lib.scales = append(lib.scales, s)
	}
	slices.SortFunc(lib.scales, func(a, b *Scale) int { return cmp.Compare(a.ID, b.ID) })
	return &lib, ps.Err()
}

// Scale returns a scale by its ID.
func (l *Library) Scale(id string) (*Scale, bool) {
	for _, s := range l.scales {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

// Named returns the scale that a name means: its ID, its title, or the part of the title before or inside the parentheses
// (情绪自测, PHQ-9), in any case and without punctuation.
func (l *Library) Named(name string) (*Scale, bool) {
	called := bare(name)
	for _, s := range l.scales {
		parts := append(strings.FieldsFunc(s.Title, func(r rune) bool { return strings.ContainsRune("（），", r) }), s.ID, s.Title)
		if slices.ContainsFunc(parts, func(part string) bool { return bare(part) == called }) {
			return s, called != ""
		}
	}
	return nil, false
}

// bare is a name in lower case, its letters and figures alone.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// For returns the scales that an audience may take; while it is unknown, those for everybody.
func (l *Library) For(audience string) []*Scale {
	var out []*Scale
	for _, s := range l.scales {
		if s.allows(audience) {
			out = append(out, s)
		}
	}
	return out
}

// of returns the scales that an audience may take where it is known how old their child is: those about children of that age
// first, and none about children of another. At 0 nothing is known.
func (l *Library) of(audience string, childAge int) []*Scale {
	all := l.For(audience)
	if childAge == 0 {
		return all
	}
	all = slices.DeleteFunc(all, func(s *Scale) bool { return s.OfChild && !s.suits(childAge) })
	slices.SortStableFunc(all, func(a, b *Scale) int { return cmp.Compare(last(!a.OfChild), last(!b.OfChild)) })
	return all
}

func last(later bool) int {
	if later {
		return 1
	}
	return 0
}

func (s *Scale) allows(audience string) bool {
	return len(s.Audience) == 0 || slices.Contains(s.Audience, audience)
}

func (s *Scale) defaults() {
	s.Factor = cmp.Or(s.Factor, 1)
	s.Scoring = cmp.Or(s.Scoring, Sum)
	if s.Better == "" && s.Scoring == Quiz {
		s.Better = High
	}
	s.Better = cmp.Or(s.Better, Low)
	for i := range s.Items {
		s.Items[i].Weight = cmp.Or(s.Items[i].Weight, 1)
	}
	s.version = s.digest()
}

// digest is a hash of all that the meaning of an answer and its score depend on. Wording around it may change in the
// middle of a run; this may not.
func (s *Scale) digest() string {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, s.Options, s.Scoring, s.Factor, s.Skips) // a hash never fails
	for _, it := range s.Items {
		_, _ = fmt.Fprintln(h, it.ID, it.Text, it.Reverse, it.Weight, it.Right, it.Safety)
	}
	for _, sub := range s.Subs {
		_, _ = fmt.Fprintln(h, sub.ID, sub.Items)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// asksAge says whether the age must be known before the first item: of a child, of a student where the scale has a
// bound or personal data of minors needs a guardian, and of anybody where the bands depend on it.
func (s *Scale) asksAge(audience string) bool {
	if s.Scoring == Quiz && len(s.Norms) == 0 { // what somebody knows is no health data
		return false
	}
	if len(s.Norms) > 0 || s.OfChild && (s.MinAge > 0 || s.MaxAge > 0) {
		return true
	}
	return audience != "parent"
}

// asksSex says whether a norm depends on it.
func (s *Scale) asksSex() bool {
	return slices.ContainsFunc(s.Norms, func(n Norm) bool { return n.Sex != "" })
}

// suits says whether somebody of an age may take the scale.
func (s *Scale) suits(age int) bool {
	return age >= s.MinAge && (s.MaxAge == 0 || age <= s.MaxAge)
}
