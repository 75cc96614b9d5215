package intake

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is what is wrong with one cell.
type Problem struct {
	Place string // “Sheet1”的 F7 格, or the row where no cell is to blame
	Label string // of the column
	Read  string // what stands there
	Text  string // what is wrong with it
	Mend  string // what to write instead
	key   string
}

// String is the problem in one line.
func (p Problem) String() string {
	s := p.Place
	if p.Label != "" {
		s += "（" + p.Label + "）"
	}
	if p.Read != "" {
		s += "写的是“" + short(p.Read) + "”"
	}
	s += "：" + p.Text
	if p.Mend != "" {
		s += "；" + p.Mend
	}
	return s
}

func (t *table) label(key string) string {
	for _, c := range t.columns {
		if c.key == key {
			return c.label()
		}
	}
	return ""
}

func (t *table) has(key string) bool { return len(t.bounds[key]) > 0 }

// note is what the heading of a column says in brackets.
func (t *table) note(key string) string {
	if !t.has(key) {
		return ""
	}
	return t.bounds[key][0].note
}

func (r *row) place(key string) string {
	if r.has(key) {
		return r.placeAt(r.bounds[key][0])
	}
	return r.inSheet(fmt.Sprintf("第 %d 行", r.n))
}

func (r *row) placeAt(b bound) string {
	return r.inSheet(fmt.Sprintf("%s%d 格", columnName(b.col), r.n))
}

func (r *row) inSheet(at string) string {
	if r.sheet != "" {
		at = strings.Replace(r.table.place+"的 "+at, "的 第", "的第", 1)
	}
	return at
}

func (r *row) raw(key string) cell {
	if !r.has(key) {
		return cell{}
	}
	return r.line.at(r.bounds[key][0].col)
}

// took notes how a cell was read that says it in other words, for whoever checks the report.
func (r *row) took(key, as string) {
	r.readings = append(r.readings, fmt.Sprintf("%s（%s）“%s”读成：%s", r.place(key), r.label(key), short(r.raw(key).text), as))
}

// bad refuses the row for what stands in a column.
func (r *row) bad(key, mend, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.place(key), r.label(key), r.raw(key).text, fmt.Sprintf(format, args...), mend, key})
}

// badAt refuses the row for one of several columns under a heading.
func (r *row) badAt(b bound, key, mend, text string) {
	r.problems = append(r.problems, Problem{r.placeAt(b), r.label(key), r.line.at(b.col).text, text, mend, key})
}

// lone says whether only one cell of a row says anything, where a row needs several.
func (r *row) lone() bool {
	needed, texts := 0, 0
	for _, c := range r.columns {
		if c.required {
			needed++
		}
	}
	var last cell
	for _, x := range r.line.cells {
		if !x.blank() && (x.span == nil || x.span != last.span) {
			texts++
		}
		last = x
	}
	return texts == 1 && needed > 2
}

// refused says whether one of the columns was refused already, so that nothing is said twice.
func (r *row) refused(keys ...string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool { return slices.Contains(keys, p.key) })
}

// cell returns what stands in a column; false where that is nothing, or was refused.
func (r *row) cell(key string) (cell, bool) {
	c := r.raw(key)
	switch {
	case c.kind == failed:
		r.bad(key, "请在表格里把它改成真正的内容", "不是内容，是表格出错或者丢了字留下的记号")
	case c.kind == uncounted:
		r.bad(key, "请用 Excel 或 WPS 打开，保存一次再来，或者改成写好的内容", "公式还没有算出结果")
	case !c.blank() && c.span != nil && c.span.left < c.span.right && r.spansOthers(c, key):
		r.bad(key, "请取消合并，一列写一样", "和旁边的列合并在一起，不知道是哪一列的")
	default:
		return c, !c.blank()
	}
	return cell{}, false
}

// spansOthers says whether a merged cell also covers the column of something else.
func (r *row) spansOthers(c cell, key string) bool {
	for other, bs := range r.bounds {
		for _, b := range bs {
			if other != key && c.span.left <= b.col+1 && b.col+1 <= c.span.right {
				return true
			}
		}
	}
	return false
}

// nothing are the marks by which a form says that there is nothing to say.
var nothing = []string{"/", "\\", "-", "--", "—", "——", "无", "暂无", "没有", "空", "待定", "待补", "未定", "?", "n/a", "na", "null", "none"}

// optional returns the text of a column that may be empty, "" for marks that say so.
func (r *row) optional(key string) string {
	c, ok := r.cell(key)
	if !ok || slices.Contains(nothing, bare(c.text)) {
		return ""
	}
	return c.text
}

// text returns the text of a column that must not be empty, in one line.
func (r *row) text(key string) string {
	s := r.optional(key)
	if s == "" && !r.refused(key) {
		if r.raw(key).blank() {
			r.bad(key, "请补上", "是空的")
		} else {
			r.bad(key, "请写上真正的内容", "没有写清楚")
		}
	}
	return inOneLine(s)
}

// inOneLine takes out the line breaks that a narrow column was given.
func inOneLine(s string) string {
	var b strings.Builder
	for _, part := range strings.Split(s, "\n") {
		part = strings.TrimSpace(part)
		if last := b.String(); last != "" && part != "" && last[len(last)-1] < 0x80 && part[0] < 0x80 {
			b.WriteByte(' ')
		}
		b.WriteString(part)
	}
	return b.String()
}
