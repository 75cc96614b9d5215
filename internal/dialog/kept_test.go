package dialog_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

func writing(t *testing.T) *talk {
	t.Helper()
	k := subscribed(t)
	k.answers["letter.begin"] = dialog.Result{Outcome: "fresh"}
	k.answers["letter.add"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"count": 1.0}}
	k.answers["letter.mine"] = dialog.Result{Outcome: "none"}
	k.answers["letter.open"] = dialog.Result{Outcome: "none"}
	k.say("学生")
	k.say("写信")
	want(t, k.say("写一封信"), "写完了")
	return k
}

func TestWordsThatDangerKeepsFromTheFlowAreKept(t *testing.T) {
	k := writing(t)
	text := func(s string) dialog.Input { return dialog.Input{Kind: dialog.InputText, Text: s} }
	c := k.set.Saving(k.state, text(" 我有话想说 "), dialog.Env{Now: noon, Key: "k#0", Person: "p"})
	if c == nil || c.Name != "letter.add" || c.Text("text") != "我有话想说" || c.Key != "k#0" || c.Person != "p" {
		t.Fatalf("the call: %+v", c)
	}
	for name, in := range map[string]dialog.Input{
		"a tap":                        {Kind: dialog.InputText, Text: "写完了", MenuID: "1"},
		"the words of a choice":        text("写完了"),
		"a word that leads elsewhere":  text("看回信"),
		"nothing":                      text("  "),
		"what nobody wrote":            {Kind: dialog.InputEvent},
		"the way home from everywhere": text("菜单"),
	} {
		if c := k.set.Saving(k.state, in, dialog.Env{Now: noon}); c != nil {
			t.Errorf("%s is kept: %+v", name, c)
		}
	}
	k.say("菜单")
	if c := k.set.Saving(k.state, text("我有话想说"), dialog.Env{Now: noon}); c != nil {
		t.Errorf("at a question that keeps nothing: %+v", c)
	}
}

func TestAButtonBesideAllQuestionsBeginsItsFlow(t *testing.T) {
	k := writing(t)
	b := dialog.Opening("打开回信")
	in := dialog.Input{Kind: dialog.InputText, Text: b.Saying(), MenuID: b.ID}
	if !k.set.Calls(k.state, in, k.env) {
		t.Error("a tap on it does not count as wanting something of the service")
	}
	want(t, k.step(in), "请输入取信码")
	if k.state.Running() != "replies" || len(k.calls) == 0 || k.calls[len(k.calls)-2].Name != "letter.open" {
		t.Errorf("runs %s after %+v", k.state.Running(), k.calls)
	}
	other := in
	other.MenuID = "12345"
	k = writing(t)
	if k.set.Calls(k.state, other, k.env) {
		t.Error("another number opens it too")
	}
}

func TestALineThatNamesAFlowIsNoLineOfALetter(t *testing.T) {
	k := writing(t)
	want(t, k.say("看回信"), "请输入取信码")
	k = writing(t)
	want(t, k.say("谢谢"), "第 1 段") // said in passing, and may well be a line
}
