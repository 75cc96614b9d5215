package dialog_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// anyone does whatever a person can do, in any order, to a set of flows. Commands come to any of their outcomes, with any
// results, and with lists that are empty or missing.
type anyone struct {
	*rapid.T
	set     *dialog.Set
	state   dialog.State
	env     dialog.Env
	offered []channel.Choice // by the last message
	seen    []string         // the IDs of all choices so far: old messages can still be tapped
	longest int              // runes of a text that was typed, at most
	did     []string         // for the message of a failure
}

// maxCalls is how many commands one message may run before the caller takes it for a loop.
const maxCalls = 16

func newAnyone(t *rapid.T, set *dialog.Set, longest int) *anyone {
	return &anyone{T: t, set: set, longest: longest, env: dialog.Env{
		Now: noon, Channel: "web", Audience: rapid.SampledFrom([]string{"", "parent", "student"}).Draw(t, "audience"),
		Can:   dialog.Can{Push: rapid.Bool().Draw(t, "can push"), Place: rapid.Bool().Draw(t, "can place")},
		Facts: dialog.Facts{"low": 1.0},
	}}
}

// acts does one thing and returns what was answered.
func (a *anyone) acts() []channel.Reply {
	switch rapid.IntRange(0, 19).Draw(a.T, "act") {
	case 0:
		a.env.Now = a.env.Now.Add(72 * time.Hour)
		return a.says(a.anything())
	case 1:
		return a.does(dialog.Input{Kind: dialog.InputEvent, Event: a.event()})
	case 2:
		return a.does(dialog.Input{Kind: dialog.InputLocation, Location: &channel.Location{Latitude: 23.1, Longitude: 113.3, Label: a.anything()}})
	case 3:
		a.env.Low = !a.env.Low
		return a.says(a.anything())
	case 4, 5:
		if len(a.seen) > 0 {
			return a.does(dialog.Input{Kind: dialog.InputText, Text: "点", MenuID: rapid.SampledFrom(a.seen).Draw(a.T, "old message")})
		}
	case 6, 7, 8, 9, 10, 11, 12:
		if len(a.offered) > 0 {
			return a.takes(rapid.SampledFrom(a.offered).Draw(a.T, "choice"))
		}
	}
	return a.says(a.anything())
}

// takes answers with a choice, in one of the ways that people do.
func (a *anyone) takes(c channel.Choice) []channel.Reply {
	if rapid.Bool().Draw(a.T, "in words") {
		return a.says(c.Label)
	}
	return a.does(dialog.Input{Kind: dialog.InputText, Text: c.Saying(), MenuID: c.ID})
}

var wishes = []string{
	"1", "２", "三", "第四个", "5", "8", "20", "0.5", "-1", "1e300", "返回", "退出", "人工", "帮助", "你好", "预约", "我的预约", "听课", "自测", "写信", "看回信",
	"活动", "我的报名", "退订", "换身份", "导出我的信息", "删除我的信息", "我的收藏", "继续学习", "学了几课", "新课", "是", "不", "收费吗", "孩子不想上学怎么办",
	"明天下午三点", "13800000000", "12", "", " ", "{{notice}}", "😀😀", "\x00", "\xff\xfe", "\u202e\u200b", "继续", "重来",
}

// anything is a text that somebody might send.
func (a *anyone) anything() string {
	switch rapid.IntRange(0, 5).Draw(a.T, "kind of text") {
	case 0:
		return rapid.StringN(0, 20, -1).Draw(a.T, "text")
	case 1:
		return strings.Repeat("长", rapid.IntRange(1, a.longest).Draw(a.T, "runes"))
	case 2:
		return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(a.T, "bytes"))
	}
	return rapid.SampledFrom(wishes).Draw(a.T, "wish")
}

func (a *anyone) event() channel.Event {
	types := []channel.EventType{channel.EventSubscribe, channel.EventScan, channel.EventClick, channel.EventLocation, channel.EventDelivery, channel.EventOther}
	keys := []string{"", "MENU", "HELP", "HUMAN", "BOOKING", "LETTERS", "station-示例", "event-x", "lesson-y", "菜单", "nobody knows this"}
	return channel.Event{Type: rapid.SampledFrom(types).Draw(a.T, "event"), Key: rapid.SampledFrom(keys).Draw(a.T, "key")}
}

func (a *anyone) says(text string) []channel.Reply {
	return a.does(dialog.Input{Kind: dialog.InputText, Text: text})
}

func (a *anyone) does(in dialog.Input) []channel.Reply {
	return a.goesOn(fmt.Sprintf("%s %q %s %v", in.Kind, in.Text, in.MenuID, in.Event), a.set.Step(a.state, in, a.env))
}

// goesOn runs the commands that are asked for until the conversation waits, and keeps its state as a session does.
func (a *anyone) goesOn(doing string, out dialog.Output) []channel.Reply {
	a.did = append(a.did, doing)
	var replies []channel.Reply
	for n := 0; ; n++ {
		replies = append(replies, out.Replies...)
		a.keep(out.State)
		if out.Kept != nil {
			a.env.Kept = out.Kept
		}
		if out.Call == nil {
			break
		}
		if n == maxCalls {
			a.fails("%s is called over and over without asking the person", out.Call.Name)
		}
		res := a.result(out.Call.Name)
		a.did = append(a.did, fmt.Sprintf("  %s: %s", out.Call.Name, res.Outcome))
		replies = append(replies, res.Replies...)
		out = a.set.Step(a.state, dialog.Input{Kind: dialog.InputResult, Result: &res}, a.env)
	}
	if len(replies) > 0 {
		a.offered = nil
	}
	for _, r := range replies {
		a.offered = append(a.offered, r.Choices...)
		for _, c := range r.Choices {
			a.seen = append(a.seen, c.ID)
		}
	}
	return replies
}

// keep writes and reads the state, as between two messages.
func (a *anyone) keep(st dialog.State) {
	raw, err := json.Marshal(st)
	if err != nil {
		a.fails("the state cannot be written: %v", err)
	}
	a.state = dialog.State{}
	if err := json.Unmarshal(raw, &a.state); err != nil {
		a.fails("the state cannot be read back: %v\n%s", err, raw)
	}
}

func (a *anyone) fails(format string, args ...any) {
	a.Fatalf(format+"\nafter:\n%s\nstate: %+v", append(args, strings.Join(a.did, "\n"), a.state)...)
}

var byName = func() map[string]dialog.Command {
	m := map[string]dialog.Command{}
	for _, c := range signatures.Commands {
		m[c.Name] = c
	}
	return m
}()

// result is anything that a command may come to.
func (a *anyone) result(name string) dialog.Result {
	cmd := byName[name]
	res := dialog.Result{Outcome: rapid.SampledFrom(cmd.Outcomes).Draw(a.T, name), Vars: map[string]any{}}
	for _, result := range slices.Sorted(maps.Keys(cmd.Results)) { // in one order, so that a failure can be drawn again
		typ := cmd.Results[result]
		if typ != dialog.TypeChoices || rapid.IntRange(0, 9).Draw(a.T, result) > 0 {
			res.Vars[result] = a.value(typ)
		}
		if result == "met" { // names a worry by its ID, twice as long as the longest of those shipped
			res.Vars[result] = strings.Repeat("w", 40) + "#99"
		}
	}
	return res
}

func (a *anyone) value(typ dialog.Type) any {
	switch typ {
	case dialog.TypeNumber:
		return float64(rapid.IntRange(-1, 30).Draw(a.T, "number"))
	case dialog.TypeBool:
		return rapid.Bool().Draw(a.T, "yes")
	case dialog.TypeTexts:
		return []string{"一", "二"}
	case dialog.TypeChoices:
		cs := make([]channel.Choice, rapid.IntRange(0, 11).Draw(a.T, "choices"))
		for i := range cs {
			cs[i] = channel.Choice{Label: fmt.Sprintf("第 %d 样可以选的东西", i+1), Say: fmt.Sprintf("some-id-of-a-thing-%d", i)}
		}
		return cs
	}
	return rapid.SampledFrom([]string{"一句话", "item", "course", "done", strings.Repeat("一段说明", 15)}).Draw(a.T, "text")
}
