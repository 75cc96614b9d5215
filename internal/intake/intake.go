package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Verdict is what one row of the table came to.
type Verdict struct {
	Line     int    // in the table
	Name     string // the lesson's or station's
	Problems []string
}

// Report is what came of a table. Where any row has a problem nothing may be written.
type Report struct {
	Rows  []Verdict
	Other []string // what is wrong with the content around it
	file  []byte   // the content file, where all is well
}

// OK says that every row can be taken.
func (r Report) OK() bool { return r.bad() == 0 && len(r.Other) == 0 }

func (r Report) bad() (n int) {
	for _, v := range r.Rows {
		if len(v.Problems) > 0 {
			n++
		}
	}
	return n
}

// Print writes the report, one line a row.
func (r Report) Print(out io.Writer) {
	for _, v := range r.Rows {
		state := "好"
		if len(v.Problems) > 0 {
			state = "要改  " + strings.Join(v.Problems, "；")
		}
		_, _ = fmt.Fprintf(out, "第 %d 行  %s  %s\n", v.Line, v.Name, state)
	}
	for _, o := range r.Other {
		_, _ = fmt.Fprintln(out, o)
	}
	if n := r.bad(); n > 0 {
		_, _ = fmt.Fprintf(out, "共 %d 行，%d 行要改。改好再来，现在什么都没有写进去。\n", len(r.Rows), n)
		return
	}
	_, _ = fmt.Fprintf(out, "共 %d 行，都好。\n", len(r.Rows))
}

// Write puts the content file in its place at once.
func (r Report) Write(path string) error {
	if !r.OK() {
		return errors.New("a table with problems is not written")
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".import-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = tmp.Write(r.file)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(tmp.Name()))
	}
	return nil
}

// File is the name of the file that an import writes, under courses/ or stations/. A second import replaces it.
const File = "imported.yaml"

// entry is a row's content as YAML, and what was wrong with its cells.
type entry struct {
	verdict Verdict
	yaml    []byte
}

// assemble writes the content file out of its entries, has the loader of the domain check it beside what stands in dir,
// and gives every problem to the row that it comes from.
func assemble(dir, folder, head, list string, entries []entry, load func(fs.FS) error) (Report, error) {
	var (
		b     strings.Builder
		first []int // the line of the content file at which each entry begins
	)
	_, _ = fmt.Fprintf(&b, "# yaml-language-server: $schema=../.schema/%[2]s.json\n# 由 xinqiao import 从表格写成。要改请改表格再导入，手改的会被下一次导入盖掉。\n%[1]s%[2]s:\n", head, list)
	for _, e := range entries {
		first = append(first, strings.Count(b.String(), "\n")+1)
		for i, line := range strings.Split(strings.TrimRight(string(e.yaml), "\n"), "\n") {
			lead := "    "
			if i == 0 {
				lead = "  - "
			}
			b.WriteString(lead + line + "\n")
		}
	}
	r := Report{file: []byte(b.String())}
	for _, e := range entries {
		r.Rows = append(r.Rows, e.verdict)
	}
	err := beside(dir, r.file, load)
	var ps problem.Problems
	if err != nil && !errors.As(err, &ps) {
		return r, err
	}
	for _, p := range ps {
		at := len(first) - 1
		for at >= 0 && first[at] > p.Line {
			at--
		}
		if p.File != folder+"/"+File || at < 0 {
			r.Other = append(r.Other, p.String())
			continue
		}
		text := p.Message
		if p.Hint != "" {
			text += "（" + p.Hint + "）"
		}
		r.Rows[at].Problems = append(r.Rows[at].Problems, text)
	}
	return r, nil
}

// beside loads the content of dir with our file in it, without touching dir.
func beside(dir string, file []byte, load func(fs.FS) error) error {
	tmp, err := os.MkdirTemp("", "xinqiao-import-")
	if err != nil {
		return fmt.Errorf("check the import: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := os.CopyFS(tmp, os.DirFS(dir)); err != nil {
		return fmt.Errorf("check the import: %w", err)
	}
	if err := os.WriteFile(filepath.Join(tmp, File), file, 0o600); err != nil {
		return fmt.Errorf("check the import: %w", err)
	}
	return load(os.DirFS(tmp))
}

func marshal(v any) ([]byte, error) {
	raw, err := yaml.MarshalWithOptions(v, yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write a row as YAML: %w", err)
	}
	return raw, nil
}
