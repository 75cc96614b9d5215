package dialog

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
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
	"返回": globalBack, "上一步": globalBack, "后退": globalBack, "返回上一步": globalBack, "上一题": globalBack, "back": globalBack,
	"菜单": globalMenu, "主菜单": globalMenu, "首页": globalMenu, "回到菜单": globalMenu, "返回菜单": globalMenu, "返回主菜单": globalMenu, "0": globalMenu, "menu": globalMenu, "选单": globalMenu,
	"退出": globalExit, "结束": globalExit, "不聊了": globalExit, "不约了": globalExit, "先不约了": globalExit, "不测了": globalExit, "先不测了": globalExit, "退出来": globalExit, "exit": globalExit, "quit": globalExit,
	"人工": globalHuman, "转人工": globalHuman, "人工客服": globalHuman, "人工服务": globalHuman, "真人": globalHuman, "找真人": globalHuman, "找老师": globalHuman, "找人工": globalHuman, "我要人工": globalHuman, "我要找老师": globalHuman, "我想找老师": globalHuman, "客服": globalHuman, "我想和老师聊聊": globalHuman,
	"帮助": globalHelp, "help": globalHelp, "怎么用": globalHelp, "使用帮助": globalHelp,
}

// globalOf also takes the words with a filler, a 'please' or a particle around them.
func globalOf(folded string) global {
	if g, ok := globalWords[folded]; ok {
		return g
	}
	trimmed := strings.TrimPrefix(strings.TrimPrefix(hanzi.Bare(folded), "请"), "我要")
	trimmed = strings.TrimRight(trimmed, "吧呀啊了哦谢")
	if g, ok := globalWords[trimmed]; ok && trimmed != "" {
		return g
	}
	return globalNone
}

// written is the written choice in whose words a text consists, fillers and particles aside.
func (a *ask) written(folded string) (int, bool) {
	i, ok := a.lower[folded]
	if !ok {
		i, ok = a.lower[hanzi.Bare(folded)]
	}
	return i, ok
}

// Button is the ID of a written choice of a step, for a question that is put outside its flow: a tap on it is an answer to
// that step, whatever waits.
func Button(flow, step, value string) string { return choiceID(flow, step, value) }

// choiceID is a decimal number that stays the same for the same choice of the same step.
func choiceID(flow, step, value string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(flow + "\x00" + step + "\x00" + value)) // a hash never fails
	return strconv.FormatUint(uint64(h.Sum32())+1, 10)
}
