package dialog

import (
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// global is a word that means the same everywhere.
type global string

const (
	globalNone  global = ""
	globalBack  global = "back"
	globalMenu  global = "menu"
	globalExit  global = "exit"
	globalHuman global = "human"
	globalHelp  global = "help"
)

var globalWords = map[string]global{
	"返回": globalBack, "上一步": globalBack, "后退": globalBack, "返回上一步": globalBack, "上一题": globalBack, "back": globalBack, "後退": globalBack,
	"菜单": globalMenu, "主菜单": globalMenu, "首页": globalMenu, "回到菜单": globalMenu, "返回菜单": globalMenu, "返回主菜单": globalMenu, "0": globalMenu, "menu": globalMenu, "菜單": globalMenu, "選單": globalMenu, "主菜單": globalMenu,
	"退出": globalExit, "结束": globalExit, "不聊了": globalExit, "不约了": globalExit, "先不约了": globalExit, "不测了": globalExit, "先不测了": globalExit, "退出来": globalExit, "exit": globalExit, "quit": globalExit, "結束": globalExit,
	"人工": globalHuman, "转人工": globalHuman, "人工客服": globalHuman, "人工服务": globalHuman, "真人": globalHuman, "找真人": globalHuman, "找老师": globalHuman, "找人工": globalHuman, "我要人工": globalHuman, "我要找老师": globalHuman, "我想找老师": globalHuman, "客服": globalHuman, "轉人工": globalHuman, "我想和老师聊聊": globalHuman,
	"帮助": globalHelp, "help": globalHelp, "怎么用": globalHelp, "幫助": globalHelp, "使用帮助": globalHelp,
}

// globalOf also takes the words with a full stop, a 'please' or a particle around them.
func globalOf(folded string) global {
	if g, ok := globalWords[folded]; ok {
		return g
	}
	trimmed := strings.TrimPrefix(strings.TrimPrefix(folded, "请"), "我要")
	trimmed = strings.TrimRight(trimmed, "吧呀啊了哦谢")
	if g, ok := globalWords[trimmed]; ok && trimmed != "" {
		return g
	}
	return globalNone
}

// number reads a number in figures of any width or in Chinese, with a unit after it and with a half: 12, 一百二十, 3岁半.
func number(s string) (float64, bool) {
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

// yesNo reads assent or its opposite.
func yesNo(folded string) (yes, ok bool) {
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

// choiceID is a decimal number that stays the same for the same choice of the same step.
func choiceID(flow, step, value string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(flow + "\x00" + step + "\x00" + value)) // a hash never fails
	return strconv.FormatUint(uint64(h.Sum32())+1, 10)
}
