package survey

import (
	"math"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Outcome is what a finished run comes to.
type Outcome struct {
	Score float64
	Band  Band
	Bands []Band // those of the person's age and sex
	Subs  map[string]SubOutcome

	Danger risk.Level // what the safety items signal
}

// SubOutcome is a subscale's sum and band.
type SubOutcome struct {
	Score float64
	Band  Band
}

// spread is the least and greatest score of one item, before weights.
func (s *Scale) spread() (low, high float64) {
	if s.Scoring == Quiz {
		return 0, 1
	}
	low, high = s.Options[0].Score, s.Options[0].Score
	for _, o := range s.Options {
		low, high = min(low, o.Score), max(high, o.Score)
	}
	return low, high
}

// reach is the least and greatest score of the whole scale.
func (s *Scale) reach() (low, high float64) {
	low, high = s.spread()
	n := s.Factor
	switch s.Scoring {
	case Mean:
	case Weighted:
		sum := 0.0
		for _, it := range s.Items {
			sum += it.Weight
		}
		n *= sum
	default:
		n *= float64(len(s.Items))
	}
	return round(low * n), round(high * n)
}

// step is the distance between two scores of a sum.
func (s *Scale) step() float64 { return s.Factor }

// round keeps two places: what is shown is what is compared.
func round(v float64) float64 { return math.Round(v*100) / 100 }

func (s *Scale) item(id string) int {
	return slices.IndexFunc(s.Items, func(it Item) bool { return it.ID == id })
}

// right is the index of a quiz item's right option.
func (s *Scale) right(item int) int {
	return slices.IndexFunc(s.Options, func(o Option) bool { return o.Label == s.Items[item].Right })
}

// score is what an answer counts, reversed items turned round.
func (s *Scale) score(item, option int) float64 {
	if s.Scoring == Quiz {
		if option == s.right(item) {
			return 1
		}
		return 0
	}
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

// band finds the band of a score: the last that begins at or below it.
func band(bands []Band, score float64) Band {
	var found Band
	for i, b := range bands {
		if score >= b.From && (i == 0 || b.From >= found.From) {
			found = b
		}
	}
	return found // Load refuses scales where a score is below all bands
}

// bandsFor are the bands of somebody of an age and sex.
func (s *Scale) bandsFor(age int, sex Sex) []Band {
	for _, n := range s.Norms {
		if age >= n.MinAge && (n.MaxAge == 0 || age <= n.MaxAge) && (n.Sex == "" || n.Sex == sex) {
			return n.Bands
		}
	}
	return s.Bands
}

// outcome scores a run that is complete. Items left out are prorated: as if answered like the others.
func (s *Scale) outcome(r Run) Outcome {
	o := Outcome{Danger: risk.None, Subs: map[string]SubOutcome{}, Bands: s.bandsFor(r.Age, r.Sex)}
	var sum, weight, all float64
	for i, a := range r.Answers {
		w := s.Items[i].Weight
		all += w
		if a != skippedItem {
			o.Danger = risk.Max(o.Danger, s.danger(i, a))
			sum += w * s.score(i, a)
			weight += w
		}
	}
	switch {
	case weight == 0: // Skips is below the number of items
	case s.Scoring == Mean:
		o.Score = round(sum / weight * s.Factor)
	default:
		o.Score = round(sum * all / weight * s.Factor)
	}
	o.Band = band(o.Bands, o.Score)
	for _, sub := range s.Subs {
		v := s.subscore(sub, r)
		o.Subs[sub.ID] = SubOutcome{v, band(sub.Bands, v)}
	}
	return o
}

func (s *Scale) subscore(sub Sub, r Run) float64 {
	sum, answered := 0.0, 0
	for _, id := range sub.Items {
		i := s.item(id)
		if a := r.Answers[i]; a != skippedItem {
			sum += s.score(i, a)
			answered++
		}
	}
	if answered == 0 {
		return 0
	}
	return round(sum * float64(len(sub.Items)) / float64(answered))
}
