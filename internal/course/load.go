package course

import (
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

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
	docs := map[string]problem.Place{}
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
			at := doc.At(fmt.Sprintf("$.lessons[%d]", i), &ps)
			c.check(l, at)
			if other, taken := docs[l.ID]; taken {
				at.Bad("id", "请换一个编号", "编号 %s 在 %s 里用过了", l.ID, other.Doc.File)
			}
			docs[l.ID] = at
			c.byID[l.ID] = len(c.lessons)
			c.lessons = append(c.lessons, l)
		}
	}
	for _, l := range c.lessons {
		for _, id := range l.Related {
			if _, there := c.byID[id]; !there || id == l.ID {
				docs[l.ID].Bad("related", "请检查编号", "相关的课 %s 不存在，或者就是这一课", id)
			}
		}
	}
	c.checkSynonyms(doc, head.Synonyms, &ps)
	if err := ps.Err(); err != nil {
		return nil, err
	}
	c.divide(head.Synonyms)
	return c, nil
}

// checkSynonyms refuses lines that lead nowhere: a single word, or words of which no lesson has one.
func (c *Catalogue) checkSynonyms(doc problem.Doc, groups [][]string, ps *problem.Problems) {
	var b strings.Builder
	for _, l := range c.lessons {
		for _, f := range fields {
			b.WriteString(strings.Join(f.texts(l), "\n") + "\n")
		}
	}
	lessons := fold(b.String())
	for i, g := range groups {
		at := fmt.Sprintf("$.synonyms[%d]", i)
		switch {
		case len(g) < 2:
			doc.Bad(ps, at, "一行写两个以上意思差不多的词", "这一行近义词只有 %d 个", len(g))
		case len(c.lessons) > 0 && !slices.ContainsFunc(g, func(w string) bool { return strings.Contains(lessons, fold(w)) }):
			doc.Bad(ps, at, "加一个课里写着的词，不然搜了也找不到课", "“%s”这一行没有一个词在课里出现过", g[0])
		}
	}
}

func (c *Catalogue) check(l Lesson, at problem.Place) {
	if l.ID == "" || len(l.ID) > 40 || strings.ContainsAny(l.ID, " /?#") {
		at.Bad("id", "用字母、数字和短横，例如 junior-door", "编号 %q 不对", l.ID)
	}
	if n := utf8.RuneCountInString(l.Title); n == 0 || n > 30 {
		at.Bad("title", "标题写 1 到 30 个字", "标题有 %d 个字", n)
	}
	if l.Series == "" {
		at.Bad("series", "写上系列，学习进度按系列算", "没有写系列")
	}
	if n := utf8.RuneCountInString(l.Summary); n < 60 || n > 260 {
		at.Bad("summary", "简介写 60 到 260 个字，120 到 200 个最好", "简介有 %d 个字", n)
	}
	if len(l.Points) != 3 {
		at.Bad("points", "正好写三条要点", "要点有 %d 条", len(l.Points))
	}
	if len(l.Questions) == 0 {
		at.Bad("questions", "至少写一个，3 到 6 个最好，搜索靠它", "没有写家长会怎么问")
	}
	if len(l.Stages) == 0 {
		at.Bad("stages", "至少写一个阶段", "没有写阶段")
	}
	for _, s := range l.Stages {
		if !slices.ContainsFunc(c.Stages, func(k Stage) bool { return k.ID == s }) {
			at.Bad("stages", "可以用的阶段写在 index.yaml 里", "没有 %s 这个阶段", s)
		}
	}
	for _, t := range l.Themes {
		if !slices.Contains(c.Themes, t) {
			at.Bad("themes", "可以用的主题写在 index.yaml 里", "没有“%s”这个主题", t)
		}
	}
	if _, err := time.Parse(time.DateOnly, l.Added); l.Added != "" && err != nil {
		at.Bad("added", "写成 2026-03-02", "上架日期 %q 看不懂", l.Added)
	}
	if l.Minutes < 0 || l.Minutes > 300 {
		at.Bad("minutes", "写分钟数，例如 12", "长度 %d 分钟不对", l.Minutes)
	}
	if l.Link != "" && !webAddress(l.Link) {
		at.Bad("link", "写完整的网址，以 https:// 开头", "网址 %q 不对", l.Link)
	}
	switch {
	case l.Cover == "" || webAddress(l.Cover):
	case coverFile.MatchString(l.Cover):
		line, col := at.Line("cover")
		c.covers = append(c.covers, CoverUse{l.Cover, at.Doc.File, line, col})
	default:
		at.Bad("cover", "写 media/ 里图片的名字（PNG 或 JPG），或者以 https:// 开头的网址", "封面 %q 不对", l.Cover)
	}
	checkQuestions(l.Check, at)
	checkAudience(l, at)
}

// coverFile is the name of a picture in dialogs/media.
var coverFile = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*\.(?:png|jpg|jpeg)$`)

// CoverUse is a picture of dialogs/media that a lesson has for its cover, and where that is written.
type CoverUse struct {
	Name string // of the picture
	File string // of the lesson: "courses/samples-teen.yaml"
	Line int
	Col  int
}

// Covers lists the pictures that lessons show; the content is refused where one is missing.
func (c *Catalogue) Covers() []CoverUse { return c.covers }

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

// checkQuestions holds the check of understanding to what fits on a phone: one to three questions, two to four answers.
func checkQuestions(qs []Question, at problem.Place) {
	if len(qs) > 3 {
		at.Bad("check", "最多三道，短一点大家才愿意做", "小测有 %d 道题", len(qs))
	}
	for i, q := range qs {
		key := fmt.Sprintf("check[%d]", i)
		switch {
		case q.Ask == "" || q.Why == "":
			at.Bad(key, "ask 写题目，why 写为什么", "小测第 %d 题没有写全", i+1)
		case len(q.Answers) < 2 || len(q.Answers) > 4:
			at.Bad(key+".answers", "写两到四个", "小测第 %d 题有 %d 个选项", i+1, len(q.Answers))
		case q.Right < 1 || q.Right > len(q.Answers):
			at.Bad(key+".right", "写第几个选项是对的，从 1 数", "小测第 %d 题的答案 %d 不在选项里", i+1, q.Right)
		}
		if dup := repeated(q.Answers); dup != "" {
			at.Bad(key+".answers", "请改掉其中一个", "小测第 %d 题有两个一样的选项 %q", i+1, dup)
		}
	}
}

func repeated(words []string) string {
	for i, w := range words {
		if slices.Contains(words[:i], w) {
			return w
		}
	}
	return ""
}
