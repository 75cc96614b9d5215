package risk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Report is how well a judge did on labelled lines. Must-escalate means expected at medium or above.
type Report struct {
	Lines     int
	Confusion map[Level]map[Level]int // expected, then read
	Kinds     map[string]Tally
	Must      Tally   // of those that must be escalated: how many were, and how many other lines were
	AtLeast   float64 // share of must-escalate lines read at their level or above
	Exact     float64 // share of all lines read at exactly their level
	Subjects  float64 // share of the lines with a subject label whose subject was read so; 1 without such lines
}

// Tally counts a yes-or-no decision.
type Tally struct{ Hit, Missed, False, Right int }

func share(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// Recall is the share of dangers seen.
func (t Tally) Recall() float64 { return share(t.Hit, t.Hit+t.Missed) }

// Precision is the share of alarms that were right.
func (t Tally) Precision() float64 { return share(t.Hit, t.Hit+t.False) }

// FalseAlarms is the share of harmless lines that rang.
func (t Tally) FalseAlarms() float64 { return 1 - share(t.Right, t.Right+t.False) }

// F1 is the harmonic mean of precision and recall.
func (t Tally) F1() float64 { return share(2*t.Hit, 2*t.Hit+t.False+t.Missed) }

func (t *Tally) add(want, got bool) {
	switch {
	case want && got:
		t.Hit++
	case want:
		t.Missed++
	case got:
		t.False++
	default:
		t.Right++
	}
}

// Eval judges lines {"text","expect"} with optional "subject" and "kind", and prints figures and every line gone wrong.
func Eval(ctx context.Context, j *Judge, in io.Reader, out io.Writer) (Report, error) {
	rep := Report{Confusion: map[Level]map[Level]int{}, Kinds: map[string]Tally{}}
	w := bufio.NewWriter(out)
	var bad, exact, atLeast, must, subjects, subjectsRight int
	err := eachLine(ctx, in, func(n int, line []byte) error {
		q, ok := parseLabelled(line)
		if !ok {
			bad++
			_, err := fmt.Fprintf(w, "line %d: not {\"text\", \"expect\"} with a level\n", n)
			return err
		}
		got := j.Read(q.Text)
		rep.Lines++
		if rep.Confusion[q.Expect] == nil {
			rep.Confusion[q.Expect] = map[Level]int{}
		}
		rep.Confusion[q.Expect][got.Level]++
		want, rang := q.Expect.AtLeast(Medium), got.Level.AtLeast(Medium)
		rep.Must.add(want, rang)
		kind := rep.Kinds[q.Kind]
		kind.add(want, rang)
		rep.Kinds[q.Kind] = kind
		if got.Level == q.Expect {
			exact++
		}
		if want {
			must++
			if got.Level.AtLeast(q.Expect) {
				atLeast++
			}
		}
		if q.Subject != "" {
			subjects++
			if q.Subject == got.Subject {
				subjectsRight++
			}
		}
		if want != rang || (want && !got.Level.AtLeast(q.Expect)) {
			_, err := fmt.Fprintf(w, "line %d: expected %s, read %s by %q: %s\n", n, q.Expect, got.Level, got.Rule, q.Text)
			return err
		}
		return nil
	})
	rep.AtLeast, rep.Exact, rep.Subjects = share(atLeast, must), share(exact, rep.Lines), share(subjectsRight, subjects)
	rep.print(w)
	if err = errors.Join(err, w.Flush()); err != nil {
		return rep, fmt.Errorf("eval: %w", err)
	}
	if bad > 0 {
		return rep, fmt.Errorf("eval: %w: %d", ErrBadLines, bad)
	}
	return rep, nil
}

func (rep Report) print(w io.Writer) {
	m := rep.Must
	fmt.Fprintf(w, "%d lines; must escalate: precision %.3f recall %.3f F1 %.3f false alarms %.3f; at its level or above %.3f; exact %.3f; subject %.3f\n",
		rep.Lines, m.Precision(), m.Recall(), m.F1(), m.FalseAlarms(), rep.AtLeast, rep.Exact, rep.Subjects)
	fmt.Fprintf(w, "%-22s %6s %6s %6s %6s %8s\n", "expected \\ read", None, Low, Medium, High, Imminent)
	for _, e := range levels {
		row := rep.Confusion[e]
		fmt.Fprintf(w, "%-22s %6d %6d %6d %6d %8d\n", e, row[None], row[Low], row[Medium], row[High], row[Imminent])
	}
	for _, l := range levels {
		t := rep.of(l)
		fmt.Fprintf(w, "%-22s precision %.3f recall %.3f F1 %.3f\n", l, t.Precision(), t.Recall(), t.F1())
	}
	for _, k := range slices.Sorted(maps.Keys(rep.Kinds)) {
		t := rep.Kinds[k]
		fmt.Fprintf(w, "%-22s recall %d/%d false alarms %d/%d\n", k, t.Hit, t.Hit+t.Missed, t.False, t.False+t.Right)
	}
}

// of reads the confusion matrix for one level against all others.
func (rep Report) of(l Level) Tally {
	var t Tally
	for want, row := range rep.Confusion {
		for got, n := range row {
			switch {
			case want == l && got == l:
				t.Hit += n
			case want == l:
				t.Missed += n
			case got == l:
				t.False += n
			default:
				t.Right += n
			}
		}
	}
	return t
}
