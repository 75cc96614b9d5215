package course

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Hit is a lesson that a search found. Score grows with how well it fits; Why says what it was found by.
type Hit struct {
	Lesson Lesson
	Score  float64
	Why    []string
}

// index finds lessons by BM25 over pairs of characters, which needs no dictionary: Robertson & Zaragoza 2009. A pair counts
// by the field in which it stands. A library with an inverted index on disk would cost more to start than this to search.
type index struct {
	lessons  []Lesson
	postings map[string][]posting // a term to where it stands
	length   []float64            // of each lesson, in weighted terms
	average  float64
	synonyms [][]string
}

type posting struct {
	lesson int
	weight float64 // sum of the weights of the fields in which the term stands
}

// The weight of a term by its field.
const (
	inQuestion = 4
	inTitle    = 3
	inTheme    = 2
	inPoint    = 1
	inSummary  = 1
)

// BM25's usual constants.
const (
	k1 = 1.2
	b  = 0.5
)

// floor is the share of the query's weight that a lesson must have, so that chatter finds nothing.
const floor = 0.2

func newIndex(lessons []Lesson, synonyms [][]string) *index {
	x := &index{lessons: lessons, postings: map[string][]posting{}, length: make([]float64, len(lessons)), synonyms: synonyms}
	for i, l := range lessons {
		weights := map[string]float64{}
		add := func(weight float64, texts ...string) {
			for _, t := range texts {
				for _, term := range terms(t) {
					weights[term] += weight
				}
			}
		}
		add(inQuestion, l.Questions...)
		add(inTitle, l.Title)
		add(inTheme, l.Themes...)
		add(inPoint, l.Points...)
		add(inSummary, l.Summary)
		for term, w := range weights {
			x.postings[term] = append(x.postings[term], posting{i, w})
			x.length[i] += w
		}
		x.average += x.length[i] / float64(len(lessons))
	}
	return x
}

// fillers say nothing of what a parent looks for.
var fillers = strings.NewReplacer("怎么办", "", "怎么", "", "如何", "", "什么", "", "为什么", "", "我的", "", "我家", "", "孩子", "", "小孩", "", "请问", "", "应该", "", "可以", "", "老是", "总", "总是", "总", "一直", "总", "有没有", "", "一下", "", "的", "", "了", "", "吗", "", "呢", "", "吧", "", "啊", "")

// terms are the pairs of neighbouring characters, and whole runs of Latin letters and digits.
func terms(s string) []string {
	s = fillers.Replace(strings.ToLower(norm.NFKC.String(s)))
	var (
		out   []string
		run   []rune
		latin bool
	)
	flush := func() {
		switch {
		case latin || len(run) == 1:
			out = append(out, string(run))
		default:
			for i := 0; i+1 < len(run); i++ {
				out = append(out, string(run[i:i+2]))
			}
		}
		run = run[:0]
	}
	for _, r := range s {
		isLatin := r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if !isLatin && !unicode.Is(unicode.Han, r) || isLatin != latin && len(run) > 0 {
			if len(run) > 0 {
				flush()
			}
		}
		if isLatin || unicode.Is(unicode.Han, r) {
			latin = isLatin
			run = append(run, r)
		}
	}
	if len(run) > 0 {
		flush()
	}
	return out
}

// expand adds, at half weight, the terms of words that mean the same as one in the query.
func (x *index) expand(query string) map[string]float64 {
	weights := map[string]float64{}
	for _, t := range terms(query) {
		weights[t] = 1
	}
	for _, group := range x.synonyms {
		for _, word := range group {
			if !strings.Contains(query, word) {
				continue
			}
			for _, other := range group {
				for _, t := range terms(other) {
					weights[t] = max(weights[t], 0.5)
				}
			}
			break
		}
	}
	return weights
}

// search returns the lessons that fit, the best first.
func (x *index) search(query string, n int) []Hit {
	weights := x.expand(query)
	scores := map[int]float64{}
	found := map[int]float64{} // how much of the query a lesson has
	why := map[int][]string{}
	whole := 0.0
	for term, w := range weights {
		ps := x.postings[term]
		idf := math.Log(1 + (float64(len(x.lessons))-float64(len(ps))+0.5)/(float64(len(ps))+0.5))
		if w == 1 {
			whole += idf
		}
		for _, p := range ps {
			tf := p.weight * (k1 + 1) / (p.weight + k1*(1-b+b*x.length[p.lesson]/x.average))
			scores[p.lesson] += w * idf * tf
			found[p.lesson] += w * idf
			why[p.lesson] = append(why[p.lesson], fmt.Sprintf("%s %.2f", term, w*idf*tf))
		}
	}
	var hits []Hit
	for i, s := range scores {
		if whole > 0 && found[i]/whole >= floor {
			slices.Sort(why[i])
			hits = append(hits, Hit{x.lessons[i], s, why[i]})
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Lesson.ID, b.Lesson.ID))
	})
	return hits[:min(n, len(hits))]
}

// Search returns up to n lessons for what a parent typed, the best first.
func (c *Catalogue) Search(query string, n int) []Hit { return c.index.search(query, n) }
