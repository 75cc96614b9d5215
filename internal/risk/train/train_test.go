package train

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// lessons are a few dozen made-up texts of which those about lamps that go out are dangers.
func lessons() (out []Example) {
	for i := range 12 {
		group := "writer-" + strconv.Itoa(i%3)
		out = append(out,
			Example{Text: fmt.Sprintf("心里的灯灭了第%d回", i), Level: risk.High, Category: "hopeless", Subject: risk.Self, Group: group, Real: i%2 == 0},
			Example{Text: fmt.Sprintf("教室的窗户擦了第%d回", i), Level: risk.None, Group: group, Real: i%2 == 0})
	}
	return out
}

func rules(t *testing.T) *risk.Judge {
	t.Helper()
	j, err := risk.LoadRules(os.DirFS("../../../dialogs/risk"))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestTheSameExamplesAndSeedGiveTheSameModelToTheByte(t *testing.T) {
	j := rules(t)
	var first []byte
	for range 2 {
		res, err := Train(t.Context(), j, lessons(), 7)
		if err != nil {
			t.Fatal(err)
		}
		raw := res.Model.Encode()
		if first == nil {
			first = raw
		}
		if !bytes.Equal(raw, first) {
			t.Fatal("two trainings from the same examples and seed differ")
		}
		if m, err := risk.DecodeModel(raw); err != nil || !bytes.Equal(m.Encode(), raw) {
			t.Errorf("what was written cannot be read back: %v", err)
		}
	}
}

func TestTheModelHearsWhatIsLikeWhatItLearned(t *testing.T) {
	j := rules(t)
	s := newSet(j, lessons(), usual)
	w, err := s.learn(t.Context(), s.levelHead(risk.Medium), 1, func(int) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	odds := func(text string) float64 {
		f := j.Features(text)
		return dot(w[:len(s.numbers)], s.row(&f))
	}
	if like, unlike := odds("我心里的灯灭了"), odds("窗户又擦了一遍"); like <= unlike {
		t.Errorf("odds of danger are %.2f for a text like those learned, %.2f for one like the harmless", like, unlike)
	}
}

func TestNothingIsLearnedFromABlockKeptForJudging(t *testing.T) {
	var lines, labels bytes.Buffer
	for src := 0; src < 4000; src += 20 {
		fmt.Fprintf(&lines, "{\"text\":\"第%d封信\",\"level\":\"none\",\"src\":\"data/%d.json\",\"kind\":\"uniform\"}\n", src, src)
	}
	learn, held, err := Real(fstest.MapFS{"labelled.jsonl": {Data: lines.Bytes()}}, labels.Bytes())
	if err != nil || len(held) == 0 || len(learn) < len(held) {
		t.Fatalf("%d to learn, %d held, %v", len(learn), len(held), err)
	}
	blocks := map[string]bool{}
	for _, ex := range learn {
		blocks[ex.Group] = true
	}
	for _, ex := range held {
		if blocks[ex.Group] {
			t.Fatalf("%s is learned from and kept", ex.Group)
		}
	}
}

func TestTrainingStopsWhenItIsTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Train(ctx, rules(t), lessons(), 1); err == nil {
		t.Error("a training that was cancelled went on")
	}
}
