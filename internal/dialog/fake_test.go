package dialog_test

import (
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

type types = map[string]dialog.Type

// signatures are the commands that the shipped flows may call, without anything behind them.
var signatures = dialog.Signatures{Facts: bot.Facts(), Commands: slices.Concat(bot.Commands(), (&family.Service{}).Commands(), (&course.Service{}).Commands(), (&event.Service{}).Commands(), (&habit.Service{}).Commands(), (&request.Service{}).Commands(), (&campaign.Service{}).Commands(), (&survey.Service{}).Commands(),
	(&booking.Service{}).Commands(), (&letter.Service{}).Commands(), (&rights.Service{}).Commands(), (&staff.Service{}).Commands(), (&worry.Service{}).Commands())}

// load reads the shipped flows once: nothing of a talk is kept in them.
var load = sync.OnceValues(func() (*dialog.Set, error) { return dialog.Load(os.DirFS("../../dialogs/flows"), signatures) })

func shipped(tb testing.TB) *dialog.Set {
	tb.Helper()
	set, err := load()
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
