package course

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/recall"
)

// Hit is a lesson that a search found. Score grows with how well it fits; Why says what it was found by, the weightiest first.
type Hit struct {
	Lesson Lesson
	Score  float64
	Sure   bool // else it is a guess, worth showing only to who asked for lessons
	Why    []Reason
}

// Reason is one term that a query and a lesson share.
type Reason struct {
	Term   string
	Via    string   // the editors' word that brought the term in, where the parent did not write it
	Fields []string // where in the lesson it stands, as the YAML calls it
	Weight float64  // what it adds to the score
}

// index finds lessons by BM25 (Robertson & Zaragoza 2009) over pairs of characters, and single ones at a lower weight,
// which needs no dictionary. A term counts by the field in which it stands.
//
// Measured against bleve 2.6.3 (cjk analyser, BM25, the same fields and synonyms, 40 lessons, two cores) on questions
// seen for the first time: bleve had 27 of 36, 54 of 65 and 37 of 40 among the first three, this 33, 56 and 38. A query
// took 1.5 ms against 0.2, making the index 120 ms and 13 MB resident against 13 ms and 1 MB. And bleve answered chatter
// with a lesson in 9 of 11 cases, for it does not say how sure it is.
type index struct {
	lessons  []Lesson
	postings map[string][]posting // a term to where it stands
	length   []float64            // of each lesson, in weighted terms
	average  float64
	stages   []Stage // with folded words
	synonyms []sameWords
	last     recall.Last[searched, []Hit]
}

// searched is what a search was for.
type searched struct {
	query string
	n     int
}

// sameWords are words that editors call the same.
type sameWords struct {
	words []string // folded
	terms []string // of all of them; single characters would match by chance, and stand for nothing
}

type posting struct {
	lesson int
	weight float64 // sum of the weights of the fields in which the term stands
	fields fieldSet
}

// fieldSet is a set of fields, one bit each.
type fieldSet uint8

type field struct {
	name   string
	weight float64 // of a term that stands in it
	texts  func(Lesson) []string
}

// The fields of a lesson that are searched. What parents would type tells most.
var fields = []field{
	{"questions", 4, func(l Lesson) []string { return l.Questions }},
	{"title", 3, func(l Lesson) []string { return []string{l.Title} }},
	{"themes", 2, func(l Lesson) []string { return l.Themes }},
	{"points", 1, func(l Lesson) []string { return l.Points }},
	{"summary", 1, func(l Lesson) []string { return []string{l.Summary} }},
	{"check", 1.5, func(l Lesson) []string {
		var out []string
		for _, q := range l.Check {
			out = append(out, q.Ask, q.Why)
		}
		return out
	}},
}

func (s fieldSet) names() []string {
	var out []string
	for i, f := range fields {
		if s&(1<<i) != 0 {
			out = append(out, f.name)
		}
	}
	return out
}

// BM25's usual constants.
const (
	k1 = 1.2
	b  = 0.5
)

// The weight of a query's term: a single character says little by itself, a synonym less than the word that was written.
const (
	asWritten = 1.0
	asSynonym = 0.5
	asSingle  = 0.4
)

// otherStage is what a lesson for another age keeps of its score when a parent says how old the child is.
const otherStage = 0.55

func newIndex(lessons []Lesson, stages []Stage, synonyms [][]string) *index {
	x := &index{lessons: lessons, postings: map[string][]posting{}, length: make([]float64, len(lessons))}
	for _, st := range stages {
		words := make([]string, len(st.Words))
		for i, w := range st.Words {
			words[i] = fold(w)
		}
		x.stages = append(x.stages, Stage{ID: st.ID, Words: words})
	}
	for _, group := range synonyms {
		var same sameWords
		for _, w := range group {
			folded := fold(w)
			same.words = append(same.words, folded)
			for _, t := range terms(folded) {
				if !t.single && !slices.Contains(same.terms, t.text) {
					same.terms = append(same.terms, t.text)
				}
			}
		}
		x.synonyms = append(x.synonyms, same)
	}
	for i, l := range lessons {
		found := map[string]posting{}
		for n, f := range fields {
			for _, text := range f.texts(l) {
				for _, t := range terms(fold(text)) {
					p := found[t.text]
					found[t.text] = posting{i, p.weight + f.weight, p.fields | 1<<n}
				}
			}
		}
		for term, p := range found {
			x.postings[term] = append(x.postings[term], p)
			x.length[i] += p.weight
		}
		x.average += x.length[i] / float64(len(lessons))
	}
	return x
}

func (x *index) idf(term string) float64 {
	n := float64(len(x.postings[term]))
	return math.Log(1 + (float64(len(x.lessons))-n+0.5)/(n+0.5))
}

// wanted is a term that a query looks for.
type wanted struct {
	term   string
	weight float64
	via    string
}

// want reads a folded query: its own terms, and at a lower weight those of the words that editors call the same. A synonym of
// one character would match by chance and needs a word around it.
func (x *index) want(folded string) []wanted {
	own := terms(folded)
	out, known := make([]wanted, 0, len(own)), make(map[string]bool, len(own))
	add := func(w wanted) {
		if !known[w.term] {
			known[w.term] = true
			out = append(out, w)
		}
	}
	for _, t := range own {
		w := asWritten
		if t.single {
			w = asSingle
		}
		add(wanted{t.text, w, ""})
	}
	for _, group := range x.synonyms {
		word, said := longestIn(folded, group.words)
		if !said {
			continue
		}
		for _, t := range group.terms {
			add(wanted{t, asSynonym, word})
		}
	}
	return out
}

// saidStages are the stages that a folded query names. The longest word counts first, so that 十三岁 is not 三岁.
func (x *index) saidStages(folded string) []string {
	var out []string
	for {
		best, stage := "", ""
		for _, st := range x.stages {
			if w, said := longestIn(folded, st.Words); said && len(w) > len(best) {
				best, stage = w, st.ID
			}
		}
		if best == "" {
			return out
		}
		folded = strings.ReplaceAll(folded, best, " ")
		out = append(out, stage)
	}
}

func longestIn(query string, words []string) (string, bool) {
	best := ""
	for _, w := range words {
		if len(w) > len(best) && strings.Contains(query, w) {
			best = w
		}
	}
	return best, best != ""
}

// How much a lesson must score to be offered at all, and to be offered without being asked for, in rarest terms: the
// weight that a term of one lesson alone has in a catalogue of this size. Chosen on dialogs/tests/search*.yaml and some
// thirty sentences of chatter, so that most worries are sure and nearly no chatter is.
const (
	leastTerms = 0.5
	sureTerms  = 2.15
)

// candidate is a lesson that a search found.
type candidate struct {
	lesson int
	score  float64
	other  bool // it is for another age
}

// search returns the lessons that fit, the best first.
func (x *index) search(query string, n int) []Hit {
	folded := fold(query)
	terms, scores := x.want(folded), make([]float64, len(x.lessons))
	for _, q := range terms {
		idf := x.idf(q.term)
		for _, p := range x.postings[q.term] {
			scores[p.lesson] += x.adds(q, p, idf)
		}
	}
	var (
		found  []candidate
		rarest = x.idf("")
		stages = x.saidStages(folded)
	)
	for i, score := range scores {
		other := len(stages) > 0 && !slices.ContainsFunc(stages, func(st string) bool { return slices.Contains(x.lessons[i].Stages, st) })
		if other {
			score *= otherStage
		}
		if score >= leastTerms*rarest {
			found = append(found, candidate{i, score, other})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(x.lessons[a.lesson].ID, x.lessons[b.lesson].ID))
	})
	hits := make([]Hit, 0, min(n, len(found)))
	for _, c := range found[:min(n, len(found))] {
		why := x.reasons(terms, c.lesson)
		if c.other {
			why = append(why, Reason{Term: "年龄不对", Fields: []string{"stages"}})
		}
		hits = append(hits, Hit{x.lessons[c.lesson], c.score, c.score >= sureTerms*rarest, why})
	}
	return hits
}

// adds is what a term adds to the score of a lesson in which it stands.
func (x *index) adds(q wanted, p posting, idf float64) float64 {
	return q.weight * idf * p.weight * (k1 + 1) / (p.weight + k1*(1-b+b*x.length[p.lesson]/x.average))
}

// reasons are the terms by which a lesson was found, the weightiest first.
func (x *index) reasons(terms []wanted, lesson int) []Reason {
	var why []Reason
	for _, q := range terms {
		for _, p := range x.postings[q.term] {
			if p.lesson == lesson {
				why = append(why, Reason{q.term, q.via, p.fields.names(), x.adds(q, p, x.idf(q.term))})
			}
		}
	}
	slices.SortFunc(why, func(a, b Reason) int { return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Term, b.Term)) })
	return why
}

// Search returns up to n lessons for what a parent typed, the best first.
func (c *Catalogue) Search(query string, n int) []Hit {
	return slices.Clone(c.index.last.Of(searched{query, n}, query, func() []Hit { return c.index.search(query, n) }))
}
