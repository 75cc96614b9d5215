package dialog_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

type types = map[string]dialog.Type

// signatures are the commands that the shipped flows call, without anything behind them.
var signatures = []dialog.Command{
	{Name: "human.request", Results: types{"notice": "text"}, Outcomes: []string{"waiting"}},
	{Name: "person.set_audience", Args: types{"audience": "text"}, Outcomes: []string{"ok"}},
	{Name: "course.search", Args: types{"query": "text"}, Results: types{"hits": "choices", "count": "number"}, Outcomes: []string{"ok", "none"}},
	{Name: "course.stages", Results: types{"stages": "choices"}, Outcomes: []string{"ok"}},
	{Name: "course.browse", Args: types{"stage": "text", "page": "number"}, Results: types{"lessons": "choices", "more": "bool"}, Outcomes: []string{"ok", "none"}},
	{Name: "course.lesson", Args: types{"id": "text"}, Results: types{"title": "text"}, Outcomes: []string{"ok", "missing"}},
	{Name: "survey.list", Results: types{"surveys": "choices"}, Outcomes: []string{"ok"}},
	{Name: "survey.start", Args: types{"survey": "text"}, Results: types{"intro": "text", "run": "text", "total": "number"}, Outcomes: []string{"ok", "missing", "not_for_you"}},
	{Name: "survey.ask", Args: types{"run": "text"}, Results: types{"question": "text", "options": "choices"}, Outcomes: []string{"item", "done"}},
	{Name: "survey.answer", Args: types{"run": "text", "answer": "text"}, Results: types{"run": "text"}, Outcomes: []string{"next", "done", "unclear"}},
	{Name: "survey.finish", Args: types{"run": "text"}, Results: types{"summary": "text", "next_steps": "text"}, Outcomes: []string{"ok"}},
	{Name: "station.districts", Results: types{"districts": "choices"}, Outcomes: []string{"ok"}},
	{Name: "station.near", Args: types{"district": "text"}, Results: types{"stations": "choices"}, Outcomes: []string{"ok", "none"}},
	{Name: "station.nearest", Results: types{"stations": "choices"}, Outcomes: []string{"ok", "none", "no_location"}},
	{Name: "station.show", Args: types{"station": "text"}, Results: types{"name": "text", "details": "text"}, Outcomes: []string{"ok", "missing"}},
	{Name: "booking.days", Args: types{"station": "text"}, Results: types{"days": "choices"}, Outcomes: []string{"ok", "none"}},
	{Name: "booking.slots", Args: types{"station": "text", "day": "text"}, Results: types{"slots": "choices"}, Outcomes: []string{"ok", "none"}},
	{Name: "booking.book", Args: types{"slot": "text", "note": "text"}, Results: types{"code": "text", "when": "text", "where": "text"}, Outcomes: []string{"ok", "full", "already", "gone"}},
	{Name: "booking.mine", Results: types{"appointments": "choices"}, Outcomes: []string{"ok", "none"}},
	{Name: "booking.show", Args: types{"appointment": "text"}, Results: types{"text": "text", "station": "text"}, Outcomes: []string{"ok", "missing"}},
	{Name: "booking.move", Args: types{"appointment": "text", "slot": "text"}, Results: types{"when": "text", "where": "text"}, Outcomes: []string{"ok", "full", "gone", "missing"}},
	{Name: "booking.cancel", Args: types{"appointment": "text"}, Results: types{"when": "text"}, Outcomes: []string{"ok", "missing"}},
	{Name: "letter.send", Args: types{"text": "text"}, Results: types{"code": "text"}, Outcomes: []string{"ok", "empty", "long"}},
	{Name: "letter.read", Args: types{"code": "text"}, Results: types{"answer": "text"}, Outcomes: []string{"answered", "waiting", "missing"}},
	{Name: "letter.mine", Results: types{"letters": "choices"}, Outcomes: []string{"ok", "none"}},
}

func shipped(tb testing.TB) *dialog.Set {
	tb.Helper()
	set, err := dialog.Load(os.DirFS("../../dialogs/flows"), signatures)
	if err != nil {
		tb.Fatalf("the shipped flows have problems:\n%v", err)
	}
	return set
}

// answers stand in for what commands come to, in tests of the engine alone.
type answers map[string]dialog.Result

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC) // a Monday, 12:00 in Guangzhou

// talk is a conversation with a set of flows.
type talk struct {
	t       testing.TB
	set     *dialog.Set
	state   dialog.State
	env     dialog.Env
	answers answers
	calls   []dialog.Call
	missed  bool
}

func (k *talk) step(in dialog.Input) []channel.Reply {
	k.t.Helper()
	var replies []channel.Reply
	k.env.Now, k.missed = noon, false
	for range 20 {
		out := k.set.Step(k.state, in, k.env)
		k.state = out.State
		replies = append(replies, out.Replies...)
		k.missed = k.missed || out.Missed
		if out.Call == nil {
			return replies
		}
		k.calls = append(k.calls, *out.Call)
		res, ok := k.answers[out.Call.Name]
		if !ok {
			res = dialog.Result{Outcome: "none"}
		}
		in = dialog.Input{Kind: dialog.InputResult, Result: &res}
	}
	k.t.Fatal("commands without end")
	return nil
}

func (k *talk) say(text string) []channel.Reply {
	k.t.Helper()
	return k.step(dialog.Input{Kind: dialog.InputText, Text: text})
}

func (k *talk) tap(id string) []channel.Reply {
	k.t.Helper()
	return k.step(dialog.Input{Kind: dialog.InputText, Text: "x", MenuID: id})
}

// reread takes a state through its JSON, as a session does, and keeps the size of the biggest.
func reread(st dialog.State, biggest *int) dialog.State {
	raw, err := json.Marshal(st)
	if err != nil {
		panic(err) // states hold strings, numbers and choices
	}
	*biggest = max(*biggest, len(raw))
	var back dialog.State
	if err := json.Unmarshal(raw, &back); err != nil {
		panic(err)
	}
	return back
}
