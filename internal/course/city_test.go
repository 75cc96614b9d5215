package course_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/course"
)

// city makes a catalogue of the real one's size out of the shipped lessons: 206, each with words of its own.
func city(tb testing.TB) *course.Catalogue {
	tb.Helper()
	c := shipped(tb)
	all, _ := c.Browse(course.Filter{}, 1, c.Len())
	lessons := make([]course.Lesson, 206)
	for i := range lessons {
		l := all[i%len(all)]
		if i >= len(all) {
			l.ID = fmt.Sprintf("city-%03d", i)
			l.Title = fmt.Sprintf("第%d讲", i)
			l.Questions = []string{fmt.Sprintf("第%d个家长的问题", i)}
			l.Summary = strings.Repeat("讲座内容简介", 20)
			l.Points = []string{"要点一", "要点二", "要点三"}
		}
		lessons[i] = l
	}
	raw, err := yaml.Marshal(map[string]any{"lessons": lessons})
	if err != nil {
		tb.Fatal(err)
	}
	head, err := yaml.Marshal(map[string]any{"stages": c.Stages, "themes": c.Themes, "synonyms": [][]string{{"手机", "游戏"}}})
	if err != nil {
		tb.Fatal(err)
	}
	out, err := course.Load(fstest.MapFS{"index.yaml": {Data: head}, "city.yaml": {Data: raw}})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestACatalogueOfTheCitysSizeIsBrowsedWholeAndFound(t *testing.T) {
	c := city(t)
	if c.Len() != 206 {
		t.Fatalf("%d lessons", c.Len())
	}
	seen := map[string]bool{}
	for page := 1; ; page++ {
		ls, more := c.Newest(page, 6)
		for _, l := range ls {
			if seen[l.ID] {
				t.Fatalf("%s is on two pages", l.ID)
			}
			seen[l.ID] = true
		}
		if !more {
			break
		}
	}
	if len(seen) != 206 {
		t.Errorf("paging shows %d of 206", len(seen))
	}
	if hits := c.Search("孩子不想上学怎么办", 3); len(hits) == 0 || hits[0].Lesson.ID != "upper-refuse" {
		t.Errorf("found %+v", hits)
	}
}

func BenchmarkSearchInACatalogueOfTheCitysSize(b *testing.B) {
	c := city(b)
	for b.Loop() {
		c.Search("儿子天天玩手机不写作业说两句就跟我吵架怎么办", 3)
	}
}

func TestEverySampleIsWholeAndMarked(t *testing.T) {
	c := shipped(t)
	all, _ := c.Browse(course.Filter{}, 1, c.Len())
	samples := slices.DeleteFunc(slices.Clone(all), func(l course.Lesson) bool { // an editor's own lessons are judged by the loader
		return !strings.HasPrefix(l.Speaker, "示例") && !strings.HasPrefix(l.ID, "pupil-")
	})
	pupils := 0
	for _, l := range samples {
		short := l.For == course.ForPupils // pieces that are read in two minutes, and checked by nobody
		if short {
			pupils++
		}
		switch n := utf8.RuneCountInString(l.Summary); {
		case !l.Sample:
			t.Errorf("%s is not marked as a sample", l.ID)
		case n < 120 || n > 200:
			t.Errorf("%s: the summary has %d characters, want 120 to 200", l.ID, n)
		case len(l.Questions) < 3 || len(l.Questions) > 6:
			t.Errorf("%s: %d questions, want 3 to 6", l.ID, len(l.Questions))
		case !short && len(l.Check) < 2 || len(l.Check) > 3:
			t.Errorf("%s: %d questions in its check, want 2 or 3", l.ID, len(l.Check))
		case len(l.Related) == 0 || l.Added == "" || l.Minutes == 0 || !short && l.Speaker == "":
			t.Errorf("%s lacks related lessons, its day, length or speaker", l.ID)
		}
	}
	if len(samples)-pupils < 40 || pupils < 25 {
		t.Errorf("%d lessons for adults and %d pieces for pupils, at least 40 and 25 are wanted", len(samples)-pupils, pupils)
	}
}

func TestAnyTextIsSearchedWithoutHarm(t *testing.T) {
	whole := shipped(t)
	all, _ := whole.Browse(course.Filter{}, 1, whole.Len())
	c := whole.For(course.ForParents)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		hits := c.Search(rapid.String().Draw(t, "query"), n)
		if len(hits) > n {
			t.Fatalf("%d hits, asked for %d", len(hits), n)
		}
		if !slices.IsSortedFunc(hits, func(a, b course.Hit) int { return -cmpFloat(a.Score, b.Score) }) {
			t.Fatal("the best comes first")
		}
	})
	for _, l := range all { // a lesson is found by each of its own questions
		for _, q := range l.Questions {
			if ok, found := answered(whole.For(l.For), searchQuestion{q, l.ID}); !ok {
				t.Errorf("%q finds %v, want %s", q, found, l.ID)
			}
		}
	}
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
