package load

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/faq"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/topics"
)

// faqAskedFile has further ways of asking by the ID of the entry that they ask for, one in a line.
type faqAskedFile struct {
	Asked map[string]string `yaml:"faq_asked"`
}

type askedLines struct {
	file  string
	at    ast.Node
	id    string
	lines []string
}

func (l *loader) readFAQAsked(file string, body *ast.MappingNode) {
	var f faqAskedFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	list, _ := body.Values[0].Value.(*ast.MappingNode)
	if list == nil {
		return
	}
	for _, v := range list.Values {
		id := v.Key.GetToken().Value
		l.asked = append(l.asked, askedLines{file: file, at: v, id: id, lines: topics.Lines(f.Asked[id])})
	}
}

// checkAsked gives the further ways of asking to their entries, and looks whether two claim the same one. said are the
// written questions, folded, by the first of their entry.
func (l *loader) checkAsked(said map[string]string) {
	q := l.faq
	for _, a := range l.asked {
		i := slices.IndexFunc(q.Entries, func(e faq.Entry) bool { return e.ID == a.id })
		if i < 0 {
			l.bad(a.file, a.at, "请看看 faq*.yaml 里这一条的 id", "没有叫 %s 的问答", a.id)
			continue
		}
		e := &q.Entries[i]
		for _, line := range a.lines {
			folded := hanzi.Fold(line)
			if other, taken := said[folded]; taken {
				l.bad(a.file, a.at, "请删掉其中一个", "%s 里的“%s”在“%s”那一条里也有", a.id, line, other)
				continue
			}
			said[folded] = e.Questions[0]
			e.Asked = append(e.Asked, folded)
		}
	}
}
