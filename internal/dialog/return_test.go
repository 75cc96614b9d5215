package dialog_test

import (
	"github.com/xinqiao-bot/xinqiao/internal/dialog"

	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

const visit = `
flow: talk
title: 约时间
triggers: {words: [约]}
vars: {name: text, day: text}
steps:
  start: {ask: {text: 怎么称呼, type: text, into: name}, next: day}
  day: {ask: {text: "{{name}}，哪天来", into: day, choices: [{label: 周六}, {label: 周日}]}, next: done}
  done: {say: "{{name}}，{{day}}见"}
`

// visitor talks with sets that change under them, at times that a test sets.
type visitor struct {
	t     *testing.T
	set   *dialog.Set
	state dialog.State
	now   time.Time
}

func newVisitor(t *testing.T) *visitor {
	return &visitor{t: t, set: loadTalk(t, visit), now: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)}
}

func (v *visitor) does(in dialog.Input) string {
	v.t.Helper()
	raw, err := json.Marshal(v.state) // as a session keeps it
	if err != nil {
		v.t.Fatal(err)
	}
	v.state = dialog.State{}
	if err := json.Unmarshal(raw, &v.state); err != nil {
		v.t.Fatal(err)
	}
	out := v.set.Step(v.state, in, dialog.Env{Now: v.now})
	v.state = out.State
	var b strings.Builder
	for _, r := range out.Replies {
		b.WriteString(r.Text + "\n")
		for _, c := range r.Choices {
			b.WriteString("[" + c.Label + "]")
		}
	}
	return b.String()
}

func (v *visitor) says(text string) string {
	return v.does(dialog.Input{Kind: dialog.InputText, Text: text})
}

func TestWhoComesBackAfterDaysIsAskedWhetherToGoOn(t *testing.T) {
	for _, c := range []struct {
		name string
		away time.Duration
		says []string
		want []string
	}{
		{"the next day nothing is asked", 47 * time.Hour, []string{"周日"}, []string{"小林，周日见"}},
		{"asked, and goes on", 48 * time.Hour, []string{"你好呀", "接着上次的", "周六"}, []string{"“约时间”还要吗", "接着“约时间”\n小林，哪天来", "小林，周六见"}},
		{"goes on by a number", 48 * time.Hour, []string{"你好呀", "1", "周六"}, []string{"[接着上次的][重新开始]", "哪天来", "周六见"}},
		{"begins anew", 72 * time.Hour, []string{"在吗", "重新开始", "小陈"}, []string{"还要吗", "怎么称呼", "小陈，哪天来"}},
		{"begins anew by saying no", 72 * time.Hour, []string{"在吗", "不要"}, []string{"还要吗", "怎么称呼"}},
		{"answers in the words of a choice", 200 * time.Hour, []string{"周六"}, []string{"小林，周六见"}},
		{"wants the menu", 200 * time.Hour, []string{"菜单"}, []string{"做什么"}},
		{"asked, and says something else", 72 * time.Hour, []string{"在吗", "菜单"}, []string{"还要吗", "做什么"}},
		{"asked, and answers the old question", 72 * time.Hour, []string{"在吗", "周日"}, []string{"还要吗", "小林，周日见"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVisitor(t)
			v.says("约")
			v.says("小林")
			v.now = v.now.Add(c.away)
			for i, s := range c.says {
				if got := v.says(s); !strings.Contains(got, c.want[i]) {
					t.Fatalf("%q is met with %q, want %q", s, got, c.want[i])
				}
			}
		})
	}
}

func TestATapAfterDaysIsAnAnswer(t *testing.T) {
	v := newVisitor(t)
	v.says("约")
	v.says("小林")
	v.now = v.now.Add(500 * time.Hour)
	id := dialog.Bind(dialog.Button("talk", "day", "周日"), v.state.Top().Turn)
	if got := v.does(dialog.Input{Kind: dialog.InputText, Text: "周日", MenuID: id}); !strings.Contains(got, "小林，周日见") {
		t.Errorf("met with %q", got)
	}
}

func TestAnEditUnderAConversationLosesNothingThatStillFits(t *testing.T) {
	for _, c := range []struct {
		name, old, edited string
		says              string
		want              string
	}{
		{"another wording", "哪天来", "哪一天方便", "周六", "小林，周六见"},
		{"another choice", "{label: 周日}", "{label: 周五}", "周五", "小林，周五见"},
		{"the step is gone", "  day: {ask", "  when: {ask", "周六", "“约时间”更新过\n怎么称呼"},
		{"the step is no question any more", `day: {ask: {text: "{{name}}，哪天来", into: day, choices: [{label: 周六}, {label: 周日}]}, next: done}`, `day: {say: "{{name}}你好{{day}}", next: done}`, "周六", "“约时间”更新过\n怎么称呼"},
		{"a variable is of another type", "vars: {name: text,", "vars: {name: number,", "周六", "更新过"},
		{"the step is gone and the menu is wanted", "  day: {ask", "  when: {ask", "菜单", "做什么"},
		{"the flow is gone", "flow: talk", "flow: visit", "菜单", "做什么"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(visit, c.old) {
				t.Fatalf("the flow lacks %q", c.old)
			}
			v := newVisitor(t)
			v.says("约")
			v.says("小林")
			edited := strings.Replace(visit, c.old, c.edited, 1)
			if strings.Contains(c.edited, "when:") {
				edited = strings.Replace(edited, "next: day", "next: when", 1)
			}
			if strings.Contains(c.edited, "number") {
				edited = strings.Replace(edited, "type: text, into: name", "type: number, into: name", 1)
			}
			v.set = loadTalk(t, edited)
			if got := v.says(c.says); !strings.Contains(got, c.want) {
				t.Errorf("%q is met with %q, want %q", c.says, got, c.want)
			}
			if v.state.Version != "" && v.state.Version != v.set.Version {
				t.Errorf("the state is of version %q, the flows of %q", v.state.Version, v.set.Version)
			}
		})
	}
}

func TestWhatWaitsUnderAFlowThatIsGoneIsLeftWithIt(t *testing.T) {
	v := newVisitor(t)
	v.state = dialog.State{Version: "old", Stack: []dialog.Frame{
		{Flow: "talk", Step: "day", Vars: dialog.Vars{"name": "小林"}, Past: []string{"start", "gone", "day"}}, {Flow: "gone", Step: "start"},
	}}
	if got := v.says("周六"); !strings.Contains(got, "小林，周六见") {
		t.Errorf("met with %q: what waited below is not taken up", got)
	}
	v.state = dialog.State{Version: "old", Stack: []dialog.Frame{{Flow: "talk", Step: "day", Vars: dialog.Vars{"name": []channel.Choice{{Label: "x"}}}}}}
	if got := v.says("周六"); !strings.Contains(got, "怎么称呼") {
		t.Errorf("with a variable of another type it is met with %q", got)
	}
}
