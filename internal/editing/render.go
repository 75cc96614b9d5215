package editing

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// ordered is a mapping whose keys stand in an order.
type ordered []pair

type pair struct {
	key   string
	value any
}

// plain turns ordered mappings into what a file is decoded to, with empty parts left out.
func plain(v any) any {
	switch v := v.(type) {
	case ordered:
		out := map[string]any{}
		for _, p := range v {
			out[p.key] = p.value
		}
		return plain(out)
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if x = plain(x); fold(x) != "" {
				out[k] = x
			}
		}
		return out
	case []map[string]any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = plain(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = plain(x)
		}
		return out
	case string:
		return strings.TrimRight(v, "\n") // the end of a block is no part of what somebody wrote
	}
	return v
}

var (
	dated    = regexp.MustCompile(`^\d{4}-\d\d-\d\d( \d\d:\d\d)?$`)
	numberly = regexp.MustCompile(`^[0-9.:+_-]+$`)
)

// scalar writes a text so that it is read back as itself, inside brackets or on a line of its own.
func scalar(text string, inBrackets bool) string {
	reads := func(written string) bool {
		doc := "k: " + written
		if inBrackets {
			doc = "k: [" + written + "]"
		}
		var back map[string]any
		if problem.Unmarshal([]byte(doc), &back) != nil {
			return false
		}
		if inBrackets {
			list, ok := back["k"].([]any)
			return ok && len(list) == 1 && list[0] == text
		}
		return back["k"] == text
	}
	risky := strings.ContainsAny(text, "\n\r\t\\") || strings.ContainsAny(text[:min(1, len(text))], "\"'#&*!|>%@`{}[]?-") || strings.Contains(text, ": ") || strings.Contains(text, " #") ||
		strings.HasSuffix(text, ":") || inBrackets && strings.ContainsAny(text, ",:{}[]\"'#") || numberly.MatchString(text) && !dated.MatchString(text)
	if !risky && text != "" && strings.TrimSpace(text) == text && reads(text) {
		return text
	}
	if quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"; !strings.ContainsAny(text, "\n\r\t") && !numberly.MatchString(text) && reads(quoted) {
		return quoted
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // into a builder, of a string: never fails
	return strings.TrimSuffix(b.String(), "\n")
}

// inline writes a value on one line.
func inline(v any, inBrackets bool) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return scalar(v, inBrackets)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = inline(x, true)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case ordered:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = p.key + ": " + inline(p.value, true)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case map[string]any:
		var o ordered
		for _, k := range sortedKeys(v) {
			o = append(o, pair{k, v[k]})
		}
		return inline(o, inBrackets)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// field writes one field after a prefix that leads to its column. Before are the lines that it replaces, nil for none: the
// way that a list or a long text is written stays, and so does a comment behind the value.
func (s *source) field(prefix string, column int, name string, value any, before []string) string {
	head, inner := prefix+name+":", strings.Repeat(" ", column+2)
	var b strings.Builder
	switch v := value.(type) {
	case string:
		if block, ok := literal(v, inner, s.eol); ok {
			return head + block
		}
	case []any:
		if len(v) > 0 && (dashes(before) || isQuiz(v)) {
			b.WriteString(head + s.eol)
			for _, x := range v {
				b.WriteString(inner + "- " + inline(x, false) + s.eol)
			}
			return b.String()
		}
	}
	return head + " " + inline(value, false) + comment(before) + s.eol
}

// literal writes a text of several lines as a block.
func literal(text, inner, eol string) (string, bool) {
	if !strings.Contains(text, "\n") {
		return "", false
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) == "" {
			lines[i] = ""
		} else {
			lines[i] = inner + l
		}
	}
	block := " |-" + eol + strings.Join(lines, eol) + eol
	var back map[string]any
	if problem.Unmarshal([]byte("k:"+strings.ReplaceAll(block, "\r\n", "\n")), &back) != nil || back["k"] != text {
		return "", false // it begins with spaces, say; quotes will do
	}
	return block, true
}

// dashes says whether the lines are a list with one entry a line.
func dashes(lines []string) bool {
	return len(lines) > 1 && strings.HasPrefix(strings.TrimSpace(lines[1]), "-")
}

func isQuiz(list []any) bool {
	o, ok := list[0].(ordered)
	return ok && len(o) > 0 && o[0].key == "ask"
}

// comment is what stands behind a value on its one line, with the space before it.
func comment(lines []string) string {
	if len(lines) != 1 {
		return ""
	}
	line := strings.TrimRight(lines[0], "\r\n")
	var quote rune
	before := ' '
	for i, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case (r == '"' || r == '\'') && strings.ContainsRune(" [{,", before):
			quote = r
		case r == '#' && before == ' ':
			return line[len(strings.TrimRight(line[:i], " ")):]
		}
		before = r
	}
	return ""
}
