package risk

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Example is one labelled text to learn from.
type Example struct {
	Text  string
	Level Level // as a careful reader labelled it
}

// Examples reads all labelled sentences under fsys (dialogs/tests/risk). The error is problem.Problems.
func Examples(fsys fs.FS) ([]Example, error) {
	var ps problem.Problems
	var out []Example
	names, _ := fs.Glob(fsys, "*.jsonl") // the pattern is well-formed
	for _, name := range names {
		eachLabelled(fsys, name, &ps, func(_ int, q labelled) {
			out = append(out, Example{Text: q.Text, Level: q.Expect})
		})
	}
	return out, ps.Err()
}

// Trained tells what a training came to.
type Trained struct {
	Examples int
	Weights  int
	Missed   int // texts to be escalated that neither the rules nor the model see
	False    int // texts that the model raises too far
}

// Training's settings, chosen on sentences that it had not seen.
const (
	epochs  = 40   // times through all examples
	pace    = 0.5  // the first step's size
	decay   = 1e-3 // how fast an unused weight fades
	least   = 0.1  // smaller weights are left out
	rounds  = 6    // of training, each heeding more what the one before got wrong
	insists = 1.6  // how much more a harmless text counts in the next round that was raised in this
)

// Train learns a model for a judge's words and rules (from LoadRules) from examples, and writes it to out as
// dialogs/risk/learned.tsv. It learns by stochastic gradient descent on the logistic loss with adaptive steps (Duchi et
// al. 2011), of each text from the run of clauses that weighs most, as reading does: so it learns where the danger stands.
// The order of the examples comes from rnd alone: the same content and seed give the same file. The error is ctx's or out's.
func Train(ctx context.Context, j *Judge, examples []Example, rnd *rand.Rand, out io.Writer) (Trained, error) {
	t := newTrainer(j, examples)
	res := Trained{Examples: len(examples)}
	of := map[feature]heads{}
	var bias heads
	for head, to := range raisable {
		t.begin(to)
		for range rounds {
			if err := t.round(ctx, rnd); err != nil {
				return Trained{}, fmt.Errorf("train: %w", err)
			}
			if t.heed() == 0 {
				break
			}
		}
		bias[head] = float32(t.bias)
		for f, n := range t.numbers {
			if w := t.weights[n]; math.Abs(w) >= least {
				v := of[f]
				v[head] = float32(w)
				of[f] = v
			}
		}
		missed, raised := t.mistakes()
		res.False += raised
		if to == Medium {
			res.Missed = missed
		}
	}
	res.Weights = len(of)
	if err := j.writeLearned(out, bias, of); err != nil {
		return res, fmt.Errorf("train: %w", err)
	}
	return res, nil
}

// lesson is one example as the model sees it: the features of each clause, by number.
type lesson struct {
	clauses [][]int
	label   Level
	ruled   Level   // what the rules say
	danger  bool    // whether the head in training should ring
	cost    float64 // how much a mistake counts
}

type trainer struct {
	numbers          map[feature]int // from 1; what only one example has is 0 and weighs nothing
	lessons          []lesson
	weights, squares []float64 // by number
	bias, biasSquare float64
	spans            []span
}

func newTrainer(j *Judge, examples []Example) *trainer {
	t := &trainer{numbers: map[feature]int{}}
	shared := t.shared(j, examples)
	for _, ex := range examples {
		l := lesson{label: ex.Level, ruled: j.Read(ex.Text).Level}
		j.seeing(ex.Text, func(sc *scratch) {
			at := map[int32]int{}
			eachFeature(sc.glyphs, sc.signs, func(clause int32, f feature) {
				k, seen := at[clause]
				if !seen {
					k = len(l.clauses)
					at[clause] = k
					l.clauses = append(l.clauses, nil)
				}
				n, known := t.numbers[f]
				switch {
				case known:
				case !shared[f]:
					n = alone
				default:
					n = len(t.numbers) + 1
					t.numbers[f] = n
				}
				l.clauses[k] = append(l.clauses[k], n)
			})
		})
		if len(l.clauses) > 0 {
			t.lessons = append(t.lessons, l)
		}
	}
	return t
}

// alone is the number of every feature that only one example has: nothing can be learned from it for others.
const alone = 0

// shared are the features that two examples have or more.
func (t *trainer) shared(j *Judge, examples []Example) map[feature]bool {
	first, shared := map[feature]int{}, map[feature]bool{}
	for i, ex := range examples {
		j.seeing(ex.Text, func(sc *scratch) {
			eachFeature(sc.glyphs, sc.signs, func(_ int32, f feature) {
				if k, seen := first[f]; !seen {
					first[f] = i
				} else if k != i {
					shared[f] = true
				}
			})
		})
	}
	return shared
}

// odds is what the model makes of a lesson, and the run of clauses that it says so by.
func (t *trainer) odds(l *lesson) (odds float64, from, to int) {
	t.spans = t.spans[:0]
	for _, c := range l.clauses {
		s := span{n: len(c)}
		for _, f := range c {
			s.sum[0] += t.weights[f]
		}
		t.spans = append(t.spans, s)
	}
	return best(t.bias, t.spans, 0)
}

func (t *trainer) learn(l *lesson) {
	odds, from, to := t.odds(l)
	want, n := 0.0, 0
	if l.danger {
		want = 1
	}
	for _, c := range l.clauses[from:to] {
		n += len(c)
	}
	g := (1/(1+math.Exp(-odds)) - want) * l.cost
	x := math.Pow(float64(n), -crowd)
	for _, c := range l.clauses[from:to] {
		for _, f := range c {
			if f == alone {
				continue
			}
			d := g*x + decay*t.weights[f]
			t.squares[f] += d * d
			t.weights[f] -= pace * d / math.Sqrt(t.squares[f]+1e-8)
		}
	}
	t.biasSquare += g * g
	t.bias -= pace * g / math.Sqrt(t.biasSquare+1e-8)
}

// begin prepares the training of one head.
func (t *trainer) begin(level Level) {
	for i := range t.lessons {
		l := &t.lessons[i]
		l.danger, l.cost = l.label.AtLeast(level), 1
	}
}

// round trains from nothing, with what a mistake costs by now.
func (t *trainer) round(ctx context.Context, rnd *rand.Rand) error {
	t.weights, t.squares = make([]float64, len(t.numbers)+1), make([]float64, len(t.numbers)+1)
	t.bias, t.biasSquare = 0, 0
	order := rnd.Perm(len(t.lessons))
	for range epochs {
		if err := ctx.Err(); err != nil {
			return err
		}
		rnd.Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
		for _, i := range order {
			t.learn(&t.lessons[i])
		}
	}
	return nil
}

// heed makes the texts that were raised too far count more, and returns how many there are. A danger that the model misses
// may stay missed, for the rules may see it.
func (t *trainer) heed() (raised int) {
	for i := range t.lessons {
		l := &t.lessons[i]
		if odds, _, _ := t.odds(l); !l.danger && odds >= 0 {
			l.cost *= insists
			raised++
		}
	}
	return raised
}

// mistakes counts the dangers that neither the model nor the rules see at the head's level, and what the model raises too far.
func (t *trainer) mistakes() (missed, raised int) {
	for i := range t.lessons {
		l := &t.lessons[i]
		switch odds, _, _ := t.odds(l); {
		case l.danger && odds < 0 && !l.ruled.AtLeast(Medium):
			missed++
		case !l.danger && odds >= 0:
			raised++
		}
	}
	return missed, raised
}
