// Package topics learns from examples what a short text is about, and says how likely each of many topics is. The answers
// about the service and the first answers to worries both ask it.
package topics

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// Reader says what a text is about: which of its classes, the last of which is none of them. Two readings of the same grams
// are mixed: a linear one (multinomial logistic regression), and which examples are nearest. A class with few examples
// counts as much as one with many, so that a new one is heard too. It never changes.
type Reader struct {
	ids     numbers   // of the grams
	rarity  []float32 // by gram
	unknown float32   // the rarity of a gram that no example has, in so far as it counts
	classes int
	marks   []uint64  // by gram: a bit for each class for or against which it speaks
	weights []int8    // how much, gram by gram, for those bits in their order; times the scale of the gram
	from    []uint32  // by gram: where its weights begin
	scale   []float32 // by gram
	bias    []float32 // by class
	at      []int32   // of each example: its class
	near    []nearTo  // gram by gram: the examples that have it
	nearAt  []uint32  // by gram: where its examples begin; and last, where they end
	even    []float32 // by class: how much one of its examples counts, so that classes with few weigh as much

	likes sync.Pool // of *[]float32, how like a text is to each example; all zero between readings
}

// near is an example that is like a text.
type near struct {
	example int
	like    float32
}

type nearTo struct {
	example int32
	value   float32
}

// Lines are the ways of saying something that editors write in a block, one in a line.
func Lines(block string) (out []string) {
	for line := range strings.Lines(block) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// Example is a folded text and its class.
type Example struct {
	Class int
	Text  string
}

// vector is a text as the numbers of its grams and how much each counts; its length is one.
type vector struct {
	at    []int32
	value []float32
}

// How the linear reading learns, and how the two are mixed. Chosen by learning from all writers of examples but one and
// judging by that one's.
const (
	passes     = 6   // over all examples
	pace       = 8.0 // how far one example moves the weights
	slower     = 0.3 // how much less in every further pass
	biasPace   = 0.02
	content    = 0.05  // a miss smaller than that is none
	unmoved    = 0.004 // and a class so far off stays where it is
	mostEven   = 6.0
	nearest    = 12  // how many examples are asked
	nearShare  = 0.3 // of the mixture
	strange    = 0.6 // how much a gram counts that no example has: what is said of other things makes less sure
	wellKnown  = 30  // of a class with so many examples, a gram that only one has says nothing of others
	rarityBent = 0.5 // how much a rare gram counts more than a frequent one
)

// kept is what was learned last, by what it was learned from. Content is loaded anew at every edit, mostly of something else,
// and by every account that has words of its own; learning takes longer than all the rest of it.
var kept = struct {
	sync.Mutex
	of map[[sha256.Size]byte]*Reader
}{of: map[[sha256.Size]byte]*Reader{}}

// keptMost bounds how much of it is kept.
const keptMost = 8

// Learn learns, or returns what was learned from the same examples. grams takes a text apart into what counts, as numbers,
// each once; by says what it goes by, as what else it was made from.
func Learn(by string, grams func(folded string) []uint64, examples []Example, classes int) *Reader {
	digest := sha256.New()
	_, _ = fmt.Fprintf(digest, "%d %q", classes, by) // a hash never fails
	for _, e := range examples {
		_, _ = fmt.Fprintf(digest, "%d %q", e.Class, e.Text)
	}
	key := [sha256.Size]byte(digest.Sum(nil))
	kept.Lock()
	defer kept.Unlock()
	if l, ok := kept.of[key]; ok {
		return l
	}
	if len(kept.of) >= keptMost {
		clear(kept.of)
	}
	l := learn(grams, examples, classes)
	kept.of[key] = l
	return l
}

func learn(grams func(folded string) []uint64, examples []Example, classes int) *Reader {
	l := &Reader{classes: classes, bias: make([]float32, classes)}
	all, count := make([][]uint64, len(examples)), map[uint64]int{}
	for i, e := range examples {
		all[i] = grams(e.Text)
		for _, g := range all[i] {
			count[g]++
		}
	}
	of := make([]int, classes)
	for _, e := range examples {
		of[e.Class]++
	}
	var (
		in    []int
		known []uint64
	)
	for i, e := range examples {
		for _, g := range all[i] {
			if n := count[g]; n > 1 || n == 1 && of[e.Class] < wellKnown {
				known, in = append(known, g), append(in, n)
				count[g] = 0 // taken
			}
		}
	}
	l.ids = newNumbers(slices.Clip(known))
	for _, n := range in {
		l.rarity = append(l.rarity, float32(math.Pow(math.Log(1+float64(len(examples))/float64(n)), rarityBent)))
	}
	l.unknown = strange * float32(math.Pow(math.Log(1+float64(len(examples))), rarityBent))
	l.nearAt = make([]uint32, len(in)+1)
	for id, n := range in {
		l.nearAt[id+1] = l.nearAt[id] + uint32(n) //nolint:gosec // some thousand examples
	}
	l.near, l.at = make([]nearTo, l.nearAt[len(in)]), make([]int32, len(examples))
	rows, next := make([]vector, len(examples)), slices.Clone(l.nearAt)
	for i, e := range examples {
		rows[i] = l.vector(all[i])
		l.at[i] = int32(e.Class) //nolint:gosec // some hundred classes
		for k, id := range rows[i].at {
			l.near[next[id]] = nearTo{int32(i), rows[i].value[k]} //nolint:gosec // some thousand examples
			next[id]++
		}
	}
	for _, n := range of {
		usual := float64(len(examples)-of[classes-1]) / float64(classes-1)
		l.even = append(l.even, float32(min(mostEven, usual/float64(max(n, 1)))))
	}
	l.fit(rows, examples)
	return l
}

// vector keeps the grams that any example has.
func (l *Reader) vector(grams []uint64) vector {
	var v vector
	sum := float32(0)
	for _, g := range grams {
		r := l.unknown
		if id, known := l.ids.of(g); known {
			r = l.rarity[id]
			v.at, v.value = append(v.at, id), append(v.value, r)
		}
		sum += r * r
	}
	for k := range v.value {
		v.value[k] /= float32(math.Sqrt(float64(sum)))
	}
	return v
}

// fit learns the linear reading by stochastic gradient descent. The order in which the examples come is by their text alone:
// one more leaves all others where they were, and what is learned nearly as it was.
func (l *Reader) fit(rows []vector, examples []Example) {
	n := l.classes
	weights := make([]float32, len(l.rarity)*n)
	order, place := make([]int, len(rows)), make([]uint64, len(rows))
	for i, e := range examples {
		h := fnv.New64a()
		_, _ = h.Write([]byte(e.Text)) // a hash never fails
		order[i], place[i] = i, h.Sum64()
	}
	chances := make([]float32, n)
	var off []int32
	for pass := range passes {
		for i := range place {
			place[i] = place[i]*0x9E3779B97F4A7C15 + 1 // another order in each pass
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(place[a], place[b]), cmp.Compare(a, b)) })
		var missed []int
		for _, i := range order {
			row, class := rows[i], int(l.at[i])
			copy(chances, l.bias)
			for k, id := range row.at {
				for c, w := range weights[int(id)*n:][:n] {
					chances[c] += row.value[k] * w
				}
			}
			chancesOf(chances)
			chances[class]--
			if chances[class] > -content {
				continue
			}
			missed = append(missed, i)
			step := float32(pace / (1 + slower*float64(pass)))
			off = off[:0]
			for c, miss := range chances {
				if miss > unmoved || miss < -unmoved {
					off = append(off, int32(c))
					l.bias[c] -= step * biasPace * miss
				}
			}
			if class < n-1 { // what asks nothing is many things
				step *= l.even[class]
			}
			for k, id := range row.at {
				w, d := weights[int(id)*n:][:n], step*row.value[k]
				for _, c := range off {
					w[c] -= d * chances[c]
				}
			}
		}
		order = missed
	}
	l.keep(weights)
}

// keep keeps the weights as whole numbers, and of those what is not nothing: a tenth of the memory, for a difference that no
// text has shown.
func (l *Reader) keep(weights []float32) {
	words := l.words()
	l.marks, l.from, l.scale = make([]uint64, len(l.rarity)*words), make([]uint32, len(l.rarity)), make([]float32, len(l.rarity))
	for id := range l.scale {
		row, marks := weights[id*l.classes:][:l.classes], l.marks[id*words:][:words]
		most := max(slices.Max(row), -slices.Min(row), 1e-6)
		l.scale[id], l.from[id] = most/math.MaxInt8, uint32(len(l.weights)) //nolint:gosec // some million weights
		for c, w := range row {
			if whole := int8(math.Round(float64(w / l.scale[id]))); whole != 0 {
				marks[c/wordBits] |= 1 << (c % wordBits)
				l.weights = append(l.weights, whole)
			}
		}
	}
	l.weights = slices.Clip(slices.Clone(l.weights))
}

const wordBits = 64

// words is how many words the bits of all classes take.
func (l *Reader) words() int { return (l.classes + wordBits - 1) / wordBits }

// linear writes the chance of every class.
func (l *Reader) linear(v vector, out []float32) {
	copy(out, l.bias)
	words := l.words()
	for k, id := range v.at {
		x, next := v.value[k]*l.scale[id], l.weights[l.from[id]:]
		for i, marks := range l.marks[int(id)*words:][:words] {
			for ; marks != 0; marks &= marks - 1 {
				out[i*wordBits+bits.TrailingZeros64(marks)] += x * float32(next[0])
				next = next[1:]
			}
		}
	}
	chancesOf(out)
}

// chancesOf turns odds into chances.
func chancesOf(out []float32) {
	top, sum := slices.Max(out), float32(0)
	for c, o := range out {
		out[c] = float32(math.Exp(float64(o - top)))
		sum += out[c]
	}
	for c := range out {
		out[c] /= sum
	}
}

// closest writes the share of every class in the examples that are nearest, the nearer counting more.
func (l *Reader) closest(v vector, out []float32) {
	clear(out)
	spare, _ := l.likes.Get().(*[]float32)
	if spare == nil {
		fresh := make([]float32, len(l.at))
		spare = &fresh
	}
	like := *spare
	for k, id := range v.at {
		for _, n := range l.near[l.nearAt[id]:l.nearAt[id+1]] {
			like[n.example] += v.value[k] * n.value
		}
	}
	var (
		most [nearest + 1]near
		best = most[:0]
	)
	for i, x := range like {
		if x == 0 || len(best) == nearest && x <= best[nearest-1].like {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, x, func(o near, x float32) int { return cmp.Compare(x, o.like) })
		best = slices.Insert(best[:min(len(best), nearest-1)], at, near{i, x})
	}
	clear(like)
	l.likes.Put(spare)
	sum := float32(0)
	for _, o := range best {
		c := l.at[o.example]
		share := o.like * o.like * l.even[c]
		out[c] += share
		sum += share
	}
	for c := range out {
		out[c] /= max(sum, 1e-6)
	}
}

// Chances says how likely a text of these grams is of each class.
func (l *Reader) Chances(grams []uint64) []float32 {
	v := l.vector(grams)
	out, near := make([]float32, l.classes), make([]float32, l.classes)
	l.linear(v, out)
	l.closest(v, near)
	for c := range out {
		out[c] = (1-nearShare)*out[c] + nearShare*near[c]
	}
	return out
}
