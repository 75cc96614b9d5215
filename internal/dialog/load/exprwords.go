package load

import (
	"regexp"
	"strings"
)

var unknownName = regexp.MustCompile(`unknown name ([A-Za-z_][A-Za-z0-9_]*)`)

// exprWords says in plain words what is wrong with a condition or an expression.
func exprWords(err error) string {
	said, _, _ := strings.Cut(err.Error(), "\n")
	if m := unknownName.FindStringSubmatch(said); m != nil {
		return "没有叫 " + m[1] + " 的变量；文字要加引号"
	}
	for _, w := range []struct{ part, words string }{
		{"has no field", "这个变量里没有这一项"},
		{"mismatched types", "两边不是一类东西，不能放在一起算或比：文字要加引号，数不要"},
		{"invalid operation", "两边不是一类东西，不能放在一起算或比：文字要加引号，数不要"},
		{"expected bool", "条件的结果要是“是”或“不是”，例如 count > 2"},
		{"expected float64", "结果要是一个数"},
		{"expected string", "结果要是文字，文字要加引号"},
		{"expected", "结果不是这里要的那一类"},
		{"unexpected token EOF", "没有写完"},
		{"literal not terminated", "引号没有写完"},
		{"exceeds maximum allowed nodes", "太长了，请分成几步"},
		{errEndless.Error(), "要数的东西太多：不能用 1..9 这样的一串数，也不能在一个清单里再数一个清单"},
		{errTangled.Error(), "太长了，请分成几步"},
	} {
		if strings.Contains(said, w.part) {
			return w.words
		}
	}
	return "写法有误，请对照 dialogs/README.md 里的例子"
}
