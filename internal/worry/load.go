package worry

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

type (
	indexFile struct {
		Told    []string            `yaml:"told"`
		Only    []string            `yaml:"only"`
		Pupil   []string            `yaml:"only_student"`
		General []General           `yaml:"general"`
		Signs   []string            `yaml:"signs"`
		People  []string            `yaml:"people"`
		Service []string            `yaml:"service"`
		Ways    map[string]string   `yaml:"ways"`
		Classes map[string][]string `yaml:"classes"` // words that mean much the same, by a name
		Same    map[string][]string `yaml:"same"`    // how else a word is said, as in Cantonese, by the word
	}
	worriesFile struct {
		Worries []Worry `yaml:"worries"`
	}
)

// Shapes are the content files that this package reads, each as the empty value that it is decoded into, by the kind of
// file; from them the JSON Schemas for editors are made.
func Shapes() map[string]any {
	return map[string]any{"worries-index": indexFile{}, "worries": worriesFile{}, "worries-said": saidFile{}}
}

// Roles are for whom a worry may be written.
func Roles() []string {
	return []string{string(family.Parent), string(family.Grandparent), string(family.Teacher), string(family.Student)}
}

// What fits on a phone beside the choices, in characters.
const (
	maxHeard   = 60
	maxTonight = 110
	maxFollow  = 3
)

// Load reads the kinds under fsys, which is rooted at dialogs/worries. What they lead to is looked up in the catalogue, which is
// nil where it could not be read. The error is a problem.Problems.
func Load(fsys fs.FS, courses *course.Catalogue) (*Book, error) {
	var (
		ps   problem.Problems
		head indexFile
	)
	doc, ok := problem.Read(fsys, "index.yaml", "worries/index.yaml", &head, &ps)
	if !ok {
		return nil, ps.Err()
	}
	b := &Book{told: head.Told, only: head.Only, onlyPupil: head.Pupil, general: head.General, ways: head.Ways, classes: head.Classes}
	b.checkHead(head, doc, &ps)
	b.signs, b.people, b.service = folded(head.Signs), folded(head.People), folded(head.Service)
	b.same = sameWords(head.Same)
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read worries: %w", err)
	}
	seen := map[string]string{}
	for _, name := range files {
		if name == "index.yaml" || name == saidName {
			continue
		}
		var f worriesFile
		doc, ok := problem.Read(fsys, name, "worries/"+name, &f, &ps)
		if !ok {
			continue
		}
		for i, w := range f.Worries {
			at := place{doc.At(fmt.Sprintf("$.worries[%d]", i), &ps)}
			b.check(w, courses, at)
			if other, taken := seen[w.ID]; taken {
				at.Bad("id", "请换一个编号", "编号 %s 在 %s 里用过了", w.ID, other)
			}
			seen[w.ID] = doc.File
			b.worries = append(b.worries, w)
		}
	}
	if slices.Contains(files, saidName) {
		var f saidFile
		if doc, ok := problem.Read(fsys, saidName, "worries/"+saidName, &f, &ps); ok {
			b.readSaid(doc, f, &ps)
		}
	}
	if err := ps.Err(); err != nil {
		return nil, err
	}
	b.index = newIndex(b)
	return b, nil
}

func (b *Book) checkHead(f indexFile, doc problem.Doc, ps *problem.Problems) {
	for key, missing := range map[string]bool{"told": len(f.Told) == 0, "only": len(f.Only) == 0, "only_student": len(f.Pupil) == 0, "signs": len(f.Signs) == 0, "people": len(f.People) == 0} {
		if missing {
			doc.Bad(ps, "$", "请补上", "worries/index.yaml 里缺 %s", key)
		}
	}
	for i, g := range f.General {
		at := place{doc.At(fmt.Sprintf("$.general[%d]", i), ps)}
		if len(g.Heard) < 2 || len(g.Tonight) == 0 {
			at.Bad("heard", "写两句以上 heard 和一句以上 tonight，轮着用", "通用的回答太少")
		}
		at.addressed(g.For, "heard", g.Heard...)
		at.addressed(g.For, "tonight", g.Tonight...)
	}
	for _, r := range []family.Role{family.Parent, family.Student} {
		if !slices.ContainsFunc(f.General, func(g General) bool { return slices.Contains(g.For, r) }) {
			doc.Bad(ps, "$", "在 general 里加一段 for: ["+string(r)+"]", "没有给 %s 的通用回答", r)
		}
	}
}

// sameWords turns other ways of saying a word into that word, the longest first.
func sameWords(same map[string][]string) *strings.Replacer {
	var ways [][2]string
	for word, others := range same {
		for _, o := range others {
			ways = append(ways, [2]string{hanzi.Fold(o), hanzi.Fold(word)})
		}
	}
	slices.SortFunc(ways, func(a, b [2]string) int { return cmp.Or(cmp.Compare(len(b[0]), len(a[0])), cmp.Compare(a[0], b[0])) })
	var pairs []string
	for _, w := range ways {
		pairs = append(pairs, w[0], w[1])
	}
	return strings.NewReplacer(pairs...)
}

// fold is a text as it is compared: folded, and in the words of the index.
func (b *Book) fold(s string) string { return b.same.Replace(hanzi.Fold(s)) }

func folded(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = hanzi.Fold(w)
	}
	return out
}

// place is where a kind stands in its file.
type place struct{ problem.Place }

func (b *Book) check(w Worry, courses *course.Catalogue, at place) {
	if w.ID == "" || strings.ContainsAny(w.ID, " /?#") {
		at.Bad("id", "用字母、数字和短横，例如 exam-nerves", "编号 %q 不对", w.ID)
	}
	if len(w.For) == 0 {
		at.Bad("for", "写 parent、grandparent、teacher、student 中的一个或几个", "没有写给谁")
	}
	for _, r := range w.For {
		if !slices.Contains(Roles(), string(r)) {
			at.Bad("for", "能写的是 parent、grandparent、teacher、student", "for 的 %q 不认识", r)
		}
	}
	if len(w.Examples) < 2 && !w.Wide {
		at.Bad("examples", "写两种以上大家会怎么说，越像大家的话越好", "例句有 %d 句", len(w.Examples))
	}
	for _, word := range slices.Concat(w.Words, w.Not) {
		for _, part := range strings.Split(word, "+") {
			if name, ok := className(part); ok {
				if len(b.classes[name]) == 0 {
					at.Bad("words", "能用的名字写在 worries/index.yaml 的 classes 里", "没有 <%s>", name)
				}
				continue
			}
			if utf8.RuneCountInString(hanzi.Fold(part)) < 1 || len(strings.Split(word, "+")) == 1 && utf8.RuneCountInString(hanzi.Fold(word)) < 2 && !w.Wide {
				at.Bad("words", "写两个字以上；两处都要有的用 + 连起来", "“%s”太短，什么话里都有", word)
			}
		}
	}
	if len(w.Heard) == 0 {
		at.Bad("heard", "写一到三句，说出听到了什么", "没有写 heard")
	}
	for _, h := range w.Heard {
		if n := utf8.RuneCountInString(h); n > maxHeard {
			at.Bad("heard", fmt.Sprintf("最多 %d 个字，短一点", maxHeard), "这一句有 %d 个字", n)
		}
	}
	if n := utf8.RuneCountInString(w.Tonight); n == 0 || n > maxTonight {
		at.Bad("tonight", fmt.Sprintf("写一件小事，最多 %d 个字", maxTonight), "tonight 有 %d 个字", n)
	}
	at.addressed(w.For, "heard", w.Heard...)
	at.addressed(w.For, "tonight", w.Tonight)
	b.checkFollow(w, courses, at)
}

// addressed refuses a text that addresses its reader otherwise than their audience is addressed.
func (p place) addressed(roles []family.Role, key string, texts ...string) {
	wrong, right := '你', "您"
	if slices.Contains(roles, family.Student) {
		wrong, right = '您', "你"
	}
	for _, text := range texts {
		if hanzi.Unquoted(text, wrong) {
			p.Bad(key, "写“"+right+"”；引号里要他对别人说的话不算", "这里写了“%c”", wrong)
			return
		}
	}
}

func (b *Book) checkFollow(w Worry, courses *course.Catalogue, at place) {
	if len(w.Follow) == 0 || len(w.Follow) > maxFollow {
		at.Bad("follow", "写一到三样：课的编号，或者 @calm 这样的去处", "follow 有 %d 样", len(w.Follow))
	}
	for _, f := range w.Follow {
		if way, ok := strings.CutPrefix(f, "@"); ok {
			if b.ways[way] == "" {
				at.Bad("follow", "能去的地方写在 worries/index.yaml 的 ways 里", "没有 %s 这个去处", f)
			}
			continue
		}
		if courses == nil {
			continue
		}
		l, there := courses.Lesson(f)
		switch {
		case !there:
			at.Bad("follow", "请检查编号", "没有编号是 %s 的课", f)
		case slices.Contains(w.For, family.Student) != (l.For == course.ForPupils):
			at.Bad("follow", "学生的烦恼接学生的小课，大人的接大人的课", "%s（%s）不是写给他们的", f, l.Title)
		}
	}
}
