package content

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// ReadyAnswer is a sentence that a counsellor finds at the desk, and changes before sending it.
type ReadyAnswer struct {
	Title string `yaml:"title"`
	Group string `yaml:"group"`
	Text  string `yaml:"text"`
}

type readyFile struct {
	Ready []ReadyAnswer `yaml:"ready"`
}

const (
	readyTitle = 20  // characters: a title stands on one line of a phone
	readyText  = 500 // characters: more is no sentence to say to somebody in need
)

var (
	readyMark    = regexp.MustCompile(`\{\{.*?\}\}`)
	readyAddress = regexp.MustCompile(`[你您]`)
)

// Words returns the sentence for a person who is addressed as you (你 or 您), by a counsellor of this name.
func (r ReadyAnswer) Words(you, name string) string {
	return strings.NewReplacer("{{you}}", you, "{{name}}", name).Replace(r.Text)
}

func loadReady(fsys fs.FS, ps *problem.Problems) []ReadyAnswer {
	const file = "replies/ready.yaml"
	var f readyFile
	doc, ok := problem.Read(fsys, file, file, &f, ps)
	if !ok {
		return nil
	}
	known := map[string]bool{}
	for i := range f.Ready {
		r := &f.Ready[i]
		r.Text = strings.TrimSpace(r.Text)
		at := func(key string) string { return fmt.Sprintf("$.ready[%d].%s", i, key) }
		here := fmt.Sprintf("$.ready[%d]", i)
		switch n := utf8.RuneCountInString(r.Title); {
		case n == 0:
			doc.Bad(ps, here, "写上 title，老师靠它找这句话", "缺少 title")
		case n > readyTitle:
			doc.Bad(ps, at("title"), fmt.Sprintf("缩到 %d 个字以内", readyTitle), "题目有 %d 个字", n)
		case known[r.Title]:
			doc.Bad(ps, at("title"), "换一个题目", "“%s”写了两次", r.Title)
		}
		known[r.Title] = true
		if r.Group == "" {
			doc.Bad(ps, here, "写上 group，例如“开头”", "缺少 group")
		}
		switch n := utf8.RuneCountInString(r.Text); {
		case n == 0:
			doc.Bad(ps, here, "写上 text", "缺少 text")
		case n > readyText:
			doc.Bad(ps, at("text"), fmt.Sprintf("缩到 %d 个字以内，或者分成两条", readyText), "这句话有 %d 个字", n)
		case readyAddress.MatchString(r.Text):
			doc.Bad(ps, at("text"), "写成 {{you}}：对学生是“你”，对家长是“您”", "直接写了“你”或“您”")
		}
		for _, mark := range readyMark.FindAllString(r.Text, -1) {
			if mark != "{{you}}" && mark != "{{name}}" {
				doc.Bad(ps, at("text"), "能用的是 {{you}}（你或您）和 {{name}}（老师自己的名字）", "不认识 %s", mark)
			}
		}
	}
	if len(f.Ready) == 0 {
		doc.Bad(ps, "$", "写上至少一句", "一句常用语也没有")
	}
	return f.Ready
}
