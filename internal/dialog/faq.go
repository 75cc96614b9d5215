package dialog

import (
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// faq answers questions about the service from dialogs/flows/faq.yaml: by how many of a written question's character
// pairs the person's text has, and the other way round.
type faq struct {
	entries []faqEntry
}

type faqEntry struct {
	answer    string
	questions []map[string]bool // the pairs of each wording
}

type faqFile struct {
	FAQ []struct {
		Questions []string `yaml:"questions"`
		Answer    string   `yaml:"answer"`
	} `yaml:"faq"`
}

func (l *loader) readFAQ(file string, body *ast.MappingNode) {
	var f faqFile
	if err := yaml.NodeToValue(body, &f, yaml.Strict()); err != nil {
		l.yamlError(file, err)
		return
	}
	for i, e := range f.FAQ {
		if len(e.Questions) == 0 || e.Answer == "" {
			l.bad(file, body, "请补上 questions 和 answer", "第 %d 条问答没有写全", i+1)
			continue
		}
		entry := faqEntry{answer: e.Answer}
		for _, q := range e.Questions {
			entry.questions = append(entry.questions, pairs(q))
		}
		l.set.faq.entries = append(l.set.faq.entries, entry)
	}
}

// enough is how much alike (0–1, Dice) a text and a question must be; below it the text is searched for among lessons.
const enough = 0.62

// find returns the answer whose question is most like the text.
func (f *faq) find(text string) (string, bool) {
	p := pairs(text)
	best, answer := 0.0, ""
	for _, e := range f.entries {
		for _, q := range e.questions {
			if d := dice(p, q); d > best {
				best, answer = d, e.answer
			}
		}
	}
	return answer, best >= enough
}

func pairs(s string) map[string]bool {
	runes := []rune(fold(s))
	out := map[string]bool{}
	if len(runes) == 1 {
		out[string(runes)] = true
	}
	for i := 0; i+1 < len(runes); i++ {
		out[string(runes[i:i+2])] = true
	}
	return out
}

func dice(a, b map[string]bool) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	both := 0
	for p := range a {
		if b[p] {
			both++
		}
	}
	return 2 * float64(both) / float64(len(a)+len(b))
}
