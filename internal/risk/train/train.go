// Package train makes the learned reader of danger (risk.Model) from labelled texts, and measures by cross-validation how
// well one made so reads texts that it was not made from. Start with Train. The program that answers people never uses it.
package train

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// settings of the training. usual ones were chosen by cross-validation.
type settings struct {
	strength float64 // how much an example counts against the wish for small weights
	positive float64 // how much more a danger counts than a harmless text
	drawn    float64 // how much a real message counts that was drawn because of its words
	writers  float64 // how much a sentence of the blind writers counts
	project  float64 // how much one of the sentences counts that were written beside the rules
	service  float64 // how much a short turn about the service counts
	everyday float64 // how much an everyday worry or a question about the service counts
	doubtful float64 // how much a doubtful label counts for whether a human must look
	forumOwn float64 // how much the forum's own weights may part from the common ones
	chatOwn  float64 // how much the chat's may
	ownBias  float64 // the same for the bias of either
}

var usual = settings{strength: 40, positive: 2, drawn: 0.7, writers: 2, project: 0.3, service: 2, everyday: 0.7, doubtful: 0.4, forumOwn: 1, chatOwn: 1, ownBias: 3}

const (
	leastTexts = 2 // texts that a feature must stand in
	keptRows   = 30000
	keptOfKind = 5000 // rows of the table of categories
)

// projects tells whether an example comes from the authors of the rules.
func (ex *Example) projects() bool { return strings.HasPrefix(ex.Group, "project-") }

// What the names of files of everyday worries and of questions about the service begin with. They were written by people who
// were asked for ordinary ones: it is known of them only that nobody is in danger.
const (
	worries   = "everyday-"
	questions = "service-"
)

func (ex *Example) everyday() bool {
	return strings.HasPrefix(ex.Group, worries) || strings.HasPrefix(ex.Group, questions)
}

// serviceTurns are short turns such as '怎么预约' or '好的谢谢'.
const serviceTurns = "project-service.jsonl"

func (ex *Example) register() int {
	if ex.Real {
		return risk.Forum
	}
	return risk.Chat
}

func (o *settings) weight(ex *Example) float64 {
	switch {
	case ex.Real && ex.Drawn:
		return o.drawn
	case ex.Real:
		return 1
	case ex.Group == serviceTurns:
		return o.service
	case ex.everyday():
		return o.everyday
	case ex.projects():
		return o.project
	}
	return o.writers
}

// set is the examples as features with numbers of their own, from 1; 0 is the bias.
type set struct {
	settings
	examples []Example
	features []risk.Features
	ids      map[uint32]int32
	numbers  []uint32    // by id
	kinds    []risk.Kind // by id
	scale    []float64   // by id: how much the feature counts before learning; rare runs of characters count more
	rows     []row       // each example with the common features alone
	owned    []row       // with those of its register too
}

func newSet(j *risk.Judge, examples []Example, o settings) *set {
	s := &set{settings: o, examples: examples, ids: map[uint32]int32{}, numbers: []uint32{0}, kinds: []risk.Kind{0}, scale: []float64{1}}
	type key struct {
		n uint32
		k risk.Kind
	}
	in := map[key]int{}
	for _, ex := range examples {
		f := j.Features(ex.Text)
		s.features = append(s.features, f)
		for k, list := range lists(&f) {
			for _, n := range distinct(list) {
				in[key{n, risk.Kind(k)}]++
			}
		}
	}
	for i := range s.features {
		for k, list := range lists(&s.features[i]) {
			for _, n := range distinct(list) {
				texts := in[key{n, risk.Kind(k)}]
				if _, known := s.ids[n]; known || texts < leastTexts {
					continue
				}
				s.ids[n] = int32(len(s.numbers))
				s.numbers = append(s.numbers, n)
				s.kinds = append(s.kinds, risk.Kind(k))
				scale := 1.0
				if risk.Kind(k) == risk.KindText {
					scale = math.Sqrt(math.Max(0.01, math.Log(float64(len(examples))/float64(texts))/5))
				}
				s.scale = append(s.scale, scale)
			}
		}
	}
	for i := range s.features {
		r := s.row(&s.features[i])
		s.rows = append(s.rows, r)
	}
	for i, r := range s.rows { // a row and its shorter form share their memory: a training takes most of a small machine's
		own := s.in(s.examples[i].register(), r)
		n := len(r.at)
		s.owned, s.rows[i] = append(s.owned, own), row{own.at[:n:n], own.value[:n:n]}
	}
	return s
}

func lists(f *risk.Features) [3][]uint32 { return [3][]uint32{f.Text, f.Signs, f.Shape} }

func distinct(ns []uint32) []uint32 {
	ns = slices.Clone(ns)
	slices.Sort(ns)
	return slices.Compact(ns)
}

// row is a text as the common weights read it.
func (s *set) row(f *risk.Features) row {
	r := row{at: []int32{0}, value: []float32{1}}
	values := f.Values()
	type entry struct {
		id    int32
		value float32
	}
	var es []entry
	for k, list := range lists(f) {
		for _, n := range distinct(list) {
			if id, ok := s.ids[n]; ok && s.kinds[id] == risk.Kind(k) {
				es = append(es, entry{id, float32(values[k] * s.scale[id])})
			}
		}
	}
	slices.SortFunc(es, func(a, b entry) int { return int(a.id - b.id) })
	for _, e := range es {
		r.at, r.value = append(r.at, e.id), append(r.value, e.value)
	}
	return r
}

// own is how much the weights of a register may part from the common ones.
func (o *settings) own(register int) float64 {
	if register == risk.Forum {
		return o.forumOwn
	}
	return o.chatOwn
}

// in is a text with the own weights of its register beside the common ones (Daumé 2007: a copy of the features for each
// domain beside the common one), and with a bias of its own. The forum's copy of feature i is number n+i, the chat's 2n+i.
func (s *set) in(register int, r row) row {
	n := len(r.at)
	c := row{at: slices.Grow(slices.Clone(r.at), n), value: slices.Grow(slices.Clone(r.value), n)}
	for i := range n {
		v := r.value[i] * float32(s.own(register))
		if r.at[i] == 0 {
			v = float32(s.ownBias)
		}
		c.at, c.value = append(c.at, r.at[i]+int32((1+register)*len(s.numbers))), append(c.value, v)
	}
	return c
}

// of are the weights of a register: the common ones and its own.
func (s *set) of(register int, w []float64) []float64 {
	n := len(s.numbers)
	out := slices.Clone(w[:n])
	for k, own := range w[(1+register)*n:][:n] {
		out[k] += float64(s.own(register) * own)
	}
	out[0] = w[0] + float64(s.ownBias*w[(1+register)*n])
	return out
}

// head is a question that is learned: for which examples the answer is yes, and how much each counts.
type head struct {
	yes  func(ex *Example) bool
	cost func(ex *Example) float64 // 0: left out
	both bool                      // the two registers have weights of their own
}

func (o *settings) levelHead(l risk.Level) head {
	return head{both: true, yes: func(ex *Example) bool { return ex.Level.AtLeast(l) }, cost: func(ex *Example) float64 {
		c := o.weight(ex)
		if l == risk.Low && strings.HasPrefix(ex.Group, worries) { // how much they suffer was not looked at
			return 0
		}
		if ex.Level.AtLeast(l) {
			c *= o.positive
		}
		if ex.Doubt && l == risk.Medium {
			c *= o.doubtful
		}
		return c
	}}
}

var levelHeads = []risk.Level{risk.Low, risk.Medium, risk.High, risk.Imminent}

// heads are all questions in the order of the model's heads, those of the levels once for both registers.
func (o *settings) heads() []head {
	var hs []head
	for _, l := range levelHeads {
		hs = append(hs, o.levelHead(l))
	}
	hs = append(hs,
		head{yes: func(ex *Example) bool { return !ex.Real }, cost: func(ex *Example) float64 { return 0.5 }},
		head{yes: func(ex *Example) bool { return ex.Subject == risk.Other }, cost: func(ex *Example) float64 {
			if ex.Subject == "" || !ex.Level.AtLeast(risk.Medium) {
				return 0
			}
			return 0.5
		}})
	for _, f := range risk.Families {
		hs = append(hs, head{yes: func(ex *Example) bool { return ex.Category == f }, cost: func(ex *Example) float64 {
			if ex.Category == "" || !ex.Level.AtLeast(risk.Medium) {
				return 0
			}
			return 0.5
		}})
	}
	return hs
}

// learn fits one head on the examples for which use is true.
func (s *set) learn(ctx context.Context, h head, seed uint64, use func(i int) bool) ([]float64, error) {
	q := question{rows: s.rows, size: len(s.numbers), yes: make([]bool, len(s.examples)), cost: make([]float64, len(s.examples))}
	if h.both {
		q.rows, q.size = s.owned, 3*q.size
	}
	for i := range s.examples {
		ex := &s.examples[i]
		q.yes[i] = h.yes(ex)
		if use(i) {
			q.cost[i] = h.cost(ex) * s.strength
		}
	}
	return fit(ctx, q, rand.New(rand.NewPCG(seed, 0)))
}

func dot(w []float64, r row) float64 {
	sum := 0.0
	for k, f := range r.at {
		sum += float64(w[f] * float64(r.value[k]))
	}
	return sum
}

// Result is a model and what its training came to.
type Result struct {
	Model    *risk.Model
	Examples int
	Rows     int // weights of the levels' table
	Cross    []Crossed
}

// Train learns a model for a judge's words (from risk.LoadRules). The same judge, examples and seed give the same model, to
// the byte. The error is ctx's.
func Train(ctx context.Context, j *risk.Judge, examples []Example, seed uint64) (Result, error) {
	s := newSet(j, examples, usual)
	res := Result{Examples: len(examples)}
	crossed, err := s.cross(ctx, seed)
	if err != nil {
		return res, err
	}
	res.Cross = crossed
	m := &risk.Model{}
	for h := range levelHeads {
		m.Calibration[risk.Forum][h], m.Calibration[risk.Chat][h] = calibrate(crossed, risk.Forum, h), calibrate(crossed, risk.Chat, h)
	}
	all := func(int) bool { return true }
	hs := s.heads()
	learned, err := parallel(len(hs), func(i int) ([]float64, error) { return s.learn(ctx, hs[i], seed+uint64(i), all) })
	if err != nil {
		return res, err
	}
	var levels [][]float64
	for register := range risk.Registers {
		for i := range levelHeads {
			levels = append(levels, s.of(register, learned[i]))
		}
	}
	rest := learned[len(levelHeads):]
	m.Levels = s.table(append(levels, rest[:2]...), keptRows)
	m.Categories = s.table(rest[2:], keptOfKind)
	res.Model, res.Rows = m, len(m.Levels.Numbers)
	return res, nil
}

// table keeps the features that weigh most in any head, as whole numbers.
func (s *set) table(columns [][]float64, keep int) risk.Table {
	t := risk.Table{Columns: len(columns)}
	n := len(s.numbers)
	weight := func(c, id int) float64 { return columns[c][id] * s.scale[id] }
	most := make([]float64, n)
	var top [3][]float64
	for k := range top {
		top[k] = make([]float64, len(columns))
	}
	for c := range columns {
		t.Bias = append(t.Bias, float32(columns[c][0]))
		sum := 0.0
		for id := 1; id < n; id++ {
			w := math.Abs(weight(c, id))
			sum += float64(w * w)
			k := s.kinds[id]
			top[k][c] = math.Max(top[k][c], w)
		}
		spread := math.Sqrt(sum / float64(n))
		for id := 1; id < n; id++ {
			w := math.Abs(weight(c, id)) / spread
			if s.kinds[id] != risk.KindText {
				w *= 100 // signs and shape are few, and stay
			}
			most[id] = math.Max(most[id], w)
		}
	}
	ids := make([]int, 0, n)
	for id := 1; id < n; id++ {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b int) int {
		switch {
		case most[a] > most[b]:
			return -1
		case most[a] < most[b]:
			return 1
		}
		return int(int64(s.numbers[a]) - int64(s.numbers[b]))
	})
	ids = ids[:min(keep, len(ids))]
	slices.SortFunc(ids, func(a, b int) int { return int(int64(s.numbers[a]) - int64(s.numbers[b])) })
	for k := range top {
		for c := range columns {
			t.Scale[k] = append(t.Scale[k], float32(math.Max(top[k][c], 1e-6)/127))
		}
	}
	for _, id := range ids {
		t.Numbers, t.Kinds = append(t.Numbers, s.numbers[id]), append(t.Kinds, s.kinds[id])
		for c := range columns {
			t.Weights = append(t.Weights, int8(math.Round(weight(c, id)/float64(t.Scale[s.kinds[id]][c]))))
		}
	}
	t.Index()
	return t
}
