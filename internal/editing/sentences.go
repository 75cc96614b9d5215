package editing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// A flow that a form cannot hold still has sentences that people read. The form lists them; only they are written, each
// in its own place of the file, and whatever else stands there stays byte for byte.

// Sentence is one text of a flow that people read.
type Sentence struct {
	Name string // in a form
	Step string // of the flow
	What string // what it is in the step, for people
	Text string

	path     []any // in the file: keys, and numbers in lists
	from, to int   // bytes of the file
	line     int   // of its key, counted from 1
	lines    int   // that the value has beside the first
	column   int   // of its key, in bytes
	braces   bool  // it stands inside braces or brackets
}

// Label is what the sentence is called beside a problem.
func (s Sentence) Label() string { return "步骤 " + s.Step + " · " + s.What }

func (s Sentence) lastLine() int { return s.line + s.lines }

// SentencesOf are the sentences of a flow as a form shows them, with what somebody typed; none for a simple flow.
func SentencesOf(e Edit) []Sentence {
	out := slices.Clone(e.Sentences)
	for i, s := range out {
		if v, sent := e.Values[s.Name]; sent {
			out[i].Text = strings.Join(v, "\n")
		}
	}
	return out
}

// sentencesIn finds the sentences of a flow file, whose places are right for a text without a byte order mark and with
// plain ends of lines.
func sentencesIn(text string) ([]Sentence, error) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, bom), "\r\n", "\n")
	tree, err := problem.Tree([]byte(text))
	if err != nil || len(tree.Docs) != 1 {
		return nil, ErrBroken
	}
	f := finder{text: text, starts: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			f.starts = append(f.starts, i+1)
		}
	}
	for step, body := range pairsOf(valueOf(tree.Docs[0].Body, "steps")) {
		path := []any{"steps", step}
		f.add(step, "说的话", body, append(slices.Clone(path), "say"))
		ask := valueOf(body, "ask")
		path = append(path, "ask")
		f.add(step, "问的话", ask, append(slices.Clone(path), "text"))
		f.add(step, "没听懂时说", ask, append(slices.Clone(path), "retry"))
		list, ok := valueOf(ask, "choices").(*ast.SequenceNode)
		if !ok {
			continue
		}
		kept := valueOf(ask, "into") != nil
		for i, choice := range list.Values {
			if kept && valueOf(choice, "value") == nil {
				continue // the label is what the flow remembers, and conditions compare it
			}
			f.add(step, fmt.Sprintf("第 %d 个选项", i+1), choice, append(slices.Clone(path), "choices", i, "label"))
		}
	}
	return f.found, nil
}

// pairsOf goes through a mapping.
func pairsOf(node ast.Node) func(yield func(string, ast.Node) bool) {
	return func(yield func(string, ast.Node) bool) {
		m, ok := node.(*ast.MappingNode)
		if !ok {
			return
		}
		for _, v := range m.Values {
			if !yield(v.Key.String(), v.Value) {
				return
			}
		}
	}
}

func valueOf(node ast.Node, key string) ast.Node {
	for k, v := range pairsOf(node) {
		if k == key {
			return v
		}
	}
	return nil
}

// finder looks where in a file texts stand.
type finder struct {
	text   string
	starts []int // of the lines
	found  []Sentence
}

// add keeps a text of a mapping, if it is one and its place is sure.
func (f *finder) add(step, what string, node ast.Node, path []any) {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		return
	}
	for _, v := range m.Values {
		if v.Key.String() != path[len(path)-1] {
			continue
		}
		var value string
		switch n := v.Value.(type) {
		case *ast.StringNode:
			value = n.Value
		case *ast.LiteralNode:
			value = n.Value.Value
		default:
			return
		}
		key := v.Key.GetToken().Position
		from, ok := f.valueAt(key.Line, v.Key.String(), key.Column)
		if !ok {
			return
		}
		s := Sentence{Step: step, What: what, Text: strings.TrimRight(value, "\n"), path: path, from: from, line: key.Line, braces: m.IsFlowStyle}
		s.column = indent(f.text[f.starts[key.Line-1]:])
		if rest := f.text[f.starts[key.Line-1]+s.column:]; strings.HasPrefix(rest, "- ") {
			s.column += 2
		}
		if s.to, ok = f.end(s); !ok || !f.reads(s, value) {
			return
		}
		s.lines = strings.Count(f.text[s.from:s.to], "\n")
		var name strings.Builder
		for _, p := range path {
			fmt.Fprintf(&name, "%v.", p)
		}
		s.Name = strings.TrimSuffix(name.String(), ".")
		f.found = append(f.found, s)
		return
	}
}

// valueAt is where the value of a key begins that stands in a line, at a column counted in characters.
func (f *finder) valueAt(line int, key string, column int) (int, bool) {
	at := f.starts[line-1]
	for range column - 1 {
		if at >= len(f.text) {
			return 0, false
		}
		at += len(string([]rune(f.text[at:min(len(f.text), at+4)])[:1]))
	}
	rest, ok := strings.CutPrefix(f.text[at:], key+":")
	if !ok {
		return 0, false
	}
	return len(f.text) - len(strings.TrimLeft(rest, " ")), true
}

// end is where a sentence's value ends.
func (f *finder) end(s Sentence) (int, bool) {
	rest := f.text[s.from:]
	switch {
	case rest == "":
		return 0, false
	case rest[0] == '"':
		for i := 1; i < len(rest); i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				return s.from + i + 1, true
			}
		}
		return 0, false
	case rest[0] == '\'':
		for i := 1; i < len(rest); i++ {
			if rest[i] != '\'' {
				continue
			}
			if i+1 < len(rest) && rest[i+1] == '\'' {
				i++
				continue
			}
			return s.from + i + 1, true
		}
		return 0, false
	case rest[0] == '|' || rest[0] == '>':
		to := s.from + lineLength(rest)
		for i := s.line; i < len(f.starts); i++ {
			l := f.text[f.starts[i]:]
			l = l[:lineLength(l)]
			if strings.TrimSpace(l) == "" {
				continue
			}
			if indent(l) <= s.column {
				break
			}
			to = f.starts[i] + len(l)
		}
		return to, true
	}
	to := lineLength(rest)
	if i := strings.Index(rest[:to], " #"); i >= 0 {
		to = i
	}
	if s.braces {
		if i := strings.IndexAny(rest[:to], ",}]"); i >= 0 {
			to = i
		}
	}
	return s.from + len(strings.TrimRight(rest[:to], " ")), true
}

func lineLength(text string) int {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}

// reads makes sure that what stands there is the sentence: else it is not offered.
func (f *finder) reads(s Sentence, value string) bool {
	raw := f.text[s.from:s.to]
	doc := strings.Repeat(" ", s.column) + "k: " + raw + "\n"
	if s.braces {
		doc = "{k: " + raw + "}"
	}
	var back map[string]any
	return problem.Unmarshal([]byte(doc), &back) == nil && strings.TrimRight(str(back["k"]), "\n") == strings.TrimRight(value, "\n")
}

// written is the sentence with another text, the way that it was written.
func (s Sentence) written(file, text string) string {
	old := file[s.from:s.to]
	inner := strings.Repeat(" ", s.column+2)
	tail := file[s.to:]
	tail = strings.TrimSpace(tail[:lineLength(tail)])
	switch {
	case old[0] == '|' || old[0] == '>':
		head := "|" + old[1:lineLength(old)]
		if strings.ContainsAny(head, "0123456789#") {
			head = "|-"
		}
		lines := strings.Split(text, "\n")
		for i, l := range lines {
			if l != "" {
				lines[i] = inner + l
			}
		}
		return head + "\n" + strings.Join(lines, "\n")
	case old[0] == '"':
		raw, err := json.Marshal(text)
		if err != nil {
			return old
		}
		return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(raw))
	case strings.Contains(text, "\n") && !s.braces && tail == "":
		if block, ok := literal(text, inner, "\n"); ok {
			return strings.TrimSuffix(strings.TrimPrefix(block, " "), "\n")
		}
	}
	return scalar(text, s.braces)
}

// resaid is a flow file with what a form holds in the place of its sentences.
func resaid(file string, v Values) (string, error) {
	mark, text := "", file
	if rest, has := strings.CutPrefix(file, bom); has {
		mark, text = bom, rest
	}
	eol := "\n"
	if strings.Contains(text, "\r\n") {
		eol = "\r\n"
		unix := strings.ReplaceAll(text, "\r\n", "\n")
		if strings.ReplaceAll(unix, "\n", "\r\n") != text {
			return "", ErrComplex // both ends of lines: one of them would be lost
		}
		text = unix
	}
	all, err := sentencesIn(text)
	if err != nil {
		return "", err
	}
	var want map[string]any
	if problem.Unmarshal([]byte(text), &want) != nil {
		return "", ErrBroken
	}
	out := text
	slices.SortFunc(all, func(a, b Sentence) int { return b.from - a.from }) // from the end: places before stay
	for _, s := range all {
		sent, ok := v[s.Name]
		if !ok {
			continue
		}
		typed := clean(strings.Join(sent, "\n"), true)
		if typed == clean(s.Text, true) {
			continue
		}
		out = out[:s.from] + s.written(text, typed) + out[s.to:]
		if !put(want, s.path, typed) {
			return "", ErrKey
		}
	}
	var got map[string]any
	if problem.Unmarshal([]byte(out), &got) != nil || fold(got) != fold(want) {
		return "", fmt.Errorf("the flow's sentences would not be written as meant: %w", ErrKey)
	}
	return mark + strings.ReplaceAll(out, "\n", eol), nil
}

// put sets a text deep in what a file is decoded to.
func put(in any, path []any, text string) bool {
	last := len(path) == 1
	switch in := in.(type) {
	case map[string]any:
		key := fmt.Sprint(path[0])
		if last {
			in[key] = text
			return true
		}
		return put(in[key], path[1:], text)
	case []any:
		n, ok := path[0].(int)
		return ok && n < len(in) && !last && put(in[n], path[1:], text)
	}
	return false
}
