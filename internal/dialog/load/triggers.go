package load

import (
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

func (l *loader) triggers(rf rawFlow) {
	claim := func(m map[string]string, kind, key string, at ast.Node) {
		if other, taken := m[key]; taken && other != rf.ID {
			l.bad(rf.File, at, "请改掉其中一个", "%s %q 已经被流程 %s 用了", kind, key, other)
		}
		m[key] = rf.ID
	}
	t := rf.head.Triggers
	for i, w := range t.Words {
		at := rf.place("triggers", "words", i)
		if plan.GlobalOf(hanzi.Fold(w)) != plan.GlobalNone {
			l.bad(rf.File, at, "请换一个词", "触发词 %q 到处都有固定的意思", w)
		}
		claim(l.plan.Words, "触发词", hanzi.Fold(w), at)
	}
	for i, p := range t.Phrases {
		if utf8.RuneCountInString(hanzi.Fold(p)) < 2 {
			l.bad(rf.File, rf.place("triggers", "phrases", i), "请至少写两个字", "%q 太短，什么话里都有", p)
		}
		claim(l.plan.Phrases, "话里的字", hanzi.Fold(p), rf.place("triggers", "phrases", i))
	}
	if into := t.Said; into != "" && rf.Vars[into] != plan.TypeText {
		l.bad(rf.File, rf.place("triggers", "word_into"), "请在 vars 里加上，类型写 text", "word_into 的 %s 不是这个流程的文字变量", into)
	}
	rf.WordInto, rf.Aside = t.Said, t.Aside
	for i, c := range t.Clicks {
		claim(l.plan.Clicks, "菜单键", c, rf.place("triggers", "clicks", i))
	}
	for i, s := range t.Scenes {
		claim(l.plan.Scenes, "二维码场景", s, rf.place("triggers", "scenes", i))
	}
	l.scene(rf)
	for i, e := range t.Events {
		at := rf.place("triggers", "events", i)
		if e != plan.EventSubscribe && e != plan.EventLocation && e != plan.EventPlace {
			l.bad(rf.File, at, "只能是 subscribe（关注）、location（发位置）、place（话里说了想去哪里）", "事件 %q 不会发生", e)
		}
		claim(l.plan.Events, "事件", e, at)
	}
}

// scene checks where a flow puts the rest of a scene and where it begins with it.
func (l *loader) scene(rf rawFlow) {
	into, begin := rf.head.Triggers.Into, rf.head.Triggers.Goto
	if (into == "") != (begin == "") {
		l.bad(rf.File, nil, "请两个都写：scene_into 是放编号的变量，scene_goto 是拿着编号从哪一步开始", "scene_into 和 scene_goto 只写了一个")
		return
	}
	if into == "" {
		return
	}
	if rf.Vars[into] != plan.TypeText {
		l.bad(rf.File, nil, "请在 vars 里加上，类型写 text", "scene_into 的 %s 不是这个流程的文字变量", into)
	}
	if rf.Steps[begin] == nil {
		l.bad(rf.File, nil, "请检查名字", "scene_goto 的步骤 %s 不存在", begin)
	}
	rf.SceneInto, rf.SceneStep = into, begin
}
