package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestTheShippedReaderIsTheOneThatTheFilesTeach keeps reader.bin from falling behind the words, rules and sentences.
func TestTheShippedReaderIsTheOneThatTheFilesTeach(t *testing.T) {
	const real = "../../../shared/data/risk-real"
	if _, err := os.Stat(filepath.Join(real, "labelled.jsonl")); err != nil {
		t.Skipf("LEFT OUT: the real messages are not at %s, so dialogs/risk/reader.bin cannot be made again here", real)
	}
	if testing.Short() {
		t.Skip("LEFT OUT: training takes half a minute")
	}
	out := filepath.Join(t.TempDir(), "reader.bin")
	code, said, errs := command(t.Context(), t, []string{"XINQIAO_DIALOGS_DIR=../../dialogs"}, "", "risk", "train", "--real", real, "--out", out)
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, errs)
	}
	trained, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile("../../dialogs/risk/reader.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(shipped, trained) {
		t.Errorf("dialogs/risk/reader.bin is older than the content: run `xinqiao risk train --real %s` (%s)", real, said)
	}
}
