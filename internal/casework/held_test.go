package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// callers is the worker of the room's calls.
func (r *room) callers() *outbox.Worker {
	return &outbox.Worker{Store: r.db.Outbox().Calls(), Now: r.Now, Backoff: casework.CallAgain, MaxAttempts: casework.CallTries, Handlers: map[string]outbox.Handler{
		casework.KindAlert: r.Alert, casework.KindDeadline: r.Overdue, casework.KindHeld: r.Held, casework.KindCall: r.Called,
	}}
}

func (r *room) danger(t *testing.T, who string, level risk.Level) casework.Case {
	t.Helper()
	p, err := r.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(who)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Raise(t.Context(), casework.Signal{Person: p.ID, Level: level, Subject: risk.Self, Rule: "r", Reason: "原因", Key: "danger-" + who})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCallsThatAWayHoldsBackAreSaidInOneCallAndMadeGood(t *testing.T) {
	r := newRoom(t)
	group, mail := withLadder(r)
	r.Ladder.Desk = "https://xinqiao.example/desk"
	group.err, group.retry = fmt.Errorf("alert by 群: %w", notify.ErrTooMany), true
	w := r.callers()
	work := func(after time.Duration) {
		t.Helper()
		r.clock = r.clock.Add(after)
		if _, err := w.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var cases []casework.Case
	for i, level := range []risk.Level{risk.High, risk.Imminent, risk.High, risk.Imminent, risk.Medium} {
		cases = append(cases, r.danger(t, fmt.Sprint(i), level))
	}
	work(0)
	if len(group.got) != 0 || len(mail.got) != 5 {
		t.Fatalf("%d calls by the way that takes none, %d by the other; want 0 and 5", len(group.got), len(mail.got))
	}
	if _, err := r.Acknowledge(t.Context(), cases[1].ID, lan); err != nil { // she saw the mail
		t.Fatal(err)
	}
	group.err = nil
	r.clock = r.clock.Add(2 * time.Second)
	work(time.Second)
	many := slices.DeleteFunc(slices.Clone(group.got), func(a notify.Alert) bool { return a.Kind != notify.Many })
	if len(many) != 1 || many[0].Count != 4 || many[0].Level != risk.Imminent || many[0].URL != r.Ladder.Desk {
		t.Fatalf("calls for many: %+v; want one for the 4 who wait, led by the gravest, to the desk", many)
	}
	if diff := cmp.Diff([]notify.Tally{{Level: risk.Imminent, Count: 1}, {Level: risk.High, Count: 2}, {Level: risk.Medium, Count: 1}}, many[0].Levels); diff != "" {
		t.Errorf("it counts (-want +got):\n%s", diff)
	}
	work(time.Minute)
	own := map[string]int{}
	for _, a := range group.got {
		if a.Kind == notify.Opened {
			own[a.Alias]++
		}
	}
	for i, c := range cases {
		want := 1
		if i == 1 { // seen meanwhile
			want = 0
		}
		if own[c.Alias] != want {
			t.Errorf("case %d got %d calls of its own by the way that held them back, want %d", i, own[c.Alias], want)
		}
		said := slices.ContainsFunc(r.history(t, c.ID), func(line string) bool { return strings.HasPrefix(line, "alerted 和另外 3 位合成一条 · 群") })
		if said != (i != 1) {
			t.Errorf("case %d: its history says that it was called with others: %t", i, said)
		}
	}
}

func TestOneCallThatIsHeldBackNeedsNoCallForMany(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	group.err, group.retry = fmt.Errorf("alert by 群: %w", notify.ErrResting), true
	w := r.callers()
	c := r.danger(t, "alone", risk.High)
	for _, after := range []time.Duration{0, 3 * time.Second, 20 * time.Second} {
		r.clock = r.clock.Add(after)
		if after > 3*time.Second {
			group.err = nil
		}
		if _, err := w.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"opened high 值班"}, group.kinds()); diff != "" {
		t.Errorf("called (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"opened 原因", "alert_failed 第 1 次 · 群 · 值班 陈", "alerted 第 1 次 · 邮件 · 值班 陈", "alerted 第 1 次 · 群 · 值班 陈"}, r.history(t, c.ID)); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestCallsAreTriedOftenAtFirstAndForADay(t *testing.T) {
	var within time.Duration
	n := 1
	for ; n <= casework.CallTries; n++ {
		pause := casework.CallAgain(n)
		if within < time.Hour && pause > 40*time.Second {
			t.Fatalf("after %s the %d-th pause is %s: a way that is back must be used at once", within, n, pause)
		}
		within += pause
	}
	if within < 20*time.Hour {
		t.Errorf("a call is given up after %s, want about a day", within)
	}
}
