package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/editing"
)

// shippedEditing edits the shipped content, tried by the real loaders, with nothing kept.
func shippedEditing(t *testing.T) (*App, *editing.Service) {
	t.Helper()
	lib, err := openContent(shippedDir)
	if err != nil {
		t.Fatal(err)
	}
	a := &App{library: lib, now: time.Now}
	return a, &editing.Service{Dir: shippedDir, Try: a.tryContent, Lists: a.contentLists}
}

func TestWhatAnAnswerLeadsToIsPickedAndAWrongWordIsSaidAtItsField(t *testing.T) {
	a, s := shippedEditing(t)
	words := a.contentLists("openings")
	if len(words) < 10 {
		t.Fatalf("only %d words are offered", len(words))
	}
	var all []string
	for _, w := range words {
		all = append(all, w.Value)
	}
	for _, c := range []struct {
		then  []string
		wrong bool
	}{{all, false}, {[]string{"预约", "随便聊聊看"}, true}} {
		d, err := s.Make(t.Context(), editing.Change{Kind: editing.FAQ, Values: editing.Values{"questions": {"院子里能停自行车吗"}, "answer": {"院子里可以停自行车。"}, "then": c.then}})
		if err != nil {
			t.Fatal(err)
		}
		_, found, err := s.Check(t.Context(), d)
		if c.wrong {
			if len(found) != 1 || found[0].Field != "then" {
				t.Errorf("a word that leads nowhere is said as %+v (%v)", found, err)
			}
		} else if err != nil || len(found) > 0 {
			t.Errorf("the offered words are refused: %+v (%v)", found, err)
		}
	}
}

func TestEveryFlowOpensAndAWrongSentenceIsSaidAtItself(t *testing.T) {
	_, s := shippedEditing(t)
	flows, _, err := s.Items(editing.Flow)
	if err != nil || len(flows) < 30 {
		t.Fatalf("%d flows (%v)", len(flows), err)
	}
	for _, f := range flows {
		if f.About == "" { // a form holds it whole
			continue
		}
		if d, err := s.Make(t.Context(), editing.Change{Kind: editing.Flow, Item: f.Key, Values: editing.Values{"flow": {f.Key}}}); err != nil || d.New != d.Old {
			t.Errorf("%s cannot be changed in the form: %v", f.Key, err)
		}
	}
	d, err := s.Make(t.Context(), editing.Change{Kind: editing.Flow, Item: "booking", Values: editing.Values{"flow": {"booking"}, "steps.far.say": {"附近没有，{{nobody}}。"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, found, err := s.Check(t.Context(), d); len(found) != 1 || found[0].Field != "steps.far.say" {
		t.Errorf("a name that the flow does not have is said as %+v (%v)", found, err)
	}
}

func TestAFlowThatOthersLeadToIsNotTakenAway(t *testing.T) {
	_, s := shippedEditing(t)
	s.Dir = filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(s.Dir, os.DirFS(shippedDir)); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(s.Dir, "flows", name+".yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const tea = "flow: desk-1\ntitle: 喝茶\ntriggers:\n  words: [喝茶时间]\nsteps:\n  start: {say: 茶好了。}\n"
	write("desk-1", tea)
	d := editing.Draft{Kind: editing.Flow, Item: "desk-1", File: "flows/desk-1.yaml", Old: tea}
	if _, found, err := s.Check(t.Context(), d); err != nil || len(found) > 0 {
		t.Errorf("a flow that nobody leads to stays: %+v (%v)", found, err)
	}
	write("desk-2", "flow: desk-2\ntitle: 去喝茶\ntriggers:\n  words: [去喝茶吧]\nsteps:\n  start: {say: 走吧。, next: desk-1.start}\n")
	if _, found, err := s.Check(t.Context(), d); err != nil || len(found) == 0 {
		t.Errorf("a flow that another leads to goes: %+v (%v)", found, err)
	}
}
