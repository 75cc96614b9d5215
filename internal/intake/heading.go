package intake

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// column is what a table may have. Names are its headings; the first is the one that messages use. Weak names count only
// where no other column is the one: 序号 is a lesson's number where there is no 编号.
type column struct {
	key      string
	names    []string
	weak     []string
	required bool
}

func (c column) label() string { return c.names[0] }

// bound is where a column stands in the table.
type bound struct {
	col  int
	weak bool   // by a name that counts only where no other column has it
	note string // what its heading says in brackets: 时长（小时）
	part string // the second line of its heading, where the first names the column: 开放时间 over 工作日 and 周末
}

// table is the rows under a heading that was recognised.
type table struct {
	place   string // the file's name, or the sheet's in quotation marks
	sheet   string // empty for a text
	title   string // what stands above the heading
	heading int    // the row of the heading
	bounds  map[string][]bound
	columns []column
	rows    []*row
	notes   []string // what was passed over, for the report
}

// row is one row of a table, and what is wrong with it.
type row struct {
	*table
	n        int
	line     line
	problems []Problem
	readings []string // cells that were read in other words than they are written
}

// readTable reads the one table of a file that has the columns.
func readTable(src Source, columns []column) (*table, error) {
	sheets, err := readSheets(src)
	if err != nil {
		return nil, err
	}
	var found, partly []*candidate
	for i := range sheets {
		c := findHeading(&sheets[i], columns)
		switch {
		case c == nil:
		case len(c.missing) == 0:
			found = append(found, c)
		default:
			partly = append(partly, c)
		}
	}
	if len(found) == 0 {
		found = partly
	}
	// A text is one table, however its cells are parted: the reading that recognises most is right.
	if len(found) > 1 && sheets[0].name == "" {
		found = []*candidate{slices.MaxFunc(found, func(a, b *candidate) int { return cmp.Compare(a.known, b.known) })}
	}
	switch {
	case len(found) == 0 && !slices.ContainsFunc(sheets, func(s sheet) bool { return slices.ContainsFunc(s.lines, func(l line) bool { return !l.blank() }) }):
		return nil, fmt.Errorf("%s 是空的，什么都没有写进去，原来的不动", src.base())
	case len(found) == 0:
		return nil, fmt.Errorf("%s 里没有找到表头；表头那一行要有：%s", src.base(), labels(columns, true))
	case len(found) > 1:
		var names []string
		for _, c := range found {
			names = append(names, "“"+c.sheet.name+"”")
		}
		return nil, fmt.Errorf("有几张工作表都像要导入的：%s；请加上 --sheet 名字，说清楚是哪一张", strings.Join(names, "、"))
	}
	c := found[0]
	place := src.base()
	if c.sheet.name != "" {
		place = "“" + c.sheet.name + "”"
	}
	if c.err != nil {
		return nil, fmt.Errorf("%s 第 %d 行（表头）：%w", place, c.line().n, c.err)
	}
	if len(c.missing) > 0 {
		return nil, fmt.Errorf("%s 第 %d 行（表头）少了这些列：%s；一定要有的是：%s", place, c.line().n, strings.Join(c.missing, "、"), labels(columns, true))
	}
	t, err := c.table(place, columns)
	if err != nil {
		return nil, fmt.Errorf("%s：%w", place, err)
	}
	t.sheet = c.sheet.name
	return t, nil
}

func labels(columns []column, required bool) string {
	var out []string
	for _, c := range columns {
		if c.required || !required {
			out = append(out, c.label())
		}
	}
	return strings.Join(out, "、")
}

// candidate is a line that may be the heading of a sheet.
type candidate struct {
	sheet   *sheet
	at      int // of its lines
	known   int
	bounds  map[string][]bound
	ignored []string
	missing []string
	split   bool // the line below only says what stands under merged cells of this one
	err     error
}

func (c *candidate) line() line { return c.sheet.lines[c.at] }

// headingWithin is how far down a heading may stand: title, subtitle, who filled it in and when come first.
const headingWithin = 30

// findHeading finds the line that names most columns, at least two; nil where none does.
func findHeading(s *sheet, columns []column) *candidate {
	var best *candidate
	for i := range min(len(s.lines), headingWithin) {
		if c := asHeading(s, i, columns); c.known >= 2 && (best == nil || c.known > best.known || c.known == best.known && c.plainer(best)) {
			best = c
		}
	}
	return best
}

// plainer says whether a line explains a heading better than one above it that names as much: a title that is merged over
// the whole table only seems to name what stands below it.
func (c *candidate) plainer(above *candidate) bool {
	return above.err != nil && c.err == nil || above.split && !c.split && c.err == nil
}

func asHeading(s *sheet, at int, columns []column) *candidate {
	c := &candidate{sheet: s, at: at, bounds: map[string][]bound{}, split: splitBelow(s, at)}
	weak := map[string]bound{}
	var unknown []bound
	for i, x := range s.lines[at].cells {
		if x.blank() {
			continue
		}
		name, note := headingName(x.text)
		key, isWeak := named(columns, name)
		b := bound{col: i, note: note}
		if c.split && x.span != nil && x.span.left < x.span.right {
			below, belowNote := headingName(s.lines[at+1].at(i).text)
			if k, w := named(columns, below); k != "" { // 经度 and 纬度 under 坐标
				key, isWeak, b.note = k, w, belowNote
			} else {
				b.part = s.lines[at+1].at(i).text
			}
		}
		if key == "" && at > 0 { // a heading of two lines, whose first says what it is
			if over := s.lines[at-1].at(i); over.span != nil && over.span.left < over.span.right {
				above, note := headingName(over.text)
				if key, isWeak = named(columns, above); key != "" {
					b.note, b.part = note, x.text
				}
			}
		}
		switch {
		case key == "":
			b.part = name
			unknown = append(unknown, b)
		case isWeak:
			b.weak = true
			weak[key] = b
		case len(c.bounds[key]) > 0 && (key != "open" || b.part == "" || c.bounds[key][0].part == ""): // only opening hours may stand in several
			c.err = cmp.Or(c.err, fmt.Errorf("“%s”写了两列（%s 列和 %s 列）；请留一列", x.text, columnName(c.bounds[key][0].col), columnName(i)))
		default:
			c.bounds[key] = append(c.bounds[key], b)
		}
	}
	for key, b := range weak {
		if len(c.bounds[key]) == 0 {
			c.bounds[key] = []bound{b}
		}
	}
	c.known = len(c.bounds)
	for _, b := range unknown {
		if like := nearly(columns, b.part); like.key != "" && len(c.bounds[like.key]) == 0 {
			c.err = cmp.Or(c.err, fmt.Errorf("%s 列的“%s”很像“%s”，不敢猜；是的话请改成“%s”，不是的话请删掉这一列", columnName(b.col), s.lines[at].at(b.col).text, like.label(), like.label()))
			continue
		}
		c.ignored = append(c.ignored, fmt.Sprintf("%s（%s 列）", s.lines[at].at(b.col).text, columnName(b.col)))
	}
	for _, col := range columns {
		if col.required && len(c.bounds[col.key]) == 0 {
			c.missing = append(c.missing, "“"+col.label()+"”")
		}
	}
	return c
}

// splitBelow says whether the line below a heading stands wholly under its merged cells: 工作日 and 周末 under 开放时间.
func splitBelow(s *sheet, at int) bool {
	if at+1 >= len(s.lines) || s.lines[at+1].n != s.lines[at].n+1 || s.lines[at+1].blank() {
		return false
	}
	for i, x := range s.lines[at+1].cells {
		over := s.lines[at].at(i)
		if !x.blank() && (over.span == nil || over.span.left == over.span.right || over.span == x.span) {
			return false
		}
	}
	return true
}

// headingName takes a heading apart into its name and what it says in brackets; stars, colons and spaces say nothing.
func headingName(s string) (name, note string) {
	name, note, _ = strings.Cut(plain(s), "(")
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n*:★※", r) {
			return -1
		}
		return r
	}, name)
	return name, strings.TrimRight(strings.TrimSpace(note), ") ")
}

func named(columns []column, name string) (key string, weak bool) {
	if name == "" {
		return "", false
	}
	for _, c := range columns {
		if c.key == name || slices.Contains(c.names, name) {
			return c.key, false
		}
	}
	for _, c := range columns {
		if slices.Contains(c.weak, name) {
			return c.key, true
		}
	}
	return "", false
}

// nearly finds the column that a heading nobody knows looks like: one character otherwise, or with more round it.
func nearly(columns []column, name string) column {
	for _, c := range columns {
		for _, n := range c.names {
			if utf8.RuneCountInString(n) >= 3 && oneApart([]rune(n), []rune(name)) || utf8.RuneCountInString(n) >= 2 && strings.Contains(name, n) {
				return c
			}
		}
	}
	return column{}
}

// oneApart says whether one character was changed, left out or put in.
func oneApart(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
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
	return len(b)-i-j <= 1
}

// table gathers the rows under the heading.
func (c *candidate) table(place string, columns []column) (*table, error) {
	t := &table{place: place, heading: c.line().n, bounds: c.bounds, columns: columns}
	for _, l := range c.sheet.lines[:c.at] {
		for _, x := range l.cells {
			t.title += x.text + " "
		}
	}
	if len(c.ignored) > 0 {
		t.notes = append(t.notes, "没有读这些列："+strings.Join(c.ignored, "、"))
	}
	lines := c.sheet.lines[c.at+1:]
	if c.split {
		lines = lines[1:]
	}
	for len(lines) > 0 && c.continues(lines[0]) {
		lines = lines[1:]
	}
	var hidden, numbered []string
	for i, l := range lines {
		if l.blank() {
			continue
		}
		switch {
		case c.repeats(l):
			t.notes = append(t.notes, fmt.Sprintf("第 %d 行又是表头，跳过了", l.n))
		case c.aside(lines, i):
			t.notes = append(t.notes, fmt.Sprintf("第 %d 行当作说明，没有读：%s", l.n, strings.TrimRight(short(said(l)), "。")))
		case !c.says(l):
			numbered = append(numbered, fmt.Sprint(l.n))
		default:
			if l.hidden {
				hidden = append(hidden, fmt.Sprint(l.n))
			}
			t.rows = append(t.rows, &row{table: t, n: l.n, line: l})
		}
		if len(t.rows) > maxRows {
			return nil, errTooLong
		}
	}
	if len(numbered) > 0 {
		t.notes = append(t.notes, "这些行只有序号或没有读的列，跳过了：第 "+several(numbered)+" 行")
	}
	if len(hidden) > 0 {
		t.notes = append(t.notes, "这些行在表里是隐藏的，也读了：第 "+several(hidden)+" 行；不要的请删掉")
	}
	var unseen []string
	for _, col := range columns {
		for _, b := range c.bounds[col.key] {
			if c.sheet.columns[b.col] {
				unseen = append(unseen, col.label())
			}
		}
	}
	if len(unseen) > 0 {
		t.notes = append(t.notes, "这些列在表里是隐藏的，也读了："+strings.Join(unseen, "、"))
	}
	if len(t.rows) == 0 {
		return nil, errEmpty
	}
	return t, nil
}

var errEmpty = errors.New("表格里只有表头，没有一行内容；什么都没有写进去，原来的不动")

// continues says whether a line is still the heading: its cells are merged with the line above.
func (c *candidate) continues(l line) bool {
	return slices.ContainsFunc(l.cells, func(x cell) bool { return x.span != nil && x.span.top <= c.line().n && x.span.bottom >= l.n })
}

// repeats says whether a line is the heading once more, as at the top of a printed page.
func (c *candidate) repeats(l line) bool {
	for _, bs := range c.bounds {
		for _, b := range bs {
			if l.at(b.col).text != c.line().at(b.col).text {
				return false
			}
		}
	}
	return true
}

// says whether a line says anything in a column that is read; a running number alone, as in a form that was made ready
// for more rows, is nothing.
func (c *candidate) says(l line) bool {
	for _, bs := range c.bounds {
		for _, b := range bs {
			name, _ := headingName(c.line().at(b.col).text)
			if !l.at(b.col).blank() && name != "序号" {
				return true
			}
		}
	}
	return false
}

// asides begin a line that speaks about the table.
var asides = []string{"注:", "注1", "备注", "说明", "填表", "制表", "审核", "填报", "单位负责人", "联系人:", "合计", "总计", "共计", "小计", "以上", "截至", "截止", "数据来源", "数据截", "统计时间", "更新时间", "更新日期", "*", "※"}

// aside says whether a line speaks about the table and is no row: one text that is merged across most of the table, that
// begins as such lines do, or that stands as a sentence below an empty row behind which nothing else comes.
func (c *candidate) aside(lines []line, at int) bool {
	l := lines[at]
	var one cell
	texts, wide := 0, 0
	for _, x := range l.cells {
		if x.blank() {
			continue
		}
		wide++
		if x.span == nil || x.span.left == x.span.right || x.text != one.text || one.span != x.span {
			texts++
			one = x
		}
	}
	text := bare(one.text)
	if texts == 1 && wide > 1 && 2*wide >= c.known {
		return true
	}
	firstText := bare(firstOf(l))
	begins := slices.ContainsFunc(asides, func(w string) bool { return strings.HasPrefix(firstText, w) })
	if begins && texts <= 4 && 2*texts <= max(len(c.line().cells), c.known) {
		return true
	}
	return texts == 1 && strings.ContainsAny(text, ":。;") && (at > 0 && (lines[at-1].blank() || lines[at-1].n < l.n-1)) &&
		!slices.ContainsFunc(lines[at+1:], func(l line) bool { return c.says(l) && filled(l) > 1 })
}

func firstOf(l line) string {
	for _, x := range l.cells {
		if !x.blank() {
			return x.text
		}
	}
	return ""
}

func filled(l line) (n int) {
	for _, x := range l.cells {
		if !x.blank() {
			n++
		}
	}
	return n
}

// said is what a line says, each merged cell once.
func said(l line) string {
	var out []string
	var last cell
	for _, x := range l.cells {
		if !x.blank() && (x.span == nil || x.span != last.span) {
			out = append(out, x.text)
		}
		last = x
	}
	return strings.Join(out, " ")
}

// short cuts a text to what fits in a line of the report.
func short(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	if rs := []rune(s); len(rs) > 40 {
		return string(rs[:40]) + "……"
	}
	return s
}

func several(words []string) string {
	if len(words) > 12 {
		return strings.Join(words[:12], "、") + fmt.Sprintf(" 等 %d", len(words))
	}
	return strings.Join(words, "、")
}
