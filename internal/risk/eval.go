package risk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// EvalOptions say what Eval prints, and of which kinds of texts.
type EvalOptions struct {
	Worst   int      // how many of the worst errors are listed
	NoTexts bool     // leaves the texts out of that list
	Kinds   []string // only these kinds; nil for all
}

// Source is a labelled file by its name.
type Source struct {
	Name string
	In   io.Reader
}

// Eval judges readings against labelled lines and prints how well they are read. A line has "text" and its level as "level"
// or "expect", or as the least ("min") or most ("max") that is right; "subject", "kind" and "doubt" where known. Lines of
// doubt are left out.
func Eval(ctx context.Context, j *Judge, files []Source, out io.Writer, o EvalOptions) (Report, error) {
	rep := Report{Kinds: map[string]*Figures{}}
	w := bufio.NewWriter(out)
	bad := 0
	for _, file := range files {
		err := eachLine(ctx, file.In, func(n int, line []byte) error {
			q, ok := parseLabelled(line)
			switch {
			case !ok:
				bad++
				_, err := fmt.Fprintf(w, "%s:%d: not a text with a level\n", file.Name, n)
				return err
			case q.Doubt:
				rep.Doubtful++
			case o.Kinds == nil || slices.Contains(o.Kinds, q.Kind):
				rep.add(file.Name, n, q, j.Read(q.Text))
			}
			return nil
		})
		if err != nil {
			return rep, fmt.Errorf("eval: %w", err)
		}
	}
	rep.order()
	rep.print(w, o)
	if err := w.Flush(); err != nil {
		return rep, fmt.Errorf("eval: %w", err)
	}
	if bad > 0 {
		return rep, errors.Join(fmt.Errorf("eval: %w: %d", ErrBadLines, bad))
	}
	return rep, nil
}
