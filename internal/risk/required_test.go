package risk

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

func TestTheMustListIsReadExactly(t *testing.T) {
	if err := Required(os.DirFS("../../dialogs/tests/risk"), judge(t)); err != nil {
		t.Error(err)
	}
}

func TestAnEditThatLosesAMustIsRefusedWithItsSentence(t *testing.T) {
	fsys := shippedWords(t)
	edited := []byte(strings.Replace(string(fsys["rules.yaml"].Data), "id: plain-wish,", "id: plain-wish, within: phrase,", 1))
	edited = []byte(strings.Replace(string(edited), "all: [plain_wish]", "all: [plain_wish, place]", 1))
	if slices.Equal(edited, fsys["rules.yaml"].Data) {
		t.Fatal("the rule that this test weakens is gone from rules.yaml: choose another")
	}
	set := fstest.MapFS{MustFile: {Data: []byte("{\"text\":\"今天吃面\",\"expect\":\"none\"}\n{\"text\":\"我想死\",\"expect\":\"high\"}\n")}}
	for _, c := range []struct {
		name  string
		rules []byte
		lost  []int
	}{{"as it stands", fsys["rules.yaml"].Data, nil}, {"with a rule weakened", edited, []int{2}}} {
		fsys["rules.yaml"] = &fstest.MapFile{Data: c.rules}
		j, err := Load(fsys) // without the model: the floor alone
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

// shippedWords are the shipped words and rules, without the model.
func shippedWords(t *testing.T) fstest.MapFS {
	t.Helper()
	names, err := filepath.Glob("../../dialogs/risk/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no words: %v", err)
	}
	fsys := fstest.MapFS{}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[filepath.Base(name)] = &fstest.MapFile{Data: raw}
	}
	return fsys
}
