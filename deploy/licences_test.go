package deploy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// licences are the licences under which we take what others wrote, by a sentence that stands in each, the narrower first. All
// of them let a public body run, change and pass on the whole; none of them makes our own code somebody else's.
var licences = []struct{ name, sentence string }{
	{"Apache-2.0", `apache license[\s,]+version 2\.0`},
	{"MPL-2.0", `mozilla public license[\s,]+version 2\.0`},
	{"Unlicense", `this is free and unencumbered software released into the public domain`},
	{"ISC", `permission to use, copy, modify, and(/or)? distribute this software for any purpose`},
	{"BSD-3-Clause", `redistributions? in binary form must reproduce[\s\S]*(neither the name|the name of)[\s\S]*endorse or promote`},
	{"BSD-2-Clause", `redistributions in binary form must reproduce`},
	{"MIT", `permission is hereby granted, free of charge, to any person obtaining a copy`},
}

type goModule struct {
	Path, Version, Dir string
	Main               bool
	Replace            *goModule
}

// built are the modules whose code goes into the programs.
func built(t *testing.T) (all []goModule) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", "./cmd/...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct{ Module *goModule }
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main && !slices.ContainsFunc(all, func(m goModule) bool { return m.Path == p.Module.Path }) {
			all = append(all, *p.Module)
		}
	}
	slices.SortFunc(all, func(a, b goModule) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// licenceOf reads what a module's folder says, "" where it says nothing that we know.
func licenceOf(dir string) string {
	var texts []string
	for _, pattern := range []string{"LICEN[CS]E*", "COPYING*", "licen[cs]e*", "License*"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, f := range files {
			if raw, err := os.ReadFile(f); err == nil {
				texts = append(texts, strings.Join(strings.Fields(strings.ToLower(string(raw))), " "))
			}
		}
	}
	var names []string
	for _, text := range texts {
		for _, l := range licences {
			if regexp.MustCompile(l.sentence).MatchString(text) {
				if !slices.Contains(names, l.name) {
					names = append(names, l.name)
				}
				break
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

const licencesFile = "LICENCES.md"

func TestEveryModuleThatWeAreBuiltFromHasALicenceThatWeTake(t *testing.T) {
	var b strings.Builder
	b.WriteString("# What we are built from, and under which licences\n\nMade by `make licences` from the modules themselves; a test keeps it true. A module whose licence is none of ")
	for i, l := range licences {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(l.name)
	}
	b.WriteString(" fails that test: look at it, and add its licence there, or take the module out.\nThe desk also ships htmx (Zero-Clause BSD) and bars of Apache ECharts (Apache-2.0); their licences lie beside them in `internal/desk/static/`.\nThe questionnaires' sources and terms stand in their files under `dialogs/surveys/`.\n\n| module | version | licence |\n|---|---|---|\n")
	modules := built(t)
	if len(modules) < 30 {
		t.Fatalf("only %d modules are found", len(modules))
	}
	for _, m := range modules {
		dir := m.Dir
		if m.Replace != nil {
			dir = m.Replace.Dir
		}
		name := licenceOf(dir)
		if name == "" {
			t.Errorf("%s@%s: no licence of those that we take is found in %s", m.Path, m.Version, dir)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Path, m.Version, name)
	}
	if os.Getenv("XINQIAO_LICENCES") == "write" {
		if err := os.WriteFile(licencesFile, []byte(b.String()), 0o644); err != nil { //nolint:gosec // a file of the project
			t.Fatal(err)
		}
	}
	if raw, err := os.ReadFile(licencesFile); err != nil || string(raw) != b.String() {
		t.Errorf("deploy/%s is not what the modules say (%v): run `make licences` and look at the difference", licencesFile, err)
	}
}
