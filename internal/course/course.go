// Package course is the parents' school: lessons by stage and theme, found by plain words. It reads dialogs/courses,
// checks it, and offers its commands to flows; it keeps nothing of anybody. Start reading at Catalogue; search.go finds.
package course

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Stage is how old the child is that a lesson is about.
type Stage struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
}

// Lesson is one lesson. Sample marks content that is not the bureau's own.
type Lesson struct {
	ID        string   `yaml:"id"`
	Title     string   `yaml:"title"`
	Series    string   `yaml:"series"`
	Stages    []string `yaml:"stages"`
	Themes    []string `yaml:"themes"`
	Speaker   string   `yaml:"speaker"`
	Minutes   int      `yaml:"minutes"`
	Summary   string   `yaml:"summary"`
	Points    []string `yaml:"points"`    // three key points
	Questions []string `yaml:"questions"` // what parents type who need this lesson
	Link      string   `yaml:"link"`      // to the video or article; empty for samples
	Cover     string   `yaml:"cover"`
	Related   []string `yaml:"related"` // IDs
	Sample    bool     `yaml:"sample"`
}

// Catalogue is every lesson. It never changes.
type Catalogue struct {
	Stages  []Stage
	Themes  []string
	lessons []Lesson
	byID    map[string]int
	index   *index
}

type indexFile struct {
	Stages   []Stage    `yaml:"stages"`
	Themes   []string   `yaml:"themes"`
	Synonyms [][]string `yaml:"synonyms"` // words that mean the same to a parent
}

type lessonsFile struct {
	Lessons []Lesson `yaml:"lessons"`
}

// Load reads the catalogue under fsys, which is rooted at dialogs/courses. The error is a problem.Problems.
func Load(fsys fs.FS) (*Catalogue, error) {
	var (
		ps   problem.Problems
		head indexFile
	)
	c := &Catalogue{byID: map[string]int{}}
	doc, ok := problem.Read(fsys, "index.yaml", "courses/index.yaml", &head, &ps)
	if !ok {
		return nil, ps.Err()
	}
	c.Stages, c.Themes = head.Stages, head.Themes
	if len(c.Stages) == 0 || len(c.Themes) == 0 {
		doc.Bad(&ps, "$", "请补上 stages 和 themes", "没有写阶段或主题")
	}
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read courses: %w", err)
	}
	docs := map[string]place{}
	for _, name := range files {
		if name == "index.yaml" {
			continue
		}
		var f lessonsFile
		doc, ok := problem.Read(fsys, name, "courses/"+name, &f, &ps)
		if !ok {
			continue
		}
		for i, l := range f.Lessons {
			at := place{doc, fmt.Sprintf("$.lessons[%d]", i)}
			c.check(l, at, &ps)
			if other, taken := docs[l.ID]; taken {
				at.bad(&ps, "id", "请换一个编号", "编号 %s 在 %s 里用过了", l.ID, other.doc.File)
			}
			docs[l.ID] = at
			c.byID[l.ID] = len(c.lessons)
			c.lessons = append(c.lessons, l)
		}
	}
	for _, l := range c.lessons {
		for _, id := range l.Related {
			if _, there := c.byID[id]; !there {
				docs[l.ID].bad(&ps, "related", "请检查编号", "相关的课 %s 不存在", id)
			}
		}
	}
	if err := ps.Err(); err != nil {
		return nil, err
	}
	c.index = newIndex(c.lessons, head.Synonyms)
	return c, nil
}

// place is where a lesson stands in its file.
type place struct {
	doc  problem.Doc
	path string
}

func (p place) bad(ps *problem.Problems, key, hint, format string, args ...any) {
	p.doc.Bad(ps, p.path+"."+key, hint, format, args...)
}

func (c *Catalogue) check(l Lesson, at place, ps *problem.Problems) {
	if l.ID == "" || strings.ContainsAny(l.ID, " /?#") {
		at.bad(ps, "id", "用字母、数字和短横，例如 junior-door", "编号 %q 不对", l.ID)
	}
	if n := utf8.RuneCountInString(l.Title); n == 0 || n > 30 {
		at.bad(ps, "title", "标题写 1 到 30 个字", "标题有 %d 个字", n)
	}
	if n := utf8.RuneCountInString(l.Summary); n < 60 || n > 260 {
		at.bad(ps, "summary", "简介写 120 到 200 字左右", "简介有 %d 个字", n)
	}
	if len(l.Points) != 3 {
		at.bad(ps, "points", "正好写三条要点", "要点有 %d 条", len(l.Points))
	}
	if len(l.Questions) == 0 {
		at.bad(ps, "questions", "写 3 到 6 个家长会怎么问，搜索靠它", "没有写家长会怎么问")
	}
	if len(l.Stages) == 0 {
		at.bad(ps, "stages", "至少写一个阶段", "没有写阶段")
	}
	for _, s := range l.Stages {
		if !slices.ContainsFunc(c.Stages, func(k Stage) bool { return k.ID == s }) {
			at.bad(ps, "stages", "可以用的阶段写在 index.yaml 里", "没有 %s 这个阶段", s)
		}
	}
	for _, t := range l.Themes {
		if !slices.Contains(c.Themes, t) {
			at.bad(ps, "themes", "可以用的主题写在 index.yaml 里", "没有“%s”这个主题", t)
		}
	}
}

// Lesson returns a lesson by its ID.
func (c *Catalogue) Lesson(id string) (Lesson, bool) {
	i, ok := c.byID[id]
	if !ok {
		return Lesson{}, false
	}
	return c.lessons[i], true
}

// Len counts the lessons.
func (c *Catalogue) Len() int { return len(c.lessons) }

// StageName returns a stage's name, or its ID where there is none.
func (c *Catalogue) StageName(id string) string {
	for _, s := range c.Stages {
		if s.ID == id {
			return s.Name
		}
	}
	return id
}

// Browse returns a page (from 1) of a stage's lessons, and whether more follow.
func (c *Catalogue) Browse(stage string, page, size int) (lessons []Lesson, more bool) {
	var all []Lesson
	for _, l := range c.lessons {
		if slices.Contains(l.Stages, stage) {
			all = append(all, l)
		}
	}
	from := max(page-1, 0) * size
	if from >= len(all) {
		return nil, false
	}
	to := min(from+size, len(all))
	return all[from:to], to < len(all)
}
