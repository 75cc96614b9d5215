package load

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/faq"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

type (
	faqFile struct {
		FAQ []struct {
			ID        string   `yaml:"id"`
			Questions []string `yaml:"questions"`
			Answer    string   `yaml:"answer"`
			Then      []string `yaml:"then"`
		} `yaml:"faq"`
	}
	faqWordsFile struct {
		Words faq.Words `yaml:"faq_words"`
	}
	faqNotFile struct {
		Not []string `yaml:"faq_not"`
	}
)

func (l *loader) readFAQ(file string, body *ast.MappingNode) {
	var f faqFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	list, _ := body.Values[0].Value.(*ast.SequenceNode)
	for i, e := range f.FAQ {
		at := ast.Node(body)
		if list != nil && i < len(list.Values) {
			at = list.Values[i]
		}
		if len(e.Questions) == 0 || e.Answer == "" {
			l.bad(file, at, "请补上 questions 和 answer", "第 %d 条问答没有写全", i+1)
			continue
		}
		if strings.Contains(strings.ReplaceAll(e.Answer, "你们", ""), "你") {
			l.bad(file, at, "写成“您”或 {{you}}：对学生会说成“你”", "“%s”的回答里写了“你”，家长也会看到", e.Questions[0])
		}
		answer, err := plan.ParseText(e.Answer, func(string) bool { return false })
		if err != nil {
			l.bad(file, at, "回答里只能用 {{you}}（你或您）", "“%s”的回答：%v", e.Questions[0], err)
			continue
		}
		said := answer.Render(func(string) any { return nil })
		l.faq.Entries = append(l.faq.Entries, faq.Entry{ID: e.ID, File: file, Line: at.GetToken().Position.Line, Answer: said, Questions: e.Questions, Then: e.Then})
		l.entries = append(l.entries, at)
	}
}

// keyNode is where a mapping has a key, or the mapping itself.
func keyNode(node ast.Node, key string) ast.Node {
	if m, ok := node.(*ast.MappingNode); ok {
		for _, v := range m.Values {
			if v.Key.String() == key {
				return v.Key
			}
		}
	}
	return node
}

func (l *loader) readFAQWords(file string, body *ast.MappingNode) {
	var f faqWordsFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	w := &l.faq.Words
	w.Fillers, w.Same, w.Never = append(w.Fillers, f.Words.Fillers...), append(w.Same, f.Words.Same...), append(w.Never, f.Words.Never...)
}

func (l *loader) readFAQNot(file string, body *ast.MappingNode) {
	var f faqNotFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	for _, s := range f.Not {
		l.faq.Others = append(l.faq.Others, hanzi.Fold(s))
	}
}

// checkFAQ looks whether what answers lead to exists, and whether two entries claim the same question or name.
func (l *loader) checkFAQ() {
	said, ids := map[string]string{}, map[string]bool{}
	for i, e := range l.faq.Entries {
		for _, word := range e.Then {
			if l.plan.Led(hanzi.Fold(word)) == "" {
				l.bad(e.File, keyNode(l.entries[i], "then"), "写一个流程的触发词，比如 预约、心理自测、人工", "then 里的“%s”进不了哪个流程", word)
			}
		}
		if ids[e.ID] && e.ID != "" {
			l.bad(e.File, l.entries[i], "请换一个名字", "有两条问答都叫 %s", e.ID)
		}
		ids[e.ID] = true
		for _, q := range e.Questions {
			folded := hanzi.Fold(q)
			if other, taken := said[folded]; taken {
				l.bad(e.File, l.entries[i], "请删掉其中一个", "“%s”在“%s”那一条里也有", q, other)
			}
			said[folded] = e.Questions[0]
		}
	}
	l.checkAsked(said)
}
