package intake

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
)

// A workbook is read here, in one pass, and not through a library that builds the whole of it: what counts is what a cell
// was meant to be (a number, a day, an error, a formula nobody worked out) and that a small file cannot make much work.

type workbook struct {
	parts   map[string]*zip.File
	left    allowance
	cells   int
	strings []string
	formats []format // by style
	from    time.Time
}

// format is what a number's style says it is.
type format struct{ date, clock, short bool }

func readXLSX(data []byte, only string) ([]sheet, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) > 2000 {
		return nil, errBroken
	}
	b := &workbook{parts: map[string]*zip.File{}, left: newAllowance(), from: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	for _, f := range z.File {
		b.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	if b.parts["xl/workbook.xml"] == nil {
		if b.parts["content.xml"] != nil {
			return nil, errors.New("这是 .ods 表格；请另存为 .xlsx 再来")
		}
		return nil, errBroken
	}
	listed, err := b.sheets()
	if err != nil {
		return nil, err
	}
	var out []sheet
	for _, s := range listed {
		if only != "" && s.name != only || only == "" && s.hidden {
			continue
		}
		if len(out) == 0 { // nothing else is unpacked for a workbook without the sheet
			if err := errors.Join(b.readStyles(), b.readStrings()); err != nil {
				return nil, first(err)
			}
		}
		if err := b.readSheet(s.part, &s.sheet); err != nil {
			return nil, err
		}
		out = append(out, s.sheet)
	}
	if len(out) == 0 {
		var names []string
		for _, s := range listed {
			names = append(names, "“"+s.name+"”")
		}
		return nil, fmt.Errorf("没有叫“%s”的工作表；有的是：%s", only, strings.Join(names, "、"))
	}
	return out, nil
}

// first is one of several errors that were joined: each is a whole sentence.
func first(err error) error {
	for _, known := range []error{errBomb, errMaze, errTooWide, errTooLong} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errBroken
}

// open opens a part, and refuses one that says or turns out to be too large. A part that is not there is empty.
func (b *workbook) open(name string) (*xml.Decoder, func(), error) {
	f := b.parts[name]
	if f == nil {
		return xml.NewDecoder(strings.NewReader("")), func() {}, nil
	}
	if err := b.left.packed(f); err != nil {
		return nil, nil, err
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, errBroken
	}
	return b.left.decoder(r), func() { _ = r.Close() }, nil
}

// each calls f for every element that begins, until the part ends.
func (b *workbook) each(part string, f func(d *xml.Decoder, e xml.StartElement) error) error {
	d, done, err := b.open(part)
	if err != nil {
		return err
	}
	defer done()
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return first(err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			if err := f(d, e); err != nil {
				return first(err)
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func on(v string) bool { return v == "1" || v == "true" }

type sheetPart struct {
	sheet
	part string
}

// sheets lists the sheets of cells, in their order.
func (b *workbook) sheets() ([]sheetPart, error) {
	targets := map[string]string{}
	err := b.each("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, e xml.StartElement) error {
		if strings.HasSuffix(attr(e, "Type"), "/worksheet") {
			target := attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = "/xl/" + target
			}
			targets[attr(e, "Id")] = strings.TrimPrefix(path.Clean(target), "/")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []sheetPart
	err = b.each("xl/workbook.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			if on(attr(e, "date1904")) {
				b.from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		case "sheet":
			id := "" // r:id; a sheet's own number is called sheetId
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					id = a.Value
				}
			}
			if part := targets[id]; b.parts[part] != nil {
				out = append(out, sheetPart{sheet{name: attr(e, "name"), hidden: strings.HasSuffix(strings.ToLower(attr(e, "state")), "hidden")}, part})
			}
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = errBroken
	}
	return out, err
}

// readStyles finds out which styles show a number as a day or a time.
func (b *workbook) readStyles() error {
	custom := map[string]string{}
	inCells := false
	return b.each("xl/styles.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if len(custom) < 4096 {
				custom[attr(e, "numFmtId")] = attr(e, "formatCode")
			}
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells && len(b.formats) < 1<<16 {
				id := attr(e, "numFmtId")
				n, _ := strconv.Atoi(id)
				b.formats = append(b.formats, formatOf(n, custom[id]))
			}
		}
		return nil
	})
}

// formatOf reads a number format: the built-in ones that show days or times (ECMA-376 18.8.30 and its Chinese ones), or a
// code such as yyyy"年"m"月"d"日".
func formatOf(id int, code string) format {
	if code == "" {
		switch {
		case 14 <= id && id <= 17, 27 <= id && id <= 31, id == 36, 50 <= id && id <= 54, id == 57, id == 58:
			return format{date: true}
		case 18 <= id && id <= 21, 32 <= id && id <= 35, 45 <= id && id <= 47, id == 55, id == 56:
			return format{clock: true, short: id == 18 || id == 20}
		case id == 22:
			return format{date: true, clock: true}
		}
		return format{}
	}
	var shown strings.Builder
	code, _, _ = strings.Cut(strings.ToLower(code), ";")
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '\\', '_', '*':
			i++
		case '[': // [h] counts hours, [red] and [$-804] say how it looks
			if end := strings.IndexByte(code[i:], ']'); end >= 0 {
				if in := strings.Trim(code[i+1:i+end], "hms"); in == "" {
					shown.WriteString("h")
				}
				i += end
			}
		default:
			shown.WriteByte(c)
		}
	}
	s := strings.ReplaceAll(shown.String(), "general", "")
	clock := strings.ContainsAny(s, "hs")
	return format{
		date:  strings.ContainsAny(s, "yd") || strings.Contains(s, "m") && !clock,
		clock: clock,
		short: clock && (!strings.Contains(s, "h") || !strings.Contains(s, "s")) && !strings.ContainsAny(code, "时分秒"),
	}
}

// readStrings reads the texts that cells share.
func (b *workbook) readStrings() error {
	return b.each("xl/sharedStrings.xml", func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := textIn(d)
		if b.left.shared -= len(text); b.left.shared < 0 || len(b.strings) >= maxCells {
			return errTooWide
		}
		b.strings = append(b.strings, text)
		return err
	})
}

// textIn gathers the text of an element that has begun; how a name is pronounced is left out.
func textIn(d *xml.Decoder) (string, error) {
	var out strings.Builder
	depth, inText, said := 1, false, 0
	for depth > 0 {
		tok, err := d.Token()
		if err != nil {
			return "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
			if tok.Name.Local == "rPh" {
				said = depth
			}
			inText = tok.Name.Local == "t" && said == 0
		case xml.EndElement:
			if depth == said {
				said = 0
			}
			depth--
			inText = false
		case xml.CharData:
			if inText {
				out.Write(tok)
			}
		}
	}
	return strings.ReplaceAll(out.String(), "_x000D_", ""), nil
}

// readSheet reads the cells of a sheet that hold anything, and spreads merged ones over their range.
func (b *workbook) readSheet(part string, s *sheet) error {
	var (
		spans []span
		row   int
		col   int
	)
	s.columns = map[int]bool{}
	err := b.each(part, func(d *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "col":
			from, _ := strconv.Atoi(attr(e, "min"))
			to, _ := strconv.Atoi(attr(e, "max"))
			for i := max(from, 1); on(attr(e, "hidden")) && i <= min(to, maxColumns); i++ {
				s.columns[i-1] = true
			}
		case "row":
			next := row + 1
			if r := attr(e, "r"); r != "" {
				next, _ = strconv.Atoi(r)
			}
			if next <= row || next > 1<<20 {
				return errBroken
			}
			row, col = next, 0
			s.lines = append(s.lines, line{n: row, hidden: on(attr(e, "hidden"))})
			if len(s.lines) > 1 && s.lines[len(s.lines)-2].blank() { // rows that only look like something
				s.lines = append(s.lines[:len(s.lines)-2], s.lines[len(s.lines)-1])
			}
			if len(s.lines) > 2*maxRows {
				return errTooLong
			}
		case "c":
			next := col + 1
			if r := attr(e, "r"); r != "" {
				c, n, err := reference(r)
				if err != nil || n != row {
					return errBroken
				}
				next = c
			}
			if next <= col || len(s.lines) == 0 {
				return errBroken
			}
			col = next
			c, err := b.cell(d, e)
			if err != nil || c.blank() {
				return err
			}
			if b.cells++; b.cells > maxCells || col > maxColumns {
				return errTooWide
			}
			l := &s.lines[len(s.lines)-1]
			for len(l.cells) < col {
				l.cells = append(l.cells, cell{})
			}
			l.cells[col-1] = c
		case "mergeCell":
			from, to, ok := strings.Cut(attr(e, "ref"), ":")
			left, top, err := reference(from)
			right, bottom, err2 := reference(to)
			if len(spans) > maxRows {
				return errTooWide
			}
			if ok && err == nil && err2 == nil {
				spans = append(spans, span{top, left, bottom, right})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.spread(spans)
}

// spread writes what stands in a merged cell into every cell of its range, as people read it.
func (s *sheet) spread(spans []span) error {
	byRow := map[int]int{}
	for i, l := range s.lines {
		byRow[l.n] = i
	}
	work := 0
	for i := range spans {
		m := &spans[i]
		top, there := byRow[m.top]
		if !there || m.left > maxColumns || m.bottom < m.top || m.right < m.left {
			continue // nothing stands in it
		}
		c := s.lines[top].at(m.left - 1)
		if c.blank() {
			continue
		}
		c.span = m
		for j := top; j < len(s.lines) && s.lines[j].n <= m.bottom; j++ {
			l := &s.lines[j]
			for k := m.left; k <= min(m.right, maxColumns); k++ {
				if work++; work > maxCells {
					return errTooWide
				}
				for len(l.cells) < k {
					l.cells = append(l.cells, cell{})
				}
				l.cells[k-1] = c
			}
		}
	}
	return nil
}

// cell reads one cell, whose element has begun.
func (b *workbook) cell(d *xml.Decoder, e xml.StartElement) (cell, error) {
	var x struct {
		V  *string   `xml:"v"`
		F  *struct{} `xml:"f"`
		Is *rich     `xml:"is"`
	}
	if err := d.DecodeElement(&x, &e); err != nil {
		return cell{}, err
	}
	v := ""
	if x.V != nil {
		v = strings.TrimSpace(*x.V)
	}
	switch attr(e, "t") {
	case "e":
		return cell{kind: failed, text: v}, nil
	case "s":
		i, err := strconv.Atoi(v)
		if err != nil || i < 0 || i >= len(b.strings) {
			return cell{}, errBroken
		}
		return textCell(b.strings[i]), nil
	case "inlineStr":
		if x.Is == nil {
			return cell{}, nil
		}
		return textCell(x.Is.text()), nil
	case "b":
		return cell{kind: truth, text: map[bool]string{true: "是", false: "否"}[on(v)]}, nil
	case "str":
		if x.V != nil {
			return textCell(*x.V), nil
		}
	case "d":
		if t, err := time.Parse("2006-01-02", strings.SplitN(v, "T", 2)[0]); err == nil {
			return textCell(t.Format(time.DateOnly)), nil
		}
		return textCell(v), nil
	}
	if v == "" {
		if x.F != nil {
			return cell{kind: uncounted, text: "公式"}, nil
		}
		return cell{}, nil
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return cell{}, errBroken
	}
	style, _ := strconv.Atoi(attr(e, "s"))
	c := cell{kind: number, num: n, text: strconv.FormatFloat(n, 'f', -1, 64)}
	if style >= 0 && style < len(b.formats) {
		f := b.formats[style]
		c.date, c.clock, c.shortClock = f.date, f.clock, f.short && !f.date
	}
	c.mac = b.from.Year() == 1904
	if c.date || c.clock {
		b.dated(&c)
	}
	return c, nil
}

type rich struct {
	T []string `xml:"t"`
	R []struct {
		T string `xml:"t"`
	} `xml:"r"`
}

func (r rich) text() string {
	s := strings.Join(r.T, "")
	for _, run := range r.R {
		s += run.T
	}
	return strings.ReplaceAll(s, "_x000D_", "")
}

// dated writes a number that is shown as a day or a time as 2026-03-02, 2026-03-02 09:30 or 1:20:00.
func (b *workbook) dated(c *cell) {
	if c.num < 0 || c.num > 100_000 {
		return
	}
	seconds := int64(c.num*86400 + 0.5)
	if !c.date && c.num < 366 { // a length or a time of day
		c.text = fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
		return
	}
	at := b.from.Add(time.Duration(seconds) * time.Second)
	c.text = at.Format(time.DateOnly)
	if seconds%86400 != 0 {
		c.text = at.Format("2006-01-02 15:04:05")
	}
}

// errorWords are what spreadsheets write where they could not work something out, also once it was saved as text.
var errorWords = map[string]bool{"#N/A": true, "#REF!": true, "#VALUE!": true, "#DIV/0!": true, "#NAME?": true, "#NUM!": true, "#NULL!": true, "#SPILL!": true, "#CALC!": true, "#FIELD!": true, "#GETTING_DATA": true}

// textCell is a cell of words.
func textCell(s string) cell {
	s = clean(s)
	if up := strings.ToUpper(s); errorWords[up] || len(s) > 1 && strings.Trim(s, "#") == "" {
		return cell{kind: failed, text: s}
	}
	return cell{text: s}
}
