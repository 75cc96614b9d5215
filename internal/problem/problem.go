// Package problem is what is wrong with a piece of content, where it stands and how to mend it, so that every loader of
// dialogs/ speaks to editors in one way. A loader returns all its problems at once, as Problems.
package problem

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a content file. File is relative to dialogs/ ("flows/main.yaml"); Line and Col count from 1.
type Problem struct {
	File    string
	Line    int
	Col     int
	Message string // what is wrong, in plain Chinese
	Hint    string // how to mend it, in plain Chinese
}

// String is the line that `xinqiao check` prints.
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", p.File, max(p.Line, 1), max(p.Col, 1), p.Message)
	if p.Hint != "" {
		s += "；" + p.Hint
	}
	return s
}

// Problems is a list of mistakes, and an error.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Addf adds a problem.
func (ps *Problems) Addf(file string, line, col int, hint, format string, args ...any) {
	*ps = append(*ps, Problem{File: file, Line: line, Col: col, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// Err returns the problems in the order of their places, or nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return ps
}

// Join gathers the problems inside several errors. An error that is no Problems is returned at once, as it is.
func Join(errs ...error) error {
	var all Problems
	for _, err := range errs {
		if err == nil {
			continue
		}
		var ps Problems
		if !errors.As(err, &ps) {
			return err
		}
		all = append(all, ps...)
	}
	return all.Err()
}
