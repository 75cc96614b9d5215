package problem

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

type lessonsFile struct {
	Lessons []struct {
		ID      string   `yaml:"id"`
		Minutes int      `yaml:"minutes"`
		Sample  bool     `yaml:"sample"`
		Stages  []string `yaml:"stages"`
		Lat     float64  `yaml:"lat"`
		Check   struct {
			Ask string `yaml:"ask"`
		} `yaml:"check"`
	} `yaml:"lessons"`
}

func read(text string) (lessonsFile, Problems) {
	var (
		ps Problems
		v  lessonsFile
	)
	Read(fstest.MapFS{"a.yaml": {Data: []byte(text)}}, "a.yaml", "courses/a.yaml", &v, &ps)
	return v, ps
}

var english = regexp.MustCompile(`[A-Za-z]{3,}`)

// Whatever an editor does to a file, no word of a library and no type of ours is shown.
func TestNoErrorSpeaksEnglish(t *testing.T) {
	for _, text := range []string{
		"lessons: [a", "lessons: {a: 1", "lessons: ]", "lessons: a: b", "lessons:\n\t- id: a\n", "lessons:\n  - id: \"a\n", "lessons: *x\n", "lessons: &\n", "lessons: !\n", "lessons:\n- id: a\n  minutes: 1\n minutes: 2\n",
		"lessons\n", "- a\n- b\n", "lessons:\n  - id: @a\n", "lessons:\n  - id: `a\n", "lessons:\n  -id: a\n", "lessons: 12\n", "12\n", "lessons:\n  - [a]\n", "lessons:\n  - id: {a: b}\n", "lessons:\n  - minutes: 99999999999999999999\n", "lessons: [a,,b]\n",
		"\xff\xfe", "lessons:\n  - id: 'a\n", "lessons: |\n a\n b: c\n  - d", "%YAML 9\n---\n", "lessons: ? a\n", "lessons:\n  - id: a\n   minutes: 1\n", "a: b: c: d", "{", "[", "}", "\"", "'", "lessons: - a", "lessons:\n  - id: a\n---\nlessons: []\n? x",
	} {
		_, ps := read(text)
		for _, p := range ps {
			said := strings.NewReplacer("dialogs/README.md", "", "courses/a.yaml", "", "true", "", "false", "", "Tab", "", "UTF-8", "").Replace(p.String())
			for _, quoted := range regexp.MustCompile(`“[^”]*”`).FindAllString(said, -1) {
				said = strings.ReplaceAll(said, quoted, "")
			}
			if w := english.FindString(said); w != "" && !strings.Contains(said, "是不是想写") && !strings.Contains(said, "名字有：") {
				t.Errorf("%q: an editor cannot read %q in: %s", text, w, p)
			}
		}
	}
}
