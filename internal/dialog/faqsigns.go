package dialog

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// elsewhere is the class of what belongs to other services: a text with one of its words asks nothing of this one.
const elsewhere = "elsewhere"

// A sign is what a text that asks for an entry says, however the sentence runs: all of its parts are in the text, and none
// of what must not be.
type sign struct {
	entry  int
	parts  [][]string // folded; of each, one must be said
	absent []string   // folded
	weight float64    // the more, the rarer its parts are
}

type (
	faqSignsFile struct {
		Signs faqSigns `yaml:"faq_signs"`
	}
	faqSigns struct {
		Classes map[string][]string `yaml:"classes"` // words of one kind, by a name that stands as <name> in a sign
		Signs   map[string][]string `yaml:"signs"`   // of an entry, by its ID
	}
)

func (l *loader) readFAQSigns(file string, body *ast.MappingNode) {
	var f faqSignsFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	q := l.set.faq
	if q.signs.Signs != nil {
		l.bad(file, body, "请写进已有的那个文件", "faq_signs 只能有一个文件")
		return
	}
	q.signs, q.signsFile, q.signsBody = f.Signs, file, body
}

// readSigns takes the signs apart once all entries are known.
func (l *loader) readSigns() {
	q := l.set.faq
	entries := map[string]int{}
	for i, e := range q.entries {
		entries[e.id] = i
	}
	var out []sign
	for id, lines := range q.signs.Signs {
		entry, ok := entries[id]
		if !ok {
			l.bad(q.signsFile, q.signsBody, "请看看 faq*.yaml 里这一条的 id", "没有叫 %s 的问答", id)
			continue
		}
		for _, line := range lines {
			s, err := q.signs.parse(line)
			if err != nil {
				l.bad(q.signsFile, q.signsBody, "例如“预约 改|换 !取消”", "%s 里的“%s”：%v", id, line, err)
				continue
			}
			s.entry = entry
			out = append(out, s)
		}
	}
	for _, w := range q.signs.Classes[elsewhere] {
		q.elsewhere = append(q.elsewhere, hanzi.Fold(w))
	}
	q.marks = out
}

// parse takes a line apart: parts are parted by spaces, the words of a part by bars; <name> stands for a class.
func (f *faqSigns) parse(line string) (sign, error) {
	var s sign
	for _, field := range strings.Fields(line) {
		field, not := strings.CutPrefix(field, "!")
		var words []string
		for _, w := range strings.Split(field, "|") {
			name, isClass := strings.CutPrefix(w, "<")
			if !isClass {
				words = append(words, hanzi.Fold(w))
				continue
			}
			class := f.Classes[strings.TrimSuffix(name, ">")]
			if len(class) == 0 {
				return s, fmt.Errorf("classes 里没有 %s", w)
			}
			for _, c := range class {
				words = append(words, hanzi.Fold(c))
			}
		}
		if slices.Contains(words, "") {
			return s, fmt.Errorf("有一处是空的")
		}
		if not {
			s.absent = append(s.absent, words...)
		} else {
			s.parts = append(s.parts, words)
		}
	}
	if len(s.parts) == 0 {
		return s, fmt.Errorf("没有写要有哪些字")
	}
	return s, nil
}

func saysAny(folded string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(folded, w) })
}

// in says whether a folded text has all parts of a sign close together: a story has room for every word somewhere.
func (s *sign) in(folded string) bool {
	for _, p := range s.parts {
		if !saysAny(folded, p) {
			return false
		}
	}
	if saysAny(folded, s.absent) {
		return false
	}
	rs := []rune(folded)
	for from := 0; from == 0 || from+near <= len(rs); from++ {
		window := string(rs[from:min(from+near, len(rs))])
		if s.all(window) && (len(rs) <= brief || asks.MatchString(window)) {
			return true
		}
	}
	return false
}

func (s *sign) all(text string) bool {
	return !slices.ContainsFunc(s.parts, func(p []string) bool { return !saysAny(text, p) })
}

const (
	near  = 26 // how many characters the parts of a sign may be apart at most
	brief = 14 // a text of so many characters asks, whatever its words; a longer one must say so
)

// asks is how a text says that it wants to know or to have something.
var asks = regexp.MustCompile(`吗|怎|如何|点样|点算|点改|点整|点联|点搵|点用|咋|多久|多长|多少|几多|几时|几点|几号|几次|几天|几个|几节|几分|什么|乜|咩|啥|边|哪|谁|能|可以|可唔可以|可否|得唔得|会不会|会唔会|是不是|系咪|要不要|使唔使|有没有|有冇|还有|行不|吧$|请问|想问|问一下|问下|我要|我想|想[^到着起念]|别|不要|唔好|要[拿带]|还给|还[得是要]|不$`)

// weigh says how rare the parts of every sign are among texts.
func weigh(signs []sign, texts []string) {
	for i := range signs {
		s := &signs[i]
		s.weight = 0
		for _, p := range s.parts {
			n := 1
			for _, t := range texts {
				if saysAny(t, p) {
					n++
				}
			}
			s.weight += math.Log(float64(len(texts)+1) / float64(n))
		}
	}
}
