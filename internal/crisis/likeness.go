package crisis

import (
	"cmp"
	"math"
	"slices"
)

// likeness tells what a text is like by the editors' example sentences (dialogs/replies/heard.yaml): a multinomial naive
// Bayes over runs of one to three characters, weighed by how rare they are (TF-IDF, each sentence at length one). It is
// counted at load, so that a new example works as soon as it is saved.
type likeness struct {
	classes []Class
	grams   map[string]gram
	base    []float64 // log-probability of a run that a class never showed, by class
}

type gram struct {
	rare float64 // inverse document frequency
	more []more  // classes that showed it
}

// more is how much likelier a run is in a class than one that it never showed, as a difference of logarithms.
type more struct {
	class int32
	by    float32
}

const (
	longest = 3   // characters of a run
	smooth  = 0.1 // pseudo-weight of every run in every class
)

func learn(examples map[Class][]string) *likeness {
	l := &likeness{}
	for c := range examples {
		l.classes = append(l.classes, c)
	}
	slices.SortFunc(l.classes, func(a, b Class) int { return cmp.Compare(a, b) })
	type doc struct {
		class int
		runs  map[string]int
	}
	var docs []doc
	in := map[string]int{}
	for i, c := range l.classes {
		for _, text := range examples[c] {
			d := doc{i, runs(text)}
			for run := range d.runs {
				in[run]++
			}
			docs = append(docs, d)
		}
	}
	n := float64(len(docs))
	l.grams = make(map[string]gram, len(in))
	sums := make(map[string][]float64, len(in)) // of each run, by class
	totals := make([]float64, len(l.classes))
	for _, d := range docs {
		weight := func(run string, times int) float64 { return (1 + math.Log(float64(times))) * rarity(n, in[run]) }
		norm := 0.0
		for run, times := range d.runs {
			w := weight(run, times)
			norm += w * w
		}
		norm = math.Sqrt(norm)
		for run, times := range d.runs {
			byClass := sums[run]
			if byClass == nil {
				byClass = make([]float64, len(l.classes))
				sums[run] = byClass
			}
			byClass[d.class] += weight(run, times) / norm
		}
	}
	for _, byClass := range sums {
		for class, sum := range byClass {
			totals[class] += sum
		}
	}
	size := float64(len(sums))
	for _, total := range totals {
		l.base = append(l.base, math.Log(smooth)-math.Log(total+smooth*size))
	}
	for run, byClass := range sums {
		g := gram{rare: rarity(n, in[run])}
		for class, sum := range byClass {
			if sum > 0 {
				g.more = append(g.more, more{int32(class), float32(math.Log(sum+smooth) - math.Log(smooth))})
			}
		}
		l.grams[run] = g
	}
	return l
}

func rarity(docs float64, in int) float64 { return math.Log((1+docs)/(1+float64(in))) + 1 }

// runs counts the runs of characters of a folded text.
func runs(text string) map[string]int {
	rs := []rune(text)
	out := make(map[string]int, 3*len(rs))
	for i := range rs {
		for n := 1; n <= longest && i+n <= len(rs); n++ {
			out[string(rs[i:i+n])]++
		}
	}
	return out
}

// of returns the class that a folded text is most like, and how sure that is, 0 to 1.
func (l *likeness) of(text string) (Class, float64) {
	if len(l.classes) == 0 || text == "" {
		return Other, 0
	}
	type weighed struct {
		g gram
		w float64
	}
	var known []weighed
	norm := 0.0
	for run, times := range runs(text) {
		g, ok := l.grams[run]
		if !ok {
			continue
		}
		w := (1 + math.Log(float64(times))) * g.rare
		norm += w * w
		known = append(known, weighed{g, w})
	}
	if norm == 0 {
		return Other, 0
	}
	norm = math.Sqrt(norm)
	scores := make([]float64, len(l.classes))
	total := 0.0
	for _, k := range known {
		total += k.w / norm
		for _, m := range k.g.more {
			scores[m.class] += k.w / norm * float64(m.by)
		}
	}
	best := 0
	for i := range scores {
		if scores[i] += total * l.base[i]; scores[i] > scores[best] {
			best = i
		}
	}
	sum := 0.0
	for _, s := range scores {
		sum += math.Exp(s - scores[best])
	}
	return l.classes[best], 1 / sum
}
