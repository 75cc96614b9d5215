package hanzi

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Guangzhou keeps one time, eight hours before UTC, all year.
var Guangzhou = time.FixedZone("Asia/Shanghai", 8*3600)

// Heard is how much of one kind of thing, a day or a time, a text says.
type Heard int

// What is only half heard is asked again, never guessed.
const (
	Nothing Heard = iota // says nothing of the kind
	Half                 // speaks of it, but not of exactly one
	Whole                // says exactly one
)

func heard(ok bool, p interface{ MatchString(string) bool }, text string) Heard {
	switch {
	case ok:
		return Whole
	case p.MatchString(plain(text)):
		return Half
	}
	return Nothing
}

// Day is the day that a text speaks of, as its midnight in Guangzhou. What has no year is the next such day.
func Day(text string, now time.Time) (time.Time, Heard) {
	t, ok := readDate(text, now)
	return t, heard(ok, dayPattern, text)
}

// Clock is the time of day that a text speaks of, in minutes since midnight; 晚上12点 is 1440, the next midnight.
func Clock(text string) (minutes int, h Heard) {
	m, ok := readTime(text)
	return m, heard(ok, clockPattern, text)
}

// Moment is the day with a time that a text speaks of; a time alone is the next such moment.
func Moment(text string, now time.Time) (time.Time, Heard) {
	t, ok := readDatetime(text, now)
	if h := heard(ok, dayPattern, text); h != Nothing {
		return t, h
	}
	return t, heard(ok, clockPattern, text)
}

// PartOfDay is the part of the day that a text names without a clock time, in minutes since midnight: 下午 is 720 to 1080.
func PartOfDay(text string) (from, to int, ok bool) {
	w := Wishes(text, time.Time{})
	return w.From, w.To, w.From >= 0
}

// Wish is what a sentence says of when: each kind of thing at most once.
type Wish struct {
	Day         time.Time // zero: none
	First, Last time.Time // a stretch of days, both included: 周末, 下周, 月底; zero: none
	Clock       int       // minutes since midnight, -1: none
	From, To    int       // a stretch of the day in minutes, -1: none
	Unsure      []string  // words that were only half read: 每周三, 周六或周日, 初五
}

// Wishes reads what a sentence says of when.
func Wishes(text string, now time.Time) Wish {
	w := Wish{Clock: -1, From: -1, To: -1}
	if d, h := Day(text, now); h == Whole {
		w.Day = d
	}
	if m, h := Clock(text); h == Whole {
		w.Clock = m
		return w
	}
	for _, p := range []struct {
		word     string
		from, to int
	}{{"上午", 360, 720}, {"中午", 660, 840}, {"下午", 720, 1080}, {"晚上", 1080, 1440}} {
		if strings.Contains(plain(text), p.word) {
			w.From, w.To = p.from, p.to
		}
	}
	return w
}

// Number reads a number in figures of any width or in Chinese, with a unit after it and with a half: 12, 一百二十, 3岁半.
func Number(s string) (float64, bool) {
	f := strings.ToLower(norm.NFKC.String(strings.TrimSpace(s)))
	more := 0.0
	if strings.HasSuffix(f, "半") && f != "半" {
		more, f = 0.5, strings.TrimSuffix(f, "半")
	}
	f = strings.TrimRightFunc(f, func(r rune) bool {
		_, figure := figures[r]
		return unicode.Is(unicode.Han, r) && !figure && magnitudes[r] == 0
	})
	if n, err := strconv.ParseFloat(f, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		return n + more, true
	}
	n, ok := whole(f)
	return float64(n) + more, ok
}

var (
	yesWords = []string{"是", "是的", "好", "好的", "对", "可以", "行", "嗯", "嗯嗯", "确认", "确定", "要", "愿意", "同意", "yes", "ok", "y", "有", "对的", "可以的", "没问题"}
	noWords  = []string{"不", "不是", "不要", "不用", "不好", "否", "不行", "不了", "不用了", "算了", "取消", "不可以", "不愿意", "不同意", "no", "n", "没有", "没", "先不", "再想想"}
)

// YesNo reads assent or its opposite.
func YesNo(text string) (yes, ok bool) {
	folded := Fold(text)
	f := strings.TrimRight(folded, "吧呀啊的了")
	for _, w := range noWords {
		if folded == w || f == w {
			return false, true
		}
	}
	for _, w := range yesWords {
		if folded == w || f == w {
			return true, true
		}
	}
	return false, false
}
