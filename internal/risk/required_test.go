package risk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
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

func TestAnEditThatSeesLessIsRefusedWithTheSentenceItLost(t *testing.T) {
	words, err := os.ReadFile("../../dialogs/risk/words.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, name := range []string{"disguise.yaml", "rules.yaml", "words-classes.yaml", "words-people.yaml", "words-situations.yaml"} {
		raw, err := os.ReadFile("../../dialogs/risk/" + name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: raw}
	}
	set := fstest.MapFS{"required.jsonl": {Data: []byte("{\"text\":\"今天吃面\",\"expect\":\"none\"}\n{\"text\":\"有人网暴我\",\"expect\":\"medium\"}\n")}}
	edited := bytes.ReplaceAll(words, []byte("|网暴|"), []byte("|"))
	if bytes.Equal(edited, words) {
		t.Fatal("the word that this test takes out is gone from words.yaml: choose another")
	}
	for _, c := range []struct {
		name  string
		words []byte
		lost  []int
	}{{"as it stands", words, nil}, {"with a word taken out", edited, []int{2}}} {
		fsys["words.yaml"] = &fstest.MapFile{Data: c.words}
		j, err := Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		var lost []int
		var ps problem.Problems
		if errors.As(Required(set, j), &ps) {
			for _, p := range ps {
				lost = append(lost, p.Line)
			}
		}
		if !slices.Equal(lost, c.lost) {
			t.Errorf("%s: lines %v are refused, want %v", c.name, lost, c.lost)
		}
	}
}
