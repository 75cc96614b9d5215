package worry_test

import (
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

// asker asks the shipped book as one person would, one text after another.
type asker struct {
	t      *testing.T
	run    func(dialog.Call) dialog.Result
	before string
}

func newAsker(t *testing.T) *asker {
	t.Helper()
	b, c := shipped(t)
	s := &worry.Service{Book: func() *worry.Book { return b }, Catalogue: func() *course.Catalogue { return c }}
	cmd := s.Commands()[0]
	return &asker{t: t, run: func(call dialog.Call) dialog.Result {
		res, err := cmd.Run(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}}
}

func (a *asker) say(text, audience string, kept dialog.Vars) (words string, hits []channel.Choice, ok bool) {
	res := a.run(dialog.Call{Name: "worry.meet", Args: map[string]any{"query": text, "before": a.before, "bare": false}, Audience: audience, Kept: kept})
	words, _ = res.Vars["text"].(string)
	hits, _ = res.Vars["hits"].([]channel.Choice)
	a.before, _ = res.Vars["met"].(string)
	return words, hits, res.Outcome == "ok"
}

func opening(words string) string {
	first, _, _ := strings.Cut(words, "\n")
	return first
}

func TestEverydaySentencesAreEachMetInWordsOfTheirOwn(t *testing.T) {
	_, cat := shipped(t)
	a := newAsker(t)
	for _, file := range []string{"everyday.yaml", "worries.yaml"} {
		openings, total := map[string]int{}, 0
		for _, s := range sentences(t, file) {
			words, hits, ok := a.say(s.Ask, s.As.Audience(), dialog.Vars{family.KeptRole: s.As.Name()})
			if file == "worries.yaml" && len(s.Want) == 0 {
				continue
			}
			total++
			openings[opening(words)]++
			t.Logf("%s\n    %s", s.Ask, strings.ReplaceAll(words, "\n", "\n    "))
			if !ok || strings.Count(words, "\n") != 1 {
				t.Errorf("%s: answered %q, want two lines", s.Ask, words)
			}
			if len(hits) == 0 || len(hits) > 3 {
				t.Errorf("%s: %d choices", s.Ask, len(hits))
			}
			for _, h := range hits {
				if l, there := cat.Lesson(h.Say); there && (l.For == course.ForPupils) != (s.As == family.Student) {
					t.Errorf("%s: leads to %s, which is not for them", s.Ask, l.ID)
				}
			}
		}
		equal := total - len(openings)
		for o, n := range openings {
			if n > 4 {
				t.Errorf("%s: %d answers begin %q", file, n, o)
			}
		}
		if equal > 10 && file == "everyday.yaml" {
			t.Errorf("%d of %d openings were used before", equal, total)
		}
		t.Logf("%s: %d sentences, %d openings", file, total, len(openings))
	}
}

func TestTheSameWorryIsNotMetTwiceInTheSameWords(t *testing.T) {
	for _, c := range []struct{ audience, first, second, third string }{
		{"parent", "一辅导作业就吼", "今天辅导作业又吼了", "辅导作业还是吼"},
		{"parent", "高三孩子一说就炸", "高三压力太大", "高三真难熬，孩子压力大"},
		{"parent", "我心里憋屈得受不了了", "还是委屈得不行", "真的委屈，没人知道"},
		{"student", "明天要月考了好紧张", "后天要考试好紧张", "还是好紧张要考试"},
	} {
		a, said := newAsker(t), map[string]string{}
		for _, text := range []string{c.first, c.second, c.third} {
			words, _, ok := a.say(text, c.audience, nil)
			if other, again := said[opening(words)]; !ok || again {
				t.Errorf("%s is met as %s was: %q", text, other, opening(words))
			}
			said[opening(words)] = text
		}
	}
}

func TestWhatIsNoWorryIsNotMetAsOne(t *testing.T) {
	a := newAsker(t)
	for _, text := range []string{"今天天气真好", "帮我写一首诗", "广州塔几点关门", "我想订一张去北京的票", "你们几点上班"} {
		if words, hits, ok := a.say(text, "parent", nil); ok {
			t.Errorf("%s: %q %v", text, words, hits)
		}
	}
}

func TestAnIntroductionAloneIsAskedForMore(t *testing.T) {
	a := newAsker(t)
	words, hits, ok := a.say("我儿子15岁", "parent", nil)
	if !ok || !strings.Contains(words, "打字") || len(hits) == 0 {
		t.Errorf("%q %v", words, hits)
	}
	words, hits, ok = a.say("我是高一学生", "student", nil)
	if !ok || strings.Contains(words, "您") || len(hits) == 0 || !strings.HasPrefix(hits[0].Say, "pupil-") {
		t.Errorf("%q %v", words, hits)
	}
}

func TestADaughterIsShe(t *testing.T) {
	a := newAsker(t)
	words, _, _ := a.say("女儿一回家就关门不理人", "parent", nil)
	if strings.Contains(strings.ReplaceAll(words, "其他", ""), "他") {
		t.Errorf("%q", words)
	}
}
