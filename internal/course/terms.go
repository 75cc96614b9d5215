package course

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// fillers say nothing of what a parent looks for.
var fillers = strings.NewReplacer("怎么办", "", "怎么", "", "为什么", "", "如何", "", "什么", "", "我的", "", "我家", "", "今天", "", "明天", "", "昨天", "", "孩子", "", "小孩", "",
	"请问", "", "应该", "", "可以", "", "老是", "总", "总是", "总", "一直", "总", "有没有", "", "一下", "", "的", "", "了", "", "吗", "", "呢", "", "吧", "", "啊", "")

// fold brings a text to one width, case and script. Unlike hanzi.Fold it leaves the signs, which part one term from another.
func fold(s string) string {
	return strings.Map(hanzi.Simplified, strings.ToLower(norm.NFKC.String(s)))
}

// term is what is looked up: a pair of neighbouring Chinese characters, a run of Latin letters and digits, or a single character.
type term struct {
	text   string
	single bool
}

// terms takes a folded text apart.
func terms(folded string) []term {
	var (
		text  = fillers.Replace(folded)
		out   = make([]term, 0, len(text)/2)
		begun = -1 // where a run of Latin letters and digits began
		last  = -1 // where the Chinese character before began
	)
	for i, r := range text {
		isLatin := r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if begun >= 0 && !isLatin {
			out = append(out, term{text: text[begun:i]})
			begun = -1
		}
		if isLatin && begun < 0 {
			begun = i
		}
		if !unicode.Is(unicode.Han, r) {
			last = -1
			continue
		}
		end := i + utf8.RuneLen(r)
		if last >= 0 {
			out = append(out, term{text: text[last:end]})
		}
		out = append(out, term{text[i:end], true})
		last = i
	}
	if begun >= 0 {
		out = append(out, term{text: text[begun:]})
	}
	return out
}
