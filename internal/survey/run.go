package survey

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Run is a questionnaire in progress, as small JSON that a conversation carries. Answers are indexes of options.
type Run struct {
	Survey  string `json:"s"`
	Version string `json:"v,omitempty"`
	Answers []int  `json:"a"`
}

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

// Outcome is what a finished run comes to. Score is the sum times the scale's factor.
type Outcome struct {
	Score float64
	Band  Band
	Subs  map[string]SubOutcome
}

// SubOutcome is a subscale's sum and band.
type SubOutcome struct {
	Score float64
	Band  Band
}

// score is what an answer counts, reversed items turned round.
func (s *Scale) score(item, option int) float64 {
	v := s.Options[option].Score
	if s.Items[item].Reverse {
		low, high := s.spread()
		return low + high - v
	}
	return v
}

// danger is the level that an answer signals, none where it signals nothing.
func (s *Scale) danger(item, option int) risk.Level {
	level := risk.None
	v := s.Options[option].Score
	for _, sf := range s.Items[item].Safety {
		if v >= sf.From {
			level = risk.Max(level, sf.Level)
		}
	}
	return level
}

func band(bands []Band, score float64) Band {
	for _, b := range bands {
		if score >= b.From && score <= b.To {
			return b
		}
	}
	return Band{} // Load refuses scales where this could be
}

// outcome scores answers, one for each item.
func (s *Scale) outcome(answers []int) Outcome {
	o := Outcome{Subs: map[string]SubOutcome{}}
	byItem := map[string]float64{}
	for i, a := range answers {
		v := s.score(i, a)
		byItem[s.Items[i].ID] = v
		o.Score += v
	}
	o.Score *= s.Factor
	o.Band = band(s.Bands, o.Score)
	for _, sub := range s.Subs {
		sum := 0.0
		for _, id := range sub.Items {
			sum += byItem[id]
		}
		o.Subs[sub.ID] = SubOutcome{sum, band(sub.Bands, sum)}
	}
	return o
}

// ask returns the question of the next item, with the progress.
func (s *Scale) ask(r Run) string {
	n := len(r.Answers)
	return fmt.Sprintf("（%d/%d）%s\n\n%s", n+1, len(s.Items), s.Frame, s.Items[n].Text)
}

// answer takes the index of an option as text; false where it is none.
func (s *Scale) answer(r Run, raw string) (Run, risk.Level, bool) {
	i, err := strconv.Atoi(raw)
	n := len(r.Answers)
	if err != nil || i < 0 || i >= len(s.Options) || n >= len(s.Items) {
		return r, risk.None, false
	}
	r.Answers = append(append(make([]int, 0, n+1), r.Answers...), i)
	return r, s.danger(n, i), true
}
