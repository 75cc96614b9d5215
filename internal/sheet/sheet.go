// Package sheet writes tables that people open in a spreadsheet: CSV in UTF-8 with the mark by which spreadsheets know it. No
// cell of theirs runs as a formula, whoever typed what stands in it. It is the one place where CSV is written.
package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// starts are what formulas and commands begin with. Spreadsheets with a Chinese input method take the full-width ones for the
// others, and some the signs that look like them.
const starts = "=+-@|%" + "＝＋－＠｜％" + "﹦﹢﹣﹫﹪" + "−‐‑‒–" + "⁺⁻⁼₊₋₌➕➖"

var (
	number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?%?$`)
	// inner is where a program that takes something else than a comma for the end of a cell would begin another.
	inner = regexp.MustCompile(`([;\t\r\n])([\s\p{Z}\p{Cf}]*)([` + regexp.QuoteMeta(starts) + `])`)
)

// Cell is a text as it may stand in a table: a sign before it keeps a spreadsheet from running it. A number stays one.
func Cell(text string) string {
	if number.MatchString(text) {
		return text
	}
	text = inner.ReplaceAllString(text, "$1$2'$3")
	if text != "" && strings.ContainsRune("\t\r\n", rune(text[0])) {
		return "'" + text
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc) }))
	if first != utf8.RuneError && strings.ContainsRune(starts, first) {
		return "'" + text
	}
	return text
}

// Writer writes a table row by row. Its first error stays, and Close returns it.
type Writer struct {
	out *csv.Writer
	err error
}

// NewWriter begins a table.
func NewWriter(out io.Writer) *Writer {
	_, err := io.WriteString(out, "\ufeff")
	return &Writer{csv.NewWriter(out), err}
}

// Row writes a row.
func (w *Writer) Row(cells ...string) {
	if w.err != nil {
		return
	}
	safe := make([]string, len(cells))
	for i, text := range cells {
		safe[i] = Cell(text)
	}
	w.err = w.out.Write(safe)
}

// Close ends the table, and says what went wrong with any of it.
func (w *Writer) Close() error {
	if w.err == nil {
		w.out.Flush()
		w.err = w.out.Error()
	}
	if w.err != nil {
		return fmt.Errorf("write a table: %w", w.err)
	}
	return nil
}

// Write writes a table, whole or with an error.
func Write(out io.Writer, rows [][]string) error {
	w := NewWriter(out)
	for _, row := range rows {
		w.Row(row...)
	}
	return w.Close()
}
