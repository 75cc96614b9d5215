package editing

import (
	"regexp"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// The loaders speak to somebody who has the file open: they name its keys and show how a line is written. Somebody with a
// form before them is told the same by the labels of the form.

// innerWords are the keys of parts of a field.
var innerWords = map[string]string{
	"days": "星期", "from": "从", "to": "到", "until": "到哪天为止", "day": "星期几", "time": "几点",
	"ask": "题目", "answers": "选项", "right": "第几个是对的", "why": "为什么", "index.yaml": "课程的目录", "districts": "站点的目录",
}

// A key stands alone: no other letter, and none of a mark such as {{name}}, is beside it. What is quoted is the editor's own
// text, and matches without a group.
var keyWord = regexp.MustCompile(`"[^"]*"|“[^”]*”|(?:^|[^A-Za-z0-9_.{/-])([a-z_]+(?:\.yaml)?)`)

// written tells that a hint shows how lines of a file look.
var written = regexp.MustCompile(`\{[a-z_]+:|^写成 \[`)

// said is a problem in the words of a form.
func (sh shape) said(p problem.Problem) problem.Problem {
	p.Message = sh.labelled(p.Message)
	if written.MatchString(p.Hint) {
		p.Hint = "请对照这一格上面的说明改"
	}
	p.Hint = sh.labelled(p.Hint)
	return p
}

func (sh shape) labelled(text string) string {
	var b strings.Builder
	last := 0
	for _, m := range keyWord.FindAllStringSubmatchIndex(text, -1) {
		if m[2] < 0 {
			continue
		}
		word, end := text[m[2]:m[3]], m[3]
		if end < len(text) && strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/:", rune(text[end])) {
			continue
		}
		label := innerWords[word]
		if i := slices.IndexFunc(sh.fields, func(f Field) bool { return f.Name == word }); i >= 0 {
			label = sh.fields[i].Label
		}
		if label == "" {
			continue
		}
		b.WriteString(strings.TrimRight(text[last:m[2]], " ") + "“" + label + "”")
		if last = end; strings.HasPrefix(text[last:], " ") { // quotes stand close
			last++
		}
	}
	b.WriteString(text[last:])
	return b.String()
}

// mentions says whether a text names a key.
func mentions(text, key string) bool {
	for _, m := range keyWord.FindAllStringSubmatch(text, -1) {
		if m[1] == key {
			return true
		}
	}
	return false
}
