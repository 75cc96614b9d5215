package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestTheShippedModelIsTheOneThatTheContentTeaches keeps the learned model from falling behind the words, rules and sentences.
func TestTheShippedModelIsTheOneThatTheContentTeaches(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	model := filepath.Join(dir, "risk", "learned.tsv")
	shipped, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := command(t.Context(), t, []string{"XINQIAO_DIALOGS_DIR=" + dir}, "", "risk", "train")
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, errs)
	}
	trained, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(shipped, trained) {
		t.Errorf("dialogs/risk/learned.tsv is older than the content: run `xinqiao risk train` (%s)", out)
	}
}
