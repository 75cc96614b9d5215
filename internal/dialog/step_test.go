package dialog_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

func all(rs []channel.Reply) string {
	var b strings.Builder
	for _, r := range rs {
		b.WriteString(r.Text + "\n")
		for _, c := range r.Choices {
			b.WriteString("[" + c.Label + "]")
		}
	}
	return b.String()
}

func want(t *testing.T, rs []channel.Reply, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(all(rs), p) {
			t.Fatalf("want %q in:\n%s", p, all(rs))
		}
	}
}

func newTalk(t testing.TB) *talk {
	return &talk{t: t, set: shipped(t), answers: answers{
		"human.request":       {Outcome: "waiting", Vars: map[string]any{"notice": "老师来了"}},
		"person.set_audience": {Outcome: "ok"},
		"course.stages":       {Outcome: "ok", Vars: map[string]any{"stages": []channel.Choice{{Label: "初中", Say: "junior"}, {Label: "高中", Say: "senior"}}}},
		"course.browse":       {Outcome: "ok", Vars: map[string]any{"lessons": []channel.Choice{{Label: "一节课", Say: "l1"}}, "more": false}},
		"course.lesson":       {Outcome: "ok", Vars: map[string]any{"title": "一节课"}},
		"station.nearest":     {Outcome: "no_location"},
		"station.districts":   {Outcome: "ok", Vars: map[string]any{"districts": []channel.Choice{{Label: "天河区"}, {Label: "越秀区"}}}},
	}}
}

func subscribed(t testing.TB) *talk {
	k := newTalk(t)
	k.step(dialog.Input{Kind: dialog.InputEvent, Event: channel.Event{Type: channel.EventSubscribe}})
	return k
}

func TestANewFollowerIsWelcomedAndRemembered(t *testing.T) {
	k := newTalk(t)
	rs := k.step(dialog.Input{Kind: dialog.InputEvent, Event: channel.Event{Type: channel.EventSubscribe}})
	want(t, rs, "自动助手", "12356", "[我是家长][我是学生]")
	rs = k.say("家长")
	want(t, rs, "父母学堂")
	if len(k.calls) != 1 || k.calls[0].Text("audience") != "parent" {
		t.Errorf("calls: %+v", k.calls)
	}
}

func TestAChoiceIsTakenByNumberLabelSynonymAndTap(t *testing.T) {
	for _, answer := range []string{"1", "１", "①", "一", "第一个", "选1", "父母学堂", "听课", " 父母学堂。 "} {
		k := subscribed(t)
		k.say("我是家长")
		want(t, k.say(answer), "想听什么")
	}
	k := subscribed(t)
	menu := k.say("我是家长")
	last := menu[len(menu)-1]
	want(t, k.tap(last.Choices[0].ID), "想听什么")
}

func TestATapOnAnOldMessageStillLeadsSomewhere(t *testing.T) {
	k := subscribed(t)
	menu := k.say("我是家长")
	choices := menu[len(menu)-1].Choices
	at := slices.IndexFunc(choices, func(c channel.Choice) bool { return c.Label == "预约辅导站" })
	id := choices[at].ID
	k.say("父母学堂")
	want(t, k.tap(id), "哪个区")
}

func TestGlobalWordsWorkAnywhere(t *testing.T) {
	for _, at := range []string{"父母学堂", "心理自测", "预约辅导站", "写信给老师"} {
		for word, expect := range map[string]string{"菜单": "您想做什么", "主菜单": "您想做什么", "0": "您想做什么", "退出": "先到这里", "人工": "老师来了", "转人工！": "老师来了", "帮助": "随时可以发"} {
			k := subscribed(t)
			k.say("我是家长")
			k.say(at)
			want(t, k.say(word), expect)
		}
	}
}

func TestBackReturnsToTheQuestionBefore(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	k.say("父母学堂")
	want(t, k.say("按年龄找"), "孩子多大了")
	want(t, k.say("返回"), "想听什么")
	want(t, k.say("返回"), "您想做什么")
}

func TestATextThatNothingUnderstandsIsMetGentlyThenAHumanIsOffered(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	want(t, k.say("乌拉拉啦啦"), "没太明白")
	if !k.missed {
		t.Error("a miss must be reported")
	}
	want(t, k.say("咕噜咕噜噜"), "人工")
	rs := k.say("叽里呱啦啦")
	want(t, rs, "要不要请一位老师", "[请老师来]")
	want(t, k.say("不用了"), "没有去打扰老师")
	k.state.Misses = 2
	k.say("叽里呱啦啦")
	want(t, k.say("好的"), "老师来了")
}

func TestATextIsSearchedAmongLessonsBeforeItIsAMiss(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	k.answers["worry.meet"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"hits": []channel.Choice{{Label: "他说不想上学", Say: "l9"}}}}
	rs := k.say("孩子不想上学怎么办")
	want(t, rs, "可能对您有帮助", "[他说不想上学]")
	rs = k.tap(rs[0].Choices[0].ID)
	want(t, rs, "《一节课》")
	if last := k.calls[len(k.calls)-1]; last.Name != "course.lesson" || last.Text("id") != "l9" {
		t.Errorf("last call: %+v", last)
	}
}

func TestAFlowBegunInTheMiddleOfAnotherReturnsToItsQuestion(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	k.say("预约")
	want(t, k.say("人工"), "老师来了", "接着刚才的“预约辅导站”", "[天河区]")
}

func TestCompanyIsNotInterruptedByASearch(t *testing.T) {
	k := subscribed(t)
	k.env.Company = true
	k.say("嗯嗯我也不知道怎么说")
	for _, c := range k.calls {
		if c.Name == "worry.meet" {
			t.Error("in company after danger nothing is searched for")
		}
	}
	if !k.missed {
		t.Error("the caller must hear that nothing matched")
	}
}

func TestAStateSurvivesJSONAndStaysSmall(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	k.say("预约")
	raw, err := json.Marshal(k.state)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 2048 {
		t.Errorf("state has %d bytes", len(raw))
	}
	var back dialog.State
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	k.state = back
	k.answers["station.near"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"stations": []channel.Choice{{Label: "甲站", Say: "s1"}}}}
	want(t, k.say("天河"), "[甲站]")
}

func TestNoInputEverPanicsOrStrandsAnyone(t *testing.T) {
	set := shipped(t)
	rapid.Check(t, func(rt *rapid.T) {
		k := newTalk(t)
		k.set = set
		for range rapid.IntRange(1, 15).Draw(rt, "turns") {
			k.say(rapid.SampledFrom([]string{"1", "2", "3", "7", "返回", "退出", "预约", "自测", "写信", "听课", "是", "不", "人工", "你好", "随便说说看看", "", "😀", "我的预约"}).Draw(rt, "text"))
		}
		if got := all(k.say("菜单")); !strings.Contains(got, "您想做什么") {
			rt.Fatalf("菜单 must lead home from anywhere, got:\n%s", got)
		}
	})
}

func TestAStateOfFlowsThatAreGoneLeadsToTheMenu(t *testing.T) {
	k := newTalk(t)
	k.state = dialog.State{Stack: []dialog.Frame{{Flow: "gone", Step: "nowhere"}}}
	k.say("你好")
	want(t, k.say("菜单"), "您想做什么")
}

func TestStaffAreBoundOnlyWhereNoticesReachThem(t *testing.T) {
	for _, c := range []struct {
		channel string
		notice  bool
		want    string
	}{{"web", false, "这里收不到"}, {"wechat", false, "这里收不到"}, {"wechat", true, "8 位绑定码"}} {
		k := subscribed(t)
		k.env.Channel, k.env.Can.Notice = c.channel, c.notice
		want(t, k.say("绑定值班微信"), c.want)
	}
}
