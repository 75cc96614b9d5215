package survey

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Run is a questionnaire in progress, as small JSON that a conversation carries. Answers are indexes of options.
type Run struct {
	Survey  string `json:"s"`
	Version string `json:"v,omitempty"`
	Age     int    `json:"g,omitempty"` // years, where it was asked
	Sex     Sex    `json:"x,omitempty"` // where a norm depends on it
	Answers []int  `json:"a"`
	Redo    int    `json:"e,omitempty"` // the item that is being answered anew, counted from one
}

// skippedItem stands for an item that was left out, and is what a tap on '跳过' says.
const skippedItem = -1

func parseRun(raw string) (Run, error) {
	var r Run
	if err := json.Unmarshal([]byte(raw), &r); err != nil {
		return r, errors.New("survey: the run cannot be read")
	}
	return r, nil
}

func (r Run) String() string {
	raw, err := json.Marshal(r)
	if err != nil {
		return "" // strings and numbers always marshal
	}
	return string(raw)
}

// fits says whether a run was begun under this very scale.
func (s *Scale) fits(r Run) bool {
	if r.Version != s.version || len(r.Answers) > len(s.Items) || r.Redo < 0 || r.Redo > len(r.Answers) {
		return false
	}
	for _, a := range r.Answers {
		if a < skippedItem || a >= len(s.Options) {
			return false
		}
	}
	return true
}

// at is the index of the item that is to be answered; false where all are.
func (s *Scale) at(r Run) (int, bool) {
	if r.Redo > 0 {
		return r.Redo - 1, true
	}
	return len(r.Answers), len(r.Answers) < len(s.Items)
}

// skippable says whether one more item may be left out.
func (s *Scale) skippable(r Run) bool {
	skipped := 0
	for i, a := range r.Answers {
		if a == skippedItem && i != r.Redo-1 {
			skipped++
		}
	}
	return skipped < s.Skips
}

// ask returns the question of the item, with the progress.
func (s *Scale) ask(item int) string {
	return fmt.Sprintf("（%d/%d）%s\n\n%s", item+1, len(s.Items), s.Frame, s.Items[item].Text)
}

// answer takes the index of an option as text; false where it is none.
func (s *Scale) answer(r Run, raw string) (Run, risk.Level, bool) {
	option, err := strconv.Atoi(raw)
	item, open := s.at(r)
	if err != nil || !open || option < skippedItem || option >= len(s.Options) || option == skippedItem && !s.skippable(r) {
		return r, risk.None, false
	}
	r.Answers = slices.Clone(r.Answers)
	if r.Redo > 0 {
		r.Answers[item], r.Redo = option, 0
	} else {
		r.Answers = append(r.Answers, option)
	}
	if option == skippedItem {
		return r, risk.None, true
	}
	return r, s.danger(item, option), true
}

// back takes the last answer away; false where there is none.
func (s *Scale) back(r Run) (Run, bool) {
	if r.Redo > 0 {
		r.Redo = 0
		return r, true
	}
	if len(r.Answers) == 0 {
		return r, false
	}
	r.Answers = slices.Clone(r.Answers[:len(r.Answers)-1])
	return r, true
}

// redo opens one answered item, counted from one, to be answered anew.
func (s *Scale) redo(r Run, item int) (Run, bool) {
	if item < 1 || item > len(r.Answers) {
		return r, false
	}
	r.Redo = item
	return r, true
}
