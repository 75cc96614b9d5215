package survey_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// kept is a store in memory.
type kept struct {
	results map[string]survey.Result
	drafts  map[string]survey.Draft
	counts  []survey.Count
	items   []survey.ItemCount
}

func newKept() *kept {
	return &kept{results: map[string]survey.Result{}, drafts: map[string]survey.Draft{}}
}

func (k *kept) Save(_ context.Context, r survey.Result) (survey.Result, error) {
	if old, ok := k.results[r.Key]; ok {
		return old, nil
	}
	k.results[r.Key] = r
	delete(k.drafts, r.Person)
	return r, nil
}

func (k *kept) find(ok func(survey.Result) bool) (survey.Result, error) {
	for _, r := range k.results {
		if ok(r) {
			return r, nil
		}
	}
	return survey.Result{}, survey.ErrNotFound
}

func (k *kept) ByToken(_ context.Context, token string) (survey.Result, error) {
	return k.find(func(r survey.Result) bool { return r.Token == token })
}

func (k *kept) Get(_ context.Context, person, id string) (survey.Result, error) {
	return k.find(func(r survey.Result) bool { return r.Person == person && r.ID == id })
}

func (k *kept) Of(_ context.Context, person, scale string, n int) ([]survey.Result, error) {
	var out []survey.Result
	for _, r := range k.results {
		if r.Person == person && r.Survey == scale {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b survey.Result) int { return b.At.Compare(a.At) })
	return out[:min(n, len(out))], nil
}

func (k *kept) All(_ context.Context, person string, n int) ([]survey.Result, error) {
	var out []survey.Result
	for _, r := range k.results {
		if r.Person == person && len(out) < n {
			out = append(out, r)
		}
	}
	return out, nil
}

func (k *kept) Share(_ context.Context, person, id string, at time.Time) error {
	r, err := k.Get(context.Background(), person, id)
	r.Shared = at
	k.results[r.Key] = r
	return err
}

func (k *kept) SharedBy(_ context.Context, person string) ([]survey.Result, error) {
	var out []survey.Result
	for _, r := range k.results {
		if r.Person == person && !r.Shared.IsZero() {
			out = append(out, r)
		}
	}
	return out, nil
}

func (k *kept) KeepDraft(_ context.Context, person string, d survey.Draft) error {
	k.drafts[person] = d
	return nil
}

func (k *kept) Draft(_ context.Context, person string) (survey.Draft, error) {
	d, ok := k.drafts[person]
	if !ok {
		return d, survey.ErrNotFound
	}
	return d, nil
}

func (k *kept) ItemCounts(context.Context, string) ([]survey.ItemCount, error) { return k.items, nil }
func (k *kept) Counts(context.Context, string) ([]survey.Count, error)         { return k.counts, nil }

func shipped(tb testing.TB) *survey.Library {
	tb.Helper()
	lib, err := survey.Load(os.DirFS("../../dialogs/surveys")) // checks every worked example
	if err != nil {
		tb.Fatalf("the shipped scales have problems:\n%v", err)
	}
	return lib
}

type sitting struct {
	t    testing.TB
	s    *survey.Service
	kept *kept
	who  string // audience
	run  string
	key  string
	last dialog.Result
}

func newSitting(t testing.TB, lib *survey.Library, scale string) *sitting {
	k := newKept()
	x := &sitting{t: t, key: "k1", kept: k, who: "parent", s: &survey.Service{Library: func() *survey.Library { return lib }, Store: k}}
	x.call("survey.start", map[string]any{"survey": scale})
	return x
}

func (x *sitting) call(name string, args map[string]any) dialog.Result {
	x.t.Helper()
	for _, c := range x.s.Commands() {
		if c.Name != name {
			continue
		}
		r, err := c.Run(context.Background(), dialog.Call{Name: name, Args: args, Key: x.key, Person: "p1", Audience: x.who})
		if err != nil {
			x.t.Fatal(err)
		}
		if run, ok := r.Vars["run"].(string); ok {
			x.run = run
		}
		x.last = r
		return r
	}
	x.t.Fatalf("no command %s", name)
	return dialog.Result{}
}

func (x *sitting) answer(option int) dialog.Result {
	return x.call("survey.answer", map[string]any{"run": x.run, "answer": strconv.Itoa(option)})
}

func TestPHQ9AsksScoresAndPutsTheResultIntoWords(t *testing.T) {
	x := newSitting(t, shipped(t), "phq9")
	q := x.call("survey.ask", map[string]any{"run": x.run})
	if text, _ := q.Vars["question"].(string); !strings.Contains(text, "（1/9）") || !strings.Contains(text, "提不起劲") {
		t.Errorf("first question: %q", text)
	}
	for _, a := range []int{2, 2, 2, 2, 2, 2, 2, 0} {
		if r := x.answer(a); r.Outcome != "next" || r.Danger != nil {
			t.Fatalf("%+v", r)
		}
	}
	if r := x.answer(1); r.Outcome != "next" || r.Danger == nil || r.Danger.Level != risk.Medium {
		t.Fatalf("item 9 answered with 好几天 must signal medium at once: %+v", r)
	}
	r := x.call("survey.finish", map[string]any{"run": x.run})
	summary, _ := r.Vars["summary"].(string)
	if !strings.Contains(summary, "15 分") || !strings.Contains(summary, "不是诊断") {
		t.Errorf("summary: %s", summary)
	}
	again := x.call("survey.finish", map[string]any{"run": x.run})
	if r.Replies[0].Card.URL != again.Replies[0].Card.URL {
		t.Error("a repeated command must answer with the recorded result")
	}
	v, err := x.opened(strings.TrimPrefix(r.Replies[0].Card.URL, "/p/result/"))
	if err != nil || v.Score != 15 || v.High != 27 {
		t.Errorf("%+v %v", v, err)
	}
}

func TestASafetyItemSignalsByItsAnswer(t *testing.T) {
	for option, want := range map[int]risk.Level{0: "", 1: risk.Medium, 2: risk.High, 3: risk.High} {
		x := newSitting(t, shipped(t), "phq9")
		for range 8 {
			x.answer(0)
		}
		r := x.answer(option)
		got := risk.Level("")
		if r.Danger != nil {
			got = r.Danger.Level
		}
		if got != want {
			t.Errorf("option %d signals %q, want %q", option, got, want)
		}
	}
}

func TestAnyAnswersFallIntoExactlyOneBand(t *testing.T) {
	lib := shipped(t)
	for _, sc := range lib.For("parent") {
		t.Run(sc.ID, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				x := newSitting(t, lib, sc.ID)
				for range sc.Items {
					x.answer(rapid.IntRange(0, len(sc.Options)-1).Draw(rt, "option"))
				}
				x.key = rapid.StringMatching("[a-z]{12}").Draw(rt, "key")
				x.call("survey.finish", map[string]any{"run": x.run})
				in := 0
				v, err := x.opened(strings.TrimPrefix(x.last.Replies[0].Card.URL, "/p/result/"))
				if err != nil {
					rt.Fatal(err)
				}
				for _, b := range v.Bands {
					if v.Score >= b.From && v.Score <= b.To {
						in++
					}
				}
				if in != 1 {
					rt.Fatalf("%v points are in %d bands", v.Score, in)
				}
			})
		})
	}
}

func TestABadDefinitionIsRefusedWithItsPlace(t *testing.T) {
	good := `id: a
title: 题
about: 说明
source: 来源
licence: 许可
options: [{label: 否, score: 0}, {label: 是, score: 1}]
items:
  - {id: "1", text: 一}
  - {id: "2", text: 二}
bands:
  - {id: low, from: 0, to: 1, name: 低, text: 低}
  - {id: high, from: 2, to: 2, name: 高, text: 高}
examples:
  - {answers: [1, 1], score: 2, band: high}
`
	load := func(text string) error {
		_, err := survey.Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
		return err
	}
	if err := load(good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"a gap between bands":    {"to: 1,", "to: 0,", "a.yaml:11:"},
		"an overlap":             {"to: 1,", "to: 2,", "a.yaml:11:"},
		"an unreachable score":   {"to: 2, name: 高", "to: 3, name: 高", "a.yaml:12:"},
		"two items with one ID":  {`id: "2"`, `id: "1"`, "a.yaml:9:"},
		"a missing reverse":      {`{id: "2", text: 二}`, `{id: "2", text: 二, reverse: true}`, "a.yaml:14:"},
		"no good end":            {"title: 题\n", "title: 题\nbetter: more\n", "a.yaml:3:"},
		"an unknown key":         {"title:", "titel:", "a.yaml:2:"},
		"no example":             {"examples:\n  - {answers: [1, 1], score: 2, band: high}\n", "", "例子"},
		"a quiz without answers": {"title: 题\n", "title: 题\nscoring: quiz\n", "a.yaml:9:"},
		"a weight in a sum":      {"text: 一", "text: 一, weight: 2", "a.yaml:8:"},
		"more skips than items":  {"title: 题\n", "title: 题\nskips: 2\n", "a.yaml:3:"},
		"a subscale of nothing":  {"examples:", "subscales: [{id: s, name: 子, items: [], bands: []}]\nexamples:", "a.yaml:13:"},
		"a safety item too mild": {`text: 一}`, `text: 一, safety: [{from: 1, level: low}]}`, "a.yaml:8:"},
	} {
		t.Run(name, func(t *testing.T) {
			err := load(strings.Replace(good, c.old, c.new, 1))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %s in: %v", c.want, err)
			}
		})
	}
}

func TestAScaleIsCalledByAnyOfItsNames(t *testing.T) {
	lib := shipped(t)
	for name, want := range map[string]string{"PHQ-9": "phq9", "phq9": "phq9", "情绪自测": "phq9", "情绪自测（PHQ-9）": "phq9", "K6": "k6", "孩子近况小测": "psc17", "自测": "", "": "", "？": ""} {
		sc, ok := lib.Named(name)
		if ok != (want != "") || ok && sc.ID != want {
			t.Errorf("%q: %v, %t; want %q", name, sc, ok, want)
		}
	}
}

// opened is the page of a result, for whom it belongs to.
func (x *sitting) opened(token string) (survey.View, error) {
	r, err := x.s.Own(context.Background(), "p1", token)
	return r.View, err
}
