package crisis

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"
)

// likeness tells what a text is like by the editors' example sentences (dialogs/replies/heard.yaml): a multinomial naive
// Bayes over runs of one to three characters, weighed by how rare they are (TF-IDF, each sentence at length one). It is
// counted at load, so that a new example works as soon as it is saved.
type likeness struct {
	classes []Class
	ids     map[string]int32 // of the runs
	grams   []gram           // by ID
	base    []float64        // log-probability of a run that a class never showed, by class
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
	l := &likeness{ids: map[string]int32{}}
	for c := range examples {
		l.classes = append(l.classes, c)
	}
	slices.SortFunc(l.classes, func(a, b Class) int { return cmp.Compare(a, b) })
	type doc struct {
		class int
		runs  []counted
	}
	var docs []doc
	var in []int // how many docs have a run
	for i, c := range l.classes {
		for _, text := range examples[c] {
			d := doc{i, counts(text, func(run string) (int32, bool) {
				id, ok := l.ids[run]
				if !ok {
					id = int32(len(in)) //nolint:gosec // some ten thousand
					l.ids[run], in = id, append(in, 0)
				}
				return id, true
			})}
			for _, run := range d.runs {
				in[run.id]++
			}
			docs = append(docs, d)
		}
	}
	l.grams = make([]gram, len(in))
	for id := range l.grams {
		l.grams[id].rare = rarity(float64(len(docs)), in[id])
	}
	type share struct {
		class int
		sum   float64
	}
	shares := make([][]share, len(in)) // of each run, by class: the docs come class by class
	totals := make([]float64, len(l.classes))
	for _, d := range docs {
		weights, norm := l.weigh(d.runs)
		for i, run := range d.runs {
			w, of := weights[i]/norm, shares[run.id]
			if n := len(of); n == 0 || of[n-1].class != d.class {
				of = append(of, share{class: d.class})
			}
			of[len(of)-1].sum += w
			shares[run.id] = of
			totals[d.class] += w
		}
	}
	for _, total := range totals {
		l.base = append(l.base, math.Log(smooth)-math.Log(total+smooth*float64(len(in))))
	}
	for id, of := range shares {
		l.grams[id].more = make([]more, len(of))
		for i, x := range of {
			l.grams[id].more[i] = more{int32(x.class), float32(math.Log(x.sum+smooth) - math.Log(smooth))} //nolint:gosec // some dozen classes
		}
	}
	return l
}

// weigh returns how much each run of a text counts, and the length of them all as a vector.
func (l *likeness) weigh(runs []counted) (weights []float64, norm float64) {
	weights = make([]float64, len(runs))
	for i, run := range runs {
		weights[i] = (1 + math.Log(float64(run.times))) * l.grams[run.id].rare
		norm += weights[i] * weights[i]
	}
	return weights, math.Sqrt(norm)
}

func rarity(docs float64, in int) float64 { return math.Log((1+docs)/(1+float64(in))) + 1 }

// counted is a run, by its place among the known ones, and how often a text has it.
type counted struct {
	id    int32
	times int32
}

// counts counts the runs of characters of a folded text that number knows, in the order of their numbers.
func counts(text string, number func(run string) (int32, bool)) []counted {
	var ids []int32
	for from := range text {
		to := from
		for range longest {
			_, size := utf8.DecodeRuneInString(text[to:])
			if size == 0 {
				break
			}
			to += size
			if id, ok := number(text[from:to]); ok {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	var out []counted
	for _, id := range ids {
		if n := len(out); n > 0 && out[n-1].id == id {
			out[n-1].times++
			continue
		}
		out = append(out, counted{id, 1})
	}
	return out
}

// of returns the class that a folded text is most like, and how sure that is, 0 to 1.
func (l *likeness) of(text string) (Class, float64) {
	if len(l.classes) == 0 || text == "" {
		return Other, 0
	}
	known := counts(text, func(run string) (int32, bool) {
		id, ok := l.ids[run]
		return id, ok
	})
	if len(known) == 0 {
		return Other, 0
	}
	weights, norm := l.weigh(known)
	scores := make([]float64, len(l.classes))
	total := 0.0
	for i, run := range known {
		w := weights[i] / norm
		total += w
		for _, m := range l.grams[run.id].more {
			scores[m.class] += w * float64(m.by)
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
