package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// separators part the cells of a text table; which one does is seen by the heading.
var separators = []rune{',', '\t', ';'}

// readText reads a table that was saved as text, once for each mark that may part its cells.
func readText(name string, data []byte) ([]sheet, error) {
	text, err := decode(name, data)
	if err != nil {
		return nil, err
	}
	var (
		out  []sheet
		errs []error
	)
	for _, sep := range separators {
		lines, err := cellsOf(name, text, sep)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, sheet{lines: lines})
	}
	if len(out) == 0 {
		return nil, errs[0]
	}
	return out, nil
}

// decode brings a text to UTF-8: Excel writes GB 18030 ("CSV"), UTF-16 ("Unicode 文本") or UTF-8, each with or without the
// mark of byte order.
func decode(name string, data []byte) (string, error) {
	unreadable := fmt.Errorf("读不出 %s 里的文字；请用 Excel 或 WPS 打开，另存为“CSV UTF-8”或 .xlsx 再来", name)
	odd, even := nulls(data)
	var text string
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), odd+even > 0:
		order := unicode.LittleEndian
		if even > odd {
			order = unicode.BigEndian
		}
		raw, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil || len(data)%2 != 0 || odd > 0 && even > 0 && min(odd, even)*20 > max(odd, even) {
			return "", unreadable
		}
		text = string(raw)
	case utf8.Valid(data):
		text = string(data)
	default:
		raw, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil {
			return "", unreadable
		}
		text = string(raw)
	}
	text = strings.TrimPrefix(text, "\ufeff")
	if strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' }) {
		return "", unreadable
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), nil
}

// nulls counts the empty bytes at odd and at even places: UTF-16 has them in every comma and figure.
func nulls(data []byte) (odd, even int) {
	for i, b := range data {
		if b == 0 {
			if i%2 == 1 {
				odd++
			} else {
				even++
			}
		}
	}
	return odd, even
}

// cellsOf takes a text apart. Its rows are numbered as a spreadsheet would, which shows a cell of several lines as one row.
func cellsOf(name, text string, sep rune) ([]line, error) {
	row := 0
	if head, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(strings.ToLower(head), "sep=") { // a hint for Excel, which shows no row for it
		text = rest
	}
	if tooManyFields(text, byte(sep)) { // a reader holds all fields of a row before we see one
		return nil, errTooWide
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = sep, -1, true
	var (
		out   []line
		cells int
		next  = 1 // the line of the text on which the next row begins, where none is empty
	)
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			at := 0
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				at = pe.StartLine
			}
			return nil, fmt.Errorf("%s 从第 %d 行起读不下去：引号不成对；请用 Excel 或 WPS 打开检查，另存为 .xlsx 再来", name, at)
		}
		begin, _ := r.FieldPos(0)
		row += 1 + begin - next
		l := line{n: row}
		next = begin + 1
		filled := 0
		for i, f := range fields {
			next += strings.Count(f, "\n")
			if len(f) > maxCell {
				return nil, errMaze
			}
			if strings.TrimSpace(f) != "" {
				filled = i + 1
			}
		}
		if cells += filled; cells > maxCells || filled > maxColumns {
			return nil, errTooWide
		}
		for _, f := range fields[:filled] {
			l.cells = append(l.cells, textCell(f))
		}
		for len(l.cells) > 0 && l.cells[len(l.cells)-1].blank() {
			l.cells = l.cells[:len(l.cells)-1]
		}
		if out = append(out, l); len(out) > 2*maxRows {
			return nil, errTooLong
		}
	}
}

// manyFields is how many fields a row may have, empty ones at its end included: some programs write those too.
const manyFields = 2000

// tooManyFields says whether a row of a text has more fields than that.
func tooManyFields(text string, sep byte) bool {
	fields, quoted := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			fields = 0
		case c == sep:
			if fields++; fields >= manyFields {
				return true
			}
		}
	}
	return false
}
