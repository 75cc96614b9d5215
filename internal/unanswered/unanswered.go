// Package unanswered counts what people asked and the assistant had no answer to, so that editors can write one. It keeps
// words and never who said them: only short texts, with what could tell who somebody is masked or the whole left out, shown
// once several people said them or where the words alone can point at nobody, and dropped after a month. Start reading at
// Keep, which decides what may be kept.
package unanswered

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Days is how long texts are kept; Week is what editors see.
const (
	Days = 30
	Week = 7
)

// People is from how many different people on any kept text is shown.
const People = 2

// Text is something that somebody wrote and that matched nothing.
type Text struct {
	Words  string // masked
	Folded string // by which it is counted
	Person string // told apart by a keyed hash of person and text together, and never kept
	At     time.Time
}

// Question is a text with how often it was asked.
type Question struct {
	ID     string // of its words
	Words  string
	Said   int
	People int
	Last   time.Time
}

// Outcome is what editors made of a question.
type Outcome string

// The outcomes.
const (
	Answered Outcome = "answered"
	NotOurs  Outcome = "not_ours"
)

// Store keeps the counts.
type Store interface {
	// Count adds to the counts of the texts' days.
	Count(ctx context.Context, ts ...Text) error
	// Since lists the questions asked since a day that nobody settled, those asked by most people first.
	Since(ctx context.Context, day time.Time) ([]Question, error)
	// Question returns one, also a settled one; the zero Question where it is gone.
	Question(ctx context.Context, id string) (Question, error)
	// Settle takes a question from the list.
	Settle(ctx context.Context, id string, o Outcome, by string) error
	// Purge drops what was asked before a day.
	Purge(ctx context.Context, day time.Time) error
}

// longest is how many characters a text that is kept may have: longer ones tell a story, and a story is somebody's.
const longest = 60

const surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹章苏潘范彭马方袁唐罗梁宋邓萧傅程蔡丁叶林郭徐黄胡"

var (
	numbers  = regexp.MustCompile(`[0-9〇零一二三四五六七八九]{5,}|[0-9]{4,}`)
	digits   = regexp.MustCompile(`[0-9]{3,}`)
	private  = regexp.MustCompile(`@|://|www\.|微信号|身份证|qq|我叫|我是.{0,4}的(爸|妈|儿子|女儿)|名叫|名字|叫做|姓名|住在|家住|门牌|小区|几栋|学号`)
	titled   = regexp.MustCompile(`[` + surnames + `][\p{Han}]{0,2}?(老师|同学|医生|校长|主任|阿姨|叔叔|先生|女士|护士)`)
	school   = regexp.MustCompile(`[\p{Han}0-9]{2,10}?(小学|中学|附小|附中|一中|二中|三中|实验学校|外国语学校|幼儿园|大学)`)
	ordinary = regexp.MustCompile(`^(.*[上读去在的是到换转进和跟个从有没想念]|孩子|儿子|女儿|我家|不想|公办|民办|附近|全日制|寄宿)(小学|中学|幼儿园|大学)$`)
	someone  = regexp.MustCompile(`[他她它]|孩子|儿子|女儿|[小大老]儿|娃|宝|妈|爸|老公|老婆|丈夫|妻子|爷|奶|外公|外婆|公公|婆婆|姐|哥|弟|妹|同学|朋友|邻居|室友|某|我家`)
	nickname = regexp.MustCompile(`[小阿][\p{Han}]`)
	plainly  = regexp.MustCompile(`小(学|程序|测|时|区|组|课|朋友)`)
	asking   = regexp.MustCompile(`[吗呢么？?]|怎么|如何|哪|多少|几|能不能|可不可以|可以|有没有|是不是|什么|谁`)
	myself   = regexp.MustCompile(`我(可以|能|要|想|怎么|该|去|在哪|们)`)
)

// Keep says whether a text may be kept, and with which words. Nothing longer than sixty characters is, nothing with an
// address, a long number or somebody's name said outright; titles with a surname and schools by name are masked.
func Keep(text string) (words string, ok bool) {
	words = strings.Join(strings.Fields(width.Narrow.String(text)), " ")
	folded := hanzi.Fold(words)
	n := utf8.RuneCountInString(folded)
	if n < 2 || utf8.RuneCountInString(words) > longest || numbers.MatchString(folded) || private.MatchString(strings.ToLower(words)) {
		return "", false
	}
	words = titled.ReplaceAllString(words, "某$1")
	words = school.ReplaceAllStringFunc(words, func(s string) string {
		if ordinary.MatchString(s) {
			return s
		}
		return "某" + school.FindStringSubmatch(s)[1]
	})
	return digits.ReplaceAllString(words, "…"), true
}

// Harmless says whether words can be shown though a single person said them: a short question that speaks of nobody.
func Harmless(words string) bool {
	if utf8.RuneCountInString(words) > 30 || strings.Contains(words, "…") || !asking.MatchString(words) || someone.MatchString(words) {
		return false
	}
	if nickname.MatchString(plainly.ReplaceAllString(words, "")) {
		return false
	}
	return !strings.Contains(myself.ReplaceAllString(words, ""), "我")
}

// Shown says whether editors see a question.
func (q Question) Shown() bool { return q.People >= People || Harmless(q.Words) }
