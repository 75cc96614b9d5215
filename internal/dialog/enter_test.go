package dialog_test

import (
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"

	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

const talkFlow = `
flow: talk
triggers: {words: [开始谈话]}
title: 谈话
vars: {said: text}
steps:
  start:
    ask: {text: 说说, type: text, open: true, into: said, choices: [{label: 好, goto: menu.start}]}
    next: judge
  judge:
    if:
      - {when: '"joke" in heard && mood == "high"', goto: joke}
      - {else: again}
  joke: {say: "笑了，{{by}}", next: start}
  again: {say: "你说的是{{said}}", next: start}
`

func TestEnteringAFlowFromOutside(t *testing.T) {
	set := loadTalk(t, talkFlow)
	before := dialog.State{Stack: []dialog.Frame{{Flow: "menu", Step: "start"}}}
	out := set.Enter(before, "talk", dialog.Env{})
	if out.State.Running() != "talk" || len(out.State.Stack) != 1 {
		t.Fatalf("state %+v, want the talk alone", out.State)
	}
	if len(out.Replies) != 1 || out.Replies[0].Text != "说说" || len(out.Replies[0].Choices) != 1 {
		t.Errorf("replies %+v, want the question with its choice", out.Replies)
	}
	t.Run("a flow that is not there changes nothing", func(t *testing.T) {
		if got := set.Enter(before, "gone", dialog.Env{}); got.State.Running() != "menu" || len(got.Replies) != 0 {
			t.Errorf("output %+v, want none", got)
		}
	})
	t.Run("conditions and texts read what the caller tells", func(t *testing.T) {
		got := set.Step(out.State, dialog.Input{Kind: dialog.InputText, Text: "哈哈"}, dialog.Env{Facts: dialog.Facts{"heard": []string{"joke"}, "mood": "high", "by": "我在"}})
		if !strings.Contains(got.Replies[0].Text, "笑了，我在") {
			t.Errorf("replies %+v", got.Replies)
		}
	})
}

func TestWhatIsWrongWithTheUseOfAFactIsSaid(t *testing.T) {
	for name, tt := range map[string]struct{ from, to, want string }{
		"a variable with the name of a fact":    {"vars: {said: text}", "vars: {said: text, night: bool}", "night"},
		"a fact of another type in a condition": {`mood == "high"`, `mood > 3`, "看不懂"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load.Flows(talkFiles(strings.Replace(talkFlow, tt.from, tt.to, 1)), told)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "flows/talk.yaml:") {
				t.Errorf("error %v, want its place and %q", err, tt.want)
			}
		})
	}
}

// told are the facts that these tests tell.
var told = dialog.Signatures{Facts: map[string]dialog.Type{"heard": dialog.TypeTexts, "mood": dialog.TypeText, "by": dialog.TypeText, "night": dialog.TypeBool}}

func talkFiles(talk string) fstest.MapFS {
	small := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("flow: " + name + "\ntitle: " + name + "\nsteps:\n  start: {ask: {text: 做什么, choices: [{label: 看看}]}}\n")}
	}
	return fstest.MapFS{
		"talk.yaml": {Data: []byte(talk)}, "menu.yaml": small("menu"), "human.yaml": small("human"), "help.yaml": small("help"),
		"system.yaml": {Data: []byte("system: {miss: [甲, 乙], hits: 丙, exit: 丁, resume: \"接着“{{title}}”\", away: \"“{{title}}”还要吗\", go_on: 接着上次的, anew: 重新开始, moved: \"“{{title}}”更新过\", no_back: 己, retry: 庚, half_day: 哪一天, half_time: 几点, past_day: 过去了, stuck: 要人吗, call: 要, later: 不要, not_called: 没叫, stopped: \"“{{title}}”停了\", slip: 回前一题, no_change: 没找到, already: 收到过了, bygone: 过去了的, not_offered: \"没有{{said}}\", none_then: 这段没有, yesno: [是, 否], human: 人工, menu: 菜单}\n")},
	}
}

func loadTalk(t *testing.T, talk string, others ...string) *dialog.Set {
	t.Helper()
	files := talkFiles(talk)
	for i, flow := range others {
		files[fmt.Sprintf("other%d.yaml", i)] = &fstest.MapFile{Data: []byte(flow)}
	}
	set, err := load.Flows(files, told)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
