package problem

import (
	"bytes"
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
)

// Text is a content file without what some editors put before it: the mark of byte order.
func Text(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte("\ufeff")) }

// syntax are what a YAML library says of a text that is no YAML, by a part of its words, and what an editor is told.
var syntax = []struct{ part, text, hint string }{
	{"']' not found", "方括号没有关上", "检查这一行和上面的 [ ]，一个都不能少"},
	{"'[' character", "多了一个 ]，或者少了 [", "检查这一行的 [ ]"},
	{"end token '}'", "花括号没有关上", "检查这一行和上面的 { }，一个都不能少"},
	{"'{' character", "多了一个 }，或者少了 {", "检查这一行的 { }；文字里有花括号的，整句加上引号"},
	{"expected sequence element", "多了一个逗号", "检查方括号里的逗号，两个逗号中间要有内容"},
	{"could not find flow map content", "花括号里没有写全", "写成 {名字: 内容, 名字: 内容}"},
	{"end character of", "引号没有关上", "检查这一行的引号，要成对；文字里面用中文引号“ ”"},
	{"already defined", "同一个名字写了两次", "请留一个"},
	{"tab", "缩进用了 Tab", "缩进只能用空格，请把 Tab 换成空格"},
	{"'\\t'", "缩进用了 Tab", "缩进只能用空格，请把 Tab 换成空格"},
	{"anchor", "& 和 * 在这里有特别的意思", "文字以 & 或 * 开头的，整句加上引号"},
	{"alias", "& 和 * 在这里有特别的意思", "文字以 & 或 * 开头的，整句加上引号"},
	{"tag", "! 在这里有特别的意思", "文字以 ! 开头的，整句加上引号"},
	{"mapping value is not allowed", "这一行有两个冒号，或者缩进不对", "文字里有英文冒号的，整句加上引号；同一层的内容要对齐"},
	{"map key-value", "这一行的缩进或冒号不对", "冒号后面空一格；同一层的内容要对齐"},
	{"non-map value", "这一行少了冒号，或者缩进不对", "写成“名字: 内容”，冒号后面空一格；同一层的内容要对齐"},
	{"block sequence entries", "短横的位置不对", "短横单独起一行，和同一层的短横对齐"},
	{"value is not allowed", "这一行的缩进不对", "同一层的内容要对齐"},
	{"reserved character", "文字的第一个符号在这里有特别的意思", "整句加上引号"},
}

// said is what an editor is told of an error of the YAML library, in plain Chinese: neither its English nor the names of
// our types help anybody.
func said(err error) (text, hint string) {
	const compare = "请对照 dialogs/README.md 检查这一行的写法和缩进"
	var (
		unknown  *yaml.UnknownFieldError
		twice    *yaml.DuplicateKeyError
		kind     *yaml.TypeError
		node     *yaml.UnexpectedNodeTypeError
		overflow *yaml.OverflowError
	)
	switch {
	case errors.As(err, &unknown):
		return "不认得“" + quotedIn(unknown.Message) + "”", "检查拼写，或者删掉它；能用的名字见 dialogs/README.md"
	case errors.As(err, &twice):
		return "“" + quotedIn(twice.Message) + "”写了两次", "请留一个"
	case errors.As(err, &kind), errors.As(err, &node), errors.As(err, &overflow):
		return "这里的内容不是该写的那一种", "要写文字、数、是否、列表还是一组内容，请对照 dialogs/README.md"
	}
	var ye yaml.Error
	message := err.Error()
	if errors.As(err, &ye) {
		message = ye.GetMessage()
	}
	for _, s := range syntax {
		if strings.Contains(message, s.part) {
			return s.text, s.hint
		}
	}
	return "这一行的写法有误", compare
}

// quotedIn is what stands between quotation marks in a message.
func quotedIn(message string) string {
	_, rest, _ := strings.Cut(message, `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}
