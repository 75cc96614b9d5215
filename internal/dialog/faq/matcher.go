package faq

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/topics"
)

// A matcher says which written question a text asks. It reads both as words: what the editors say means the same is one
// word (多少钱, 收费, 使费), what is said in passing is dropped, and the rest counts by single characters
// and numbers. What a text and a question have in common then weighs by how rare it is among all questions. An entry is
// the likelier, too, the more of its other questions have the same words. Sentences that ask nothing of the service stand
// beside the questions: a text that is most like one of those asks nothing either. What was learned from all ways of asking
// (package topics) then counts more than that likeness.
type matcher struct {
	names     map[string]string // what is said, folded, to the word that stands for it; "" for what is dropped
	longest   map[rune]int      // of the names that begin so, in bytes
	never     []string          // folded
	questions []question
	of        map[string]*gram // what is known of a gram
	entries   int
	rare      float64               // how much a gram counts that no question has
	asked     map[string]int        // every known way of asking, folded, to its entry, and what asks nothing to notAsked
	classes   []int                 // the entries that are learned: those with further ways of asking
	learned   func() *topics.Reader // at the first question: most loadings of content ask none
}

type question struct {
	entry int // notAsked for a sentence that asks nothing of the service
	text  string
	sum   float64 // the weight of all its grams
}

const notAsked = -1

// gram is a token or a pair of neighbours, as the questions have it.
type gram struct {
	in     []int // the questions that have it
	weight float64
	shares []share
}

// share is how many of an entry's questions have a gram.
type share struct {
	entry int
	root  float64 // the square root of the part of all that they are
}

// Found is an entry that a text may ask for.
type Found struct {
	Entry    int
	Question string  // the written question that is most like the text, folded; "" where none is
	Score    float64 // 0–1
}

// How sure a reading must be. The figures of the likeness were chosen on the questions and on the sentences of families in
// dialogs/tests; those of the whole by learning from all writers of examples but one and judging by that one's.
const (
	enough   = 0.58 // answered by the likeness alone
	ahead    = 0.07 // by how much the best entry must be before the next
	perhaps  = 0.36 // offered
	together = 0.35 // how much the entry's other questions count beside the one that is most like the text
	extra    = 0.45 // how much it counts against a question that the text says more
	unsaid   = 0.55 // and that the text says less

	likeShare = 0.2  // of the likeness in the whole
	nothing   = 0.6  // how much it counts that a text asks nothing
	surely    = 0.34 // answered
	clearly   = 0.1  // by how much the best must be before the next
	maybe     = 0.15 // offered
	leastMay  = 0.25 // of the best that is offered
)

// maxQuestion bounds, in bytes, what may be a question about the service; longer texts tell a story.
const maxQuestion = 240

func newMatcher(w Words, entries []Entry, others, elsewhere []string) matcher {
	m := matcher{names: map[string]string{}, longest: map[rune]int{}, of: map[string]*gram{}, asked: map[string]int{}, entries: len(entries)}
	name := func(said, word string) {
		said = hanzi.Fold(said)
		m.names[said] = word
		first, _ := utf8.DecodeRuneInString(said)
		m.longest[first] = max(m.longest[first], len(said))
	}
	for _, line := range w.Same {
		for _, said := range line {
			name(said, "〔"+line[0]+"〕")
		}
	}
	for _, said := range w.Fillers {
		name(said, "")
	}
	for _, s := range w.Never {
		m.never = append(m.never, hanzi.Fold(s))
	}
	var examples []topics.Example
	for i, e := range entries {
		class := len(m.classes)
		if len(e.Asked) > 0 { // a new one, with nothing to learn from yet, moves no other
			m.classes = append(m.classes, i)
		}
		put := func(q string) {
			if m.asked[q] = i; len(e.Asked) > 0 {
				examples = append(examples, topics.Example{Class: class, Text: q})
			}
		}
		shares := map[string]float64{}
		for _, q := range e.Questions {
			q = hanzi.Fold(q)
			m.add(question{entry: i, text: q})
			for _, g := range m.grams(q) {
				shares[g] += 1 / float64(len(e.Questions))
			}
			put(q)
		}
		for _, q := range e.Asked {
			put(q)
		}
		for g, part := range shares {
			m.of[g].shares = append(m.of[g].shares, share{i, math.Sqrt(part)})
		}
	}
	// What an entry answers is a question about the service from then on, whatever was thought before.
	m.never = slices.DeleteFunc(m.never, func(w string) bool {
		return slices.ContainsFunc(m.questions, func(q question) bool { return strings.Contains(q.text, w) })
	})
	for _, s := range others {
		if !m.known(s) {
			m.asked[s] = notAsked
		}
		m.add(question{entry: notAsked, text: s})
		examples = append(examples, topics.Example{Class: len(m.classes), Text: s})
	}
	for _, s := range elsewhere {
		if s = hanzi.Fold(s); !m.known(s) {
			examples = append(examples, topics.Example{Class: len(m.classes), Text: s})
		}
	}
	total := float64(len(m.questions))
	m.rare = math.Log(1 + total)
	for _, g := range m.of {
		g.weight = math.Log(1 + total/float64(len(g.in)))
	}
	for i, q := range m.questions {
		for _, g := range m.grams(q.text) {
			m.questions[i].sum += m.of[g].weight
		}
	}
	m.learned = sync.OnceValue(func() *topics.Reader {
		return topics.Learn(fmt.Sprintf("%q %q", w.Same, w.Fillers), m.runs, examples, len(m.classes)+1)
	})
	return m
}

// known says whether a folded text is a known way of asking.
func (m *matcher) known(folded string) bool {
	_, ok := m.asked[folded]
	return ok
}

func (m *matcher) add(q question) {
	for _, g := range m.grams(q.text) {
		if m.of[g] == nil {
			m.of[g] = &gram{}
		}
		m.of[g].in = append(m.of[g].in, len(m.questions))
	}
	m.questions = append(m.questions, q)
}

// tokens takes a folded text apart: the longest known names, numbers and Latin words, and single characters. said is the
// text without what is said in passing.
func (m *matcher) tokens(folded string) (out []string, said []rune) {
next:
	for len(folded) > 0 {
		first, size := utf8.DecodeRuneInString(folded)
		for n := min(m.longest[first], len(folded)); n > 0; n-- {
			if word, known := m.names[folded[:n]]; known {
				if word != "" {
					out = append(out, word)
					said = append(said, []rune(folded[:n])...)
				}
				folded = folded[n:]
				continue next
			}
		}
		n := size
		if latin(first) {
			for n < len(folded) && latin(rune(folded[n])) {
				n++
			}
		}
		out = append(out, folded[:n])
		said = append(said, []rune(folded[:n])...)
		folded = folded[n:]
	}
	return out, said
}

func latin(r rune) bool { return r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// grams are the tokens of a folded text and their pairs.
func (m *matcher) grams(folded string) []string {
	tokens, _ := m.tokens(folded)
	var out []string
	for i, t := range tokens {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
		if i > 0 && !slices.Contains(out, tokens[i-1]+t) {
			out = append(out, tokens[i-1]+t)
		}
	}
	return out
}

// runs are what is learned from: the characters of a folded text and their pairs, and its words and theirs, as numbers that
// no two of them share but by an unlikely chance. Each once.
func (m *matcher) runs(folded string) []uint64 {
	tokens, said := m.tokens(folded)
	out := make([]uint64, 0, 2*(len(said)+len(tokens)))
	before := uint64('^')
	for _, r := range said {
		out = append(out, uint64(r), before<<32|uint64(r))
		before = uint64(r)
	}
	out = append(out, before<<32|'$')
	last := uint64(0)
	for i, t := range tokens {
		h := uint64(14695981039346656037) // FNV-1a
		for k := range len(t) {
			h = (h ^ uint64(t[k])) * 1099511628211
		}
		if utf8.RuneCountInString(t) > 1 {
			out = append(out, h)
		}
		if i > 0 {
			out = append(out, (last*31^h)*1099511628211)
		}
		last = h
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Read returns the entries that a folded text may ask for, the likeliest first, and whether it surely asks for that one.
func (m *matcher) Read(folded string) (found []Found, sure bool) {
	if m.tells(folded) {
		return nil, false
	}
	if entry, known := m.asked[folded]; known && entry == notAsked {
		return nil, false
	} else if known {
		return []Found{{Entry: entry, Score: 1}}, true
	}
	if _, said := m.tokens(folded); len(said) == 0 { // all of it is said in passing
		return nil, false
	}
	if hans(folded) < leastHans {
		return m.Like(folded)
	}
	if found, sure = m.Like(folded); sure && !slices.Contains(m.classes, found[0].Entry) {
		return found, true
	}
	found = nil
	scores := m.scores(folded)
	none := len(scores) - 1
	for entry, s := range scores[:none] {
		if s >= maybe {
			found = append(found, Found{Entry: entry, Score: s})
		}
	}
	slices.SortFunc(found, better)
	if len(found) == 0 || found[0].Score < max(leastMay, nothing*scores[none]) {
		return nil, false
	}
	next := nothing * scores[none]
	if len(found) > 1 {
		next = max(next, found[1].Score)
	}
	return found, found[0].Score >= surely && found[0].Score-next >= clearly
}

// leastHans is how many Chinese characters say enough to be heard otherwise than in the very words: a number, a code or
// 这个 is like everything a little.
const leastHans = 3

func hans(s string) (n int) {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

// scores says how much speaks for each entry, and last for none of them.
func (m *matcher) scores(folded string) []float64 {
	none := m.entries
	scores := make([]float64, none+1)
	for c, p := range m.learned().Chances(m.runs(folded)) {
		entry := none
		if c < len(m.classes) {
			entry = m.classes[c]
		}
		scores[entry] = (1 - likeShare) * float64(p)
	}
	for _, f := range m.rank(folded) {
		if f.Entry == notAsked {
			f.Entry = none
		}
		scores[f.Entry] += likeShare * f.Score
	}
	return scores
}

// Like is the same by the likeness to the written questions alone.
func (m *matcher) Like(folded string) (found []Found, sure bool) {
	if m.tells(folded) {
		return nil, false
	}
	all := m.rank(folded)
	if len(all) == 0 || all[0].Entry == notAsked || all[0].Score < perhaps {
		return nil, false
	}
	next := 0.0
	if len(all) > 1 {
		next = all[1].Score
	}
	for _, f := range all {
		if f.Entry != notAsked && f.Score >= perhaps {
			found = append(found, f)
		}
	}
	return found, all[0].Score >= enough && (all[0].Score-next >= ahead || all[0].Score > 0.99)
}

// tells says whether a text tells something, rather than asks something of the service.
func (m *matcher) tells(folded string) bool {
	return len(folded) > maxQuestion || slices.ContainsFunc(m.never, func(w string) bool { return strings.Contains(folded, w) })
}

func better(a, b Found) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Entry, b.Entry))
}

// rank scores all entries by their likeness to a folded text, the best first; the sentences that ask nothing are one of them.
func (m *matcher) rank(folded string) []Found {
	var (
		both, shared = make([]float64, len(m.questions)), make([]float64, m.entries)
		sum          float64
	)
	for _, name := range m.grams(folded) {
		g, known := m.of[name]
		if !known {
			sum += m.rare
			continue
		}
		sum += g.weight
		for _, q := range g.in {
			both[q] += g.weight
		}
		for _, s := range g.shares {
			shared[s.entry] += g.weight * s.root
		}
	}
	best := make([]Found, m.entries+1) // the last for what asks nothing
	for q, b := range both {
		if b == 0 {
			continue
		}
		asked := &m.questions[q]
		score := b / (b + extra*(sum-b) + unsaid*(asked.sum-b))
		f := &best[m.entries]
		if asked.entry != notAsked {
			f = &best[asked.entry]
		}
		if f.Question == "" || score > f.Score || score == f.Score && asked.text < f.Question {
			*f = Found{Entry: asked.entry, Question: asked.text, Score: score}
		}
	}
	var out []Found
	for _, f := range best {
		if f.Question == "" { // nothing of it is like the text
			continue
		}
		if f.Entry != notAsked && f.Score < 1 {
			f.Score += together * (shared[f.Entry] / max(sum, 1)) * (1 - f.Score)
		}
		out = append(out, f)
	}
	slices.SortFunc(out, better)
	return out
}
