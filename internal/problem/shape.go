package problem

import (
	"encoding"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

func asYAML(err error, to *yaml.Error) bool { return errors.As(err, to) }

func typeOf(v any) reflect.Type { return reflect.TypeOf(v).Elem() }

// checker compares a file with the type that it is to fill, so that every mistake is said at once and in our words. What is
// wrong is taken out of the tree: the rest can be decoded, and judged by its loader too.
type checker struct {
	file  string
	wrong map[string]bool
	ps    *Problems

	anchors map[string]bool
}

func (c *checker) bad(n ast.Node, path, hint, format string, args ...any) {
	line, col := position(n)
	c.badAt(line, col, path, hint, format, args...)
}

func (c *checker) badAt(line, col int, path, hint, format string, args ...any) {
	c.ps.Addf(c.file, line, col, hint, format, args...)
	c.wrong[path] = true
}

var (
	mapSlice = reflect.TypeFor[yaml.MapSlice]()
	duration = reflect.TypeFor[time.Duration]()
	moment   = reflect.TypeFor[time.Time]()
	ownWay   = []reflect.Type{reflect.TypeFor[yaml.InterfaceUnmarshaler](), reflect.TypeFor[yaml.BytesUnmarshaler](), reflect.TypeFor[yaml.NodeUnmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}
)

// check reports what does not fit; false says that the node cannot be used at all.
func (c *checker) check(n ast.Node, t reflect.Type, path string) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch n := n.(type) {
	case nil:
		return true
	case *ast.NullNode:
		return true
	case *ast.AliasNode:
		if name := strings.TrimPrefix(n.String(), "*"); !c.anchors[name] {
			c.bad(n, path, "请用引号把这段话括起来", "开头的 * 有特别的意思")
			return false
		}
		return true
	case *ast.AnchorNode:
		c.anchors[strings.TrimSpace(n.Name.String())] = true
		return c.check(n.Value, t, path)
	case *ast.TagNode:
		if !strings.HasPrefix(n.Start.Value, "!!") {
			c.bad(n, path, "请用引号把这段话括起来", "开头的 ! 有特别的意思")
			return false
		}
		return c.check(n.Value, t, path)
	}
	for _, w := range ownWay {
		if reflect.PointerTo(t).Implements(w) {
			return c.try(n, t, path, "这里的写法不对", "请对照 dialogs/README.md")
		}
	}
	switch t {
	case mapSlice:
		if _, ok := n.(*ast.MappingNode); !ok {
			c.bad(n, path, "写成 名字: 内容，一行一个", "这里要写几行“名字: 内容”，现在是 %s", c.what(n))
			return false
		}
		return true
	case duration, moment:
		return c.try(n, t, path, "这里的时间看不懂", "请对照 dialogs/README.md")
	}
	switch t.Kind() {
	case reflect.Struct:
		return c.mapping(n, t, path)
	case reflect.Map:
		return c.table(n, t, path)
	case reflect.Slice, reflect.Array:
		return c.list(n, t, path)
	case reflect.Interface:
		return true
	}
	return c.scalar(n, t, path)
}

// mapping checks the keys that a struct has.
func (c *checker) mapping(n ast.Node, t reflect.Type, path string) bool {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		if c.swallowed(n, path) {
			return false
		}
		c.bad(n, path, "写成 名字: 内容，一行一个；名字有："+strings.Join(keysOf(t), "、"), "这里要写几行“名字: 内容”，现在是 %s", c.what(n))
		return false
	}
	fields := fieldsOf(t)
	kept, seen := m.Values[:0:0], map[string]bool{}
	for _, v := range m.Values {
		key := keyText(v)
		at := path + "." + key
		f, known := fields[key]
		switch {
		case key == "<<":
			kept = append(kept, v)
		case seen[key]:
			line, col := position(v)
			c.ps.Addf(c.file, line, col, "请合成一个，去掉多的", "%s 写了两次", quoted(key)) // the first stands: its loader may judge it
		case !known:
			line, col := position(v)
			c.badAt(line, col, at, likely(key, fields), "不认识 %s", quoted(key))
		default:
			if c.check(v.Value, f, at) {
				kept = append(kept, v)
			}
		}
		seen[key] = true
	}
	m.Values = kept
	return true
}

// table checks a mapping whose keys are the editor's.
func (c *checker) table(n ast.Node, t reflect.Type, path string) bool {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		if c.swallowed(n, path) {
			return false
		}
		c.bad(n, path, "写成 名字: 内容，一行一个", "这里要写几行“名字: 内容”，现在是 %s", c.what(n))
		return false
	}
	kept, seen := m.Values[:0:0], map[string]bool{}
	for _, v := range m.Values {
		key := keyText(v)
		if seen[key] {
			line, col := position(v)
			c.ps.Addf(c.file, line, col, "请合成一个，去掉多的", "%s 写了两次", quoted(key))
			continue
		}
		seen[key] = true
		if c.check(v.Value, t.Elem(), path+"."+key) {
			kept = append(kept, v)
		}
	}
	m.Values = kept
	return true
}

func (c *checker) list(n ast.Node, t reflect.Type, path string) bool {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		if c.swallowed(n, path) {
			return false
		}
		if t.Elem().Kind() == reflect.String {
			c.bad(n, path, "写成 [一, 二]，或者一行一个、每行以短横加空格开头", "这里要写一个列表，现在是 %s", c.what(n))
		} else {
			c.bad(n, path, "一条一条写，每条以短横加空格开头", "这里要写一个列表，现在是 %s", c.what(n))
		}
		return false
	}
	for i, v := range s.Values {
		at := path + "[" + strconv.Itoa(i) + "]"
		if v != nil && !c.check(v, t.Elem(), at) {
			s.Values[i] = ast.Null(v.GetToken()) // it keeps its number
		}
	}
	return true
}

func (c *checker) scalar(n ast.Node, t reflect.Type, path string) bool {
	if c.swallowed(n, path) {
		return false
	}
	var words, hint string
	switch t.Kind() {
	case reflect.String:
		words, hint = "这里要写一段文字，现在是 "+c.what(n), "写在一行里；文字里有冒号、方括号这样的符号时，用引号括起来"
	case reflect.Bool:
		words, hint = "这里只能写 true（是）或 false（不是），现在是 "+c.what(n), "请改成 true 或 false，不要引号"
	case reflect.Float32, reflect.Float64:
		words, hint = "这里要写一个数，现在是 "+c.what(n), "只写阿拉伯数字，例如 12.5，不要单位"
	default:
		words, hint = "这里要写一个整数，现在是 "+c.what(n), "只写阿拉伯数字，例如 12，不要单位"
	}
	switch n.(type) { // what most values are; asking the library of each would double the time of a load
	case *ast.StringNode, *ast.LiteralNode:
		if t.Kind() == reflect.String {
			return true
		}
	case *ast.BoolNode:
		if t.Kind() == reflect.Bool {
			return true
		}
	case *ast.MappingNode, *ast.SequenceNode, *ast.MappingValueNode:
		c.bad(n, path, hint, "%s", words)
		return false
	}
	return c.try(n, t, path, words, hint)
}

// try lets the library itself decode one value.
func (c *checker) try(n ast.Node, t reflect.Type, path, words, hint string) bool {
	if err := yaml.NodeToValue(n, reflect.New(t).Interface()); err != nil {
		c.bad(n, path, hint, "%s", words)
		return false
	}
	return true
}

// swallowed finds a line that was taken for the end of the one above, because its colon is not one: it says so there.
func (c *checker) swallowed(n ast.Node, path string) bool {
	s, ok := n.(*ast.StringNode)
	if !ok || s.Token == nil {
		return false
	}
	origin := strings.TrimLeft(s.Token.Origin, " \n")
	m := folded.FindStringSubmatchIndex(origin)
	if m == nil || strings.HasPrefix(origin, "'") || strings.HasPrefix(origin, `"`) {
		return false
	}
	line, _ := position(n)
	before := origin[:m[2]]
	col := column(origin[strings.LastIndex(before, "\n")+1:], m[4]-strings.LastIndex(before, "\n")-1)
	line += strings.Count(before, "\n")
	key := origin[m[2]:m[3]]
	if origin[m[4]:m[5]] == "：" {
		c.badAt(line, col, path, "请改成英文冒号加一个空格", "%s 后面用了中文冒号", key)
	} else {
		c.badAt(line, col, path, "请在冒号后面加一个空格", "%s 的冒号后面少了空格", key)
	}
	return true
}

// what says what somebody wrote.
func (c *checker) what(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "几行“名字: 内容”"
	case *ast.SequenceNode:
		return "一个列表"
	case *ast.StringNode:
		return quoted(n.Value)
	case *ast.LiteralNode:
		return "几行文字"
	}
	return quoted(n.String())
}

func keyText(v *ast.MappingValueNode) string {
	if s, ok := v.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return strings.TrimSpace(v.Key.String())
}

// fieldsOf are the keys of a struct with their types.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, flags, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case name == "-":
		case flags == "inline":
			for k, ft := range fieldsOf(f.Type) {
				out[k] = ft
			}
		case f.IsExported() && name == "":
			out[strings.ToLower(f.Name)] = f.Type
		case f.IsExported():
			out[name] = f.Type
		}
	}
	return out
}

func keysOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" && name != "-" {
			out = append(out, name)
		}
	}
	return out
}

// likely says which key somebody may have meant.
func likely(key string, fields map[string]reflect.Type) string {
	best, near := "", 3
	for name := range fields {
		if d := distance(strings.ToLower(key), name); d < near || d == near && best != "" && name < best {
			best, near = name, d
		}
	}
	if best != "" {
		return "是想写 " + best + " 吗？"
	}
	return "请去掉它，或对照 dialogs/README.md 看可以写什么"
}

// distance counts the letters to add, drop, change or swap.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range y {
		d[0][j+1] = j + 1
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}
