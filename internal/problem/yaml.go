package problem

import (
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// YAML adds what a YAML library found wrong with a file.
func (ps *Problems) YAML(file string, err error) {
	line, col := 1, 1
	if ye := yaml.Error(nil); errors.As(err, &ye) {
		if tok := ye.GetToken(); tok != nil {
			line, col = tok.Position.Line, tok.Position.Column
		}
	}
	text, hint := said(err)
	ps.Addf(file, line, col, hint, "%s", text)
}

// Doc is a content file whose places can be asked for.
type Doc struct {
	File string // relative to dialogs/
	tree *ast.File
}

// Parse reads the text of a content file. Tags (!…) are refused: no content has any, and the decoder crashes on one that
// tags nothing.
func Parse(raw []byte, opts ...parser.Option) (*ast.File, error) {
	tree, err := parser.ParseBytes(raw, 0, opts...)
	if err != nil {
		return nil, err
	}
	var found tags
	for _, d := range tree.Docs {
		if d.Body != nil {
			ast.Walk(&found, d.Body)
		}
	}
	if found.first != nil {
		return nil, &yaml.SyntaxError{Message: "tag", Token: found.first.GetToken()}
	}
	return tree, nil
}

// tags looks for a tag in a tree.
type tags struct{ first ast.Node }

func (t *tags) Visit(n ast.Node) ast.Visitor {
	tag, ok := n.(*ast.TagNode)
	if ok && t.first == nil {
		t.first = tag
	}
	if ok && tag.Value == nil {
		return nil // nothing below it to walk
	}
	return t
}

// Read decodes a YAML file strictly into v. All that is wrong with it goes to ps, and ok is false.
func Read(fsys fs.FS, path, file string, v any, ps *Problems) (doc Doc, ok bool) {
	raw, err := fs.ReadFile(fsys, path)
	if err != nil {
		ps.Addf(file, 1, 1, "请把这个文件放回去", "读不到文件")
		return Doc{}, false
	}
	raw = Text(raw)
	if !utf8.Valid(raw) {
		ps.Addf(file, 1, 1, "请用编辑器另存为 UTF-8", "文件不是 UTF-8，读不出文字")
		return Doc{}, false
	}
	tree, err := Parse(raw, parser.AllowDuplicateMapKey()) // fit finds them all
	if err != nil {
		ps.YAML(file, err)
		return Doc{}, false
	}
	if err := yaml.UnmarshalWithOptions(raw, v, yaml.Strict()); err != nil {
		before := len(*ps)
		for _, d := range tree.Docs {
			fit(file, d.Body, reflect.TypeOf(v), ps)
		}
		if len(*ps) == before {
			ps.YAML(file, err)
		}
		return Doc{}, false
	}
	return Doc{file, tree}, true
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
	pos := node.GetToken().Position
	return pos.Line, pos.Column
}

// Bad adds a problem at a YAML path.
func (d Doc) Bad(ps *Problems, path, hint, format string, args ...any) {
	line, col := d.Place(path)
	ps.Addf(d.File, line, col, hint, format, args...)
}
