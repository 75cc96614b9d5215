package problem

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// What people write who know Word better than YAML, line by line. It is looked for only in a file that cannot be read: in
// one that can, the same signs may stand in somebody's sentence.
var (
	wideColon  = regexp.MustCompile(`^( *(?:- +)?)([a-z_]+) *：`)
	tightColon = regexp.MustCompile(`^( *(?:- +)?)([a-z_]+):[^\s/]`)
	noColon    = regexp.MustCompile(`^( *(?:- +)?)([a-z_]+) +[^\s:]`)
	tightDash  = regexp.MustCompile(`^ *-[^\s-]`)
	keyed      = regexp.MustCompile(`^( *(?:- +)?[a-z_]+: +)(.*)$`)
	begun      = regexp.MustCompile(`^ *([a-z_]+):( |$)`)
	element    = regexp.MustCompile(`^( *- +)(.*)$`)
	folded     = regexp.MustCompile(`\n *([a-z_]+) *([：:])`)
)

func column(line string, at int) int { return utf8.RuneCountInString(line[:at]) + 1 }

// lintTabs finds lines that are indented by what looks like spaces and is none.
func lintTabs(file, text string) Problems {
	var ps Problems
	for i, l := range strings.Split(text, "\n") {
		lead := l[:len(l)-len(strings.TrimLeft(l, " \t\u3000\u00a0"))]
		switch at := strings.IndexAny(lead, "\t\u3000\u00a0"); {
		case at < 0 || strings.TrimSpace(l) == "" || strings.HasPrefix(strings.TrimSpace(l), "#"):
		case lead[at] == '\t':
			ps.Addf(file, i+1, column(l, at), "请换成空格，一层两个", "缩进里用了制表符（Tab 键）")
		default:
			ps.Addf(file, i+1, column(l, at), "请换成英文空格，一层两个", "缩进里用了全角空格")
		}
	}
	return ps
}

// lintLines finds the usual slips in a file that cannot be read.
func lintLines(file, text string) Problems {
	var ps Problems
	above := -1   // the column of the key above, where a value stands behind it
	literal := -1 // the indentation of the key whose text goes on below
	for i, l := range strings.Split(text, "\n") {
		trimmed := strings.TrimLeft(l, " ")
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		depth := len(l) - len(trimmed)
		if literal >= 0 && depth > literal {
			continue
		}
		literal = -1
		if m := keyed.FindStringSubmatch(l); m != nil && strings.ContainsAny(m[2][:min(1, len(m[2]))], "|>") {
			literal, above = depth, -1
			continue
		}
		if m := begun.FindStringSubmatch(l); above >= 0 && depth > above && m != nil {
			ps.Addf(file, i+1, depth+1, "同一层的名字要左边对齐", "%s 的缩进比上一行多了", m[1])
		} else {
			ps.lintLine(file, i+1, l)
		}
		above = -1
		if m := keyed.FindStringSubmatch(l); m != nil && m[2] != "" {
			above = len(m[1]) - len(strings.TrimLeft(m[1], " -"))
		}
	}
	return ps
}

func (ps *Problems) lintLine(file string, n int, l string) {
	if m := wideColon.FindStringSubmatchIndex(l); m != nil {
		ps.Addf(file, n, column(l, m[1]-len("：")), "请改成英文冒号加一个空格", "%s 后面用了中文冒号", l[m[4]:m[5]])
		return
	}
	if m := tightColon.FindStringSubmatchIndex(l); m != nil {
		ps.Addf(file, n, column(l, m[5]), "请在冒号后面加一个空格", "%s 的冒号后面少了空格", l[m[4]:m[5]])
		return
	}
	if m := noColon.FindStringSubmatchIndex(l); m != nil {
		ps.Addf(file, n, column(l, m[5]), "写成 名字: 内容", "%s 后面少了冒号", l[m[4]:m[5]])
		return
	}
	if at := tightDash.FindStringIndex(l); at != nil {
		ps.Addf(file, n, column(l, strings.Index(l, "-")), "请在短横后面加一个空格", "短横后面少了空格")
		return
	}
	m := keyed.FindStringSubmatchIndex(l)
	if m == nil {
		m = element.FindStringSubmatchIndex(l)
	}
	if m == nil {
		return
	}
	value, at := strings.TrimSpace(l[m[4]:m[5]]), column(l, m[4])
	switch {
	case value == "":
	case strings.ContainsRune("@`", rune(value[0])):
		ps.Addf(file, n, at, "请用引号把这段话括起来", "开头的 %c 有特别的意思", value[0])
	case value[0] == '"' || value[0] == '\'':
		if end := closing(value); end < 0 {
			ps.Addf(file, n, at, "在末尾补上同样的引号", "引号没有写完")
		} else if rest := strings.TrimSpace(value[end:]); rest != "" && rest[0] != '#' {
			ps.Addf(file, n, at, "整段话都放进引号里，或者都不要引号", "引号外面还有字")
		}
	case value[0] == '[' || value[0] == '{':
		if unbalanced(value) {
			ps.Addf(file, n, at, "左右括号要一样多，用英文的括号和逗号", "括号没有配好")
		}
	case strings.Contains(value, ": "):
		ps.Addf(file, n, at, "内容里有英文冒号的话，用引号把内容括起来", "一行里有两个冒号")
	}
}

// closing is where the quote that a value begins with is over; -1 where it is not.
func closing(value string) int {
	for i := 1; i < len(value); i++ {
		switch {
		case value[0] == '"' && value[i] == '\\':
			i++
		case value[i] != value[0]:
		case value[0] == '\'' && i+1 < len(value) && value[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return -1
}

func unbalanced(value string) bool {
	depth := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '"', '\'':
			if i == 0 || !strings.ContainsRune(" [{,:", rune(value[i-1])) {
				continue // an apostrophe
			}
			end := closing(value[i:])
			if end < 0 {
				return true
			}
			i += end - 1
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				return true
			}
		}
	}
	return depth != 0
}
