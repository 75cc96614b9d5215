package dialog_test

import (
	"github.com/xinqiao-bot/xinqiao/internal/dialog/dialogtest"

	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// signatures are the commands that the shipped flows may call, without anything behind them.
var signatures = dialogtest.Signatures

func shipped(tb testing.TB) *dialog.Set { return dialogtest.Shipped(tb, "../..") }

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
