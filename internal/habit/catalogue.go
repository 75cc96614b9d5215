// Package habit is the challenges of 21 days that a child and a parent do together: what there is to choose, a tick a day
// for each of the two, a kind word, and a picture at the end. It reads and checks dialogs/habits. A missed day is met
// kindly and one of them can be made up. Start reading at Challenge; service.go keeps it, chat.go answers flows.
package habit

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Habit is what editors write: something small that a family does every day.
type Habit struct {
	ID        string   `yaml:"id"`
	Name      string   `yaml:"name"`
	What      string   `yaml:"what"`      // what to do each day, in a sentence
	Why       string   `yaml:"why"`       // why it is worth it
	Daily     []string `yaml:"daily"`     // what is said after a tick, one a day, from the beginning again when they run out
	Reminders []string `yaml:"reminders"` // what a reminder says, one a day in turn
	Sample    bool     `yaml:"sample"`
}

type habitsFile struct {
	Habits []Habit `yaml:"habits"`
}

// Shapes returns the kinds of content file, each as the empty value that it is decoded into.
func Shapes() map[string]any { return map[string]any{"habits": habitsFile{}} }

// Catalogue is every habit. It never changes.
type Catalogue struct{ habits []Habit }

// All lists the habits in the order of their files.
func (c *Catalogue) All() []Habit { return c.habits }

// Habit finds a habit by its ID.
func (c *Catalogue) Habit(id string) (Habit, bool) {
	for _, h := range c.habits {
		if h.ID == id {
			return h, true
		}
	}
	return Habit{}, false
}

// of is the turn of a day in a list of sentences.
func of(list []string, day int) string { return list[(max(day, 1)-1)%len(list)] }

// Load reads the habits under fsys, which is rooted at dialogs/habits. A folder that is not there holds none. The error
// is a problem.Problems.
func Load(fsys fs.FS) (*Catalogue, error) {
	var ps problem.Problems
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read habits: %w", err)
	}
	c := &Catalogue{}
	for _, name := range files {
		var f habitsFile
		doc, ok := problem.Read(fsys, name, "habits/"+name, &f, &ps)
		if !ok {
			continue
		}
		for i, h := range f.Habits {
			if _, taken := c.Habit(h.ID); taken {
				doc.Bad(&ps, fmt.Sprintf("$.habits[%d].id", i), "请换一个编号", "编号 %s 用过了", h.ID)
			}
			h.check(doc, fmt.Sprintf("$.habits[%d]", i), &ps)
			c.habits = append(c.habits, h)
		}
	}
	return c, ps.Err()
}

// nameLength is what fits beside the 21 squares of the picture.
const nameLength = 6

func (h Habit) check(doc problem.Doc, at string, ps *problem.Problems) {
	bad := func(key, hint, format string, args ...any) { doc.Bad(ps, at+"."+key, hint, format, args...) }
	if h.ID == "" || len(h.ID) > 40 || strings.ContainsAny(h.ID, " /?#") {
		bad("id", "用字母、数字和短横，例如 screen-off", "编号 %q 不对", h.ID)
	}
	switch n := utf8.RuneCountInString(h.Name); {
	case n == 0 || n > nameLength:
		bad("name", fmt.Sprintf("写 1 到 %d 个字，要印在最后那张图上", nameLength), "名字有 %d 个字", n)
	case !drawable(h.Name):
		bad("name", "换成常用的字，不用表情符号", "名字“%s”里有图上印不出的字", h.Name)
	}
	for _, text := range []struct {
		key, is  string
		min, max int
	}{{"what", h.What, 6, 60}, {"why", h.Why, 10, 160}} {
		if n := utf8.RuneCountInString(text.is); n < text.min || n > text.max {
			bad(text.key, fmt.Sprintf("写 %d 到 %d 个字", text.min, text.max), "这里有 %d 个字", n)
		}
	}
	for key, list := range map[string][]string{"daily": h.Daily, "reminders": h.Reminders} {
		if len(list) == 0 || len(list) > Days {
			bad(key, fmt.Sprintf("写 1 到 %d 句，一天一句，说完了从头来", Days), "这里有 %d 句", len(list))
		}
		if i := slices.IndexFunc(list, func(s string) bool { n := utf8.RuneCountInString(s); return n == 0 || n > 100 }); i >= 0 {
			bad(fmt.Sprintf("%s[%d]", key, i), "一句写 1 到 100 个字", "第 %d 句太长，或者没有写", i+1)
		}
	}
}
