package dialog_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// world answers conversations with the shipped flows, lessons and scales; stations, appointments and letters, which
// want a database, are played by the table below.
type world struct {
	set      *dialog.Set
	judge    *risk.Judge
	commands map[string]dialog.Command
	state    dialog.State
	audience string
	booked   bool
	sent     bool
	trace    []dialog.Trace
	biggest  int
}

func (w *world) play(c dialog.Call) dialog.Result {
	ok := func(vars map[string]any) dialog.Result { return dialog.Result{Outcome: "ok", Vars: vars} }
	when, where := "3月4日 周三 10:00", "示例站，示例路 1 号"
	switch c.Name {
	case "human.request":
		return dialog.Result{Outcome: "waiting", Vars: map[string]any{"notice": "已经帮您叫老师了。着急请打 12356。"}}
	case "person.set_audience":
		w.audience = c.Text("audience")
		return ok(nil)
	case "station.districts":
		return ok(map[string]any{"districts": labelled("天河区", "越秀区", "海珠区", "荔湾区", "白云区", "黄埔区", "番禺区", "花都区", "南沙区", "从化区", "增城区")})
	case "station.near":
		return ok(map[string]any{"stations": labelled(c.Text("district")+"心理辅导中心（示例）", "青年地带服务站（示例）")})
	case "station.nearest":
		if c.Location == nil {
			return dialog.Result{Outcome: "no_location"}
		}
		return ok(map[string]any{"stations": labelled("示例站，约 800 米")})
	case "station.show":
		return ok(map[string]any{"name": "示例站", "details": "示例站\n地址：示例路 1 号\n电话：020-0000-0001"})
	case "booking.days":
		return ok(map[string]any{"days": labelled("3月3日 周二", "3月4日 周三", "3月5日 周四", "3月6日 周五", "3月7日 周六", "3月8日 周日", "3月9日 周一", "3月10日 周二")})
	case "booking.slots":
		return ok(map[string]any{"slots": labelled("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "14:00", "14:30", "15:00", "15:30", "16:00", "16:30")})
	case "booking.book":
		w.booked = true
		return ok(map[string]any{"code": "AB23CD", "when": when, "where": where})
	case "booking.mine":
		if !w.booked {
			return dialog.Result{Outcome: "none"}
		}
		return ok(map[string]any{"appointments": labelled(when)})
	case "booking.show":
		return ok(map[string]any{"text": "时间：" + when + "\n地点：" + where + "\n预约码：AB23CD", "station": "s1"})
	case "booking.move":
		return ok(map[string]any{"when": when, "where": where})
	case "booking.cancel":
		w.booked = false
		return ok(map[string]any{"when": when})
	case "letter.send":
		w.sent = true
		return ok(map[string]any{"code": "AB23CD45"})
	case "letter.mine":
		if !w.sent {
			return dialog.Result{Outcome: "none"}
		}
		return ok(map[string]any{"letters": labelled("今天的信")})
	case "letter.read":
		if w.sent {
			return dialog.Result{Outcome: "waiting"}
		}
		return dialog.Result{Outcome: "missing"}
	}
	return dialog.Result{Outcome: "none"}
}

func labelled(labels ...string) []channel.Choice {
	out := make([]channel.Choice, len(labels))
	for i, l := range labels {
		out[i] = channel.Choice{Label: l, Say: "value-of-the-choice-" + l}
	}
	return out
}

// Say answers one message as the whole assistant would: danger first, then the flows.
func (w *world) Say(ctx context.Context, m channel.Inbound) ([]channel.Reply, error) {
	hotlines := channel.Reply{Text: "12356 心理援助 120 急救 110 报警"}
	if w.judge.Read(m.Text).Level.AtLeast(risk.Medium) {
		return []channel.Reply{hotlines}, nil
	}
	in := dialog.Input{Kind: dialog.InputText, Text: m.Text, MenuID: m.MenuID, Event: m.Event, Location: m.Location}
	switch m.Kind {
	case channel.KindEvent:
		in.Kind = dialog.InputEvent
	case channel.KindLocation:
		in.Kind = dialog.InputLocation
	}
	var replies []channel.Reply
	for {
		out := w.set.Step(w.state, in, dialog.Env{Now: m.At, Audience: w.audience})
		w.trace = append(w.trace, out.Trace...)
		replies = append(replies, out.Replies...)
		w.state = reread(out.State, &w.biggest)
		if out.Call == nil {
			return replies, nil
		}
		var res dialog.Result
		if c := w.commands[out.Call.Name]; c.Run != nil {
			var err error
			if res, err = c.Run(ctx, *out.Call); err != nil {
				return nil, err
			}
		} else {
			res = w.play(*out.Call)
		}
		if res.Danger != nil {
			replies = append(replies, hotlines)
		}
		replies = append(replies, res.Replies...)
		in = dialog.Input{Kind: dialog.InputResult, Result: &res}
	}
}

func (w *world) Traced() []dialog.Trace { return w.trace }
func (w *world) Close()                 {}

type results map[string]survey.Result

func (rs results) Save(_ context.Context, r survey.Result) (survey.Result, error) {
	rs[r.Token] = r
	return r, nil
}

func (rs results) ByToken(_ context.Context, token string) (survey.Result, error) {
	return rs[token], nil
}

func worlds(t *testing.T) func() *world {
	t.Helper()
	lessons, err := course.Load(os.DirFS("../../dialogs/courses"))
	if err != nil {
		t.Fatal(err)
	}
	scales, err := survey.Load(os.DirFS("../../dialogs/surveys"))
	if err != nil {
		t.Fatal(err)
	}
	judge, err := risk.Load(os.DirFS("../../dialogs/risk"))
	if err != nil {
		t.Fatal(err)
	}
	courses := &course.Service{Catalogue: func() *course.Catalogue { return lessons }}
	surveys := &survey.Service{Library: func() *survey.Library { return scales }, Store: results{}}
	commands := map[string]dialog.Command{}
	for _, c := range append(courses.Commands(), surveys.Commands()...) {
		commands[c.Name] = c
	}
	set := shipped(t)
	return func() *world { return &world{set: set, judge: judge, commands: commands} }
}

func TestTheShippedConversationsGoAsWritten(t *testing.T) {
	fresh := worlds(t)
	var (
		out strings.Builder
		all []*world
	)
	rep, err := dialog.RunTests(t.Context(), os.DirFS("../../dialogs/tests"), func(dialog.Script) (dialog.Talker, error) {
		w := fresh()
		all = append(all, w)
		return w, nil
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Failed > 0 || rep.Passed < 25 {
		t.Errorf("%d conversations went as written, %d otherwise:\n%s", rep.Passed, rep.Failed, out.String())
	}
	left := all[0].set.Unvisited(rep.Visited)
	if share := 1 - float64(len(left))/float64(all[0].set.Steps()); share < 0.8 {
		t.Errorf("conversations visit %.0f %% of the steps, 80 %% are wanted; write some for %s", 100*share, strings.Join(left, ", "))
	}
	for _, w := range all {
		if w.biggest > 2048 {
			t.Errorf("a conversation's state grew to %d bytes, at most 2,048 are wanted", w.biggest)
		}
	}
}

func TestAConversationThatGoesOtherwiseIsShownWithItsLine(t *testing.T) {
	fresh := worlds(t)
	files := fstest.MapFS{"x.yaml": {Data: []byte("conversations:\n  - name: 错的\n    turns:\n      - {event: subscribe}\n      - {say: 家长, has: 不会有的话}\n")}}
	var out strings.Builder
	rep, err := dialog.RunTests(t.Context(), files, func(dialog.Script) (dialog.Talker, error) { return fresh(), nil }, &out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(1, rep.Failed); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{"tests/x.yaml:5", "不会有的话", "父母学堂"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the report lacks %q:\n%s", part, out.String())
		}
	}
}
