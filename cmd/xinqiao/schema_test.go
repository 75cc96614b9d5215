package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaLine = "# yaml-language-server: $schema="

// named returns the schema that a content file names in its first line, "" where it names none.
func named(file string, raw []byte) string {
	first, _, _ := strings.Cut(string(raw), "\n")
	rel, ok := strings.CutPrefix(first, schemaLine)
	if !ok {
		return ""
	}
	return filepath.Join(filepath.Dir(file), rel)
}

// fits says what is wrong with a content file by its schema.
func fits(schema string, raw []byte) error {
	s, err := jsonschema.NewCompiler().Compile(schema)
	if err != nil {
		return err
	}
	asJSON, err := yaml.YAMLToJSON(raw)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestTheSchemasInTheContentFolderAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if code, _, errs := command(t.Context(), t, nil, "", "schema", "--out", dir); code != exitFine {
		t.Fatal(errs)
	}
	written, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob("../../dialogs/.schema/*.json")
	if err != nil || len(kept) != len(written) || len(kept) < 15 {
		t.Fatalf("%v: %d schemas kept, %d written; run `xinqiao schema`", err, len(kept), len(written))
	}
	for _, file := range written {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("../../dialogs/.schema", filepath.Base(file)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is out of date; run `xinqiao schema`:\n%s", filepath.Base(file), diff)
		}
	}
}

func TestEveryShippedContentFileNamesItsSchemaAndFitsIt(t *testing.T) {
	t.Parallel()
	const dir = "../../dialogs"
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".yaml" {
			return err
		}
		raw, err := os.ReadFile(file)
		if bytes.Contains(raw, []byte("\nquestions:\n")) && !bytes.HasPrefix(raw, []byte("# yaml-language-server")) {
			return err // lists of questions are a test's own
		}
		if err != nil {
			return err
		}
		schema := named(file, raw)
		if schema == "" {
			t.Errorf("%s: the first line names no schema; write %s…", file, schemaLine)
			return nil
		}
		seen[filepath.Base(schema)] = true
		if err := fits(schema, raw); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := contentSchemas(); err != nil || len(seen) != len(all) {
		t.Errorf("files of %d kinds, want all %d: %v (%v)", len(seen), len(all), seen, err)
	}
}
