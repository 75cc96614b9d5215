package main

import (
	"fmt"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// asked is what a server asked its database for so far.
func asked(t *testing.T, a *App) map[string]int {
	t.Helper()
	families, err := a.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, f := range families {
		if f.GetName() != "xinqiao_database_asked_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			n[m.GetLabel()[0].GetValue()] = int(m.GetCounter().GetValue())
		}
	}
	return n
}

// TestACryForHelpAsksLittleOfTheDatabaseAsTheServerIsPutTogether counts what internal/bot counts, with everybody there who has a say
// here: whose work it is, how many strangers are let in, who was called. Each of them asked on their own, five statements more than
// the bot's own test knew of.
func TestACryForHelpAsksLittleOfTheDatabaseAsTheServerIsPutTogether(t *testing.T) {
	t.Parallel()
	a := opened(t, embedded(t))
	says := func(n int) {
		in := channel.Inbound{
			Address: channel.Address{Channel: "wechat", Account: account.Name, User: channel.UserKey(fmt.Sprintf("oInDanger-%d", n))},
			ID:      fmt.Sprint(n), Kind: channel.KindText, Text: "我不想活了", At: a.now(),
		}
		if out, err := a.bot.Handle(t.Context(), in); err != nil || len(out) == 0 {
			t.Fatalf("%d: %+v, %v", n, out, err)
		}
	}
	says(0) // numbers are taken in blocks, and the roster is read, once
	before := asked(t, a)
	const people = 5
	for n := range people {
		says(n + 1)
	}
	after := asked(t, a)
	// Eleven, and behind them where the conversation stands and what was answered.
	if got, most := after[store.AskedStatement]-before[store.AskedStatement], 14*people; got > most {
		t.Errorf("%d dangers of new people asked for %d statements, want at most %d", people, got, most)
	}
	if got := after[store.AskedCommit] - before[store.AskedCommit]; got != people {
		t.Errorf("%d dangers of new people took %d commits, want one each", people, got)
	}
}
