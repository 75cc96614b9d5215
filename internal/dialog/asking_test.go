package dialog

import (
	"strings"
	"testing"
)

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
	env := Env{Now: monday}
	st := set.Enter(State{}, "talk", env).State
	for _, turn := range []struct{ said, want string }{
		{"明天", "请把哪天几点都告诉我"},
		{"3号下午两点半", "电话是多少？"},
		{"138 0000 0000", "2026-03-03 14:30，13800000000"},
	} {
		out := set.Step(st, Input{Kind: InputText, Text: turn.said}, env)
		if len(out.Replies) == 0 || !strings.Contains(out.Replies[0].Text, turn.want) {
			t.Fatalf("after %q want %q, got %+v", turn.said, turn.want, out.Replies)
		}
		st = out.State
	}
}

func TestAChoiceBesideAQuestionForATimeIsStillTakenByItsNumber(t *testing.T) {
	set := loadTalk(t, visitFlow)
	env := Env{Now: monday}
	for _, said := range []string{"1", "第三个", "③", "先不约"} {
		st := set.Enter(State{}, "talk", env).State
		out := set.Step(st, Input{Kind: InputText, Text: said}, env)
		if len(out.Replies) == 0 || !strings.Contains(out.Replies[0].Text, "想约的时候再来") {
			t.Errorf("%q: got %+v", said, out.Replies)
		}
	}
}
