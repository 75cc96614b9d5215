package risk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// learned is a linear model of what stands close together in a text: pairs of characters, and the categories of the signs
// found. Single characters say too little: they made everyday stories ring. It raises what the rules say, to Medium (a caring question) or High, and takes back
// to Low what only an unsure rule says. Train writes it and a person can read it, for the weights stand beside what they are the weights of.
type learned struct {
	bias    heads
	weights weights
}

// heads are the two things that the model answers: must this be escalated at all (to Medium), and at High or above?
type heads [2]float32

// raisable are the levels that the heads raise to, where the odds of danger are even or more.
var raisable = [len(heads{})]Level{Medium, High}

// RuleLearned is the Rule of a Reading that the learned model raised.
const RuleLearned = "learned"

const (
	learnedFile = "learned.tsv"
	leastSaid   = 6   // characters: shorter answers (算了, 不用了) say too little without a rule
	windowParts = 3   // clauses read together at most
	crowd       = 0.3 // a window of n features is judged by their sum over n to this power: long ones may weigh more, but not by their length

	// doubt is the log-odds below which an unsure rule is taken back: on 720 sentences that training had not seen it
	// silences a fifth of the false alarms and half a percent of the dangers.
	doubt = -1.5
)

// feature is what a weight belongs to: two characters with none, one or two others between, or a category.
type feature uint64

const (
	categoryBit feature = 1 << 63
	runeBits            = 21
	runeMask    feature = 1<<runeBits - 1
	maxBetween          = 2 // characters that a pair may skip: particles and objects change, the frame stays
	between             = "·"
)

func ofCategory(cat int) feature   { return categoryBit | feature(cat) }
func (f feature) category() int    { return int(f &^ categoryBit) }
func (f feature) isCategory() bool { return f&categoryBit != 0 }

func pair(a, b rune, skipped int) feature {
	return feature(skipped)<<(2*runeBits) | feature(a)<<runeBits | feature(b)
}

// featureName writes a feature as it stands in the file: "@" and a category, or the characters themselves.
func (j *Judge) featureName(f feature) string {
	if f.isCategory() {
		return "@" + j.cats[f.category()].id
	}
	b, a, skipped := rune(f&runeMask), rune(f>>runeBits&runeMask), int(f>>(2*runeBits))
	return string(a) + strings.Repeat(between, skipped) + string(b)
}

func (j *Judge) featureOf(name string) (feature, bool) {
	if id, ok := strings.CutPrefix(name, "@"); ok {
		cat, known := j.byID[id]
		return ofCategory(cat), known
	}
	skipped := strings.Count(name, between)
	rs := []rune(strings.ReplaceAll(name, between, ""))
	if len(rs) != 2 || skipped > maxBetween {
		return 0, false
	}
	return pair(rs[0], rs[1], skipped), true
}

// eachFeature calls f with every feature of the text and the clause in which it stands.
func eachFeature(gs []glyph, signs []sign, f func(clause int32, f feature)) {
	for i, g := range gs {
		for skipped := range maxBetween + 1 {
			k := i - 1 - skipped
			if k < 0 || gs[k].clause != g.clause {
				break
			}
			f(g.clause, pair(gs[k].r, g.r, skipped))
		}
	}
	for i := range signs {
		f(signs[i].clause, ofCategory(signs[i].cat))
	}
}

// span is what one clause weighs for each head, and how many features it has.
type span struct {
	clause int32
	sum    [len(heads{})]float64
	n      int
}

// thinnedUpTo is how many features a window rarely exceeds; the powers up to it are worked out once.
var thinnedUpTo = func() (t [1024]float64) {
	for n := range t {
		t[n] = math.Pow(float64(n), -crowd)
	}
	return t
}()

func thinned(n int) float64 {
	if n < len(thinnedUpTo) {
		return thinnedUpTo[n]
	}
	return math.Pow(float64(n), -crowd)
}

// best picks the run of clauses with the greatest log-odds for a head. A clause more never lowers it.
func best(bias float64, spans []span, head int) (odds float64, from, to int) {
	odds = math.Inf(-1)
	for i := range spans {
		sum, n := 0.0, 0
		for k := i; k < min(len(spans), i+windowParts); k++ {
			sum, n = sum+spans[k].sum[head], n+spans[k].n
			if v := bias + sum*thinned(n); v > odds {
				odds, from, to = v, i, k+1
			}
		}
	}
	return odds, from, to
}

// weigh returns what each clause weighs.
func (m *learned) weigh(sc *scratch) []span {
	sc.spans = sc.spans[:0]
	eachFeature(sc.glyphs, sc.signs, func(clause int32, f feature) {
		for int(clause) >= len(sc.spans) {
			sc.spans = append(sc.spans, span{clause: int32(len(sc.spans))})
		}
		s := &sc.spans[clause]
		s.n++
		if w, has := m.weights.of(f); has {
			for h := range w {
				s.sum[h] += float64(w[h])
			}
		}
	})
	return slices.DeleteFunc(sc.spans, func(s span) bool { return s.n == 0 })
}

// says tells whether the model can doubt what is said in a clause: it says enough, and hides nothing behind other
// characters, which the model does not see through.
func (sc *scratch) says(clause int32) bool {
	if slices.ContainsFunc(sc.signs, func(s sign) bool { return s.bySound }) {
		return false
	}
	n := 0
	for i := range sc.glyphs {
		if sc.glyphs[i].clause == clause {
			n++
		}
	}
	return n >= leastSaid
}

// doubts says whether the model takes back what unsure rules say: no run of clauses sounds like danger. As more clauses
// only give more runs, harmless text that is added takes nothing back.
func (j *Judge) doubts(sc *scratch) bool {
	if j.learned == nil {
		return false
	}
	odds, _, _ := best(float64(j.learned.bias[0]), j.learned.weigh(sc), 0)
	return odds < doubt
}

// raise lets the model raise what the rules say.
func (j *Judge) raise(r Reading, sc *scratch, runes []rune, base int) Reading {
	if j.learned == nil || len(sc.glyphs) < leastSaid || r.Level.AtLeast(High) {
		return r
	}
	spans := j.learned.weigh(sc)
	for head, to := range raisable {
		if r.Level.AtLeast(to) {
			continue
		}
		odds, first, last := best(float64(j.learned.bias[head]), spans, head)
		if odds < 0 {
			return r // what is not even to be escalated is not High either
		}
		r = j.raised(r, to, sc, spans[first].clause, spans[last-1].clause, runes, base)
	}
	return r
}

// raised is r at a level that the model is sure of because of some clauses.
func (j *Judge) raised(r Reading, to Level, sc *scratch, first, last int32, runes []rune, base int) Reading {
	why := "整句听起来像在求助"
	if r.Level.AtLeast(Medium) {
		why = r.Reason + "；整句听起来更急"
	}
	r.Level, r.Rule, r.Reason = to, RuleLearned, why
	where := sign{from: len(runes), cat: -1}
	for _, g := range sc.glyphs {
		if first <= g.clause && g.clause <= last {
			where.from, where.to = min(where.from, int(g.start)), max(where.to, int(g.end))
			where.clause, where.sentence = g.clause, g.sentence
		}
	}
	if r.Category == "" {
		r.Category = "distress"
	}
	if r.Subject == Unknown {
		r.Subject = j.subject(sc.signs, where)
	}
	r.Score = max(r.Score, float64(to.Rank())*0.25-0.1)
	r.Matches = append(r.Matches, Match{Text: string(runes[where.from:where.to]), Category: r.Category, Start: base + where.from, End: base + where.to})
	return r
}

// weights is a hash table with open addressing: most features have no weight, and finding that out is one look.
type weights struct {
	slots []weight
	shift uint8
}

type weight struct {
	of    feature
	value heads
}

func newWeights(of map[feature]heads) weights {
	size := 1 << bits.Len(uint(2*len(of)+2))
	w := weights{slots: make([]weight, size), shift: uint8(64 - bits.Len(uint(size)-1))}
	for _, f := range sortedFeatures(of) {
		i := w.slot(f)
		for w.slots[i].of != 0 {
			i = (i + 1) & (size - 1)
		}
		w.slots[i] = weight{f, of[f]}
	}
	return w
}

func (w *weights) slot(f feature) int { return int(uint64(f) * 0x9E3779B97F4A7C15 >> w.shift) }

func (w *weights) of(f feature) (heads, bool) {
	for i := w.slot(f); ; i = (i + 1) & (len(w.slots) - 1) {
		switch w.slots[i].of {
		case f:
			return w.slots[i].value, true
		case 0:
			return heads{}, false
		}
	}
}

func sortedFeatures(of map[feature]heads) []feature {
	out := make([]feature, 0, len(of))
	for f := range of {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

const learnedHead = "# 由 xinqiao risk train 写出，不用手改：每行两个字（· 是中间隔着的字）或一个类别（@），和它让一句话显得多像求助、多急（负数是不像）。"

// biasName stands before the model's bias in the file.
const biasName = "@@"

// loadLearned reads the model under fsys; without the file the rules judge alone. A category that is gone is left out.
func (j *Judge) loadLearned(fsys fs.FS, ps *problem.Problems) {
	raw, err := fs.ReadFile(fsys, learnedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	const file, hint = "risk/" + learnedFile, "运行 xinqiao risk train 重新写出这个文件"
	if err != nil {
		ps.Addf(file, 1, 1, "确认文件可以读取", "读不到文件")
		return
	}
	m := &learned{}
	of := map[feature]heads{}
	for i, line := range strings.Split(string(raw), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, _ := strings.Cut(line, "\t")
		v, ok := parseHeads(value)
		f, known := j.featureOf(name)
		switch {
		case !ok:
			ps.Addf(file, i+1, 1, hint, "这一行不是一个说法和两个数")
			return
		case name == biasName:
			m.bias = v
		case known:
			of[f] = v
		case !strings.HasPrefix(name, "@"):
			ps.Addf(file, i+1, 1, hint, "「%s」不是两个字，也不是一个类别", name)
			return
		}
	}
	m.weights = newWeights(of)
	j.learned = m
}

func parseHeads(s string) (v heads, ok bool) {
	fields := strings.Fields(s)
	for i := range v {
		if len(fields) != len(v) {
			return v, false
		}
		x, err := strconv.ParseFloat(fields[i], 32)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return v, false
		}
		v[i] = float32(x)
	}
	return v, true
}

func line(name string, v heads) string {
	for _, x := range v {
		name += "\t" + strconv.FormatFloat(float64(x), 'f', 2, 32)
	}
	return name
}

// writeLearned writes a model as loadLearned reads it.
func (j *Judge) writeLearned(out io.Writer, bias heads, of map[feature]heads) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\n%s\n", learnedHead, line(biasName, bias))
	lines := make([]string, 0, len(of))
	for f, v := range of {
		lines = append(lines, line(j.featureName(f), v)+"\n")
	}
	slices.Sort(lines)
	for _, l := range lines {
		_, _ = w.WriteString(l) // Flush returns the first error
	}
	return w.Flush()
}
