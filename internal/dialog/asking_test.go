package dialog_test

import (
	"github.com/xinqiao-bot/xinqiao/internal/dialog"

	"strings"
	"testing"
	"time"
)

// monday is 2 March 2026, 12:00 in Guangzhou.
var monday = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

const visitFlow = `
flow: talk
triggers: {words: [开始谈话]}
title: 约时间
vars: {at: text, phone: text}
steps:
  start:
    ask: {text: 哪天几点来？, type: datetime, into: at, retry: 请把哪天几点都告诉我, choices: [{label: 先不约, goto: bye}, {label: 再想想, goto: bye}, {label: 问问老师, goto: bye}]}
    next: phone
  phone:
    ask: {text: 电话是多少？, type: phone, into: phone}
    next: done
  done: {say: "{{at}}，{{phone}}"}
  bye: {say: 好的，想约的时候再来}
`

func TestAVisitIsArrangedInPlainWords(t *testing.T) {
	set := loadTalk(t, visitFlow)
	env := dialog.Env{Now: monday}
	st := set.Enter(dialog.State{}, "talk", env).State
	for _, turn := range []struct{ said, want string }{
		{"明天", "请把哪天几点都告诉我"},
		{"3号下午两点半", "电话是多少？"},
		{"138 0000 0000", "2026-03-03 14:30，13800000000"},
	} {
		out := set.Step(st, dialog.Input{Kind: dialog.InputText, Text: turn.said}, env)
		if len(out.Replies) == 0 || !strings.Contains(out.Replies[0].Text, turn.want) {
			t.Fatalf("after %q want %q, got %+v", turn.said, turn.want, out.Replies)
		}
		st = out.State
	}
}

func TestAChoiceBesideAQuestionForATimeIsStillTakenByItsNumber(t *testing.T) {
	set := loadTalk(t, visitFlow)
	env := dialog.Env{Now: monday}
	for _, said := range []string{"1", "第三个", "③", "先不约"} {
		st := set.Enter(dialog.State{}, "talk", env).State
		out := set.Step(st, dialog.Input{Kind: dialog.InputText, Text: said}, env)
		if len(out.Replies) == 0 || !strings.Contains(out.Replies[0].Text, "想约的时候再来") {
			t.Errorf("%q: got %+v", said, out.Replies)
		}
	}
}

const scaleFlow = `
flow: scale
triggers: {words: [打分]}
title: 打分
vars: {n: number, often: choices, said: text}
takes: [said]
gives: [n]
steps:
  start:
    ask: {text: "{{said}}有多紧张，0 到 10", type: number, min: 0, max: 10, into: n}
`

const oftenFlow = `
flow: talk
triggers: {words: [开始谈话]}
title: 谈话
vars: {n: number, often: text}
steps:
  start: {flow: scale, with: {said: 现在}, save: {n: n}, next: how_often}
  how_often:
    ask:
      text: 有多少天这样？
      choices: [{label: 完全没有, value: 零}, {label: 好几天, value: 一}, {label: 一半以上的天数, value: 二}, {label: 几乎每天, value: 三}]
      into: often
    next: done
  done: {say: "打了 {{n}} 分，{{often}}"}
`

func TestNoughtIsAnAnswerWhereItIsAskedFor(t *testing.T) {
	set := loadTalk(t, oftenFlow, scaleFlow)
	env := dialog.Env{Now: monday}
	for said, want := range map[string]string{"0": "有多少天", "０": "有多少天", "零": "有多少天", "0分": "有多少天", "菜单": "做什么"} {
		out := set.Step(set.Enter(dialog.State{}, "talk", env).State, dialog.Input{Kind: dialog.InputText, Text: said}, env)
		if got := spoken(out); !strings.Contains(got, want) {
			t.Errorf("%q: want %q, got %q", said, want, got)
		}
	}
}

func TestAnAnswerThatTakesAChoiceBackIsNotThatChoice(t *testing.T) {
	set := loadTalk(t, oftenFlow, scaleFlow)
	env := dialog.Env{Now: monday}
	at := set.Step(set.Enter(dialog.State{}, "talk", env).State, dialog.Input{Kind: dialog.InputText, Text: "3"}, env).State
	for said, want := range map[string]string{
		"几乎每天": "分，三", "我几乎每天都这样": "分，三", "好几天吧": "分，一", "一半以上": "分，二",
		"不是完全没有": "有多少天", "不是几乎每天": "有多少天", "没有好几天": "有多少天", "几乎每天都没有": "有多少天", "也不算好几天": "有多少天", "别选好几天": "有多少天",
	} {
		if got := spoken(set.Step(at, dialog.Input{Kind: dialog.InputText, Text: said}, env)); !strings.Contains(got, want) {
			t.Errorf("%q: want %q, got %q", said, want, got)
		}
	}
}

func TestAQuestionIsSaidAgainAsOftenAsItIsNotUnderstood(t *testing.T) {
	set := loadTalk(t, oftenFlow, scaleFlow)
	env := dialog.Env{Now: monday}
	st := set.Step(set.Enter(dialog.State{}, "talk", env).State, dialog.Input{Kind: dialog.InputText, Text: "3"}, env).State
	for range 2 {
		out := set.Step(st, dialog.Input{Kind: dialog.InputText, Text: "嗯嗯"}, env)
		if got := spoken(out); !strings.Contains(got, "有多少天这样？") || len(out.Replies[0].Choices) < 4 {
			t.Errorf("the question is missing: %+v", out.Replies)
		}
		st = out.State
	}
}

func TestAQuestionOfABorrowedFlowIsReturnedToUnderTheNameOfTheBorrower(t *testing.T) {
	set := loadTalk(t, oftenFlow, scaleFlow)
	if got := set.Title(set.Enter(dialog.State{}, "talk", dialog.Env{Now: monday}).State); got != "谈话" {
		t.Errorf("the person is at %q", got)
	}
}

func spoken(out dialog.Output) string {
	var b strings.Builder
	for _, r := range out.Replies {
		b.WriteString(r.Text + "\n")
	}
	return b.String()
}
