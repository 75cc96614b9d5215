package dialog

import (
	"cmp"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// A matcher says which written question a text asks. It reads both as words: what the editors say means the same is one
// word (多少钱, 收费, 使费), what is said in passing is dropped, and the rest counts by single characters
// and numbers. What a text and a question have in common then weighs by how rare it is among all questions. An entry is
// the likelier, too, the more of its other questions have the same words. Sentences that ask nothing of the service stand
// beside the questions: a text that is most like one of those asks nothing either.
type matcher struct {
	names     map[string]string // what is said, folded, to the word that stands for it; "" for what is dropped
	longest   int               // of the names, in runes
	never     []string          // folded
	questions []question
	in        map[string][]int     // the questions that have a gram
	weight    map[string]float64   // how much a gram counts
	share     []map[string]float64 // of an entry: the share of its questions that have a gram
	rare      float64              // how much a gram counts that no question has
	signs     []sign
	elsewhere []string // folded
}

type question struct {
	entry int // notAsked for a sentence that asks nothing of the service
	text  string
	sum   float64 // the weight of all its grams
}

const notAsked = -1

// faqFound is an entry that a text may ask for.
type faqFound struct {
	Entry    int
	Question string  // the written question that is most like the text, folded
	Score    float64 // 0–1
}

// How sure a reading must be. Chosen on the questions and on the sentences of families in dialogs/tests, by what is
// answered wrongly among them; dialogs/tests/faq-unseen.yaml measures it on questions that nobody here has seen.
const (
	enough   = 0.58 // answered
	ahead    = 0.07 // by how much the best entry must be before the next
	perhaps  = 0.36 // offered
	together = 0.35 // how much the entry's other questions count beside the one that is most like the text
	extra    = 0.45 // how much it counts against a question that the text says more
	unsaid   = 0.55 // and that the text says less
)

// What a sign adds to the likeness.
const (
	signLeast = 0.35
	signMore  = 0.05 // for how rare its parts are
	signMost  = 0.85
	signLong  = 0.004 // how much less for every character more than a question has
	asLong    = 24
)

// maxQuestion bounds, in bytes, what may be a question about the service; longer texts tell a story.
const maxQuestion = 240

func newMatcher(w faqWords, entries [][]string, others []string, signs []sign, elsewhere []string) matcher {
	m := matcher{names: map[string]string{}, in: map[string][]int{}, weight: map[string]float64{}}
	name := func(said, word string) {
		said = hanzi.Fold(said)
		m.names[said] = word
		m.longest = max(m.longest, utf8.RuneCountInString(said))
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
	for e, qs := range entries {
		share := map[string]float64{}
		for _, q := range qs {
			m.add(question{entry: e, text: q})
			for _, g := range m.grams(q) {
				share[g] += 1 / float64(len(qs))
			}
		}
		m.share = append(m.share, share)
	}
	for _, s := range others {
		m.add(question{entry: notAsked, text: s})
	}
	var texts []string
	for _, q := range m.questions {
		texts = append(texts, q.text)
	}
	m.signs, m.elsewhere = signs, elsewhere
	weigh(m.signs, texts)
	total := float64(len(m.questions))
	m.rare = math.Log(1 + total)
	for g, in := range m.in {
		m.weight[g] = math.Log(1 + total/float64(len(in)))
	}
	for i, q := range m.questions {
		for _, g := range m.grams(q.text) {
			m.questions[i].sum += m.weight[g]
		}
	}
	return m
}

func (m *matcher) add(q question) {
	for _, g := range m.grams(q.text) {
		m.in[g] = append(m.in[g], len(m.questions))
	}
	m.questions = append(m.questions, q)
}

// tokens takes a folded text apart: the longest known names, numbers and Latin words, and single characters.
func (m *matcher) tokens(folded string) []string {
	var out []string
	rs := []rune(folded)
next:
	for i := 0; i < len(rs); {
		for n := min(m.longest, len(rs)-i); n > 0; n-- {
			if word, known := m.names[string(rs[i:i+n])]; known {
				if word != "" {
					out = append(out, word)
				}
				i += n
				continue next
			}
		}
		n := 1
		if latin(rs[i]) {
			for i+n < len(rs) && latin(rs[i+n]) {
				n++
			}
		}
		out = append(out, string(rs[i:i+n]))
		i += n
	}
	return out
}

func latin(r rune) bool { return r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// grams are the tokens of a folded text and their pairs.
func (m *matcher) grams(folded string) []string {
	tokens := m.tokens(folded)
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

// read returns the entries that a folded text may ask for, the likeliest first, and whether it surely asks for that one.
func (m *matcher) read(folded string) (found []faqFound, sure bool) {
	return decide(m.rank(folded, m.signed(folded)))
}

// like is the same by the likeness to the written questions alone.
func (m *matcher) like(folded string) (found []faqFound, sure bool) {
	return decide(m.rank(folded, nil))
}

func decide(all []faqFound) (found []faqFound, sure bool) {
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

// rank scores all entries for a folded text and the signs in it, the best first; the sentences that ask nothing are one of them.
func (m *matcher) rank(folded string, signed map[int]float64) []faqFound {
	if len(folded) > maxQuestion || saysAny(folded, m.never) {
		return nil
	}
	grams := m.grams(folded)
	both, sum := map[int]float64{}, 0.0
	for _, g := range grams {
		w, known := m.weight[g]
		if !known {
			sum += m.rare
			continue
		}
		sum += w
		for _, q := range m.in[g] {
			both[q] += w
		}
	}
	best := map[int]faqFound{}
	for q, b := range both {
		e := m.questions[q].entry
		score := b / (b + extra*(sum-b) + unsaid*(m.questions[q].sum-b))
		if old, ok := best[e]; !ok || score > old.Score || score == old.Score && m.questions[q].text < old.Question {
			best[e] = faqFound{Entry: e, Question: m.questions[q].text, Score: score}
		}
	}
	for e := range signed {
		if _, alike := best[e]; !alike {
			best[e] = faqFound{Entry: e}
		}
	}
	long := max(0, utf8.RuneCountInString(folded)-asLong)
	var out []faqFound
	for e, f := range best {
		if e != notAsked && f.Score < 1 {
			shared := 0.0
			for _, g := range grams {
				shared += m.weight[g] * math.Sqrt(m.share[e][g])
			}
			f.Score += together * (shared / max(sum, 1)) * (1 - f.Score)
		}
		if w := signed[e]; w > 0 {
			f.Score += (1 - f.Score) * max(0, min(signMost, signLeast+signMore*w)-signLong*float64(long))
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b faqFound) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Entry, b.Entry))
	})
	return out
}

// signed returns the weight of the best sign of every entry that has one in a text.
func (m *matcher) signed(folded string) map[int]float64 {
	out := map[int]float64{}
	if saysAny(folded, m.elsewhere) {
		return out
	}
	for i := range m.signs {
		if s := &m.signs[i]; s.weight > out[s.entry] && s.in(folded) {
			out[s.entry] = s.weight
		}
	}
	return out
}
