// Package hanzi is what Chinese words say, read in one way for the whole product: the form in which texts are compared,
// days and times, numbers, telephone numbers, yes and no, and which choice a number means. What is only half read is
// never guessed. It knows nothing of flows, danger or bookings. Start reading at Day; mention.go finds what Day weighs.
package hanzi

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// simplifiedPairs are traditional characters, each followed by its simplified form (from OpenCC's character table,
// Apache-2.0). A character table keeps every offset; phrases are not converted.
//
//go:embed simplified.txt
var simplifiedPairs string

var simplified = func() []uint16 {
	m := make([]uint16, 1<<16)
	rs := []rune(strings.TrimSpace(simplifiedPairs))
	for i := 0; i+1 < len(rs); i += 2 {
		if rs[i] < 1<<16 && rs[i+1] < 1<<16 {
			m[rs[i]] = uint16(rs[i+1])
		}
	}
	return m
}()

// Simplified is the simplified form of a traditional character, and any other rune itself.
func Simplified(r rune) rune {
	if 0x3000 <= r && r < 1<<16 && simplified[r] != 0 {
		return rune(simplified[r])
	}
	return r
}

// Fold brings a text to the form in which words are compared: one width, lower case, simplified script, without space,
// punctuation and pictures.
func Fold(s string) string {
	if folded, ok := foldEasily(s); ok {
		return folded
	}
	return foldByTables(s)
}

func foldByTables(s string) string {
	bare := strings.Map(func(r rune) rune {
		r = Simplified(r)
		if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) || invisible(r) {
			return -1
		}
		return r
	}, evenByTables(s))
	if folded := evenByTables(bare); folded != bare { // what stood apart may have come together
		return foldByTables(folded)
	}
	return bare
}

// even brings a text to one width and to lower case. Figures in circles and in keys become figures.
func even(s string) string {
	if evened, ok := evenEasily(s); ok {
		return evened
	}
	return evenByTables(s)
}

func evenByTables(s string) string {
	return strings.ToLower(norm.NFKC.String(ringed.Replace(s)))
}

func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || r == '\u115f' || r == '\u1160'
}

// ringed are the figures that Unicode calls pictures, so that its normal form leaves them as they are.
var ringed = strings.NewReplacer("🔟", "10",
	"❶", "1", "❷", "2", "❸", "3", "❹", "4", "❺", "5", "❻", "6", "❼", "7", "❽", "8", "❾", "9", "❿", "10",
	"➀", "1", "➁", "2", "➂", "3", "➃", "4", "➄", "5", "➅", "6", "➆", "7", "➇", "8", "➈", "9", "➉", "10",
	"➊", "1", "➋", "2", "➌", "3", "➍", "4", "➎", "5", "➏", "6", "➐", "7", "➑", "8", "➒", "9", "➓", "10",
	"⓵", "1", "⓶", "2", "⓷", "3", "⓸", "4", "⓹", "5", "⓺", "6", "⓻", "7", "⓼", "8", "⓽", "9", "⓾", "10")

// plain is the form in which days, times and numbers are read: as Fold, but with the signs that mean something between
// figures and clauses, and with Cantonese words in the words of the north.
func plain(s string) string {
	spaced, southern := false, false
	s = strings.Map(func(r rune) rune {
		switch r = Simplified(r); r {
		case '—', '–', '−', '~', '〜', '～', '‐', '‑':
			return '-'
		case '∶', '︰':
			return ':'
		case '⁄':
			return '/'
		case '听', '寻', '琴', '㖊', '日', '朝', '儿', '昼', '挨', '夜', '呢', '唔', '冇', '嘅': // one of these is in every word of cantonese
			southern = true
		}
		if ideograph(r) {
			return r
		}
		if invisible(r) {
			return -1
		}
		spaced = spaced || unicode.IsSpace(r)
		return r
	}, even(s))
	if southern {
		s = cantonese.Replace(s)
	}
	if !spaced {
		return s
	}
	var b strings.Builder
	last, space := ' ', false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if space && figure(last) && figure(r) { // 12 5 is not 125
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last, space = r, false
	}
	return b.String()
}

func figure(r rune) bool { return '0' <= r && r <= '9' }

var cantonese = strings.NewReplacer(cantoneseWords...)

// In simplified script, as far as there is one: 噚日 is 㖊日 by then.
var cantoneseWords = []string{
	"听日", "明天", "听朝", "明早", "听晚", "明晚", "寻日", "昨天", "琴日", "昨天", "㖊日", "昨天", "寻晚", "昨晚", "琴晚", "昨晚", "㖊晚", "昨晚",
	"大后日", "大后天", "后日", "后天", "大前日", "大前天", "前日", "前天", "今朝", "今早", "今日", "今天", "明日", "明天", "昨日", "昨天", "今儿个", "今天", "今儿", "今天", "明儿", "明天",
	"朝早", "早上", "上昼", "上午", "下昼", "下午", "晏昼", "下午", "挨晚", "傍晚", "夜晚", "晚上", "呢个", "这个", "呢周", "这周",
	"唔系", "不是", "唔好意思", "不好意思", "唔该", "谢谢", "唔", "不", "冇", "没", "嘅", "的"}

// particles may stand behind an answer, fillers and courtesy before it, without changing what it says.
const particles = "吧呀啊哦啦呢哈嘛噢喔哟呗哒滴咯喽㗎喇"

var fillers = []string{"嗯", "恩", "呃", "额", "哦", "噢", "喔", "啊", "那个", "就是", "那", "哎", "唉"}

// Bare is a folded text without the fillers before it and the particles behind it, such as voice recognition writes down.
// What consists of them stays as it is.
func Bare(folded string) string {
	s := strings.TrimRight(folded, particles)
	for again := s != ""; again && !slices.Contains(fillers, s); {
		again = false
		for _, f := range fillers {
			if rest, ok := strings.CutPrefix(s, f); ok && rest != "" {
				s, again = rest, true
				break
			}
		}
	}
	if s == "" {
		return folded
	}
	return s
}
