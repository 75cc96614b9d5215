package dialog

import (
	"fmt"
	"strconv"
	"strings"
)

// text is a text with {{variables}}, taken apart once.
type text []part

// you stands in our texts for 你 or 您; whoever says them fills it in.
const you = "you"

type part struct {
	literal string
	name    string // a variable, where literal is empty
}

func (t text) empty() bool { return len(t) == 0 }

// parseText takes a text apart; known says whether a variable exists.
func parseText(s string, known func(name string) bool) (text, error) {
	var t text
	for s != "" {
		before, rest, found := strings.Cut(s, "{{")
		if before != "" {
			t = append(t, part{literal: before})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}}")
		name = strings.TrimSpace(name)
		if !closed {
			return nil, fmt.Errorf("“{{”后面没有“}}”")
		}
		if name == you { // filled in when it is said
			t, s = append(t, part{literal: "{{" + you + "}}"}), after
			continue
		}
		if !known(name) {
			return nil, fmt.Errorf("没有叫 %s 的变量", name)
		}
		t = append(t, part{name: name})
		s = after
	}
	return t, nil
}

func (t text) render(get func(name string) any) string {
	if len(t) == 1 && t[0].name == "" {
		return t[0].literal
	}
	var b strings.Builder
	for _, p := range t {
		if p.name == "" {
			b.WriteString(p.literal)
			continue
		}
		b.WriteString(show(get(p.name)))
	}
	return b.String()
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		if v {
			return "是"
		}
		return "否"
	case []string:
		return strings.Join(v, "、")
	}
	return fmt.Sprint(v)
}

// says says whether the written part of a text has a word.
func (t text) says(word string) bool {
	for _, p := range t {
		if strings.Contains(p.literal, word) {
			return true
		}
	}
	return false
}
