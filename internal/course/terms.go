package course

import (
	"strings"
	"unicode"

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

// terms takes a text apart.
func terms(s string) []term {
	var (
		out   []term
		run   []rune
		latin bool
	)
	flush := func() {
		switch {
		case len(run) == 0:
		case latin:
			out = append(out, term{text: string(run)})
		default:
			for i := range run {
				out = append(out, term{string(run[i : i+1]), true})
				if i+1 < len(run) {
					out = append(out, term{text: string(run[i : i+2])})
				}
			}
		}
		run = run[:0]
	}
	for _, r := range fillers.Replace(fold(s)) {
		isLatin := r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
		isHan := unicode.Is(unicode.Han, r)
		if !isLatin && !isHan || isLatin != latin {
			flush()
		}
		if isLatin || isHan {
			latin = isLatin
			run = append(run, r)
		}
	}
	flush()
	return out
}
