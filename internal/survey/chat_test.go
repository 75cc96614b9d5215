package survey_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// made is a library of one scale.
func made(t *testing.T, yaml string) *survey.Library {
	t.Helper()
	lib, err := survey.Load(fstest.MapFS{"a.yaml": {Data: []byte(yaml)}})
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func (x *sitting) finish() string {
	x.t.Helper()
	summary, _ := x.call("survey.finish", map[string]any{"run": x.run}).Vars["summary"].(string)
	return summary
}

func (x *sitting) runArg() map[string]any { return map[string]any{"run": x.run} }

func TestARunNeverGoesOnUnderAnEditedScale(t *testing.T) {
	const yaml = `{id: a, title: 题, about: 说明, source: 来源, licence: 许可, options: [{label: 否, score: 0}, {label: 是, score: 1}],
items: [{id: "1", text: 一}, {id: "2", text: 二}], bands: [{id: all, from: 0, to: 2, name: 段, text: 话}], examples: [{answers: [1, 1], score: 2, band: all}]}`
	lib := made(t, yaml)
	x := newSitting(t, lib, "a")
	x.answer(1)
	reworded := made(t, strings.Replace(yaml, "about: 说明", "about: 新的说明", 1))
	x.s.Library = func() *survey.Library { return reworded }
	if r := x.answer(1); r.Outcome != "next" {
		t.Errorf("new words around the items must not end a run: %s", r.Outcome)
	}
	edited := made(t, strings.Replace(yaml, "text: 二", "text: 二之新", 1))
	x.s.Library = func() *survey.Library { return edited }
	for _, name := range []string{"survey.ask", "survey.answer", "survey.back", "survey.redo", "survey.finish"} {
		if r := x.call(name, map[string]any{"run": x.run, "answer": "1", "item": 1.0}); r.Outcome != "changed" {
			t.Errorf("%s under an edited scale: %s, want changed", name, r.Outcome)
		}
	}
	if r := x.call("survey.list", map[string]any{"child_age": 0.0}); strings.Contains(fmt.Sprint(r.Vars["surveys"]), "继续") {
		t.Error("a draft of an edited scale is offered")
	}
}

func TestSelfChecksForTheChildsAgeStandFirstAndNoneForAnother(t *testing.T) {
	x := newSitting(t, shipped(t), "psc17")
	of := func(age float64) string {
		return fmt.Sprint(x.call("survey.list", map[string]any{"child_age": age}).Vars["surveys"])
	}
	for age, there := range map[float64]bool{0: true, 2: false, 4: true, 17: true, 18: false} {
		if got := strings.Contains(of(age), "psc17"); got != there {
			t.Errorf("at %v the check for children of 4 to 17 is offered: %v, want %v", age, got, there)
		}
	}
	if all := of(9); strings.Index(all, "psc17") > strings.Index(all, "k6") {
		t.Errorf("what is about the child stands behind what is about the parent: %s", all)
	}
}

func TestAPageShowsWhatWasSaidAtTheTime(t *testing.T) {
	lib := shipped(t)
	x := newSitting(t, lib, "who5")
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	x.s.Now = func() time.Time { return now }
	var tokens []string
	for i, option := range []int{2, 0} {
		x.key = fmt.Sprint("k", i)
		x.call("survey.start", map[string]any{"survey": "who5"})
		for range 5 {
			x.answer(option)
		}
		x.finish()
		tokens = append(tokens, strings.TrimPrefix(x.last.Replies[0].Card.URL, "/p/result/"))
		now = now.AddDate(0, 0, 14)
	}
	x.s.Library = func() *survey.Library { return &survey.Library{} } // the scale is gone
	v, err := x.opened(tokens[1])
	if err != nil || v.Score != 100 || v.Band.ID != "good" {
		t.Fatalf("%+v, %v", v, err)
	}
	if len(v.Earlier) != 2 || v.Earlier[0].Score != 60 || v.Earlier[1].Score != 100 {
		t.Errorf("trend: %+v, want 60 then 100", v.Earlier)
	}
	if v, err = x.opened(tokens[0]); err != nil || len(v.Earlier) != 1 {
		t.Errorf("the first page must not show what came later: %+v, %v", v.Earlier, err)
	}
}

func TestWhoMayTakeAScale(t *testing.T) {
	for _, c := range []struct {
		name, scale, who string
		age              float64
		start, then      string
	}{
		{"a parent about oneself is asked nothing", "phq9", "parent", 0, "ok", ""},
		{"a student of 16", "phq9", "student", 16, "age", "ok"},
		{"a student of 13, whom the gate of consent asks for a guardian", "phq9", "student", 13, "age", "ok"},
		{"a pupil of 12 is too young", "phq9", "student", 12, "age", "unsuitable"},
		{"a child of 17", "psc17", "parent", 17, "age", "ok"},
		{"a child of 18 is too old", "psc17", "parent", 18, "age", "unsuitable"},
		{"a student may not answer for a child", "psc17", "student", 0, "not_for_you", ""},
		{"knowledge is for everybody", "literacy", "student", 0, "ok", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newSitting(t, shipped(t), c.scale)
			x.who = c.who
			if r := x.call("survey.start", map[string]any{"survey": c.scale}); r.Outcome != c.start {
				t.Fatalf("start: %s, want %s", r.Outcome, c.start)
			}
			if c.then == "" {
				return
			}
			if r := x.call("survey.age", map[string]any{"run": x.run, "age": c.age}); r.Outcome != c.then {
				t.Errorf("age %v: %s, want %s", c.age, r.Outcome, c.then)
			}
		})
	}
}

func TestDangerAboutAChildIsAboutAnother(t *testing.T) {
	x := newSitting(t, shipped(t), "psc17")
	for range 5 {
		x.answer(0)
	}
	if r := x.answer(2); r.Danger == nil || r.Danger.Subject != risk.Other || r.Danger.Level != risk.Medium {
		t.Errorf("a hopeless child: %+v", r.Danger)
	}
}

func TestAnswersCanBeTakenBackAndChanged(t *testing.T) {
	x := newSitting(t, shipped(t), "who5")
	if r := x.call("survey.back", x.runArg()); r.Outcome != "first" {
		t.Errorf("back at the first item: %s", r.Outcome)
	}
	for range 5 {
		x.answer(5) // never: 0
	}
	x.call("survey.back", x.runArg())
	x.answer(0) // all the time: 5
	if r := x.call("survey.redo", map[string]any{"run": x.run, "item": 6.0}); r.Outcome != "missing" {
		t.Errorf("a sixth of five: %s", r.Outcome)
	}
	x.call("survey.redo", map[string]any{"run": x.run, "item": 1.0})
	x.answer(0)
	if r := x.call("survey.ask", x.runArg()); r.Outcome != "review" {
		t.Errorf("after a change: %s", r.Outcome)
	}
	if s := x.finish(); !strings.Contains(s, "40 分") {
		t.Errorf("two of five at five points, times four: %s", s)
	}
}

func TestEveryWayOfScoring(t *testing.T) {
	const head = `id: a
title: 题
about: 说明
source: 来源
licence: 许可
options: [{label: 无, score: 0}, {label: 有, score: 1}, {label: 多, score: 2}]
`
	for name, yaml := range map[string]string{
		"a mean, with an item left out": `scoring: mean
skips: 1
items: [{id: "1", text: 一}, {id: "2", text: 二}, {id: "3", text: 三, reverse: true}]
bands: [{id: low, from: 0, to: 0.9, name: 低, text: 低}, {id: high, from: 1, to: 2, name: 高, text: 高}]
examples:
  - {answers: [1, null, 0], score: 1.5, band: high}
  - {answers: [1, 1, 2], score: 0.67, band: low}
`,
		"weights": `scoring: weighted
items: [{id: "1", text: 一, weight: 2}, {id: "2", text: 二, weight: 0.5}]
bands: [{id: low, from: 0, to: 2, name: 低, text: 低}, {id: high, from: 2.1, to: 5, name: 高, text: 高}]
examples:
  - {answers: [1, 1], score: 2.5, band: high}
  - {answers: [0, 2], score: 1, band: low}
`,
		"a sum with an item left out is prorated": `skips: 1
items: [{id: "1", text: 一}, {id: "2", text: 二}, {id: "3", text: 三}]
bands: [{id: low, from: 0, to: 2, name: 低, text: 低}, {id: high, from: 3, to: 6, name: 高, text: 高}]
examples:
  - {answers: [2, null, 1], score: 4.5, band: high}
  - {answers: [1, null, 0], score: 1.5, band: low}
`,
		"bands by age and sex": `items: [{id: "1", text: 一}, {id: "2", text: 二}]
bands: [{id: low, from: 0, to: 1, name: 低, text: 低}, {id: high, from: 2, to: 4, name: 高, text: 高}]
norms:
  - {max_age: 12, bands: [{id: low, from: 0, to: 2, name: 低, text: 低}, {id: high, from: 3, to: 4, name: 高, text: 高}]}
  - {min_age: 13, sex: female, bands: [{id: low, from: 0, to: 3, name: 低, text: 低}, {id: high, from: 4, to: 4, name: 高, text: 高}]}
examples:
  - {answers: [2, 1], score: 3, band: high, age: 10}
  - {answers: [1, 1], score: 2, band: low, age: 10}
  - {answers: [2, 1], score: 3, band: low, age: 15, sex: female}
  - {answers: [2, 1], score: 3, band: high, age: 15, sex: male}
`,
	} {
		t.Run(name, func(t *testing.T) {
			made(t, head+yaml) // loading checks the worked examples
			if _, err := survey.Load(fstest.MapFS{"a.yaml": {Data: []byte(head + strings.Replace(yaml, "band: low", "band: high", 1))}}); err == nil {
				t.Error("a wrong example was believed")
			}
		})
	}
}

func TestAQuizExplainsEachAnswer(t *testing.T) {
	x := newSitting(t, shipped(t), "literacy")
	if r := x.answer(1); len(r.Replies) != 1 || !strings.HasPrefix(r.Replies[0].Text, "答对了") {
		t.Errorf("a right answer: %+v", r.Replies)
	}
	if r := x.answer(1); !strings.Contains(r.Replies[0].Text, "正确的是“对”") {
		t.Errorf("a wrong answer: %+v", r.Replies)
	}
}

func TestAnUnfinishedRunIsOfferedForAWeek(t *testing.T) {
	x := newSitting(t, shipped(t), "who5")
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	x.s.Now = func() time.Time { return now }
	x.answer(1)
	x.run = ""
	if r := x.call("survey.start", map[string]any{"survey": "resume"}); r.Outcome != "resumed" {
		t.Fatalf("%+v", r)
	}
	if q, _ := x.call("survey.ask", x.runArg()).Vars["question"].(string); !strings.Contains(q, "2/5") {
		t.Errorf("it goes on at %q", q)
	}
	now = now.AddDate(0, 0, 8)
	if r := x.call("survey.start", map[string]any{"survey": "resume"}); r.Outcome != "missing" {
		t.Errorf("after eight days: %s", r.Outcome)
	}
}

func TestNothingIsPublishedOfFewerThanTenPeople(t *testing.T) {
	lib := shipped(t)
	bands := map[string][]string{}
	for _, id := range []string{"phq9", "who5"} {
		sc, _ := lib.Scale(id)
		for _, b := range sc.Bands {
			bands[id] = append(bands[id], b.ID)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		var counts []survey.Count
		total := map[string]int{}
		for id, bs := range bands {
			for _, b := range bs {
				n := rapid.IntRange(0, 25).Draw(rt, id+b)
				total[id] += n
				counts = append(counts, survey.Count{Survey: id, Month: "2026-02", Audience: "parent", Band: b, People: n})
			}
		}
		s := &survey.Service{Library: func() *survey.Library { return lib }, Store: &kept{counts: counts}}
		groups, err := s.Aggregates(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		for _, g := range groups {
			var covered []string
			people := 0
			for _, c := range g.Cells {
				if c.People < 10 {
					rt.Fatalf("%s: a cell of %d people", g.Survey, c.People)
				}
				people += c.People
				covered = append(covered, c.Bands...)
			}
			if d := cmp.Diff(bands[g.Survey], covered); d != "" || people != total[g.Survey] {
				rt.Fatalf("cells must hold every band once, in order (%d of %d people):\n%s", people, total[g.Survey], d)
			}
		}
		for id, n := range total {
			published := false
			for _, g := range groups {
				published = published || g.Survey == id
			}
			if published != (n >= 10) {
				rt.Fatalf("%s has %d people, published: %t", id, n, published)
			}
		}
	})
}

// TestTheEdgesOfEveryBand reaches the least and the greatest score of each band of each shipped scale.
func TestTheEdgesOfEveryBand(t *testing.T) {
	lib := shipped(t)
	for _, sc := range append(lib.For("parent"), lib.For("student")...) {
		for _, b := range sc.Bands {
			for _, score := range []float64{b.From, b.To} {
				if sc.Factor > 1 && int(score)%int(sc.Factor) != 0 {
					continue // WHO-5 counts in fours: 29 and 50 are no scores
				}
				t.Run(fmt.Sprintf("%s %v is %s", sc.ID, score, b.ID), func(t *testing.T) {
					x := newSitting(t, lib, sc.ID)
					x.who = "parent"
					for _, option := range answersFor(sc, score/sc.Factor) {
						x.answer(option)
					}
					x.finish()
					v, err := x.opened(strings.TrimPrefix(x.last.Replies[0].Card.URL, "/p/result/"))
					if err != nil || v.Score != score || v.Band.ID != b.ID {
						t.Errorf("got %v in %s, %v", v.Score, v.Band.ID, err)
					}
				})
			}
		}
	}
}

// answersFor chooses options that sum to a score, as far as the first items reach.
func answersFor(sc *survey.Scale, sum float64) []int {
	var answers []int
	for _, it := range sc.Items {
		best, most := 0, -1.0
		for i, o := range sc.Options {
			v := o.Score
			switch {
			case sc.Scoring == survey.Quiz && o.Label == it.Right:
				v = 1
			case sc.Scoring == survey.Quiz:
				v = 0
			case it.Reverse: // all shipped scales with reversed items begin at zero
				v = sc.Options[len(sc.Options)-1].Score - v
			}
			if v <= sum && v > most {
				best, most = i, v
			}
		}
		answers = append(answers, best)
		sum -= most
	}
	return answers
}
