package dialog

import (
	"math"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// faq answers questions about the service from dialogs/flows/faq.yaml: by the characters and character pairs that the
// person's text shares with a written question, rare ones counting more.
type faq struct {
	entries []faqEntry
	in      map[string][]int   // the questions that have a gram
	weight  map[string]float64 // how much a gram counts
	rare    float64            // how much one counts that no question has
	answers []int              // a question to its entry
	sums    []float64          // the weight of all grams of a question
}

type faqEntry struct {
	answer    string
	questions []string // folded
}

type faqFile struct {
	FAQ []struct {
		Questions []string `yaml:"questions"`
		Answer    string   `yaml:"answer"`
	} `yaml:"faq"`
}

func (l *loader) readFAQ(file string, body *ast.MappingNode) {
	var f faqFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	for i, e := range f.FAQ {
		if len(e.Questions) == 0 || e.Answer == "" {
			l.bad(file, body, "请补上 questions 和 answer", "第 %d 条问答没有写全", i+1)
			continue
		}
		entry := faqEntry{answer: e.Answer}
		for _, q := range e.Questions {
			entry.questions = append(entry.questions, hanzi.Fold(q))
		}
		l.set.faq.entries = append(l.set.faq.entries, entry)
	}
}

// enough is how much alike (0–1) a text and a question must be; below it the text is searched for among lessons. Chosen
// on the questions of faq_test.go.
const enough = 0.55

// index prepares the search once all questions are known.
func (f *faq) index() {
	f.in, f.weight = map[string][]int{}, map[string]float64{}
	total := 0
	for i, e := range f.entries {
		for _, q := range e.questions {
			for g := range grams(q) {
				f.in[g] = append(f.in[g], total)
			}
			f.answers = append(f.answers, i)
			total++
		}
	}
	f.rare = math.Log(1 + float64(total))
	for g, in := range f.in {
		f.weight[g] = math.Log(1 + float64(total)/float64(len(in)))
	}
	for _, e := range f.entries {
		for _, q := range e.questions {
			sum := 0.0
			for g := range grams(q) {
				sum += f.weight[g]
			}
			f.sums = append(f.sums, sum)
		}
	}
}

// find returns the answer whose question is most like the text: twice the weight of what both have, by the weight of
// both (Dice). What no question has weighs most, so that "孩子可以用手机吗" is not taken for "孩子可以用吗".
func (f *faq) find(folded string) (string, bool) {
	if len(f.sums) == 0 || len(folded) > maxQuestion {
		return "", false
	}
	both, sum := make([]float64, len(f.sums)), 0.0
	for g := range grams(folded) {
		in, known := f.in[g]
		if !known {
			sum += f.rare
			continue
		}
		w := f.weight[g]
		sum += w
		for _, q := range in {
			both[q] += w
		}
	}
	best, found := 0.0, 0
	for q, b := range both {
		if d := 2 * b / (sum + f.sums[q]); d > best {
			best, found = d, q
		}
	}
	return f.entries[f.answers[found]].answer, best >= enough
}

// maxQuestion bounds, in bytes, what may be a question about the service; longer texts tell a story.
const maxQuestion = 150

// grams are the characters of a folded text and their pairs.
func grams(folded string) map[string]bool {
	out := make(map[string]bool, 2*len(folded)/3)
	last := -1
	for i, r := range folded {
		end := i + utf8.RuneLen(r)
		out[folded[i:end]] = true
		if last >= 0 {
			out[folded[last:end]] = true
		}
		last = i
	}
	return out
}
