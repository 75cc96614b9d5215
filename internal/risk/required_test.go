package risk

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRequiredSetKeepsItsFigures guards the editors' changes: no edit may make the judge see less on the labelled set.
func TestRequiredSetKeepsItsFigures(t *testing.T) {
	files, err := filepath.Glob("../../dialogs/tests/risk/required*.jsonl")
	if err != nil || len(files) < 2 {
		t.Fatalf("the labelled sets are missing: %v (%v)", files, err)
	}
	var lines bytes.Buffer
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(raw, '\n'))
	}
	var said strings.Builder
	rep, err := Eval(t.Context(), judge(t), &lines, &said)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(said.String())
	if rep.Lines < 600 {
		t.Errorf("only %d labelled sentences, want 600 or more", rep.Lines)
	}
	if r := rep.Must.Recall(); r < 0.97 {
		t.Errorf("recall of must-escalate is %.3f, want 0.97: the lines above that read none or low need words or rules", r)
	}
	if a := rep.Must.FalseAlarms(); a > 0.05 {
		t.Errorf("false alarms are %.3f, want at most 0.05: give the harmless lines above a harmless expression or a context", a)
	}
	if rep.AtLeast < 0.85 {
		t.Errorf("only %.3f of the dangers are read at their level or above, want 0.85", rep.AtLeast)
	}
}
