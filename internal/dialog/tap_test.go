package dialog_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// items answers a questionnaire of the same four options over and over, as a scale does.
func items(t *testing.T) *talk {
	k := subscribed(t)
	k.say("我是家长")
	options := []channel.Choice{{Label: "完全没有", Say: "0"}, {Label: "好几天", Say: "1"}, {Label: "一半以上的天数", Say: "2"}, {Label: "几乎每天", Say: "3"}}
	k.answers["survey.list"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"surveys": []channel.Choice{{Label: "情绪自测", Say: "phq9"}}}}
	k.answers["survey.start"] = dialog.Result{Outcome: "resumed", Vars: map[string]any{"run": "r"}}
	k.answers["survey.ask"] = dialog.Result{Outcome: "item", Vars: map[string]any{"question": "一题", "options": options}}
	k.answers["survey.answer"] = dialog.Result{Outcome: "next", Vars: map[string]any{"run": "r"}}
	k.say("心理自测")
	k.say("情绪自测")
	return k
}

func (k *talk) recorded() (answers []string) {
	for _, c := range k.calls {
		if c.Name == "survey.answer" {
			answers = append(answers, c.Text("answer"))
		}
	}
	return answers
}

func TestAButtonAnswersItsOwnQuestionAlone(t *testing.T) {
	k := items(t)
	first := k.say("返回看看")[0].Choices // shown again: the same question, the same buttons
	if again := k.say("看不懂")[0].Choices; again[0].ID != first[0].ID {
		t.Fatalf("a question that is said again has other buttons: %v, %v", first[0], again[0])
	}
	rs := k.tap(first[0].ID)
	second := rs[len(rs)-1].Choices
	if second[0].ID == first[0].ID {
		t.Fatal("two questions of one step have the same buttons")
	}
	want(t, k.tap(first[0].ID), "已经收到", "一题") // tapped twice
	want(t, k.tap(first[3].ID), "过去了", "一题")
	if got := k.recorded(); len(got) != 1 || got[0] != "0" {
		t.Fatalf("recorded %v, want the first answer alone", got)
	}
	k.tap(second[3].ID)
	if got := k.recorded(); strings.Join(got, "") != "03" {
		t.Errorf("recorded %v, want 0 and 3", got)
	}
}

func TestOnlyTheLatestButtonsOfAQuestionnaireRecordAnAnswer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := items(t)
		latest := k.say("看不懂呀")[0].Choices
		seen := [][]channel.Choice{latest}
		want := 0
		for range rapid.IntRange(1, 12).Draw(rt, "taps") {
			from := rapid.IntRange(0, len(seen)-1).Draw(rt, "question")
			button := rapid.IntRange(0, 3).Draw(rt, "button")
			rs := k.tap(seen[from][button].ID)
			if from == len(seen)-1 {
				want++
				seen = append(seen, rs[len(rs)-1].Choices)
			}
			if got := len(k.recorded()); got != want {
				rt.Fatalf("%d answers recorded after a tap on question %d of %d, want %d", got, from+1, len(seen), want)
			}
		}
	})
}

func TestATapOnAnInterruptedQuestionAnswersIt(t *testing.T) {
	k := subscribed(t)
	roles := k.step(dialog.Input{Kind: dialog.InputEvent, Event: channel.Event{Type: channel.EventSubscribe}})
	parent := roles[len(roles)-1].Choices[0].ID
	k.say("听课") // something else, while the question about the role waits
	want(t, k.tap(parent), "您想做什么")
}

func TestAnotherButtonOfTheLastQuestionChangesItsAnswer(t *testing.T) {
	k := items(t)
	k.answers["survey.age"] = dialog.Result{Outcome: "sex", Vars: map[string]any{"run": "r"}}
	k.answers["survey.sex"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"run": "r"}}
	k.answers["survey.start"] = dialog.Result{Outcome: "age", Vars: map[string]any{"run": "r", "who": "孩子"}}
	k.say("菜单")
	k.say("心理自测")
	k.say("情绪自测")
	rs := k.say("15")
	girl, boy := rs[len(rs)-1].Choices[0].ID, rs[len(rs)-1].Choices[1].ID
	k.tap(girl)
	want(t, k.tap(boy), "可以开始吗")
	calls := slices.DeleteFunc(k.calls, func(c dialog.Call) bool { return c.Name == plan.NeedCommand })
	if last := calls[len(calls)-1]; last.Name != "survey.sex" || last.Text("sex") != "male" {
		t.Errorf("the last call is %+v, want the changed answer", last)
	}
}

func TestNumbersGoOnCountingFromTheLessonsToTheQuestion(t *testing.T) {
	for number, expect := range map[string]string{"1": "《一节课》", "2": "您想做什么", "3": "你好呀"} {
		k := subscribed(t)
		k.answers["worry.meet"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"hits": []channel.Choice{{Label: "他说不想上学", Say: "l9"}}}}
		k.say("孩子不想上学怎么办呀老师")
		want(t, k.say(number), expect)
	}
}
