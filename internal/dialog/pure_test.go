package dialog_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

func TestAStepLeavesTheStateThatItWasGivenAsItWas(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	k.say("预约")
	k.say("人工") // and back to the booking, which waits below
	for _, text := range []string{"天河", "人工", "收费吗", "菜单", "退出"} {
		before, err := json.Marshal(k.state)
		if err != nil {
			t.Fatal(err)
		}
		k.set.Step(k.state, dialog.Input{Kind: dialog.InputText, Text: text}, k.env)
		after, err := json.Marshal(k.state)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(before), string(after)); diff != "" {
			t.Errorf("%q changed the state it was given: %s", text, diff)
		}
	}
}

func TestAStateKeepsTheVersionUnderWhichTheConversationBegan(t *testing.T) {
	k := subscribed(t)
	if k.set.Version == "" || k.state.Version != k.set.Version {
		t.Errorf("state has version %q, the flows %q", k.state.Version, k.set.Version)
	}
	k.say("我是家长")
	if k.state.Version != "" {
		t.Errorf("at the menu nothing is under way, yet version %q is kept", k.state.Version)
	}
}

func TestAPositionWithoutPlaceIsIgnored(t *testing.T) {
	k := subscribed(t)
	if rs := k.step(dialog.Input{Kind: dialog.InputLocation}); len(rs) != 0 {
		t.Errorf("got %+v", rs)
	}
}

func TestASharedPositionBeginsTheSearchForStations(t *testing.T) {
	k := subscribed(t)
	k.answers["station.nearest"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"stations": []channel.Choice{{Label: "甲站 1.2 公里", Say: "s1"}}}}
	want(t, k.step(dialog.Input{Kind: dialog.InputLocation, Location: &channel.Location{Latitude: 23.1, Longitude: 113.3}}), "甲站")
	if last := k.calls[len(k.calls)-1]; last.Location == nil || last.Location.Latitude != 23.1 {
		t.Errorf("the command must see the position, got %+v", last.Location)
	}
}

func TestAnOpenQuestionStillHearsOtherWishes(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	k.say("父母学堂")
	want(t, k.say("收费吗"), "免费", "接着刚才的", "想听什么")
	want(t, k.say("预约"), "哪个区")
}

func TestChoicesAreFetchedAnewWhenAQuestionIsAskedAgain(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	k.say("预约")
	k.answers["station.near"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"stations": []channel.Choice{{Label: "甲站", Say: "s1"}}}}
	k.say("天河")
	k.answers["station.districts"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"districts": []channel.Choice{{Label: "南沙区"}}}}
	want(t, k.say("返回"), "哪个区", "[南沙区]")
}

func TestAnEmptyListOfChoicesIsNotFetchedForEver(t *testing.T) {
	k := subscribed(t)
	k.say("我是家长")
	k.answers["station.districts"] = dialog.Result{Outcome: "ok"}
	want(t, k.say("预约"), "哪个区")
}
