package course_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func shipped(tb testing.TB) *course.Catalogue {
	tb.Helper()
	c, err := course.Load(os.DirFS("../../dialogs/courses"))
	if err != nil {
		tb.Fatalf("the shipped courses have problems:\n%v", err)
	}
	return c
}

func TestEveryStageAndThemeHasALesson(t *testing.T) {
	c := shipped(t)
	themes := map[string]bool{}
	for _, s := range c.Stages {
		if ls, _ := c.Browse(course.Filter{Stage: s.ID}, 1, 50); len(ls) == 0 {
			t.Errorf("stage %s has no lesson", s.Name)
		}
		ls, _ := c.Browse(course.Filter{Stage: s.ID}, 1, 50)
		for _, l := range ls {
			for _, theme := range l.Themes {
				themes[theme] = true
			}
		}
	}
	for _, theme := range c.Themes {
		if !themes[theme] {
			t.Errorf("theme %s has no lesson", theme)
		}
	}
}

func TestBadLessonsAreRefusedWithTheirPlace(t *testing.T) {
	base := func(lesson string) fstest.MapFS {
		return fstest.MapFS{
			"index.yaml":   {Data: []byte("stages: [{id: junior, name: 初中}]\nthemes: [沟通]\n")},
			"lessons.yaml": {Data: []byte("lessons:\n" + lesson)},
		}
	}
	good := "  - id: a\n    title: 一节课\n    series: 一家人\n    stages: [junior]\n    themes: [沟通]\n    summary: " + strings.Repeat("好", 80) + "\n    points: [一, 二, 三]\n    questions: [怎么办]\n"
	if _, err := course.Load(base(good)); err != nil {
		t.Fatalf("a good lesson: %v", err)
	}
	for name, c := range map[string]struct{ lesson, want string }{
		"two lessons with one ID": {good + good, "lessons.yaml:10:"},
		"an unknown stage":        {strings.Replace(good, "[junior]", "[senor]", 1), "lessons.yaml:5:"},
		"two points":              {strings.Replace(good, "[一, 二, 三]", "[一, 二]", 1), "lessons.yaml:8:"},
		"an unknown key":          {strings.Replace(good, "title:", "titel:", 1), "lessons.yaml:3:"},
		"an answer that is none":  {good + "    check: [{ask: 问, answers: [一, 二], right: 3, why: 因为}]\n", "lessons.yaml:10:"},
		"a day that is none":      {good + "    added: 三月\n", "lessons.yaml:10:"},
		"a link without https":    {good + "    link: www.example.com\n", "lessons.yaml:10:"},
		"a missing related one":   {good + "    related: [b]\n", "相关的课 b 不存在"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := course.Load(base(c.lesson)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q in: %v", c.want, err)
			}
		})
	}
}

func TestSynonymsThatLeadNowhereAreRefused(t *testing.T) {
	lesson := "lessons:\n  - id: a\n    title: 一节课\n    series: 一家人\n    stages: [junior]\n    themes: [沟通]\n    summary: " + strings.Repeat("好", 80) + "\n    points: [一, 二, 三]\n    questions: [怎么开口]\n"
	for name, c := range map[string]struct{ synonyms, want string }{
		"a single word":             {"  - [开口]\n", "courses/index.yaml:4:"},
		"words that no lesson has":  {"  - [开口, 说话]\n  - [游泳, 潜水]\n", "courses/index.yaml:5:"},
		"a line that leads to one":  {"  - [开口, 说话]\n", ""},
		"an ending that is written": {"  - [开口, 打了孩子]\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := course.Load(fstest.MapFS{
				"index.yaml":   {Data: []byte("stages: [{id: junior, name: 初中}]\nthemes: [沟通]\nsynonyms:\n" + c.synonyms)},
				"lessons.yaml": {Data: []byte(lesson)},
			})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("want %q: %v", c.want, err)
			}
		})
	}
}

func TestTheCommandsShowLessons(t *testing.T) {
	c := shipped(t)
	s := &course.Service{Catalogue: func() *course.Catalogue { return c }, Store: storetest.SQLite(t).Open(t, nil).Lessons()}
	run := func(name string, args map[string]any) dialog.Result {
		t.Helper()
		for _, c := range s.Commands() {
			if c.Name == name {
				r, err := c.Run(t.Context(), dialog.Call{Name: name, Args: args})
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
		}
		t.Fatalf("no command %s", name)
		return dialog.Result{}
	}
	if r := run("course.lesson", map[string]any{"id": "phone-deal"}); r.Replies[0].Card.URL != "/p/lesson/phone-deal" || !strings.Contains(r.Replies[0].Card.Title, "示例") {
		t.Errorf("%+v", r.Replies[0].Card)
	}
	if r := run("course.lesson", map[string]any{"id": "nowhere"}); r.Outcome != "missing" {
		t.Errorf("%+v", r)
	}
	if r := run("course.browse", map[string]any{"stage": "upper", "theme": "", "page": 2.0}); r.Outcome != "ok" {
		t.Errorf("second page: %+v", r)
	}
}
