package problem

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
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
	_, ok := Read(fstest.MapFS{"a.yaml": {Data: []byte(text)}}, "a.yaml", "courses/a.yaml", &v, &ps)
	if ok != (len(ps) == 0) {
		panic("read says ok and has problems, or the other way round")
	}
	return v, ps
}

func TestAMarkOfByteOrderIsHarmless(t *testing.T) {
	v, ps := read("\ufefflessons:\n  - id: a\n    minutes: 12\n")
	if len(ps) > 0 || len(v.Lessons) != 1 || v.Lessons[0].ID != "a" || v.Lessons[0].Minutes != 12 {
		t.Errorf("%+v %v", v, ps)
	}
}

func TestEverythingWrongInAFileIsSaidAtOnceWithItsPlace(t *testing.T) {
	_, ps := read("lessons:\n  - id: a\n    minuts: 12\n    minutes: 十二\n    sample: 是\n  - id: b\n    stages: junior\n    lat: 北\n    check: [1]\n    id: c\n    colour: red\n")
	want := []string{
		"courses/a.yaml:3:5: 不认得“minuts”；是不是想写 minutes？不是的话请删掉",
		"courses/a.yaml:4:14: 这里要写一个整数，写的是“十二”；写成 12 这样的数，不加单位",
		"courses/a.yaml:5:13: 这里要写 true 或 false，写的是“是”；“是”写 true，“否”写 false",
		"courses/a.yaml:7:13: 这里要写列表，写的是一个词或一个数；写成 [一样, 一样]，或者每样一行，前面加短横和空格",
		"courses/a.yaml:8:10: 这里要写一个数，写的是“北”；写成 23.125 这样的数，不加单位",
		"courses/a.yaml:9:12: 这里要写一组“名字: 内容”，写的是列表；另起一行，缩进，写成“名字: 内容”，或者写在 { } 里",
		"courses/a.yaml:10:5: “id”写了两次；请留一个",
		"courses/a.yaml:11:5: 不认得“colour”；检查拼写，或者删掉它；能用的名字见 dialogs/README.md",
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), ps.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzAnyTextIsReadOrRefused(f *testing.F) {
	f.Add("lessons:\n  - {id: a, minutes: 1, stages: [a, b], check: {ask: b}}\n")
	f.Add("lessons: !\n")
	f.Add("lessons: &a\n  - *a\n")
	f.Fuzz(func(_ *testing.T, text string) { read(text) })
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
			if w := english.FindString(said); w != "" && !strings.Contains(said, "是不是想写") {
				t.Errorf("%q: an editor cannot read %q in: %s", text, w, p)
			}
		}
	}
}
