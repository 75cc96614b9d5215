package train

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

const dialogs = "../../../dialogs"

// shipped is what reader.bin is made from, with the real messages where they are at hand: they lie beside the project.
func shipped(t *testing.T) (from Source, model []byte) {
	t.Helper()
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dialogs, name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	from = Source{Words: os.DirFS(dialogs + "/risk"), Sentences: os.DirFS(dialogs + "/tests/risk/learn"), Labels: read("tests/risk/learn/real-labels.tsv"), Seed: 1}
	const real = "../../../../shared/data/risk-real"
	if _, err := os.Stat(filepath.Join(real, "labelled.jsonl")); err == nil {
		from.Real = os.DirFS(real)
	}
	return from, read("risk/reader.bin")
}

// TestTheShippedReaderIsTheOneThatTheFilesTeach keeps reader.bin from falling behind the words, rules, sentences and code.
// `make reader` learns it anew, which takes minutes, and compares every byte.
func TestTheShippedReaderIsTheOneThatTheFilesTeach(t *testing.T) {
	from, model := shipped(t)
	now, err := Sums(t.Context(), from, model)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(dialogs + "/risk/reader.sum")
	if err != nil {
		t.Fatal(err)
	}
	if err := Stale(string(written), now); err != nil {
		t.Errorf("dialogs/risk/reader.bin: %v: run `xinqiao risk train --real FOLDER-OF-THE-REAL-MESSAGES`\n%s", err, now)
	}
}

func TestWhateverChangesSinceTheModelWasLearnedIsNamed(t *testing.T) {
	few := fstest.MapFS{"writer-a.jsonl": {Data: []byte(`{"text":"一句话","level":"none"}` + "\n")}}
	more := fstest.MapFS{"writer-a.jsonl": {Data: []byte(`{"text":"另一句话","level":"none"}` + "\n")}}
	from := Source{Words: os.DirFS(dialogs + "/risk"), Sentences: few, Labels: []byte("a"), Real: fstest.MapFS{"labelled.jsonl": {Data: []byte("b")}}, Seed: 1}
	sums := func(from Source, model string) string {
		s, err := Sums(t.Context(), from, []byte(model))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	written := sums(from, "model")
	for want, change := range map[string]func(s *Source) (model string){
		"":           func(*Source) string { return "model" },
		"sentences":  func(s *Source) string { s.Sentences = more; return "model" },
		"labels":     func(s *Source) string { s.Labels = []byte("c"); return "model" },
		"real":       func(s *Source) string { s.Real = fstest.MapFS{"labelled.jsonl": {Data: []byte("c")}}; return "model" },
		"reader.bin": func(*Source) string { return "another" },
		"words":      func(s *Source) string { s.Words = commented(t, s.Words); return "model" },
	} {
		now := from
		model := change(&now)
		err := Stale(written, sums(now, model))
		if want == "" != (err == nil) || err != nil && !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("after a change of %q: %v", want, err)
		}
	}
	from.Real = nil
	if err := Stale(written, sums(from, "model")); err != nil {
		t.Errorf("without the real messages at hand: %v", err)
	}
	if err := Stale(strings.Replace(written, "  code", "  other", 1), sums(from, "model")); err == nil || !strings.HasSuffix(err.Error(), ": code") {
		t.Errorf("of code that makes something else: %v", err)
	}
}

// commented are the same words with a remark in one file.
func commented(t *testing.T, words fs.FS) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(words, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		raw, err := fs.ReadFile(words, name)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			raw = append(raw, "# 一条备注\n"...)
		}
		out[name] = &fstest.MapFile{Data: raw}
	}
	return out
}
