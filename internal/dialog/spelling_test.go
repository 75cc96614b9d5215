package dialog_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// The same words arrive from keyboards of both scripts, from voice recognition and with the figures of a picture keyboard.
func TestTheSameWordsLeadTheSameWayHoweverTheyAreSpelt(t *testing.T) {
	for _, said := range []string{"预约", "預約", "預約。", "嗯，预约吧。", "那个，就是预约", "呃，預約啊", " 预 约 "} {
		k := subscribed(t)
		k.say("我是家长")
		want(t, k.say(said), "哪个区")
	}
	for _, said := range []string{"父母學堂", "嗯，父母学堂。", "1️⃣", "❶", "①", "嗯，第一个吧。", "第一個", "聽課"} {
		k := subscribed(t)
		k.say("我是家长")
		want(t, k.say(said), "想听什么")
	}
	for _, said := range []string{"菜單", "主菜單。", "嗯，菜单吧", "選單"} {
		k := subscribed(t)
		k.say("我是家长")
		k.say("预约")
		want(t, k.say(said), "您想做什么")
	}
	for _, said := range []string{"轉人工", "嗯，转人工吧。", "找老師"} {
		k := subscribed(t)
		k.say("我是家长")
		want(t, k.say(said), "老师来了")
	}
}

func TestAFetchedChoiceIsTakenByTheFigureOfAPictureKeyboard(t *testing.T) {
	k := subscribed(t)
	k.answers["station.nearest"] = dialog.Result{Outcome: "ok", Vars: map[string]any{"stations": []channel.Choice{{Label: "甲站", Say: "s1"}, {Label: "乙站", Say: "s2"}}}}
	k.answers["station.get"] = dialog.Result{Outcome: "none"}
	k.say("我是家长")
	for _, said := range []string{"2️⃣", "嗯，第二個吧", "②。"} {
		k.step(dialog.Input{Kind: dialog.InputLocation, Location: &channel.Location{Latitude: 23.1, Longitude: 113.3}})
		calls := len(k.calls)
		k.say(said)
		if len(k.calls) == calls || k.calls[calls].Text("station") != "s2" {
			t.Errorf("%q takes %+v, want the second station", said, k.calls[calls:])
		}
	}
}
