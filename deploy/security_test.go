package deploy_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	testNamed   = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	testWritten = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	seeded      = regexp.MustCompile(`\.Add\(`)
)

// testsWritten are the tests and fuzz targets of the project, with the files that they stand in.
func testsWritten(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, m := range testWritten.FindAllStringSubmatch(string(raw), -1) {
			all[m[1]] = append(all[m[1]], path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func named(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range testNamed.FindAllStringSubmatch(string(raw), -1) {
		names = append(names, m[1])
	}
	return names
}

func TestThePageOnSecurityNamesNoDeadTest(t *testing.T) {
	written, names := testsWritten(t), named(t)
	if len(names) < 60 {
		t.Fatalf("deploy/SECURITY.md names only %d tests", len(names))
	}
	for _, n := range names {
		if len(written[n]) == 0 {
			t.Errorf("deploy/SECURITY.md promises something by %s, and there is no such test: name the one that keeps the promise now, or write it", n)
		}
	}
}

func TestEveryDecoderHasItsFuzzTarget(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "../.ci/fuzz.sh", "--list").Output()
	if err != nil {
		t.Fatalf("list the fuzz targets: %v", err)
	}
	run, names := map[string]bool{}, named(t)
	for line := range strings.Lines(string(out)) {
		if _, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			run[name] = true
		}
	}
	for name, files := range testsWritten(t) {
		if !strings.HasPrefix(name, "Fuzz") {
			continue
		}
		if !run[name] {
			t.Errorf("make fuzz does not run %s", name)
		}
		if !slices.Contains(names, name) {
			t.Errorf("%s stands in no row of deploy/SECURITY.md: say what it reads", name)
		}
		for _, f := range files {
			if raw, err := os.ReadFile(f); err != nil || !seeded.Match(raw) {
				t.Errorf("%s in %s has no seeds (%v)", name, f, err)
			}
		}
	}
}
