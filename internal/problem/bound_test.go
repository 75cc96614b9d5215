package problem_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// spent is how many bytes f asks for, whether they are given back or not: a figure that no machine's speed changes.
func spent(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func laughs(n int) string {
	b := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < n; i++ {
		b += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	return b
}

func TestASmallContentFileCannotMakeMuchWork(t *testing.T) {
	const n = 100_000
	var stairs strings.Builder
	for i := range 400 {
		fmt.Fprintf(&stairs, "%sa:\n", strings.Repeat(" ", i))
	}
	var many strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&many, "k%d: v\n", i)
	}
	for name, tt := range map[string]struct{ text, says string }{
		"a hundred thousand brackets":          {strings.Repeat("[", n), "一层套一层"},
		"brackets that are closed":             {"a: " + strings.Repeat("[", n) + strings.Repeat("]", n), "一层套一层"},
		"braces":                               {strings.Repeat("{a: ", n/4), "一层套一层"},
		"dashes on one line":                   {strings.Repeat("- ", n/2), "记号太多"},
		"question marks":                       {strings.Repeat("? ", n/2), "记号太多"},
		"colons on one line":                   {"a:" + strings.Repeat(" b:", n/3), "记号太多"},
		"stairs":                               {stairs.String(), "一层套一层"},
		"names":                                {strings.Repeat("&a ", n/3), "记号"},
		"aliases":                              {"[" + strings.Repeat("*a, ", n/4) + "]", "超过"},
		"tags":                                 {strings.Repeat("!!str ", n/6), "记号"},
		"ten lines that stand for a billion":   {laughs(10), "重复的内容太多"},
		"an alias of itself":                   {"a: &a [*a, *a]", "重复的内容太多"},
		"a name written thirty thousand times": {many.String(), "名字"},
		"a list without end":                   {"[" + strings.Repeat("1,", 1<<20), "太多"},
		"a line for every two bytes":           {strings.Repeat("-\n", 1<<20), "太多"},
		"five megabytes":                       {strings.Repeat("a", 5<<20), "MB"},
	} {
		t.Run(name, func(t *testing.T) {
			var ps problem.Problems
			took := spent(func() { problem.Parse("flows/x.yaml", []byte(tt.text), &ps) })
			t.Logf("%d bytes took %d KB", len(tt.text), took>>10)
			if len(ps) != 1 || !strings.Contains(ps[0].String(), tt.says) {
				t.Errorf("it says %.200v, want one problem with %q", ps, tt.says)
			}
			if most := uint64(220 << 20); took > most {
				t.Errorf("%d bytes took %d MB, at most %d", len(tt.text), took>>20, most>>20)
			}
			var v any
			var much *problem.TooMuchError
			if err := problem.Unmarshal([]byte(tt.text), &v); !errors.As(err, &much) {
				t.Errorf("Unmarshal: %.200v", err)
			}
		})
	}
}

// Only the configuration, which whoever runs the program writes, is read elsewhere.
func TestContentIsReadByTheBoundedReadersAlone(t *testing.T) {
	unbounded := regexp.MustCompile(`\bparser\.ParseBytes\(|\bparser\.ParseFile\(|\byaml\.Unmarshal(WithOptions)?\(|\byaml\.NewDecoder\(`)
	seen := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/internal/config/") {
			return err
		}
		seen++
		raw, err := os.ReadFile(path)
		if err == nil && unbounded.Match(raw) {
			t.Errorf("%s reads YAML without bounds: call problem.Tree or problem.Unmarshal", path)
		}
		return err
	})
	if err != nil || seen < 200 {
		t.Errorf("%d files, %v", seen, err)
	}
}

func TestWhatContentIsWrittenInIsReadAsBefore(t *testing.T) {
	files, err := filepath.Glob("../../dialogs/*/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := problem.Tree(raw); err != nil {
			t.Errorf("%s: %s", f, problem.Reason(err))
		}
	}
	var v struct {
		A []string
		B []string
		C string
	}
	text := "\ufeffa: &a [x, \"[[[[\"]\nb: *a\nc: |\n  " + strings.Repeat("[", 200) + "\n  " + strings.Repeat("- ", 200) + "\n"
	if err := problem.Unmarshal([]byte(text), &v); err != nil || len(v.B) != 2 || !strings.Contains(v.C, strings.Repeat("[", 200)) {
		t.Errorf("brackets inside a text, and an alias: %+v, %v", v, err)
	}
}
