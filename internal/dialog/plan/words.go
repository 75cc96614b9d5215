package plan

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Global is a word that means the same everywhere.
type Global string

// The words that mean the same everywhere; GlobalNone is none of them.
const (
	GlobalNone  Global = ""
	GlobalBack  Global = "back"
	GlobalMenu  Global = "menu"
	GlobalExit  Global = "exit"
	GlobalHuman Global = "human"
	GlobalHelp  Global = "help"
)

var globalWords = map[string]Global{
	"返回": GlobalBack, "上一步": GlobalBack, "后退": GlobalBack, "返回上一步": GlobalBack, "上一题": GlobalBack, "back": GlobalBack,
	"菜单": GlobalMenu, "主菜单": GlobalMenu, "首页": GlobalMenu, "回到菜单": GlobalMenu, "返回菜单": GlobalMenu, "返回主菜单": GlobalMenu, "0": GlobalMenu, "menu": GlobalMenu, "选单": GlobalMenu,
	"退出": GlobalExit, "结束": GlobalExit, "不聊了": GlobalExit, "不约了": GlobalExit, "先不约了": GlobalExit, "不测了": GlobalExit, "先不测了": GlobalExit, "退出来": GlobalExit, "exit": GlobalExit, "quit": GlobalExit,
	"人工": GlobalHuman, "转人工": GlobalHuman, "人工客服": GlobalHuman, "人工服务": GlobalHuman, "真人": GlobalHuman, "找真人": GlobalHuman, "找老师": GlobalHuman, "找人工": GlobalHuman, "我要人工": GlobalHuman, "我要找老师": GlobalHuman, "我想找老师": GlobalHuman, "客服": GlobalHuman, "我想和老师聊聊": GlobalHuman,
	"帮助": GlobalHelp, "help": GlobalHelp, "怎么用": GlobalHelp, "使用帮助": GlobalHelp,
}

// GlobalOf also takes the words with a filler, a 'please' or a particle around them.
func GlobalOf(folded string) Global {
	if g, ok := globalWords[folded]; ok {
		return g
	}
	trimmed := strings.TrimPrefix(strings.TrimPrefix(hanzi.Bare(folded), "请"), "我要")
	trimmed = strings.TrimRight(trimmed, "吧呀啊了哦谢")
	if g, ok := globalWords[trimmed]; ok && trimmed != "" {
		return g
	}
	return GlobalNone
}

// ChoiceID is a decimal number that stays the same for the same choice of the same step.
func ChoiceID(flow, step, value string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(flow + "\x00" + step + "\x00" + value)) // a hash never fails
	return strconv.FormatUint(uint64(h.Sum32())+1, 10)
}

// Led returns the flow that a word leads to, "" where it leads nowhere.
func (p *Plan) Led(folded string) string {
	if GlobalOf(folded) == GlobalHuman {
		return FlowHuman
	}
	return p.Words[folded]
}
