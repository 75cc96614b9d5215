package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Text is a text with {{variables}}, taken apart once.
type Text []part

// You stands in our texts for 你 or 您; whoever says them fills it in.
const you = "you"

type part struct {
	Literal string
	name    string // a variable, where literal is empty
}

// Empty says whether nothing is said.
func (t Text) Empty() bool { return len(t) == 0 }

// Names says whether the text has a variable in it.
func (t Text) Names(variable string) bool {
	return slices.ContainsFunc(t, func(p part) bool { return p.name == variable })
}

// ParseText takes a text apart; known says whether a variable exists.
func ParseText(s string, known func(name string) bool) (Text, error) {
	var t Text
	for s != "" {
		before, rest, found := strings.Cut(s, "{{")
		if before != "" {
			t = append(t, part{Literal: before})
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
			t, s = append(t, part{Literal: "{{" + you + "}}"}), after
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

// Render is what is said, with what get knows of each variable.
func (t Text) Render(get func(name string) any) string {
	if len(t) == 1 && t[0].name == "" {
		return t[0].Literal
	}
	var b strings.Builder
	for _, p := range t {
		if p.name == "" {
			b.WriteString(p.Literal)
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

// Says says whether the written part of a text has a word.
func (t Text) Says(word string) bool {
	for _, p := range t {
		if strings.Contains(p.Literal, word) {
			return true
		}
	}
	return false
}
