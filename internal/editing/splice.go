package editing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// source is a content file cut into lines, and its items by the lines that they stand on.
type source struct {
	name  string
	shape shape
	bom   string
	eol   string
	lines []string // each with its end
	items []entry
	dash  int // the column of the list's dashes
	root  map[string]any
	list  int // the line of the list's key; -1 where there is none
}

// entry is one item: the lines from (counting from 0) up to, not including, to.
type entry struct {
	key    string
	from   int
	to     int
	column int  // of its keys
	block  bool // written one key a line; else in braces
	value  map[string]any
	fields []span
}

// span are the lines of one field.
type span struct {
	name     string
	from, to int
}

const bom = "\ufeff"

// read cuts a file. An error is ErrBroken: its problems are the loader's to say.
func (sh shape) read(name string, raw []byte) (*source, error) {
	text := string(raw)
	s := &source{name: name, shape: sh, eol: "\n", list: -1, dash: 2}
	if rest, has := strings.CutPrefix(text, bom); has {
		s.bom, text = bom, rest
	}
	if strings.Contains(text, "\r\n") {
		s.eol = "\r\n"
	}
	s.lines = strings.SplitAfter(text, "\n")
	if last := len(s.lines) - 1; s.lines[last] == "" {
		s.lines = s.lines[:last]
	}
	tree, err := problem.Tree([]byte(text))
	if err != nil || problem.Unmarshal([]byte(text), &s.root) != nil {
		return nil, ErrBroken
	}
	if len(tree.Docs) != 1 {
		return nil, ErrBroken
	}
	body, ok := tree.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		if tree.Docs[0].Body == nil || len(s.root) == 0 { // comments alone
			return s, nil
		}
		return nil, ErrBroken
	}
	if sh.list == "" {
		s.names(body)
		return s, nil
	}
	return s, s.entries(body)
}

// names takes every key of the file as an item: what it names is its one field.
func (s *source) names(body *ast.MappingNode) {
	for i, v := range body.Values {
		from, to := line(v), len(s.lines)
		if i+1 < len(body.Values) {
			to = line(body.Values[i+1])
		}
		name := v.Key.String()
		to = s.trim(from, to, 0)
		s.items = append(s.items, entry{key: name, from: from, to: to, block: true, value: map[string]any{s.shape.title: s.root[name]}, fields: []span{{name, from, to}}})
	}
}

func line(v *ast.MappingValueNode) int { return v.Key.GetToken().Position.Line - 1 }

// entries finds the items of the list.
func (s *source) entries(body *ast.MappingNode) error {
	var seq *ast.SequenceNode
	for _, v := range body.Values {
		if v.Key.String() == s.shape.list {
			s.list = line(v)
			seq, _ = v.Value.(*ast.SequenceNode)
		}
	}
	values, _ := s.root[s.shape.list].([]any)
	if seq == nil || len(seq.Values) == 0 {
		return nil
	}
	for i, node := range seq.Values {
		m, ok := node.(*ast.MappingNode)
		value, isMap := values[i].(map[string]any)
		if !ok || !isMap || len(m.Values) == 0 {
			return ErrBroken
		}
		e := entry{value: value, block: !m.IsFlowStyle, column: m.Values[0].Key.GetToken().Position.Column - 1}
		first := line(m.Values[0])
		for e.from = first; e.from > 0 && !strings.HasPrefix(strings.TrimLeft(s.lines[e.from], " "), "-"); e.from-- {
		}
		if !strings.HasPrefix(strings.TrimLeft(s.lines[e.from], " "), "-") || strings.HasPrefix(strings.TrimSpace(s.lines[s.list]), s.shape.list+": [") {
			return ErrBroken
		}
		s.dash = indent(s.lines[e.from])
		if n := len(s.items); n > 0 {
			s.close(&s.items[n-1], e.from)
		}
		for _, v := range m.Values {
			e.fields = append(e.fields, span{name: v.Key.String(), from: line(v)})
		}
		e.key = keyOf(s.shape, value)
		s.items = append(s.items, e)
	}
	last, end := &s.items[len(s.items)-1], len(s.lines)
	for i := last.from + 1; i < end; i++ {
		if text := strings.TrimSpace(s.lines[i]); text != "" && !strings.HasPrefix(text, "#") && indent(s.lines[i]) <= s.dash {
			end = i
		}
	}
	s.close(last, end)
	return nil
}

// close says where an item and its fields end.
func (s *source) close(e *entry, end int) {
	e.to = s.trim(e.from, end, s.dash)
	for i := range e.fields {
		to := e.to
		if i+1 < len(e.fields) {
			to = e.fields[i+1].from
		}
		e.fields[i].to = s.trim(e.fields[i].from, to, e.column)
	}
}

// trim leaves out the empty lines and the comments before whatever follows: they belong to that.
func (s *source) trim(from, to, column int) int {
	for to > from+1 {
		text := strings.TrimSpace(s.lines[to-1])
		if text != "" && (!strings.HasPrefix(text, "#") || indent(s.lines[to-1]) > column) {
			break
		}
		to--
	}
	return to
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// keyOf is by what an item is found: its key, of several questions the first.
func keyOf(sh shape, value map[string]any) string { return firstOf(value[sh.key]) }

func firstOf(v any) string {
	if list, ok := v.([]any); ok {
		if len(list) == 0 {
			return ""
		}
		v = list[0]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// find returns an item, and whether there is one.
func (s *source) find(key string) (entry, bool) {
	i := slices.IndexFunc(s.items, func(e entry) bool { return e.key == key })
	if i < 0 {
		return entry{}, false
	}
	return s.items[i], true
}

// text returns the lines of an item.
func (s *source) text(e entry) string { return strings.Join(s.lines[e.from:e.to], "") }

// with is the file with other lines in place of some.
func (s *source) with(from, to int, text string) string {
	var b strings.Builder
	b.WriteString(s.bom)
	for _, l := range s.lines[:from] {
		b.WriteString(l)
	}
	if from > 0 && text != "" && !strings.HasSuffix(s.lines[from-1], "\n") {
		b.WriteString(s.eol)
	}
	b.WriteString(text)
	for _, l := range s.lines[to:] {
		b.WriteString(l)
	}
	return b.String()
}

// replace puts other lines in an item's place; "" removes it.
func (s *source) replace(e entry, text string) string {
	if text == "" && s.shape.list != "" && len(s.items) == 1 { // a key with nothing below it would be no list
		out := *s
		out.lines = slices.Clone(s.lines)
		out.lines[s.list] = s.shape.list + ": []" + s.eol
		return out.with(e.from, e.to, "")
	}
	return s.with(e.from, e.to, text)
}

// add puts the lines of a new item behind the last one.
func (s *source) add(text string) string {
	if n := len(s.items); n > 0 {
		return s.with(s.items[n-1].to, s.items[n-1].to, text)
	}
	if s.list >= 0 { // an empty list
		return s.with(s.list, s.list+1, s.shape.list+":"+s.eol+text)
	}
	return s.with(len(s.lines), len(s.lines), s.shape.list+":"+s.eol+text)
}

// begin is a file for new items.
func (sh shape) begin() string {
	return "# yaml-language-server: $schema=../.schema/" + sh.schema + ".json\n# 在值班台的“内容”页写的，也可以直接在这里改。\n" + sh.list + ": []\n"
}

// written returns an item's lines with these values; fields that are as before keep their lines byte for byte.
func (s *source) written(e entry, want map[string]any) string {
	if !e.block {
		return s.fresh(merged(s.shape, e.value, want))
	}
	lines := slices.Clone(s.lines)
	fields := slices.Clone(e.fields)
	to := e.to
	put := func(from, until int, text string) { // and moves what stands below
		var fresh []string
		if text != "" {
			fresh = strings.SplitAfter(text, "\n")
			fresh = fresh[:len(fresh)-1]
			if from > 0 && !strings.HasSuffix(lines[from-1], "\n") { // the file's last line had no end
				lines[from-1] += s.eol
			}
		}
		lines = slices.Replace(lines, from, until, fresh...)
		moved := len(fresh) - (until - from)
		to += moved
		for i := range fields {
			if fields[i].from >= until && moved != 0 {
				fields[i].from, fields[i].to = fields[i].from+moved, fields[i].to+moved
			}
		}
	}
	after := -1 // the index of the field before, in the order of the form
	for _, f := range s.shape.fields {
		name := f.Name
		if s.shape.list == "" {
			name = e.key
		}
		at := slices.IndexFunc(fields, func(sp span) bool { return sp.name == name })
		value, isThere := want[f.Name]
		switch {
		case same(e.value[f.Name], value):
		case at < 0 && isThere:
			spot := to
			if after >= 0 {
				spot = fields[after].to
			}
			text := s.field(strings.Repeat(" ", e.column), e.column, name, value, nil)
			put(spot, spot, text)
			fields = slices.Insert(fields, after+1, span{name, spot, spot + strings.Count(text, "\n")})
			if after < 0 {
				fields = append(fields[1:], fields[0])
				at = len(fields) - 1
			} else {
				at = after + 1
			}
		case at >= 0 && (isThere || fields[at].from == e.from):
			if !isThere { // it stands beside the dash: the item keeps it, empty
				value = ""
			}
			sp := fields[at]
			text := s.field(lines[sp.from][:len(lines[sp.from])-len(strings.TrimLeft(lines[sp.from], " -"))], e.column, name, value, lines[sp.from:sp.to])
			put(sp.from, sp.to, text)
			fields[at].to = sp.from + strings.Count(text, "\n")
		case at >= 0:
			sp := fields[at]
			put(sp.from, sp.to, "")
			fields = slices.Delete(fields, at, at+1)
			at = -1
		}
		if at >= 0 {
			after = at
		}
	}
	return strings.Join(lines[e.from:to], "")
}

// fresh are the lines of an item that stands nowhere yet, or stood in braces.
func (s *source) fresh(value map[string]any) string {
	var b strings.Builder
	column := s.dash + 2
	prefix := strings.Repeat(" ", s.dash) + "- "
	write := func(name string, v any) {
		b.WriteString(s.field(prefix, column, name, v, nil))
		prefix = strings.Repeat(" ", column)
	}
	known := map[string]bool{}
	for _, f := range s.shape.fields {
		known[f.Name] = true
		if v, ok := value[f.Name]; ok {
			write(f.Name, v)
		}
	}
	var others []string
	for name := range value {
		if !known[name] {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range others {
		write(name, value[name])
	}
	return b.String()
}

// merged are the values of an item after a change: what no form shows stays.
func merged(sh shape, old, want map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range old {
		out[name] = v
	}
	for _, f := range sh.fields {
		v, ok := want[f.Name]
		switch {
		case same(old[f.Name], v):
		case ok:
			out[f.Name] = v
		default:
			delete(out, f.Name)
		}
	}
	return out
}

// holds makes sure that a file with an item's new lines says what was meant and nothing else: whatever somebody typed, it
// can never become other keys or other items.
func (sh shape) holds(before *source, after string, key string, want map[string]any) error {
	got, err := sh.read(before.name, []byte(after))
	if err != nil {
		return fmt.Errorf("%s: what was written cannot be read again: %w", before.name, err)
	}
	rest := func(s *source) []map[string]any {
		var out []map[string]any
		for _, e := range s.items {
			if e.key != key {
				out = append(out, e.value)
			}
		}
		return out
	}
	if fold(rest(before)) != fold(rest(got)) {
		return fmt.Errorf("%s: the change would touch other items", before.name)
	}
	if e, ok := got.find(key); ok && fold(e.value) != fold(want) {
		return fmt.Errorf("%s: %q would not be written as meant", before.name, key)
	}
	return nil
}

// same says whether two values mean the same in a file; what is left out, "" and false do.
func same(a, b any) bool { return fold(a) == fold(b) }

func fold(v any) string {
	raw, err := json.Marshal(plain(v))
	if err != nil {
		return fmt.Sprint(v)
	}
	switch s := string(raw); s {
	case "null", `""`, "false", "[]", "{}":
		return ""
	default:
		return s
	}
}
