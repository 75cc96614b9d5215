package crisis

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestAnswersOfAWriterWhoNeverSawTheWordsAreHeard reads 620 answers by somebody who saw neither the words nor the examples.
// Nothing of them may be taken over into hears.yaml or heard.yaml. Classes of worse news are left out: those count by their
// words and by the reader of danger, never by likeness.
func TestAnswersOfAWriterWhoNeverSawTheWordsAreHeard(t *testing.T) {
	texts := shipped(t)
	f, err := os.Open("testdata/held.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var all, heard, first int
	missed := map[string]int{}
	for s := bufio.NewScanner(f); s.Scan(); {
		class, text, _ := strings.Cut(s.Text(), "\t")
		if grave(Class(class)) {
			continue
		}
		all++
		h := texts.Hear(State{}, Message{Text: text})
		switch {
		case len(h.Classes) > 0 && h.Classes[0] == Class(class):
			first++
			fallthrough
		case slices.Contains(h.Classes, Class(class)):
			heard++
		default:
			missed[class]++
		}
	}
	t.Logf("%d answers: %.3f are heard, %.3f before anything else; missed: %v", all, float64(heard)/float64(all), float64(first)/float64(all), missed)
	if share := float64(heard) / float64(all); share < 0.80 {
		t.Errorf("%.3f of the answers are heard, want 0.80", share)
	}
}

func TestANumberATapAndALabelMeanTheQuestionThatWaits(t *testing.T) {
	texts := shipped(t)
	turn := Turn{State: at(Here, Wish, "self"), Say: Say{Question: Here}}
	_, s := texts.Render(turn, Scene{OnDuty: true})
	for said, want := range map[string]Class{"1": Together, "２": Alone, "③": Unsafe, "第一个": Together, "只有我一个人": Alone, "4": NotSo, "五": Human, "6": Leave, "先停下": Leave} {
		if h := texts.Hear(s, Message{Text: said}); h.Chosen == nil || h.Chosen.Class != want || h.Chosen.Phase != Here {
			t.Errorf("%q means %+v, want %s", said, h.Chosen, want)
		}
	}
	if h := texts.Hear(s, Message{Text: "7"}); h.Chosen != nil {
		t.Errorf("7 means %+v, of six answers", h.Chosen)
	}
	t.Run("a tap on an older question answers that one", func(t *testing.T) {
		old := offerID(Plan, Yes)
		h := texts.Hear(s, Message{Text: "有", Tapped: old})
		if h.Chosen == nil || h.Chosen.Phase != Plan {
			t.Fatalf("means %+v, want the plan", h.Chosen)
		}
		if got := Step(s, h, reading("none"), night); got.State.Level != "imminent" {
			t.Errorf("a plan raises to %s, want imminent", got.State.Level)
		}
		harmless := texts.Hear(s, Message{Text: "还没有", Tapped: offerID(Plan, No)})
		if got := Step(s, harmless, reading("none"), night); got.State.Phase != Here || got.State.Known[Here] != "" {
			t.Errorf("the question that waits is now %s, answered with %q", got.State.Phase, got.State.Known[Here])
		}
	})
	t.Run("the ways out mean the same on every question", func(t *testing.T) {
		h := texts.Hear(s, Message{Text: "找真人", Tapped: offerID("", Human)})
		if h.Chosen == nil || h.Chosen.Phase != Here || h.Chosen.Class != Human {
			t.Errorf("means %+v", h.Chosen)
		}
	})
}

func TestWordsThatAreGivenBackAreSafeToGiveBack(t *testing.T) {
	texts := shipped(t)
	for text, want := range map[string]string{
		"风好大我冷": "风好大我冷", "今天被骂了，好难受": "今天被骂了", "你会告诉我妈吗": "", "滚": "", "1": "", "我的电话是13800000000": "", "是不是\"没救\"了": "", "啊": "",
	} {
		if got := texts.Hear(State{}, Message{Text: text, Quotable: true}).Words; got != want {
			t.Errorf("%q is given back as %q, want %q", text, got, want)
		}
	}
	if got := texts.Hear(State{}, Message{Text: "风好大我冷"}).Words; got != "" {
		t.Errorf("words with a sign of danger are given back: %q", got)
	}
}
