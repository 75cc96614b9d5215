package problem_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

type hours struct {
	Days []int  `yaml:"days"`
	From string `yaml:"from"`
}

type item struct {
	ID      string            `yaml:"id"`
	Title   string            `yaml:"title"`
	Minutes int               `yaml:"minutes"`
	Lat     float64           `yaml:"lat"`
	Sample  bool              `yaml:"sample"`
	Points  []string          `yaml:"points"`
	Open    []hours           `yaml:"open"`
	Weekly  *hours            `yaml:"weekly"`
	Words   map[string]string `yaml:"words"`
}

type file struct {
	Lessons []item `yaml:"lessons"`
}

// latin finds words that are no name of a key: an editor need not know English.
var latin = regexp.MustCompile(`[A-Za-z_]{2,}`)

// allowed are the keys, what the broken files themselves say, and the names of things on a keyboard.
var allowed = regexp.MustCompile(`^(lessons|id|title|minutes|lat|sample|points|open|days|from|weekly|words|true|false|UTF|dialogs|README|md|Tab|titel|minuts|mystery|bogus|yes|abc|form|first|begin|key|no|name)$`)

func TestEveryMistakeIsSaidInPlainChineseAtItsPlace(t *testing.T) {
	lessons := func(rest string) string { return "lessons:\n  - id: abc\n    title: 一\n" + rest }
	tests := []struct{ name, yaml, want string }{ // want: the places and a part of the words; "" where the file is fine
		{"fine", lessons("    minutes: 3\n"), ""},
		{"a BOM", "\ufeff" + lessons("    minutes: 3\n"), ""},
		{"ends of lines as Windows writes them", strings.ReplaceAll(lessons("    minutes: 3\n"), "\n", "\r\n"), ""},
		{"comments alone", "# 说明\n", ""},
		{"an empty file", "", ""},
		{"a number in quotes", lessons("    minutes: \"3\"\n"), ""},
		{"a number where text is wanted", lessons("    points: [1, 2]\n"), ""},
		{"half an apostrophe", lessons("    points: [it's, ok]\n"), ""},
		{"a wide colon within a text", lessons("    points: [时间：九点]\n"), ""},
		{"a number in words", lessons("    minutes: 十二分钟\n"), "4:14 要写一个整数，现在是 “十二分钟”"},
		{"a number with a unit", lessons("    minutes: 12分钟\n"), "4:14 要写一个整数"},
		{"a fraction where a whole number is wanted", lessons("    minutes: 一半\n"), "4:14 整数"},
		{"a list where a number is wanted", lessons("    minutes: [1]\n"), "4:14 要写一个整数，现在是 一个列表"},
		{"a latitude in words", lessons("    lat: 北纬\n"), "4:10 要写一个数"},
		{"yes in words", lessons("    sample: 是\n"), "4:13 只能写 true"},
		{"yes as a number", lessons("    sample: [true]\n"), "4:13 只能写 true"},
		{"text where a list is wanted", lessons("    points: 一条要点\n"), "4:13 要写一个列表"},
		{"a mapping where a list is wanted", lessons("    points: {a: b}\n"), "4:13 要写一个列表，现在是 几行"},
		{"a list where text is wanted", "lessons:\n  - id: abc\n    title: [一, 二]\n", "3:12 要写一段文字，现在是 一个列表"},
		{"a mapping where text is wanted", "lessons:\n  - id: abc\n    title: {一: 二}\n", "3:12 要写一段文字"},
		{"text where a mapping is wanted", lessons("    weekly: 周六\n"), "4:13 名字: 内容"},
		{"a list where a mapping is wanted", lessons("    weekly: [6]\n"), "4:13 现在是 一个列表"},
		{"text where words by name are wanted", lessons("    words: 近义词\n"), "4:12 名字: 内容"},
		{"a list in words by name", lessons("    words: {a: [b]}\n"), "4:16 要写一段文字"},
		{"a day in words", lessons("    open: [{days: [周一], from: '09:00'}]\n"), "4:20 要写一个整数，现在是 “周一”"},
		{"days without a list", lessons("    open: [{days: 1, from: '09:00'}]\n"), "4:19 要写一个列表"},
		{"hours as text", lessons("    open: 每天九点\n"), "4:11 要写一个列表，现在是 “每天九点”"},
		{"hours as a list of texts", lessons("    open: [每天九点]\n"), "4:12 名字: 内容"},
		{"an unknown key", lessons("    titel: 二\n"), "4:5 不认识 “titel”；是想写 title 吗"},
		{"another unknown key", lessons("    minuts: 3\n"), "4:5 是想写 minutes 吗"},
		{"a key like none", lessons("    mystery: 3\n"), "4:5 不认识 “mystery”；请去掉它"},
		{"an unknown key in Chinese", lessons("    标题: 二\n"), "4:5 不认识 “标题”"},
		{"an unknown key inside", lessons("    weekly: {form: x, days: [1]}\n"), "4:14 不认识 “form”；是想写 from 吗"},
		{"an unknown key at the top", "bogus: 1\nlessons: []\n", "1:1 不认识 “bogus”"},
		{"a key twice", lessons("    title: 二\n"), "4:5 “title” 写了两次"},
		{"a key twice inside", lessons("    weekly: {from: a, from: b}\n"), "4:23 “from” 写了两次"},
		{"a key twice at the top", "lessons: []\nlessons: []\n", "2:1 “lessons” 写了两次"},
		{"a tab", "lessons:\n\t- id: abc\n", "2:1 制表符"},
		{"a tab behind spaces", lessons("  \tminutes: 3\n"), "4:3 制表符"},
		{"tabs on two lines", "lessons:\n\t- id: abc\n\t  title: 一\n", "2:1 制表符|3:1 制表符"},
		{"a wide space", "lessons:\n　- id: abc\n", "2:1 全角空格"},
		{"a wide colon", "lessons:\n  - id：abc\n    title: 一\n", "2:7 id 后面用了中文冒号"},
		{"a wide colon in the middle", "lessons:\n  - id: abc\n    title：一\n    minutes: 3\n", "3:10 title 后面用了中文冒号"},
		{"a wide colon on the last line", "lessons:\n  - minutes: 3\n    title：一\n", "3:10 title 后面用了中文冒号"},
		{"a wide colon at the top", "lessons：\n  - id: abc\n", "1:8 lessons 后面用了中文冒号"},
		{"no space behind the colon", "lessons:\n  - id: abc\n    title:一\n    minutes: 3\n", "3:10 title 的冒号后面少了空格"},
		{"no space behind the first colon", "lessons:\n  - id:abc\n    title: 一\n", "2:7 id 的冒号后面少了空格"},
		{"no space behind the last colon", "lessons:\n  - minutes: 3\n    title:一\n", "3:10 title 的冒号后面少了空格"},
		{"no colon", "lessons:\n  - id: abc\n    title 一\n    minutes: 3\n", "3:10 title 后面少了冒号"},
		{"no space behind the dash", "lessons:\n  -id: abc\n    title: 一\n", "2:3 短横后面少了空格"},
		{"a quote that does not end", "lessons:\n  - id: abc\n    title: \"一\n    minutes: 3\n", "3:12 引号没有写完"},
		{"a single quote that does not end", "lessons:\n  - id: abc\n    title: '一\n", "3:12 引号没有写完"},
		{"words behind a quote", "lessons:\n  - id: abc\n    title: \"一\"和二\n", "3:12 引号外面还有字"},
		{"a bracket that does not end", lessons("    points: [一, 二\n    minutes: 3\n"), "4:13 括号没有配好"},
		{"a brace that does not end", lessons("    weekly: {days: [1], from: '9'\n    minutes: 3\n"), "4:13 括号没有配好"},
		{"a bracket too many", lessons("    points: [一]]\n"), "4:13 括号没有配好"},
		{"a colon in the text", "lessons:\n  - id: abc\n    title: 第一: 开始\n", "3:12 一行里有两个冒号"},
		{"an at sign first", "lessons:\n  - id: abc\n    title: @妈妈\n", "3:12 开头的 @ 有特别的意思"},
		{"a star first", "lessons:\n  - id: abc\n    title: *星\n", "3:12 开头的 * 有特别的意思"},
		{"an exclamation mark first", "lessons:\n  - id: abc\n    title: !注意\n", "3:12 开头的 ! 有特别的意思"},
		{"a backquote first", "lessons:\n  - id: abc\n    title: `一`\n", "3:12 开头的 ` 有特别的意思"},
		{"a key further in than its neighbours", lessons("      minutes: 3\n"), "4:7 minutes 的缩进比上一行多了"},
		{"a key further out than its neighbours", "lessons:\n  - id: abc\n   title: 一\n", "3: "},
		{"a lesson without a dash", "lessons:\n  id: abc\n  title: 一\n", "2:3 要写一个列表，现在是 几行"},
		{"a text for the whole file", "就是一段话\n", "1:1 名字: 内容"},
		{"a list for the whole file", "- id: abc\n", "1:1 名字: 内容"},
		{"not UTF-8", "lessons:\n  - id: \xc4\xe3\n", "2:1 不是 UTF-8"},
		{"two mistakes of one lesson", lessons("    minutes: 三\n    sample: 是\n"), "4:14 整数|5:13 只能写 true"},
		{"mistakes of two lessons", lessons("    minutes: 三\n") + "  - id: abc\n    points: 一\n    titel: 二\n", "4:14 整数|6:13 列表|7:5 不认识"},
	}
	if len(tests) < 60 {
		t.Errorf("%d files, want 60", len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var (
				f  file
				ps problem.Problems
			)
			problem.Read(fstest.MapFS{"x.yaml": {Data: []byte(tt.yaml)}}, "x.yaml", "courses/x.yaml", &f, &ps)
			var wants []string
			if tt.want != "" {
				wants = strings.Split(tt.want, "|")
			}
			if len(ps) != len(wants) {
				t.Fatalf("%d problems, want %d:\n%v\n%s", len(ps), len(wants), ps, tt.yaml)
			}
			for i, p := range ps {
				place, words, _ := strings.Cut(wants[i], " ")
				if !strings.HasPrefix(fmt.Sprintf("%d:%d", p.Line, p.Col), place) || !strings.Contains(p.String(), words) || p.Hint == "" {
					t.Errorf("said %s\nwant %s\n%s", p, wants[i], tt.yaml)
				}
				for _, w := range latin.FindAllString(p.Message+p.Hint, -1) {
					if !allowed.MatchString(w) {
						t.Errorf("an editor reads %q in %s", w, p)
					}
				}
			}
		})
	}
}

func TestWhatIsRightBesideAMistakeIsReadAndJudged(t *testing.T) {
	var (
		f  file
		ps problem.Problems
	)
	doc, ok := problem.Read(fstest.MapFS{"x.yaml": {Data: []byte("lessons:\n  - {id: abc, minutes: 三}\n  - {id: abc, title: 二, open: [{days: [周一, 2]}]}\n")}}, "x.yaml", "x.yaml", &f, &ps)
	if !ok || len(f.Lessons) != 2 || f.Lessons[0].ID != "abc" || f.Lessons[1].Title != "二" || len(f.Lessons[1].Open[0].Days) != 2 {
		t.Fatalf("read %+v, %t, %v", f, ok, ps)
	}
	before := len(ps)
	doc.Bad(&ps, "$.lessons[0].minutes", "", "长度 0 分钟不对")
	doc.Bad(&ps, "$.lessons[1].open[0].days[0]", "", "星期 0 不对")
	if len(ps) != before {
		t.Errorf("what could not be read is judged too: %v", ps[before:])
	}
	doc.Bad(&ps, "$.lessons[0].title", "", "标题有 0 个字")
	if len(ps) != before+1 || ps[before].Line != 2 {
		t.Errorf("what is missing is said at %v", ps)
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	files, err := filepath.Glob("../../dialogs/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files[:min(len(files), 12)] {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw[:min(len(raw), 2000)]))
	}
	f.Add("lessons: !\n")
	f.Add("lessons: &a\n  - *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		var (
			v  file
			ps problem.Problems
		)
		problem.Read(fstest.MapFS{"x.yaml": {Data: []byte(text)}}, "x.yaml", "x.yaml", &v, &ps)
		for _, p := range ps {
			if p.Line < 1 || p.Col < 1 || p.Message == "" {
				t.Fatalf("a problem without a place or words: %+v", p)
			}
		}
	})
}
