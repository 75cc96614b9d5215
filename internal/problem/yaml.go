package problem

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Doc is a content file whose places can be asked for.
type Doc struct {
	File  string // relative to dialogs/
	tree  *ast.File
	wrong map[string]bool // the paths of what could not be taken over: nobody need say more of them
}

// bom is what some programs put before a text. It means nothing.
const bom = "\ufeff"

// Parse reads the text of a YAML file. What is wrong with it goes to ps, and ok is false.
func Parse(file string, raw []byte, ps *Problems) (doc Doc, ok bool) {
	raw = Text(raw)
	if err := tooMany(raw); ps.tooMuch(file, err) { // nothing else is to walk through it either
		return Doc{}, false
	}
	text := string(raw)
	if !utf8.ValidString(text) {
		ps.Addf(file, badLine(text), 1, "请用编辑器另存为 UTF-8", "文件不是 UTF-8 编码，有的字读不出来")
		return Doc{}, false
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if lint := lintTabs(file, text); len(lint) > 0 {
		*ps = append(*ps, lint...)
		return Doc{}, false
	}
	tree, err := Tree([]byte(text), parser.AllowDuplicateMapKey())
	if ps.tooMuch(file, err) {
		return Doc{}, false
	}
	if err != nil {
		if lint := lintLines(file, text); len(lint) > 0 {
			*ps = append(*ps, lint...)
			return Doc{}, false
		}
		ps.syntax(file, text, err)
		return Doc{}, false
	}
	return Doc{File: file, tree: tree}, true
}

// badLine is the first line that is not UTF-8.
func badLine(text string) int {
	for i, l := range strings.Split(text, "\n") {
		if !utf8.ValidString(l) {
			return i + 1
		}
	}
	return 1
}

// Bodies are what stands in each document of the file.
func (d Doc) Bodies() []ast.Node {
	var out []ast.Node
	for _, doc := range d.tree.Docs {
		out = append(out, doc.Body)
	}
	return out
}

// Read decodes a YAML file strictly into v. Everything that is wrong with it goes to ps; ok is false where nothing of it
// can be used. Where parts are wrong, the others are in v, so that one reading says all.
func Read(fsys fs.FS, path, file string, v any, ps *Problems) (doc Doc, ok bool) {
	raw, err := fs.ReadFile(fsys, path)
	if err != nil {
		ps.Addf(file, 1, 1, "请把这个文件放回去", "读不到文件")
		return Doc{}, false
	}
	if doc, ok = Parse(file, raw, ps); !ok {
		return Doc{}, false
	}
	bodies := doc.Bodies()
	if len(bodies) == 0 || bodies[0] == nil {
		return doc, true // an empty file: what it lacks is for its loader to say
	}
	doc.wrong, ok = decode(file, bodies[0], v, ps)
	return doc, ok
}

// Decode decodes a part of a parsed file into v, as Read does a whole one.
func Decode(file string, node ast.Node, v any, ps *Problems) bool {
	_, ok := decode(file, node, v, ps)
	return ok
}

func decode(file string, node ast.Node, v any, ps *Problems) (wrong map[string]bool, ok bool) {
	c := checker{file: file, wrong: map[string]bool{}, ps: ps, anchors: map[string]bool{}}
	before := len(*ps)
	if !c.check(node, typeOf(v), "$") {
		return c.wrong, false
	}
	if err := yaml.NodeToValue(node, v, yaml.Strict()); err != nil && len(*ps) == before {
		ps.unread(file, err)
		return c.wrong, false
	} else if err != nil {
		return c.wrong, false
	}
	return c.wrong, true
}

// Place returns the line and column of a YAML path such as $.lessons[3].title, or of the file's beginning.
func (d Doc) Place(path string) (line, col int) {
	if d.tree == nil {
		return 1, 1
	}
	p, err := yaml.PathString(path)
	if err != nil {
		return 1, 1
	}
	node, err := p.FilterFile(d.tree)
	if err != nil || node == nil {
		if i := strings.LastIndexAny(path, ".["); i > 0 { // what is missing is reported where it should stand
			return d.Place(path[:i])
		}
		return 1, 1
	}
	return position(node)
}

// Bad adds a problem at a YAML path, but not of what could not be taken over: that was said already.
func (d Doc) Bad(ps *Problems, path, hint, format string, args ...any) {
	for at := path; at != ""; {
		if d.wrong[at] {
			return
		}
		at = at[:max(0, strings.LastIndexAny(at, ".["))]
	}
	line, col := d.Place(path)
	ps.Addf(d.File, line, col, hint, format, args...)
}

// At is a path of a file, for whoever checks what stands there; what is wrong goes to ps.
func (d Doc) At(path string, ps *Problems) Place { return Place{d, path, ps} }

// Place is where an item stands in its file.
type Place struct {
	Doc  Doc
	path string
	ps   *Problems
}

// Bad adds a problem at a key of the item.
func (p Place) Bad(key, hint, format string, args ...any) {
	p.Doc.Bad(p.ps, p.path+"."+key, hint, format, args...)
}

// Line is where a key of the item stands.
func (p Place) Line(key string) (line, col int) { return p.Doc.Place(p.path + "." + key) }

// unread adds what a YAML library could not decode and nothing of ours saw first.
func (ps *Problems) unread(file string, err error) {
	line, col := placeOf(err)
	ps.Addf(file, line, col, "请对照 dialogs/README.md 检查这一行的写法和缩进", "这里的写法读不懂")
}

// tooMuch adds that a text would be too much work, where err says so.
func (ps *Problems) tooMuch(file string, err error) bool {
	var much *TooMuchError
	if !errors.As(err, &much) {
		return false
	}
	ps.Addf(file, much.Line, much.Col, much.Hint, "%s", much.Words)
	return true
}

// syntax says in plain words why a text is no YAML.
func (ps *Problems) syntax(file, text string, err error) {
	line, col := placeOf(err)
	line = min(line, strings.Count(text, "\n")+1)
	said := words(err)
	for _, s := range syntaxWords {
		if strings.Contains(said, s.part) {
			ps.Addf(file, line, col, s.hint, "%s", s.words)
			return
		}
	}
	ps.Addf(file, line, col, "请对照 dialogs/README.md 检查这一行的写法和缩进", "从这里开始读不懂")
}

func placeOf(err error) (line, col int) {
	var ye yaml.Error
	if ok := asYAML(err, &ye); ok {
		if tok := ye.GetToken(); tok != nil && tok.Position != nil {
			return max(tok.Position.Line, 1), max(tok.Position.Column, 1)
		}
	}
	return 1, 1
}

// syntaxWords are the library's words, each a part of them, in ours.
var syntaxWords = []struct{ part, words, hint string }{
	{"',' or ']' must be", "方括号里的东西没有分好，或者没有写完", "用英文逗号分开，最后写上 ]"},
	{"',' or '}' must be", "花括号里的东西没有分好，或者没有写完", "用英文逗号分开，最后写上 }"},
	{"'[' character", "多了一个 ]", "请去掉它，或在前面补上 ["},
	{"'{' character", "多了一个 }", "请去掉它，或在前面补上 {"},
	{"end token '}'", "花括号没有写完", "最后写上 }"},
	{"end token ']'", "方括号没有写完", "最后写上 ]"},
	{"flow map content", "花括号里没有写完整", "写成 {名字: 内容}"},
	{"could not find end character", "引号没有写完", "在末尾补上同样的引号"},
	{"alias", "星号 * 在开头有特别的意思", "请用引号把这段话括起来"},
	{"anchor", "& 在开头有特别的意思", "请用引号把这段话括起来"},
	{"tag", "! 在开头有特别的意思", "请用引号把这段话括起来"},
	{"directive", "% 在开头有特别的意思", "请用引号把这段话括起来"},
	{"map key-value is pre-defined", "一行里写了两个“名字: 内容”", "内容里有冒号的话，用引号把内容括起来"},
	{"mapping value is not allowed", "一行里写了两个“名字: 内容”，或者缩进不对", "内容里有冒号的话，用引号把内容括起来；同一层的名字要左边对齐"},
	{"block sequence entries", "短横 - 写在了不能写的地方", "短横要另起一行，和上面的短横左边对齐"},
	{"sequence", "列表的写法有误", "一行一个，每行以短横加空格开头，左边对齐"},
	{"implicit line break", "这一行的名字后面少了冒号", "写成 名字: 内容"},
	{"non-map value", "这一行少了“名字:”，或者缩进不对", "写成 名字: 内容，和同一层的名字左边对齐"},
	{"map", "这一行少了冒号，或者缩进不对", "写成 名字: 内容，和同一层的名字左边对齐"},
	{"not allowed in this context", "这一行的缩进不对，或者写在了不该写的地方", "同一层的名字要左边对齐"},
	{"unexpected", "这一行的写法有误", "写成 名字: 内容，和同一层的名字左边对齐"},
	{"invalid character", "开头的这个符号有特别的意思", "请用引号把这段话括起来"},
}

// position is where a node begins.
func position(n ast.Node) (line, col int) {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return position(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(n.Key)
	}
	if tok := n.GetToken(); tok != nil && tok.Position != nil {
		return tok.Position.Line, tok.Position.Column
	}
	return 1, 1
}

func quoted(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 20 {
		text = string(r[:20]) + "…"
	}
	return fmt.Sprintf("“%s”", text)
}
