//go:build !race

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTheShippedReaderIsTheOneThatTheFilesTeach keeps reader.bin from falling behind the words, rules and sentences.
func TestTheShippedReaderIsTheOneThatTheFilesTeach(t *testing.T) {
	const real = "../../../shared/data/risk-real"
	if _, err := os.Stat(filepath.Join(real, "labelled.jsonl")); err != nil {
		t.Skipf("LEFT OUT: the real messages are not at %s, so dialogs/risk/reader.bin cannot be made again here", real)
	}
	long(t)
	out := filepath.Join(t.TempDir(), "reader.bin")
	// Its own process, since the race detector would take minutes, and one that gives way to every other test.
	cmd := exec.CommandContext(t.Context(), "nice", "-n", "19", binary(t), "risk", "train", "--real", real, "--out", out)
	cmd.Env = append(os.Environ(), "XINQIAO_DIALOGS_DIR=../../dialogs")
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
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
