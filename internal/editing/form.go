package editing

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Values are what a form holds, by the name of a field, or of a part of one: open.0.from.
type Values map[string][]string

// Get returns the first value of a name.
func (v Values) Get(name string) string {
	if len(v[name]) == 0 {
		return ""
	}
	return v[name][0]
}

func (v Values) set(name, value string) { v[name] = []string{value} }

// How many rows a form offers.
const (
	hourRows = 5
	quizRows = 3
)

// HourRows and QuizRows count the rows of a form, for whoever draws it.
func HourRows() []int { return count(hourRows) }

// QuizRows is as HourRows.
func QuizRows() []int { return count(quizRows) }

func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// valuesOf fills a form from an item. ok is false where the form cannot hold all of a field.
func (sh shape) valuesOf(item map[string]any) (v Values, ok bool) {
	v, ok = Values{}, true
	for _, f := range sh.fields {
		x, there := item[f.Name]
		if !there {
			continue
		}
		switch f.Form {
		case Lines, Many:
			for _, e := range listOf(x) {
				v[f.Name] = append(v[f.Name], fmt.Sprint(e))
			}
			if f.Form == Lines {
				v[f.Name] = []string{strings.Join(v[f.Name], "\n")}
			}
		case Hours:
			rows := listOf(x)
			ok = ok && len(rows) <= hourRows
			for i, row := range rows[:min(len(rows), hourRows)] {
				m, isMap := row.(map[string]any)
				ok = ok && isMap && only(m, "days", "from", "to")
				for _, d := range listOf(m["days"]) {
					v[part(f, i, "days")] = append(v[part(f, i, "days")], fmt.Sprint(d))
				}
				v.set(part(f, i, "from"), str(m["from"]))
				v.set(part(f, i, "to"), str(m["to"]))
			}
		case Weekly:
			m, isMap := x.(map[string]any)
			ok = ok && isMap && only(m, "day", "time", "from", "until")
			for _, k := range []string{"day", "time", "from", "until"} {
				v.set(f.Name+"."+k, str(m[k]))
			}
		case Quiz:
			rows := listOf(x)
			ok = ok && len(rows) <= quizRows
			for i, row := range rows[:min(len(rows), quizRows)] {
				m, isMap := row.(map[string]any)
				ok = ok && isMap && only(m, "ask", "answers", "right", "why")
				var answers []string
				for _, a := range listOf(m["answers"]) {
					answers = append(answers, fmt.Sprint(a))
				}
				v.set(part(f, i, "ask"), str(m["ask"]))
				v.set(part(f, i, "answers"), strings.Join(answers, "\n"))
				v.set(part(f, i, "right"), str(m["right"]))
				v.set(part(f, i, "why"), str(m["why"]))
			}
		case Tick:
			if x == true {
				v.set(f.Name, "on")
			}
		default:
			v.set(f.Name, strings.TrimRight(str(x), "\n"))
		}
	}
	return v, ok
}

// Part is the name of a part of a field of several rows.
func (f Field) Part(row int, name string) string { return part(f, row, name) }

func part(f Field, row int, name string) string {
	return fmt.Sprintf("%s.%d.%s", f.Name, row, name)
}

func only(m map[string]any, keys ...string) bool {
	for k := range m {
		if !slices.Contains(keys, k) {
			return false
		}
	}
	return true
}

func listOf(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case nil:
		return nil
	default:
		return []any{v}
	}
}

func str(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// itemOf reads a form. What is left empty is left out; what is no number stays a text, so that the loader says so.
func (sh shape) itemOf(v Values) map[string]any {
	out := map[string]any{}
	put := func(name string, value any, empty bool) {
		if !empty {
			out[name] = value
		}
	}
	for _, f := range sh.fields {
		switch f.Form {
		case Lines:
			list := splitLines(v.Get(f.Name))
			put(f.Name, list, len(list) == 0)
		case Many:
			var list []any
			for _, x := range v[f.Name] {
				list = append(list, clean(x, false))
			}
			put(f.Name, list, len(list) == 0)
		case Hours:
			var rows []any
			for i := range hourRows {
				var days []any
				for _, d := range v[part(f, i, "days")] {
					days = append(days, number(d))
				}
				from, to := clean(v.Get(part(f, i, "from")), false), clean(v.Get(part(f, i, "to")), false)
				if len(days) > 0 || from != "" || to != "" {
					if days == nil {
						days = []any{}
					}
					rows = append(rows, ordered{{"days", days}, {"from", from}, {"to", to}})
				}
			}
			put(f.Name, rows, len(rows) == 0)
		case Weekly:
			var o ordered
			for _, k := range []string{"day", "time", "from", "until"} {
				if x := clean(v.Get(f.Name+"."+k), false); x != "" {
					if k == "day" {
						o = append(o, pair{k, number(x)})
					} else {
						o = append(o, pair{k, x})
					}
				}
			}
			put(f.Name, o, len(o) == 0)
		case Quiz:
			rows := quizOf(f, v)
			put(f.Name, rows, len(rows) == 0)
		case Tick:
			put(f.Name, true, v.Get(f.Name) == "")
		case Number, Real:
			x := clean(v.Get(f.Name), false)
			put(f.Name, number(x), x == "")
		case When:
			x := strings.Replace(clean(v.Get(f.Name), false), "T", " ", 1) // as browsers write a date and time
			put(f.Name, x, x == "")
		case Text:
			x := clean(v.Get(f.Name), true)
			put(f.Name, x, x == "")
		case Line, One, Day:
			x := clean(v.Get(f.Name), false)
			put(f.Name, x, x == "")
		}
	}
	return out
}

func quizOf(f Field, v Values) []any {
	var rows []any
	for i := range quizRows {
		ask, why := clean(v.Get(part(f, i, "ask")), false), clean(v.Get(part(f, i, "why")), false)
		answers, right := splitLines(v.Get(part(f, i, "answers"))), clean(v.Get(part(f, i, "right")), false)
		if ask == "" && why == "" && len(answers) == 0 {
			continue
		}
		if answers == nil {
			answers = []any{}
		}
		if right == "" {
			right = "0" // which the loader refuses by its place
		}
		rows = append(rows, ordered{{"ask", ask}, {"answers", answers}, {"right", number(right)}, {"why", why}})
	}
	return rows
}

func splitLines(text string) []any {
	var out []any
	for _, l := range strings.Split(clean(text, true), "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// number reads a number as people type it, full width too; else it returns the text.
func number(text string) any {
	folded := width.Narrow.String(strings.TrimSpace(text))
	if n, err := strconv.ParseInt(folded, 10, 64); err == nil {
		return n
	}
	if x, err := strconv.ParseFloat(folded, 64); err == nil && !strings.ContainsAny(folded, "xXpPnN_") {
		return x
	}
	return text
}

// clean takes what a browser sends to what may stand in a file: no control characters, no spaces at the ends.
func clean(text string, many bool) string {
	text = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n"), "\r", "\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && many:
			return r
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || r == '\ufeff' || r == '\u2028' || r == '\u2029':
			return -1
		}
		return r
	}, text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// Show is what a field holds, in words, to compare it.
func (v Values) Show(f Field) string {
	var lines []string
	for i := range max(hourRows, quizRows) {
		switch f.Form {
		case Hours:
			if from := v.Get(part(f, i, "from")); from != "" {
				var days []string
				for _, d := range v[part(f, i, "days")] {
					days = append(days, weekday(d))
				}
				lines = append(lines, strings.Join(days, "、")+" "+from+"–"+v.Get(part(f, i, "to")))
			}
		case Quiz:
			if ask := v.Get(part(f, i, "ask")); ask != "" {
				lines = append(lines, ask, v.Get(part(f, i, "answers")), "对的是第 "+v.Get(part(f, i, "right"))+" 个", v.Get(part(f, i, "why")))
			}
		}
	}
	switch f.Form {
	case Hours, Quiz:
		return strings.Join(lines, "\n")
	case Weekly:
		if v.Get(f.Name+".day") == "" {
			return ""
		}
		return "每" + weekday(v.Get(f.Name+".day")) + " " + v.Get(f.Name+".time") + " " + v.Get(f.Name+".from") + "–" + v.Get(f.Name+".until")
	case Many:
		return strings.Join(v[f.Name], "、")
	case Tick:
		if v.Get(f.Name) != "" {
			return "是"
		}
		return "否"
	}
	return v.Get(f.Name)
}

// apart puts a place that was pasted whole, 113.330,23.130, into its two fields: of the city's, the longitude is the greater.
func apart(v Values) Values {
	for _, name := range []string{"lat", "lng"} {
		parts := strings.FieldsFunc(width.Narrow.String(v.Get(name)), func(r rune) bool { return strings.ContainsRune(",、; \t", r) })
		if len(parts) != 2 {
			continue
		}
		a, okA := number(parts[0]).(float64)
		b, okB := number(parts[1]).(float64)
		if !okA || !okB {
			continue
		}
		v = maps.Clone(v)
		v.set("lat", str(min(a, b)))
		v.set("lng", str(max(a, b)))
		break
	}
	return v
}
