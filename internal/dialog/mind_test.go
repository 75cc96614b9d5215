package dialog_test

import (
	"fmt"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// halfway stands at one of the questions of an appointment.
func halfway(t *testing.T, step string) *talk {
	t.Helper()
	k := subscribed(t)
	k.say("我是家长")
	choices := func(labels ...string) (out []channel.Choice) {
		for i, l := range labels {
			out = append(out, channel.Choice{Label: l, Say: fmt.Sprintf("v%d", i)})
		}
		return out
	}
	ok := func(vars map[string]any) dialog.Result { return dialog.Result{Outcome: "ok", Vars: vars} }
	k.answers["station.districts"] = ok(map[string]any{"districts": choices("荔湾区", "天河区")})
	k.answers["station.near"] = ok(map[string]any{"stations": choices("示例站甲", "示例站乙"), "found": "选一个站点："})
	k.answers["station.show"] = ok(map[string]any{"name": "示例站甲", "details": "示例站甲的地址"})
	k.answers["booking.days"] = ok(map[string]any{"days": []channel.Choice{{Label: "3月3日 周二", Say: "2026-03-03"}, {Label: "3月7日 周六", Say: "2026-03-07"}}})
	k.answers["booking.slots"] = ok(map[string]any{"slots": choices("09:00", "10:40", "14:00", "15:40")})
	k.answers["booking.hold"] = ok(nil)
	k.answers["booking.summary"] = ok(map[string]any{"text": "要约的是这个"})
	k.answers["booking.book"] = ok(map[string]any{"code": "ABC234"})
	for _, s := range []struct{ at, then string }{{"district", "预约"}, {"pick", "荔湾"}, {"confirm_station", "示例站甲"}, {"day", "约这里"}, {"slot", "3月3日"}, {"note", "14:00"}, {"sure", "没有"}} {
		k.say(s.then)
		if s.at == step {
			return k
		}
	}
	t.Fatalf("an appointment has no question %s", step)
	return nil
}

func (k *talk) called(command string) bool {
	for _, c := range k.calls {
		if c.Name == command {
			return true
		}
	}
	return false
}

func TestAChangeOfMindIsHeardAtEveryQuestion(t *testing.T) {
	for _, step := range []string{"district", "pick", "confirm_station", "day", "slot", "note", "sure"} {
		for _, words := range []string{
			"取消", "算了", "算了吧", "我不想约了", "不约啦", "取消预约", "先不约了", "唉，还是算了", "不想约了，谢谢", "下次再说吧", "改天再约吧", "暂时不约了", "我再想想", "那算了不约了", "算了，不约喇",
		} {
			k := halfway(t, step)
			rs := k.say(words)
			if k.called("booking.book") || k.state.Running() == "booking" || len(rs) == 0 {
				t.Errorf("%q at %s: booked %v, still at %q, said %v", words, step, k.called("booking.book"), k.state.Running(), rs)
			}
		}
		k := halfway(t, step)
		k.say("我想先听课")
		if k.state.Running() != "courses" {
			t.Errorf("先听课 at %s leads to %q", step, k.state.Running())
		}
	}
}

func TestWhatSoundsLikeAChangeOfMindAndTellsSomethingIsANote(t *testing.T) {
	for _, words := range []string{"孩子说不想上学了", "他什么都不想做了，天天躺着", "取消了补习班以后他轻松一点", "老师说算了不用管", "孩子改不掉咬指甲", "先生和我意见不一样，想先听听老师的"} {
		k := halfway(t, "note")
		want(t, k.say(words), "要约的是这个")
		if last := k.calls[len(k.calls)-1]; last.Text("note") != words {
			t.Errorf("%q is kept as %q", words, last.Text("note"))
		}
	}
}

func TestAnotherDayOrTimeGoesBackToItsQuestion(t *testing.T) {
	for _, c := range []struct{ at, words, want, text string }{
		{"note", "改到周六", "slot", "几点合适"},
		{"sure", "换成3月7号吧", "slot", "几点合适"},
		{"sure", "还是周六吧", "slot", "几点合适"},
		{"note", "改成上午十点四十", "note", "想先告诉老师"},
		{"sure", "改到15:40可以吗", "note", "想先告诉老师"},
		{"sure", "改到周六下午两点", "note", "想先告诉老师"},
		{"slot", "换个日子", "day", "哪一天"},
		{"day", "换天河", "pick", "选一个站点"},
		{"day", "改到火星", "day", "哪一天"},
		{"slot", "选错了", "day", "哪一天"},
		{"note", "不好意思点错了", "slot", "几点合适"},
	} {
		k := halfway(t, c.at)
		want(t, k.say(c.words), c.text)
		if f := k.state.Stack[len(k.state.Stack)-1]; f.Flow != "booking" || f.Step != c.want || k.called("booking.book") {
			t.Errorf("%q at %s stands at %s.%s, want %s", c.words, c.at, f.Flow, f.Step, c.want)
		}
	}
	k := halfway(t, "sure")
	k.say("改到15:40可以吗")
	for _, call := range k.calls {
		if call.Name == "booking.summary" && call.Text("slot") == "v3" {
			t.Error("the note was not asked before the new summary")
		}
	}
	k.say("没有")
	if last := k.calls[len(k.calls)-1]; last.Name != "booking.summary" || last.Text("slot") != "v3" {
		t.Errorf("the summary is of %+v, want the slot at 15:40", last.Args)
	}
}

func TestAYesInAnyWordsBooksOnceAndANoBooksNothing(t *testing.T) {
	for _, words := range []string{"好的", "可以呀", "嗯", "係", "没问题", "约吧", "1", "1️⃣", "约这个"} {
		k := halfway(t, "sure")
		k.say(words)
		k.say(words)
		booked := 0
		for _, c := range k.calls {
			if c.Name == "booking.book" {
				booked++
			}
		}
		if booked != 1 {
			t.Errorf("%q twice books %d times", words, booked)
		}
	}
	for _, words := range []string{"不要", "唔使喇", "先不约", "不好", "还是算了"} {
		k := halfway(t, "sure")
		k.say(words)
		if k.called("booking.book") {
			t.Errorf("%q books", words)
		}
	}
}
