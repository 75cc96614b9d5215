package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// File is where the words stand in the content.
const File = "consents.yaml"

// Text is the words of one purpose. Whoever changes what they mean counts the version on: everybody is asked anew then.
type Text struct {
	Purpose  Purpose `yaml:"for"`
	Title    string  `yaml:"title"`    // 写信
	Version  string  `yaml:"version"`  // 2026-11
	Ask      string  `yaml:"ask"`      // what the person agrees to; {{you}} is 你 or 您
	Guardian string  `yaml:"guardian"` // what a guardian agrees to for a child
	Changed  string  `yaml:"changed"`  // what is new in this version, for whoever agreed to the one before
	Withdraw string  `yaml:"withdraw"` // what taking it back means
}

// Digest tells the words from any others, whatever their version says.
func (t Text) Digest() string {
	sum := sha256.Sum256([]byte(t.Ask + "\x00" + t.Guardian))
	return hex.EncodeToString(sum[:8])
}

// Words are what somebody agrees to who has not, or who agreed to the words before.
func (t Text) Words(anew bool) string {
	if anew && t.Changed != "" {
		return strings.TrimSpace(t.Changed) + "\n" + strings.TrimSpace(t.Ask)
	}
	return strings.TrimSpace(t.Ask)
}

type textsFile struct {
	Consents []Text `yaml:"consents"`
}

// Texts are the words of all purposes. They never change.
type Texts struct{ of map[Purpose]Text }

// Of returns the words of a purpose.
func (t *Texts) Of(p Purpose) (Text, bool) {
	if t == nil {
		return Text{}, false
	}
	text, ok := t.of[p]
	return text, ok
}

// Title is what a purpose is called.
func (t *Texts) Title(p Purpose) string {
	text, _ := t.Of(p)
	return text.Title
}

// Shapes are the content files that this package reads, each as the empty value that it is decoded into, by the kind of
// file; from them the JSON Schemas for editors are made.
func Shapes() map[string]any { return map[string]any{"consents": textsFile{}} }

// longestAsk is how long the words may be that stand in front of a question: nobody reads more at night on a phone.
const longestAsk = 160

var versionForm = regexp.MustCompile(`^\d{4}-\d{2}(-\d{1,2})?$`)

// Load reads the words under fsys, which is rooted at dialogs. The error is a problem.Problems.
func Load(fsys fs.FS) (*Texts, error) {
	var (
		f  textsFile
		ps problem.Problems
	)
	t := &Texts{of: map[Purpose]Text{}}
	doc, ok := problem.Read(fsys, File, File, &f, &ps)
	if !ok {
		return t, ps.Err()
	}
	for i, text := range f.Consents {
		bad := func(key, hint, format string, args ...any) {
			doc.Bad(&ps, fmt.Sprintf("$.consents[%d].%s", i, key), hint, format, args...)
		}
		text.check(bad)
		if _, twice := t.of[text.Purpose]; twice {
			bad("for", "请删掉其中一份", "%s 写了两份", text.Purpose)
		}
		t.of[text.Purpose] = text
	}
	for _, p := range Purposes() {
		if _, there := t.of[p]; !there {
			ps.Addf(File, 1, 1, "请补上这一份", "缺少 for: %s", p)
		}
	}
	return t, ps.Err()
}

func (t Text) check(bad func(key, hint, format string, args ...any)) {
	if !t.Purpose.Valid() {
		bad("for", "只能是 letters、booking、checks", "不认识的用处 %q", t.Purpose)
	}
	if !versionForm.MatchString(t.Version) {
		bad("version", "写成 2026-11；同一个月改第二次，写 2026-11-2", "版本 %q 不对", t.Version)
	}
	for _, w := range []struct{ key, text string }{{"title", t.Title}, {"ask", t.Ask}, {"guardian", t.Guardian}, {"withdraw", t.Withdraw}} {
		if strings.TrimSpace(w.text) == "" {
			bad(w.key, "请写上", "没有写 %s", w.key)
		}
	}
	if n := utf8.RuneCountInString(t.Ask); n > longestAsk {
		bad("ask", fmt.Sprintf("最多 %d 个字，半夜拿着手机的人不看长的；细的写进隐私说明", longestAsk), "有 %d 个字", n)
	}
	if strings.Contains(strings.ReplaceAll(t.Ask, "你们", ""), "你") {
		bad("ask", "写成 {{you}}：对学生会说成“你”，对家长说成“您”", "写了“你”，家长也会看到")
	}
}
