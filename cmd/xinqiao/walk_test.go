package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The walk in dialogs/README.md is its own test: prose that says what to write, blocks that say what, and consoles that
// say what comes of it.
var (
	walkBlock = regexp.MustCompile("(?s)```(yaml|console)\n(.*?)```\n")
	walkNew   = regexp.MustCompile("新建 `(dialogs/[^`]+)`：")
	walkAdd   = regexp.MustCompile("在 `(dialogs/[^`]+)` 的最后加上")
	walkSlip  = regexp.MustCompile("在 `(dialogs/[^`]+)` 里把 `([^`]+)` 写成 `([^`]+)`：")
)

// walker is an editor who does what the walk says, in a folder of their own.
type walker struct {
	*testing.T
	file          string // written last
	files, slips  int
	checks, tests int
}

func TestTheEditorsWalkGoesAsTheReadmeSays(t *testing.T) {
	raw, err := os.ReadFile("../../dialogs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, walk, found := strings.Cut(string(raw), "\n## 从头走一遍\n")
	if !found {
		t.Fatal("dialogs/README.md has no walk any more")
	}
	home := t.TempDir()
	dir := contentCopy(t)
	if err := os.Rename(dir, filepath.Join(home, "dialogs")); err != nil {
		t.Fatal(err)
	}
	faq, err := os.ReadFile("../../dialogs/tests/faq.yaml") // the one file of tests that the walk adds to
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "dialogs/tests/faq.yaml"), faq, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(home)
	w := &walker{T: t}
	from := 0
	for _, at := range walkBlock.FindAllStringSubmatchIndex(walk, -1) {
		prose, kind, text := walk[from:at[0]], walk[at[2]:at[3]], walk[at[4]:at[5]]
		from = at[1]
		if kind == "yaml" {
			w.write(prose, text)
			continue
		}
		restore := w.slip(prose)
		w.run(text, restore != nil)
		if restore != nil {
			restore()
		}
	}
	if w.files != 7 || w.slips != 4 || w.checks < 6 || w.tests < 4 {
		t.Errorf("the walk has %d files, %d slips, %d checks and %d tests: a lesson, a question, a flow and a self-check, each with its test and its slip, are wanted", w.files, w.slips, w.checks, w.tests)
	}
}

// write does what stands before a YAML block: a new file, or more at a file's end.
func (w *walker) write(prose, text string) {
	w.Helper()
	w.files++
	if m := walkNew.FindStringSubmatch(prose); m != nil {
		w.file = m[1]
		w.save(text)
		return
	}
	m := walkAdd.FindStringSubmatch(prose)
	if m == nil {
		w.Fatalf("where does this belong?\n%s%s", prose, text)
	}
	w.file = m[1]
	w.save(w.read() + text)
}

// slip makes the mistake that the prose speaks of; the function takes it back. It is nil where there is none.
func (w *walker) slip(prose string) func() {
	w.Helper()
	m := walkSlip.FindStringSubmatch(prose)
	if m == nil {
		return nil
	}
	w.slips++
	w.file = m[1]
	good := w.read()
	if strings.Count(good, m[2]) != 1 {
		w.Fatalf("%q does not stand once in %s", m[2], w.file)
	}
	w.save(strings.Replace(good, m[2], m[3], 1))
	return func() { w.save(good) }
}

// run runs the commands of a console and looks for what the walk says that they print.
func (w *walker) run(console string, broken bool) {
	w.Helper()
	for _, part := range strings.Split("\n"+console, "\n$ xinqiao ")[1:] {
		lines := strings.Split(strings.TrimSpace(part), "\n")
		args := strings.Fields(lines[0])
		switch args[0] {
		case "check":
			w.checks++
		case "test":
			w.tests++
		}
		code, out, errs := command(w.Context(), w.T, nil, "", args...)
		if (code != exitFine) != broken {
			w.Errorf("xinqiao %s: exit %d\n%s\n%s", lines[0], code, out, errs)
		}
		for _, line := range lines[1:] {
			said := strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*")
			if !regexp.MustCompile(said).MatchString(out) {
				w.Errorf("xinqiao %s does not print %q, it prints:\n%s%s", lines[0], line, out, errs)
			}
		}
	}
}

func (w *walker) read() string {
	w.Helper()
	raw, err := os.ReadFile(w.file)
	if err != nil {
		w.Fatal(err)
	}
	return string(raw)
}

func (w *walker) save(text string) {
	w.Helper()
	if err := os.WriteFile(w.file, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}
