// Package course is the parents' school: lessons by stage and theme, found by plain words, with a short check of
// understanding after each. It reads and checks dialogs/courses, answers flows, and keeps for each person what they
// opened, liked and learnt; nobody else is shown that. Start reading at Catalogue; search.go finds, learn.go remembers.
package course

import (
	"cmp"
	"slices"
	"time"
)

// Stage is how old the child is that a lesson is about.
type Stage struct {
	ID    string   `yaml:"id"`
	Name  string   `yaml:"name"`
	Words []string `yaml:"words"` // by which parents name it: 初二, 十三岁
}

// Question is one question of the check of understanding after a lesson.
type Question struct {
	Ask     string   `yaml:"ask"`
	Answers []string `yaml:"answers"`
	Right   int      `yaml:"right"` // counts from 1
	Why     string   `yaml:"why"`
}

// Lesson is one lesson. Sample marks content that is not the bureau's own.
type Lesson struct {
	ID        string     `yaml:"id"`
	For       string     `yaml:"for,omitempty"` // parent where it says nothing, student or teacher
	Title     string     `yaml:"title"`
	Series    string     `yaml:"series"`
	Stages    []string   `yaml:"stages"`
	Themes    []string   `yaml:"themes"`
	Speaker   string     `yaml:"speaker,omitempty"`
	Minutes   int        `yaml:"minutes,omitempty"`
	Added     string     `yaml:"added,omitempty"` // the day it came into the catalogue, 2026-03-02
	Summary   string     `yaml:"summary"`
	Points    []string   `yaml:"points"`    // three key points
	Questions []string   `yaml:"questions"` // what parents type who need this lesson
	Link      string     `yaml:"link,omitempty"`
	Cover     string     `yaml:"cover,omitempty"`
	Check     []Question `yaml:"check,omitempty"`
	Related   []string   `yaml:"related,omitempty"` // IDs
	Sample    bool       `yaml:"sample,omitempty"`
}

// day is when the lesson came, the zero time where nobody wrote it down.
func (l Lesson) day() time.Time {
	t, err := time.Parse(time.DateOnly, l.Added)
	if err != nil {
		return time.Time{} // Load refuses days that cannot be read
	}
	return t
}

// Catalogue is every lesson, or those that an audience sees (For). It never changes.
type Catalogue struct {
	Stages  []Stage
	Themes  []string
	lessons []Lesson
	all     []Lesson // of every audience, for byID
	byID    map[string]int
	index   *index
	covers  []CoverUse
	views   map[string]*Catalogue
}

// Lesson returns a lesson by its ID.
func (c *Catalogue) Lesson(id string) (Lesson, bool) {
	i, ok := c.byID[id]
	if !ok {
		return Lesson{}, false
	}
	return c.all[i], true
}

// Len counts the lessons.
func (c *Catalogue) Len() int { return len(c.lessons) }

// Questions are what people type who need one of the lessons.
func (c *Catalogue) Questions() (all []string) {
	for _, l := range c.lessons {
		all = append(all, l.Questions...)
	}
	return all
}

// StageName returns a stage's name, or its ID where there is none.
func (c *Catalogue) StageName(id string) string {
	for _, s := range c.Stages {
		if s.ID == id {
			return s.Name
		}
	}
	return id
}

// FirstOf brings lessons for an age before those for others, else in their order; "" is no age.
func FirstOf(stage string, all []Lesson) []Lesson {
	if stage == "" {
		return all
	}
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b Lesson) int { return cmp.Compare(a.away(stage), b.away(stage)) })
	return out
}

// away is 1 for a lesson for other ages alone.
func (l Lesson) away(stage string) int {
	if len(l.Stages) == 0 || slices.Contains(l.Stages, stage) {
		return 0
	}
	return 1
}

// Filter chooses lessons to browse; an empty field chooses all.
type Filter struct {
	Stage string
	Theme string
}

// Browse returns a page (from 1) of the lessons that a filter chooses, and whether more follow.
func (c *Catalogue) Browse(f Filter, page, size int) (lessons []Lesson, more bool) {
	var all []Lesson
	for _, l := range c.lessons {
		if (f.Stage == "" || slices.Contains(l.Stages, f.Stage)) && (f.Theme == "" || slices.Contains(l.Themes, f.Theme)) {
			all = append(all, l)
		}
	}
	return cut(all, page, size)
}

// Newest returns a page (from 1) of the lessons, the latest first, and whether more follow.
func (c *Catalogue) Newest(page, size int) (lessons []Lesson, more bool) {
	all := slices.Clone(c.lessons)
	slices.SortStableFunc(all, func(a, b Lesson) int { return b.day().Compare(a.day()) })
	return cut(all, page, size)
}

func cut(all []Lesson, page, size int) ([]Lesson, bool) {
	from := max(page-1, 0) * size
	if from >= len(all) {
		return nil, false
	}
	to := min(from+size, len(all))
	return all[from:to], to < len(all)
}

// SeriesCount is how many lessons a series has.
type SeriesCount struct {
	Name  string
	Count int
}

// Series lists the series in the order of the catalogue.
func (c *Catalogue) Series() []SeriesCount {
	var out []SeriesCount
	at := map[string]int{}
	for _, l := range c.lessons {
		i, known := at[l.Series]
		if !known {
			i = len(out)
			at[l.Series] = i
			out = append(out, SeriesCount{Name: l.Series})
		}
		out[i].Count++
	}
	return out
}
