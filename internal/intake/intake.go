package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Verdict is what one row of the table came to.
type Verdict struct {
	Line     int    // in the table, as the office sees it
	Name     string // the lesson's or station's
	Problems []Problem
	Readings []string // how cells were read that say it in other words
}

// Report is what came of a table. Where any row has a problem nothing may be written.
type Report struct {
	Place    string   // the sheet, or the file
	Heading  int      // the row in which the heading was found
	Notes    []string // what was passed over
	Rows     []Verdict
	Other    []string // what is wrong with the content around it
	Changes  Changes
	Present  int // how many the last import wrote
	file     []byte
	first    []int // the line of the file at which each row begins
	pictures []picture
}

// OK says that there are rows and that every one can be taken.
func (r Report) OK() bool { return len(r.Rows) > 0 && r.bad() == 0 && len(r.Other) == 0 }

// Blame takes in what the whole content has against the written file, and gives it to the rows that it comes from. File is
// the file's name under dialogs/.
func (r *Report) Blame(ps problem.Problems, file string) {
	for _, p := range ps {
		i := len(r.first) - 1
		for i >= 0 && r.first[i] > p.Line {
			i--
		}
		if p.File != file || i < 0 {
			r.Other = append(r.Other, p.String())
			continue
		}
		r.Rows[i].Problems = append(r.Rows[i].Problems, Problem{Place: fmt.Sprintf("第 %d 行", r.Rows[i].Line), Text: p.Message, Mend: p.Hint})
	}
}

// Shrinks says that the table has fewer than half as many rows as the last import wrote: half a table, perhaps.
func (r Report) Shrinks() bool { return 2*len(r.Rows) < r.Present }

func (r Report) bad() (n int) {
	for _, v := range r.Rows {
		if len(v.Problems) > 0 {
			n++
		}
	}
	return n
}

// Print writes the report, one line a row and one below it for each thing that is wrong.
func (r Report) Print(out io.Writer) {
	_, _ = fmt.Fprintf(out, "读的是%s，表头在第 %d 行。\n", r.Place, r.Heading)
	for _, n := range r.Notes {
		_, _ = fmt.Fprintln(out, n+"。")
	}
	for _, v := range r.Rows {
		if len(v.Problems) == 0 {
			_, _ = fmt.Fprintf(out, "第 %d 行  %s  好\n", v.Line, v.Name)
			for _, read := range v.Readings {
				_, _ = fmt.Fprintf(out, "    %s\n", read)
			}
			continue
		}
		_, _ = fmt.Fprintf(out, "第 %d 行  %s  要改\n", v.Line, v.Name)
		for _, p := range v.Problems {
			_, _ = fmt.Fprintf(out, "    %s\n", p)
		}
	}
	for _, o := range r.Other {
		_, _ = fmt.Fprintln(out, o)
	}
	if r.bad() > 0 {
		_, _ = fmt.Fprintf(out, "共 %d 行，%d 行要改。改好再来，现在什么都没有写进去。\n", len(r.Rows), r.bad())
		return
	}
	if len(r.Other) > 0 {
		_, _ = fmt.Fprintf(out, "共 %d 行，和别的文件合不上。改好再来，现在什么都没有写进去。\n", len(r.Rows))
		return
	}
	_, _ = fmt.Fprintf(out, "共 %d 行，都好。\n", len(r.Rows))
	r.Changes.print(out)
}

// Write puts the pictures and then the content file in their places, each at once, and says whether anything changed: a
// table that is imported twice writes once. Media is dialogs/media.
func (r Report) Write(path, media string) (changed bool, err error) {
	if !r.OK() {
		return false, errors.New("有要改的行，没有写进去")
	}
	for _, p := range append(slices.Clone(r.pictures), picture{path, r.file}) {
		if p.name != path {
			p.name = filepath.Join(media, p.name)
			if err := os.MkdirAll(media, 0o750); err != nil {
				return changed, fmt.Errorf("写不进 %s：%w", media, err)
			}
		}
		if old, err := os.ReadFile(p.name); err == nil && bytes.Equal(old, p.data) {
			continue
		}
		if err := replace(p.name, p.data); err != nil {
			return changed, err
		}
		changed = true
	}
	return changed, nil
}

// replace puts a file in its place at once: whoever reads it sees the old one or the new one.
func replace(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".import-*")
	if err != nil {
		return fmt.Errorf("写不进 %s：%w", path, err)
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("写不进 %s：%w", path, err), os.Remove(tmp.Name()))
	}
	return nil
}

// File is the name of the file that an import writes, in the folder of its kind. A second import replaces it.
const File = "imported.yaml"

// content is the kind of content that a table becomes.
type content struct {
	folder string // under dialogs/
	name   string // of the file in it
	list   string // the key under which the entries stand
	schema string
	head   string // YAML before the list
	dir    string
	load   func(fs.FS) error // the domain's own loader, which has the last word; nil: the whole content is asked
	keys   map[string]string // the columns that a key of the YAML comes from, where they are not called the same
}

// entry is a row's content as YAML, and what was wrong with its cells.
type entry struct {
	row  *row
	id   string
	name string
	yaml []byte
}

func (r *row) entry(id, name string, v any) (entry, error) {
	raw, err := marshal(v)
	return entry{r, id, name, raw}, err
}

// finish writes the content file out of its entries, has the loader check it beside what stands in the folder, gives every
// problem to the cell that it comes from, and says what changes against the last import.
func finish[T any](src Source, t *table, entries []entry, c content, last []T, id func(T) string, fields func(T) []field) (Report, error) {
	r := Report{Place: t.place, Heading: t.heading, Notes: t.notes, Present: len(last)}
	if t.sheet != "" {
		r.Place = fmt.Sprintf("“%s”里的%s", src.base(), t.place)
	}
	twice(entries)
	file, first := c.file(entries)
	r.file, r.first = file, first
	if err := c.judge(entries, file, first, &r); err != nil {
		return Report{}, err
	}
	for _, e := range entries {
		if e.row.lone() {
			e.row.problems = nil
			e.row.bad("", "是小标题或者说明的话，请删掉这一行；是一条内容的话，请写全", "这一行只写了一格")
			e.name = short(said(e.row.line))
		}
		r.Rows = append(r.Rows, Verdict{e.row.n, e.name, e.row.problems, e.row.readings})
	}
	if !r.OK() {
		return r, nil
	}
	fresh, err := entriesIn[T](file, c.list)
	if err != nil {
		return Report{}, fmt.Errorf("read back what was written: %w", err)
	}
	r.Changes = changes(last, fresh, id, fields)
	return r, nil
}

// twice refuses rows that say to be the same.
func twice(entries []entry) {
	byID := map[string]*row{}
	for _, e := range entries {
		if e.id == "" {
			continue
		}
		if other, taken := byID[e.id]; taken {
			key := "id"
			if !e.row.has(key) || e.row.raw(key).blank() { // numbered by its name
				key = e.row.columns[1].key
			}
			e.row.bad(key, "请改掉一个，或者删掉多出来的一行", "和第 %d 行是同一个（编号 %s）", other.n, e.id)
			continue
		}
		byID[e.id] = e.row
	}
}

// file is the content file, and the line at which each entry begins.
func (c content) file(entries []entry) (data []byte, first []int) {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "# yaml-language-server: $schema=../.schema/%s.json\n# 由 xinqiao import 从表格写成。要改请改表格再导入，手改的会被下一次导入盖掉。\n%s%s:\n", c.schema, c.head, c.list)
	at := strings.Count(b.String(), "\n") + 1
	for _, e := range entries {
		first = append(first, at)
		for i, line := range strings.Split(strings.TrimRight(string(e.yaml), "\n"), "\n") {
			lead := "    "
			if i == 0 {
				lead = "  - "
			}
			b.WriteString(strings.TrimRight(lead+line, " ") + "\n")
			at++
		}
	}
	return []byte(b.String()), first
}

// judge has the loader read the file beside what stands in the folder.
func (c content) judge(entries []entry, file []byte, first []int, r *Report) error {
	if c.load == nil {
		return nil
	}
	err := c.beside(file)
	var ps problem.Problems
	if err != nil && !errors.As(err, &ps) {
		return err
	}
	lines := strings.Split(string(file), "\n")
	for _, p := range ps {
		at := len(first) - 1
		for at >= 0 && first[at] > p.Line {
			at--
		}
		if p.File != c.folder+"/"+c.name || at < 0 {
			r.Other = append(r.Other, p.String())
			continue
		}
		row := entries[at].row
		keys := c.columns(lines, first[at], p.Line)
		if p.Line == first[at] && !strings.Contains(p.Message, "编号") { // something that is not there at all has no line
			keys = []string{""}
		}
		if row.refused(keys...) || len(row.problems) > 0 && row.refused("id") && slices.Contains(keys, "id") {
			continue // said already, in the words of the table
		}
		key := keys[0]
		for _, k := range keys {
			if row.has(k) {
				key = k
				break
			}
		}
		row.bad(key, p.Hint, "%s", p.Message)
	}
	return nil
}

// columns are the columns that a line of the content file may come from.
func (c content) columns(lines []string, begin, line int) []string {
	for i := line; i >= begin; i-- {
		text := lines[i-1]
		if len(text) > 4 && (strings.HasPrefix(text, "    ") || strings.HasPrefix(text, "  - ")) && text[4] != ' ' && text[4] != '-' {
			key, _, ok := strings.Cut(text[4:], ":")
			if !ok {
				continue
			}
			if keys := c.keys[key]; keys != "" {
				return strings.Split(keys, ",")
			}
			return []string{key}
		}
	}
	return []string{""}
}

// beside loads the content of the folder with the file in it, without touching the folder.
func (c content) beside(file []byte) error {
	tmp, err := os.MkdirTemp("", "xinqiao-import-")
	if err != nil {
		return fmt.Errorf("check the import: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := os.CopyFS(tmp, os.DirFS(c.dir)); err != nil {
		return fmt.Errorf("check the import: %w", err)
	}
	if err := os.WriteFile(filepath.Join(tmp, c.name), file, 0o600); err != nil {
		return fmt.Errorf("check the import: %w", err)
	}
	return c.load(os.DirFS(tmp))
}

// written returns what the last import wrote; nothing where there was none.
func written[T any](dir, name, list string) ([]T, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("读不出上一次导入的 %s：%w", name, err)
	}
	return entriesIn[T](raw, list)
}

func entriesIn[T any](raw []byte, list string) ([]T, error) {
	var doc map[string]yaml.RawMessage
	if err := problem.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("读不出上一次导入文件（%s 那一部分），请先运行 xinqiao check", list)
	}
	var out []T
	if err := problem.Unmarshal(doc[list], &out); err != nil {
		return nil, fmt.Errorf("读不出上一次导入文件（%s 那一部分），请先运行 xinqiao check", list)
	}
	return out, nil
}

func marshal(v any) ([]byte, error) {
	raw, err := yaml.MarshalWithOptions(v, yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write a row as YAML: %w", err)
	}
	return raw, nil
}
