// Package intake turns the tables that an office keeps (CSV or XLSX) into content files: the catalogue of lessons, the
// directory of stations. Every row is judged and reported, by its number in the table, in the words of the office; a file
// is written whole or not at all. Start reading at Courses.
package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"
)

// The largest table that is read.
const (
	maxBytes = 20 << 20
	maxRows  = 5000
)

// column is what a table may have: Names are its headings, the first is the one that messages use.
type column struct {
	key      string
	names    []string
	required bool
}

// row is one line of a table, by the columns' keys.
type row struct {
	line  int // in the table, the heading counted
	cells map[string]string
}

func (r row) get(key string) string { return r.cells[key] }

// readTable reads a CSV or XLSX file whose first line that holds anything is the heading.
func readTable(name string, data []byte, columns []column) ([]row, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("表格太大（%d MB），最多 %d MB", len(data)>>20, maxBytes>>20)
	}
	var (
		lines [][]string
		err   error
	)
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		lines, err = readCSV(data)
	case ".xlsx":
		lines, err = readXLSX(data)
	default:
		return nil, fmt.Errorf("只认得 .csv 和 .xlsx，%s 请另存一份再来", filepath.Base(name))
	}
	if err != nil {
		return nil, err
	}
	if len(lines) > maxRows {
		return nil, fmt.Errorf("表格有 %d 行，最多 %d 行", len(lines), maxRows)
	}
	for i, line := range lines {
		if blank(line) {
			continue
		}
		keys, err := heading(line, columns)
		if err != nil {
			return nil, fmt.Errorf("第 %d 行（表头）：%w", i+1, err)
		}
		return body(lines, i+1, keys), nil
	}
	return nil, errors.New("表格是空的")
}

func body(lines [][]string, from int, keys []string) []row {
	var out []row
	for i := from; i < len(lines); i++ {
		if blank(lines[i]) {
			continue
		}
		r := row{line: i + 1, cells: map[string]string{}}
		for j, cell := range lines[i] {
			if j < len(keys) && keys[j] != "" {
				r.cells[keys[j]] = strings.TrimSpace(cell)
			}
		}
		out = append(out, r)
	}
	return out
}

// heading finds which column stands where. A heading that nobody knows is an error, for its cells would be lost.
func heading(line []string, columns []column) ([]string, error) {
	keys := make([]string, len(line))
	var unknown []string
	for i, cell := range line {
		name := plainName(cell)
		if name == "" {
			continue
		}
		at := slices.IndexFunc(columns, func(c column) bool {
			return plainName(c.key) == name || slices.ContainsFunc(c.names, func(n string) bool { return plainName(n) == name })
		})
		switch {
		case at < 0:
			unknown = append(unknown, strings.TrimSpace(cell))
		case slices.Contains(keys, columns[at].key):
			return nil, fmt.Errorf("“%s”写了两列", strings.TrimSpace(cell))
		default:
			keys[i] = columns[at].key
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("不认得这些列：%s；认得的有：%s", strings.Join(unknown, "、"), names(columns, false))
	}
	for _, c := range columns {
		if c.required && !slices.Contains(keys, c.key) {
			return nil, fmt.Errorf("少了“%s”这一列；一定要有的是：%s", c.names[0], names(columns, true))
		}
	}
	return keys, nil
}

func names(columns []column, required bool) string {
	var out []string
	for _, c := range columns {
		if c.required || !required {
			out = append(out, c.names[0])
		}
	}
	return strings.Join(out, "、")
}

// plainName compares headings without width, space, stars and brackets: "标题 *" is "标题".
func plainName(s string) string {
	s, _, _ = strings.Cut(norm.NFKC.String(s), "(")
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n*:　\ufeff", r) {
			return -1
		}
		return r
	}, s))
}

func blank(line []string) bool {
	return !slices.ContainsFunc(line, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// readCSV also reads what a Chinese Windows saves as "CSV": GB 18030.
func readCSV(data []byte) ([][]string, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil {
			return nil, errors.New("读不出文字：请另存为 UTF-8 的 CSV，或者存成 .xlsx")
		}
		data = decoded
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	var lines [][]string
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("CSV 读到第 %d 行读不下去：%w", len(lines)+1, err)
		}
		at, _ := r.FieldPos(0) // a cell may hold line breaks, and empty lines are passed over
		for len(lines)+1 < at {
			lines = append(lines, nil)
		}
		lines = append(lines, line)
	}
}

// readXLSX reads the first sheet: raw values, for what a cell shows depends on where the sheet was made. A date is the
// number of its day then.
func readXLSX(data []byte) (lines [][]string, err error) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: 8 * maxBytes, RawCellValue: true})
	if err != nil {
		return nil, errors.New("打不开这个 .xlsx：请用 Excel 或 WPS 重新另存一份")
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return nil, errors.New("表格里没有工作表")
	}
	rows, err := f.Rows(sheets[0])
	if err != nil {
		return nil, fmt.Errorf("读不出工作表 %s：%w", sheets[0], err)
	}
	for rows.Next() {
		line, err := rows.Columns()
		if err != nil {
			return nil, fmt.Errorf("第 %d 行读不出来：%w", len(lines)+1, err)
		}
		if lines = append(lines, line); len(lines) > maxRows {
			break
		}
	}
	return lines, errors.Join(rows.Error(), rows.Close())
}
