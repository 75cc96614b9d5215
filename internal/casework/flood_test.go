package casework_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// visitor opens a case of somebody unproved.
func (r *room) visitor(t *testing.T, name, network string, level risk.Level) casework.Case {
	t.Helper()
	p, err := r.db.People().Resolve(t.Context(), channel.Address{Channel: "web", Account: "chat", User: channel.UserKey(name)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Raise(t.Context(), casework.Signal{Person: p.ID, Level: level, Subject: risk.Self, Rule: "r", Reason: "原因", Key: "visitor-" + name, Unproved: true, Origin: network})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAFloodSharesACallAndOthersAreCalledByThemselves(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	for i := range 12 {
		r.visitor(t, fmt.Sprint(i), "net", risk.High)
	}
	r.raise(t, risk.High, "known")
	r.visitor(t, "graver", "net", risk.Imminent)
	if errs := r.work(t, 0); errs != nil {
		t.Fatal(errs)
	}
	called := map[risk.Level]int{}
	for _, a := range group.got {
		called[a.Level]++
	}
	if called[risk.High] != 6 || called[risk.Imminent] != 1 { // five of the flood, and the one who is known
		t.Errorf("at once %v were called for, want 6 high and 1 imminent", called)
	}
	group.got = nil
	r.work(t, 10*time.Minute)
	var many []string
	for _, a := range group.got {
		if strings.Contains(a.Alias, "位新访客") {
			many = append(many, fmt.Sprintf("%s %s %s %s", a.Alias, a.Level, a.Rung, a.URL[:34]))
		}
	}
	// The deadlines of all have passed meanwhile: the next rung is called for the flood, once.
	if len(many) != 1 || !strings.HasPrefix(many[0], "13 位新访客 imminent") {
		t.Errorf("after ten minutes the calls for many are %q, want one for 13", many)
	}
	if n := len(group.got); n > 6 {
		t.Errorf("after ten minutes %d calls went out, want a few: the known one's, the gravest one's, and one for the rest:\n%s", n, strings.Join(group.kinds(), "\n"))
	}
	if !slices.ContainsFunc(group.got, func(a notify.Alert) bool {
		return a.Alias != "" && a.Level == risk.High && !strings.Contains(a.Alias, "位")
	}) {
		t.Error("the known person's next rung was not called")
	}
}

// Past those who are called for by themselves, followers of a platform's account are called for together within seconds, and
// each case says that it was: nobody waits ten minutes as cookies do.
func TestFollowersAreCalledForTogetherWithinSeconds(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	r.Vouched = func(c casework.Case) bool { return c.Channel == "wechat" }
	var cases []casework.Case
	const many = 206 // more than are looked at for how far their calls have come
	for i := range many {
		p, err := r.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(fmt.Sprint(i))})
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Raise(t.Context(), casework.Signal{Person: p.ID, Level: risk.High, Subject: risk.Self, Rule: "r", Reason: "原因", Key: fmt.Sprint("follower-", i), Unproved: true, Origin: "account"})
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if errs := r.work(t, 0); errs != nil {
		t.Fatal(errs)
	}
	if n := len(group.got); n != 5 {
		t.Errorf("%d are called for by themselves, want 5", n)
	}
	if errs := r.work(t, 20*time.Second); errs != nil {
		t.Fatal(errs)
	}
	if n := len(group.got); n != 6 || group.got[5].Alias != "206 位新访客" {
		t.Fatalf("after 20 seconds the calls are %q, want one more, for all", group.kinds())
	}
	for i, c := range cases {
		if said := slices.ContainsFunc(r.history(t, c.ID), func(line string) bool { return strings.HasPrefix(line, "alerted ") }); !said {
			t.Errorf("the history of case %d does not say that somebody was called: %q", i, r.history(t, c.ID))
		}
	}
}

func TestWhoeverIsMetIsNoUnprovedVisitorAnyMore(t *testing.T) {
	r := newRoom(t)
	taken, known := r.visitor(t, "a", "net", risk.High), r.visitor(t, "b", "net", risk.High)
	if !taken.Unproved || taken.Origin != "net" || !known.Unproved {
		t.Fatalf("the cases are not of unproved visitors: %+v", taken)
	}
	if _, err := r.Take(t.Context(), taken.ID, lan); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.Known(t.Context(), known.ID, lan); err != nil {
			t.Fatal(err)
		}
	}
	for name, id := range map[string]string{"taken": taken.ID, "known": known.ID} {
		c, err := r.Get(t.Context(), id)
		if err != nil || c.Unproved {
			t.Errorf("%s: still unproved (%v)", name, err)
		}
	}
	steps, err := r.Steps(t.Context(), known.ID)
	n := 0
	for _, st := range steps {
		if st.Kind == casework.StepKnown && st.By == lan.ID {
			n++
		}
	}
	if err != nil || n != 1 {
		t.Errorf("the history says %d times (%v) who made the visitor known, want once", n, err)
	}
	if id, err := r.OpenCase(t.Context(), known.Person); err != nil || id != known.ID {
		t.Errorf("the case of the known one is %q (%v)", id, err)
	}
	done, err := r.Sweep(t.Context(), mei, casework.Sweeping{Origins: []string{"net"}, Reason: "刷屏", Seen: r.clock, Key: "k"})
	if diff := cmp.Diff(casework.Swept{}, done); err != nil || diff != "" {
		t.Errorf("a sweep touches who was met (%v):\n%s", err, diff)
	}
}

func TestASweepNeedsAReasonSomethingTickedAndAPage(t *testing.T) {
	r := newRoom(t)
	c := r.visitor(t, "a", "net", risk.High)
	for want, sw := range map[error]casework.Sweeping{
		casework.ErrEmpty:   {Origins: []string{"net"}, Seen: r.clock, Key: "k"},
		casework.ErrNothing: {Reason: "刷屏", Seen: r.clock, Key: "k"},
		casework.ErrKey:     {Origins: []string{"net"}, Reason: "刷屏", Seen: r.clock},
	} {
		if _, err := r.Sweep(t.Context(), mei, sw); !errors.Is(err, want) {
			t.Errorf("%+v: %v, want %v", sw, err, want)
		}
	}
	if _, err := r.Sweep(t.Context(), mei, casework.Sweeping{Origins: []string{"net"}, Reason: "刷屏", Key: "k"}); !errors.Is(err, casework.ErrKey) {
		t.Errorf("a sweep by a page of no time: %v, want ErrKey", err)
	}
	if k, err := r.Get(t.Context(), c.ID); err != nil || k.Status != casework.StatusOpen {
		t.Errorf("a refused sweep closed a case (%v)", err)
	}
}

func TestASweepClosesSoManyAtOnceAndSaysThatThereAreMore(t *testing.T) {
	r := newRoom(t)
	for i := range casework.SweepMost + 3 {
		r.visitor(t, fmt.Sprint(i), "net", risk.Low)
	}
	said := r.visitor(t, "said", "net", risk.Low)
	m := transcript.Message{ID: "00000000-0000-7000-8000-0000000000ff", Person: said.Person, From: transcript.FromPerson, Text: "在吗", At: r.clock.Add(time.Second)}
	if err := r.db.Messages().Append(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	sw := casework.Sweeping{Origins: []string{"net"}, Reason: "刷屏", Seen: r.clock, Key: "first"}
	first, err := r.Sweep(t.Context(), mei, sw)
	if err != nil || first.Closed != casework.SweepMost || !first.More {
		t.Fatalf("the first sweep: %+v (%v), want %d closed and more", first, err, casework.SweepMost)
	}
	sw.Key = "second"
	second, err := r.Sweep(t.Context(), mei, sw)
	if diff := cmp.Diff(casework.Swept{Closed: 3, Left: 1}, second); err != nil || diff != "" {
		t.Errorf("the second sweep (%v; -want +got):\n%s", err, diff)
	}
}
