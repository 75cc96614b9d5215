package main

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// TestAFollowUpReachesThePersonOnceAndStandsOnTheDesk lets a day and a week pass after the replica that set the
// follow-ups has stopped.
func TestAFollowUpReachesThePersonOnceAndStandsOnTheDesk(t *testing.T) {
	t.Parallel()
	var clock movedClock
	o := appOptions{now: clock.now}
	cfg := shared(t)
	platform := wxsim.NewServer(account)
	one := startWith(t, cfg, o, platform)
	cfg.DataDir = t.TempDir()
	cfg.HTTP.Addr = "127.0.0.1:0"
	two := startWith(t, cfg, o, platform)
	who := openid(t, 77)
	one.sends(wxsim.Subscribe(who, ""))
	one.wantIn(one.says(who, "我不想活了"), "12356")
	one.stop() // the replica that set the follow-ups is gone
	pushed := func(words string) (n int) {
		for _, c := range platform.Calls() {
			if c.Path == "/cgi-bin/message/custom/send" && c.ToUser() == who && strings.Contains(c.Text(), words) && c.ErrCode == 0 {
				n++
			}
		}
		return n
	}
	reminded := func() (n int) {
		cases, _, err := two.app.cases.List(t.Context(), casework.Filter{})
		if err != nil || len(cases) != 1 {
			t.Fatalf("%d cases (%v), want one", len(cases), err)
		}
		steps, err := two.app.cases.Steps(t.Context(), cases[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range steps {
			if st.Kind == casework.StepReminded {
				n++
			}
		}
		return n
	}
	clock.move(day + time.Minute) // inside the platform's 48 hours
	two.eventually("the day's message to be pushed", func() bool { return pushed("今天过得怎么样") == 1 })
	two.eventually("the case to say so", func() bool { return reminded() == 1 })

	clock.move(6 * day) // outside: it waits until the person writes
	two.eventually("the week's message to wait", func() bool {
		return strings.Contains(scrape(t, two.url), `xinqiao_outbox_rows_total{kind="deliver",outcome="parked"}`)
	})
	if r := two.says(who, "你好"); !strings.Contains(r.Content, "一周过去了") {
		t.Errorf("at the next contact the week's message is missing:\n%s", r.Content)
	}
	if n, m := pushed("今天过得怎么样"), pushed("一周过去了"); n != 1 || m != 0 {
		t.Errorf("pushed %d times after a day and %d after a week, want once and never", n, m)
	}
	if n := reminded(); n != 2 {
		t.Errorf("the case says %d times that a follow-up is due, want twice", n)
	}
	due, err := two.app.cases.WaitingFollowUps(t.Context(), 0, 10)
	if err != nil || len(due) != 2 {
		t.Errorf("%d follow-ups stand on the desk (%v), want two", len(due), err)
	}
}
