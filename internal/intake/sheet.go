// Package intake turns the tables that an office keeps (XLSX, CSV, tab-separated text) into content files: the catalogue of
// lessons, the directory of stations, the events, the common questions. A cell is read wholly or refuses its row, with its
// place and how to mend it; a file is written whole or not at all. It sends nothing and asks no database. Start reading at
// Stations; sheet.go is what a table looks like, xlsx.go and text.go read one, heading.go finds what stands where, hours.go
// reads opening hours, change.go says what an import would change.
package intake

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// The largest table that is read; what is larger is refused before much work is done on it.
const (
	MaxBytes   = 20 << 20 // of the file
	maxRows    = 5000
	maxColumns = 200
	maxCells   = 300_000
)

// Source is a table as the office hands it in.
type Source struct {
	Name   string // of the file: its end says nothing, its bytes do
	Data   []byte
	Sheet  string // the sheet to read; empty: the one whose heading is recognised
	Covers string // the folder in which the pictures stand that the table names; empty: none
}

func (s Source) base() string { return filepath.Base(s.Name) }

type cellKind int

const (
	words     cellKind = iota // text, also empty
	number                    // num is its value
	truth                     // a box that is ticked or not
	failed                    // #N/A and its like
	uncounted                 // a formula whose value was never worked out
)

// cell is one cell as it was meant, not as some program shows it.
type cell struct {
	kind  cellKind
	text  string // what was read, for numbers and dates in a plain form
	num   float64
	date  bool // a number that is shown as a day
	clock bool // a number that is shown as a time, or as a day with a time
	mac   bool // a number of a workbook whose days begin in 1904
	// shortClock is a number shown as 4:30: nobody can tell whether hours or minutes were meant for a length.
	shortClock bool
	span       *span // the merged cells that it is one of
}

func (c cell) blank() bool { return c.kind == words && c.text == "" }

// span is a merged range, from 1, both ends in.
type span struct{ top, left, bottom, right int }

// line is one row of a sheet; its first cell is column A.
type line struct {
	n      int // the row's number, as the office sees it
	hidden bool
	cells  []cell
}

func (l line) at(col int) cell {
	if col < len(l.cells) {
		return l.cells[col]
	}
	return cell{}
}

func (l line) blank() bool {
	return !slices.ContainsFunc(l.cells, func(c cell) bool { return !c.blank() })
}

// sheet is one sheet of a table.
type sheet struct {
	name    string // empty in text files
	hidden  bool
	lines   []line
	columns map[int]bool // the hidden ones
}

// readSheets reads the sheets that may hold the table. Text files give one for each mark that may part their cells.
func readSheets(src Source) ([]sheet, error) {
	if len(src.Data) > MaxBytes {
		return nil, fmt.Errorf("表格太大（%d MB），最多 %d MB；请只留要导入的那一张表，另存一份再来", len(src.Data)>>20, MaxBytes>>20)
	}
	head := bytes.TrimLeft(src.Data[:min(len(src.Data), 512)], " \t\r\n\ufeff")
	switch {
	case bytes.HasPrefix(src.Data, []byte("PK\x03\x04")), bytes.HasPrefix(src.Data, []byte("PK\x05\x06")):
		return readXLSX(src.Data, src.Sheet)
	case bytes.HasPrefix(src.Data, []byte("\xd0\xcf\x11\xe0")):
		return nil, fmt.Errorf("%s 是旧格式（.xls），或者加了密码；请用 Excel 或 WPS 打开，去掉密码，另存为 .xlsx 再来", src.base())
	case bytes.HasPrefix(src.Data, []byte("%PDF")):
		return nil, fmt.Errorf("%s 是 PDF，不是表格；请用原来的表格，存成 .xlsx 或 .csv", src.base())
	case bytes.HasPrefix(bytes.ToLower(head), []byte("<html")), bytes.HasPrefix(bytes.ToLower(head), []byte("<!doctype")), bytes.HasPrefix(bytes.ToLower(head), []byte("<table")), bytes.HasPrefix(head, []byte("<?xml")):
		return nil, fmt.Errorf("%s 里面是网页，不是表格；请用 Excel 或 WPS 打开，另存为 .xlsx 再来", src.base())
	case strings.EqualFold(filepath.Ext(src.Name), ".xlsx"):
		return nil, fmt.Errorf("打不开 %s：它不是 .xlsx，或者已经坏了；请用 Excel 或 WPS 重新另存一份", src.base())
	}
	if src.Sheet != "" {
		return nil, fmt.Errorf("%s 是文字表格，没有工作表，不用写 --sheet", src.base())
	}
	return readText(src.base(), src.Data)
}

var errTooWide = fmt.Errorf("表格太宽或太满：最多 %d 列、%d 个有字的格子；请删掉用不着的列再来", maxColumns, maxCells)

var errTooLong = fmt.Errorf("表格太长：最多 %d 行；请分成几份", maxRows)

// columnName is A, B … Z, AA for the columns from 0.
func columnName(col int) string {
	name := ""
	for col++; col > 0; col = (col - 1) / 26 {
		name = string(rune('A'+(col-1)%26)) + name
	}
	return name
}

// reference reads A1 or $AB$12, both from 1.
func reference(ref string) (col, row int, err error) {
	letters := strings.TrimRight(strings.ReplaceAll(ref, "$", ""), "0123456789")
	for _, r := range letters {
		if r < 'A' || r > 'Z' || col > 16384 {
			return 0, 0, errors.New("no cell")
		}
		col = col*26 + int(r-'A') + 1
	}
	row, err = strconv.Atoi(strings.ReplaceAll(ref, "$", "")[len(letters):])
	if err != nil || col < 1 || col > 16384 || row < 1 || row > 1<<20 {
		return 0, 0, errors.New("no cell")
	}
	return col, row, nil
}

// clean takes away what an office cannot see: marks of byte order, spaces without width, spaces round the text.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\ufeff', '\u200b', '\u200c', '\u200d', '\u2060', '\r':
			return -1
		case '\u00a0':
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// plain is a text in one width, in small letters and simplified script, its spaces kept: in this form words are compared.
func plain(s string) string {
	return strings.Map(hanzi.Simplified, strings.ToLower(norm.NFKC.String(s)))
}

// bare is a plain text without spaces.
func bare(s string) string { return strings.Join(strings.Fields(plain(s)), "") }
