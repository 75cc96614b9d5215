package worry

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/topics"
)

// index finds the kind that a text is most like: by words that surely mean it, and by the pairs of characters that the text
// shares with the examples, rare ones counting more. Examples are compared one by one: a kind with many of them is no
// likelier for that.
type index struct {
	kinds   []kind
	in      map[string][]int // a pair to the examples that have it
	weight  map[string]float64
	rare    float64 // the weight of a pair that no example has
	example []int   // an example to its kind
	sums    []float64

	words   *vocabulary
	known   map[string][]int // a way of saying, folded, to the kinds that are said so
	names   []string         // of the classes of words
	classes []part
	learned func() *topics.Reader // at the first worry: most loadings of content meet none
}

type kind struct {
	words [][]part // all parts of one must be said
	not   [][]part
}

// part is what must be said of a word: one of these, by their numbers.
type part []int

// className reads <作业>, which stands for the words of a class.
func className(s string) (string, bool) {
	name, ok := strings.CutPrefix(s, "<")
	return strings.TrimSuffix(name, ">"), ok && strings.HasSuffix(s, ">")
}

// said is how many characters the longest of a part's words takes that a text says; 0 where it says none.
func (v *vocabulary) said(p part, text spoken) int {
	longest := -1
	for _, n := range p {
		if text.says(n) && (longest < 0 || len(v.words[n]) > len(v.words[longest])) {
			longest = n
		}
	}
	if longest < 0 {
		return 0
	}
	return v.length[longest]
}

// How much each kind of evidence counts, and how much is enough. What is learned was set by learning from one writer of
// ways of saying and judging by another's. Of 150 sentences of families that nobody here had read, 105 were heard as their kind,
// 37 openly or by a wide kind, eight as another kind.
const (
	perWord      = 0.55 // a sure word …
	perRune      = 0.09 // … and more for a longer one
	moreWords    = 0.25 // of what further words would count
	likeness     = 1.5
	sharing      = 0.5
	otherStage   = 0.8 // what is left for a child of another age
	ownRole      = 1.12
	ofParents    = 0.8 // what is left of what parents say for somebody else
	leastScore   = 0.62
	short        = 12 // from how many characters on more is wanted: a long text says many words in passing …
	long         = 36 // … up to here
	perLength    = 0.012
	sureScore    = 1.0
	saidShare    = 0.1 // what a score of words and likeness counts beside the chance
	likelyEnough = 0.25
	known        = 2.0  // of what is said in the very words of a kind
	possible     = 0.08 // a kind that words point to is none below that chance
	said         = 1.0  // but where so much was said
	likelySure   = 2.0  // a chance of a half is as sure as a score of one

	aloneLike = 0.75 // what a likeness must reach where no word is said
)

func newIndex(b *Book) *index {
	x := &index{words: newVocabulary(), in: map[string][]int{}, weight: map[string]float64{}}
	fold := b.fold
	for i, w := range b.worries {
		var k kind
		k.words, k.not = x.words.parts(w.Words, b.classes, fold), x.words.parts(w.Not, b.classes, fold)
		x.kinds = append(x.kinds, k)
		for _, e := range w.Examples {
			for _, g := range pairs(fold(e)) {
				x.in[g] = append(x.in[g], len(x.example))
			}
			x.example = append(x.example, i)
		}
	}
	n := float64(len(x.example))
	x.rare = math.Log(1 + n)
	for g, in := range x.in {
		x.weight[g] = math.Log(1 + n/float64(len(in)))
	}
	x.sums = make([]float64, len(x.example))
	for g, in := range x.in {
		for _, e := range in {
			x.sums[e] += x.weight[g]
		}
	}
	x.known = map[string][]int{}
	for i, w := range b.worries {
		for _, e := range slices.Concat(w.Examples, b.said[w.ID]) {
			x.known[fold(e)] = append(x.known[fold(e)], i)
		}
	}
	x.names = slices.Sorted(maps.Keys(b.classes))
	for _, name := range x.names {
		x.classes = append(x.classes, x.words.parts([]string{"<" + name + ">"}, b.classes, fold)[0][0])
	}
	x.learned = sync.OnceValue(func() *topics.Reader { return x.learn(b) })
	return x
}

// parts reads words whose parts are joined by +.
func (v *vocabulary) parts(words []string, classes map[string][]string, fold func(string) string) [][]part {
	var out [][]part
	for _, word := range words {
		var parts []part
		for _, p := range strings.Split(word, "+") {
			ways := []string{p}
			if name, ok := className(p); ok {
				ways = classes[name]
			}
			folded := make(part, len(ways))
			for i, w := range ways {
				folded[i] = v.number(fold(w))
			}
			parts = append(parts, folded)
		}
		out = append(out, parts)
	}
	return out
}

// taken is how many characters of a text all parts of a word take, 0 where one is not said.
func (v *vocabulary) taken(parts []part, text spoken) (n int) {
	for _, p := range parts {
		w := v.said(p, text)
		if w == 0 {
			return 0
		}
		n += w
	}
	return n
}

// common are words that say nothing of what a worry is about.
var common = strings.NewReplacer("心里", " ", "好烦", " ", "儿子", " ", "女儿", " ", "孙子", " ", "孙女", " ", "好难受", " ", "好难过", " ", "难受", " ", "总是", " ", "老是", " ", "天天", " ", "一直", " ", "怎么办", " ", "怎么", " ", "为什么", " ", "应该", " ", "我家", " ", "孩子", " ", "小孩", " ", "觉得", " ", "现在", " ", "最近", " ", "真的", " ", "有时候", " ", "的", "", "了", "", "啊", " ", "呀", " ", "吗", " ", "呢", " ")

// pairs are the pairs of neighbouring characters of a folded text, each once.
func pairs(folded string) []string {
	var out []string
	for _, run := range strings.Fields(common.Replace(folded)) {
		rs := []rune(run)
		for i := 0; i+1 < len(rs); i++ {
			if g := string(rs[i : i+2]); !slices.Contains(out, g) {
				out = append(out, g)
			}
		}
	}
	return out
}

// Asked is a text and what is known of whoever wrote it.
type Asked struct {
	Text  string
	Role  family.Role // "" while unknown
	Stage string      // of the child; "" while unknown
	Bare  bool        // a few words that say how somebody feels, and likely nothing of why: only the words of a kind count

	length int // in characters, folded
}

// Found is the kind that a text is of, and how surely.
type Found struct {
	Worry Worry
	Score float64
}

// Find returns the kind that a text is of, or else the wide one that says at least what it is about; false where it is like
// none. A wide kind is for what is known to be something hard: everyday words lead to it.
func (b *Book) Find(a Asked) (Found, bool) {
	f := b.last.Of(a, a.Text, func() found {
		f, ok := b.find(a)
		return found{f, ok}
	})
	return f.of, f.ok
}

// found is what Find comes to.
type found struct {
	of Found
	ok bool
}

func (b *Book) find(a Asked) (Found, bool) {
	folded := b.fold(a.Text)
	a.length = utf8.RuneCountInString(folded)
	said := b.index.words.in(folded)
	scores := b.index.scores(folded, said)
	if !a.Bare {
		if f, ok := b.learned(a, folded, said, scores); ok {
			return f, true
		}
	}
	if f, ok := b.best(a, scores, false); ok {
		return f, true
	}
	if !b.Hard(a) {
		return Found{}, false
	}
	return b.best(a, scores, true)
}

// learned is the kind that a text is likely of by all ways of saying that are known. Where it is none, what the scores say of
// kinds that are hardly possible is taken back.
func (b *Book) learned(a Asked, folded string, text spoken, scores []float64) (Found, bool) {
	for _, i := range b.index.known[folded] {
		if w := b.worries[i]; w.fits(a.Role) > 0 && !w.Wide {
			return Found{w, known}, true
		}
	}
	likely := b.index.likely(b.worries, folded, text, a.Role)
	best, most := -1, 0.0
	for i, p := range likely[:len(b.worries)] {
		w := b.worries[i]
		if a.Stage != "" && len(w.Stages) > 0 && !slices.Contains(w.Stages, a.Stage) {
			p *= otherStage
		}
		if p += saidShare * min(scores[i], 1.5); p > most && w.fits(a.Role) > 0 {
			best, most = i, p
		}
	}
	if most >= likelyEnough && most >= likely[len(b.worries)] {
		return Found{b.worries[best], most * likelySure}, true
	}
	for i, w := range b.worries {
		if !w.Wide && likely[i] < possible && scores[i] < said {
			scores[i] = 0
		}
	}
	return Found{}, false
}

func (b *Book) best(a Asked, scores []float64, wide bool) (Found, bool) {
	best, score := -1, 0.0
	for i, s := range scores {
		w := b.worries[i]
		if w.Wide != wide {
			continue
		}
		fit := w.fits(a.Role)
		if fit == 0 || s == 0 {
			continue
		}
		s *= fit
		if a.Stage != "" && len(w.Stages) > 0 && !slices.Contains(w.Stages, a.Stage) {
			s *= otherStage
		}
		if s > score {
			best, score = i, s
		}
	}
	if best < 0 || score < leastScore+perLength*float64(min(max(0, a.length-short), long-short)) {
		return Found{}, false
	}
	return Found{b.worries[best], score}, true
}

// fits says how well a kind fits a role: not at all, or a little more where it is written for it alone.
func (w Worry) fits(r family.Role) float64 {
	switch r {
	case "":
		return 1
	case family.Student:
		if slices.Contains(w.For, family.Student) {
			return 1
		}
		return 0
	case family.Parent, family.Expecting:
		if slices.Contains(w.For, family.Parent) {
			return 1
		}
		return 0
	}
	switch {
	case slices.Contains(w.For, r):
		return ownRole
	case slices.Contains(w.For, family.Parent):
		return ofParents
	}
	return 0
}

func (x *index) scores(folded string, text spoken) []float64 {
	out := make([]float64, len(x.kinds))
	both, sum := make([]float64, len(x.example)), 0.0
	for _, g := range pairs(folded) {
		in, known := x.in[g]
		if !known {
			sum += x.rare
			continue
		}
		w := x.weight[g]
		sum += w
		for _, e := range in {
			both[e] += w
		}
	}
	for e, s := range both {
		if s == 0 {
			continue
		}
		like := likeness*2*s/(sum+x.sums[e]) + sharing*s/x.sums[e]*min(1, s/sum*2)
		out[x.example[e]] = max(out[x.example[e]], like)
	}
	for i, k := range x.kinds {
		best, rest := 0.0, 0.0
		for _, parts := range k.words {
			n := x.words.taken(parts, text)
			if n == 0 {
				continue
			}
			s := perWord + perRune*float64(n)
			rest += min(s, best)
			best = max(best, s)
		}
		switch {
		case slices.ContainsFunc(k.not, func(parts []part) bool { return x.words.taken(parts, text) > 0 }):
			out[i] = 0
		case best == 0 && out[i] < aloneLike:
			out[i] = 0
		default:
			out[i] += best + moreWords*rest
		}
	}
	return out
}

// surely says whether a text that may also ask something of the service is a worry all the same.
func (b *Book) surely(f Found, a Asked) bool {
	return !f.Worry.Wide && f.Score >= sureScore && !b.wants(a)
}

// wants says whether a text asks something of the service.
func (b *Book) wants(a Asked) bool { return says(b.fold(a.Text), b.service) }

func says(folded string, words []string) bool {
	return slices.ContainsFunc(words, func(s string) bool { return strings.Contains(folded, s) })
}

// Hard says whether a text that is like no kind speaks of something hard all the same: in so many words, or because
// somebody tells of their own people and asks nothing of the service.
func (b *Book) Hard(a Asked) bool {
	folded := b.fold(a.Text)
	return says(folded, b.signs) || utf8.RuneCountInString(folded) >= tells && !b.wants(a) && (says(folded, b.people) || a.Role == family.Student && strings.Contains(folded, "我"))
}

// tells is from how many characters on a text that names the person's own people tells something of them.
const tells = 6
