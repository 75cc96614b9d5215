package problem

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// fit finds everything in a content file that does not fit the value it is decoded into, where the decoder stops at the
// first: names that nobody knows, names written twice, and contents of another kind than is wanted.
func fit(file string, n ast.Node, t reflect.Type, ps *Problems) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if ownReading(t) {
		return
	}
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return
	case *ast.AnchorNode:
		fit(file, v.Value, t, ps)
		return
	case *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return // the decoder follows these
	case *ast.MappingValueNode:
		fitPairs(file, n, []*ast.MappingValueNode{v}, t, ps)
		return
	case *ast.MappingNode:
		fitPairs(file, n, v.Values, t, ps)
		return
	case *ast.SequenceNode:
		switch t.Kind() {
		case reflect.Slice, reflect.Array:
			for _, x := range v.Values {
				fit(file, x, t.Elem(), ps)
			}
		case reflect.Interface:
		default:
			wrong(file, n, t, "列表", ps)
		}
		return
	}
	fitScalar(file, n, t, ps)
}

// ownReading says whether a type reads itself out of YAML.
func ownReading(t reflect.Type) bool {
	for _, own := range []reflect.Type{
		reflect.TypeFor[yaml.BytesUnmarshaler](), reflect.TypeFor[yaml.InterfaceUnmarshaler](),
		reflect.TypeFor[yaml.NodeUnmarshaler](), reflect.TypeFor[ast.Node](),
	} {
		if t.Implements(own) || reflect.PointerTo(t).Implements(own) {
			return true
		}
	}
	return t.Kind() == reflect.Interface
}

func fitPairs(file string, n ast.Node, pairs []*ast.MappingValueNode, t reflect.Type, ps *Problems) {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
	default:
		wrong(file, n, t, "一组“名字: 内容”", ps)
		return
	}
	seen := map[string]bool{}
	fields := fieldsOf(t)
	for _, pair := range pairs {
		key := pair.Key.String()
		if s, ok := pair.Key.(*ast.StringNode); ok {
			key = s.Value
		}
		at := pair.Key.GetToken().Position
		if seen[key] {
			ps.Addf(file, at.Line, at.Column, "请留一个", "“%s”写了两次", key)
			continue
		}
		seen[key] = true
		if t.Kind() == reflect.Map {
			fit(file, pair.Value, t.Elem(), ps)
			continue
		}
		field, known := fields[key]
		if !known {
			hint := "检查拼写，或者删掉它；能用的名字见 dialogs/README.md"
			if like := nearest(key, fields); like != "" {
				hint = "是不是想写 " + like + "？不是的话请删掉"
			}
			ps.Addf(file, at.Line, at.Column, hint, "不认得“%s”", key)
			continue
		}
		fit(file, pair.Value, field, ps)
	}
}

// fieldsOf are the names that a struct takes in YAML; those of structs inlined into it too.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	if t.Kind() != reflect.Struct {
		return out
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if strings.Contains(options, "inline") || f.Anonymous && name == "" {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			for k, v := range fieldsOf(inner) {
				out[k] = v
			}
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		out[name] = f.Type
	}
	return out
}

// nearest is the known name that a wrong one most likely meant: one letter otherwise, or two changed places.
func nearest(key string, fields map[string]reflect.Type) string {
	best := ""
	for name := range fields {
		if slip(key, name) && (best == "" || name < best) {
			best = name
		}
	}
	return best
}

func slip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 2 || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	j := 0
	for j < len(a)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	left := len(b) - i - j
	return left <= 1 || left == 2 && len(a) == len(b) && a[i] == b[i+1] && a[i+1] == b[i]
}

func fitScalar(file string, n ast.Node, t reflect.Type, ps *Problems) {
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		wrong(file, n, t, "一个词或一个数", ps)
	case reflect.Bool:
		if _, ok := n.(*ast.BoolNode); !ok {
			wrong(file, n, t, "别的内容", ps)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		// The decoder also takes a number between quotation marks, and what it makes of it is its own business.
		if err := yaml.NodeToValue(n, reflect.New(t).Interface()); err != nil {
			wrong(file, n, t, "别的内容", ps)
		}
	}
}

func wrong(file string, n ast.Node, want reflect.Type, found string, ps *Problems) {
	at := n.GetToken().Position
	text, hint := "文字", "写成文字"
	switch want.Kind() {
	case reflect.Struct, reflect.Map:
		text, hint = "一组“名字: 内容”", "另起一行，缩进，写成“名字: 内容”，或者写在 { } 里"
	case reflect.Slice, reflect.Array:
		text, hint = "列表", "写成 [一样, 一样]，或者每样一行，前面加短横和空格"
	case reflect.Bool:
		text, hint = " true 或 false", "“是”写 true，“否”写 false"
	case reflect.Float32, reflect.Float64:
		text, hint = "一个数", "写成 23.125 这样的数，不加单位"
	case reflect.String:
	default:
		text, hint = "一个整数", "写成 12 这样的数，不加单位"
	}
	if found == "别的内容" {
		found = fmt.Sprintf("“%s”", strings.TrimSpace(n.String()))
	}
	ps.Addf(file, at.Line, at.Column, hint, "这里要写%s，写的是%s", text, found)
}
