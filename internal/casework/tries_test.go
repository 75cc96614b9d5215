package casework_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// task is the follow-up of a kind in a case.
func (r *room) task(t *testing.T, id string, kind casework.TaskKind) casework.Task {
	t.Helper()
	ts, err := r.db.Cases().Tasks(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(ts, func(x casework.Task) bool { return x.Kind == kind })
	if i < 0 {
		t.Fatalf("the case has no follow-up %s", kind)
	}
	return ts[i]
}

func TestAFollowUpLongBeforeItsTimeIsDoneKnowinglyAlone(t *testing.T) {
	tests := []struct {
		name  string
		kind  casework.TaskKind
		after time.Duration // since the case opened
		early bool          // whoever writes it says so
		err   error
	}{
		{"the week's on the first day", casework.TaskWeek, 24 * time.Hour, false, casework.ErrEarly},
		{"the week's on the first day, knowingly", casework.TaskWeek, 24 * time.Hour, true, nil},
		{"the week's on the fifth day", casework.TaskWeek, 5 * 24 * time.Hour, false, nil},
		{"the day's after an hour", casework.TaskDay, time.Hour, false, casework.ErrEarly},
		{"the day's in the evening before", casework.TaskDay, 18 * time.Hour, false, nil},
		{"the day's in its time", casework.TaskDay, 30 * time.Hour, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, risk.Medium, "1")
			r.clock = r.clock.Add(tt.after)
			f := casework.FollowUp{Reach: casework.Reached, Note: "睡得好些了", Early: tt.early, Key: "k"}
			if err := errOf(r.FollowedUp(t.Context(), c.ID, r.task(t, c.ID, tt.kind).ID, lan, f)); !errors.Is(err, tt.err) {
				t.Errorf("ticked: %v, want %v", err, tt.err)
			}
			if done := !r.task(t, c.ID, tt.kind).DoneAt.IsZero(); done != (tt.err == nil) {
				t.Errorf("it is done: %v", done)
			}
		})
	}
}

func TestAFollowUpThatReachedNobodyStaysOpen(t *testing.T) {
	day := 24 * time.Hour
	tests := []struct {
		name   string
		after  time.Duration // since the case opened
		next   time.Duration // since the try; 0: not chosen
		due    time.Duration // since the case opened
		chosen error
	}{
		{"tried in its time, again in some hours", day, 0, day + 4*time.Hour, nil},
		{"tried in its time, the next one chosen", day, 20 * time.Hour, 2*day - 4*time.Hour, nil},
		{"tried too early, its time stays", time.Hour, 0, day, nil},
		{"the next one chosen in the past", day, -time.Hour, day, casework.ErrNextTry},
		{"the next one chosen in two years", day, 2 * 366 * day, day, casework.ErrNextTry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, risk.Medium, "1")
			opened := r.clock
			r.clock = r.clock.Add(tt.after)
			f := casework.FollowUp{Reach: casework.NoAnswer, Note: "打了两次没人接", Key: "k"}
			if tt.next != 0 {
				f.Next = r.clock.Add(tt.next)
			}
			id := r.task(t, c.ID, casework.TaskDay).ID
			for range 2 { // a double click is one try
				if err := errOf(r.FollowedUp(t.Context(), c.ID, id, lan, f)); !errors.Is(err, tt.chosen) {
					t.Fatalf("tried: %v, want %v", err, tt.chosen)
				}
			}
			got := r.task(t, c.ID, casework.TaskDay)
			if !got.DoneAt.IsZero() || !got.Due.Equal(opened.Add(tt.due)) {
				t.Errorf("it is %+v, want it open and due %s after the opening", got, tt.due)
			}
			if want := map[bool]int{true: 1}[tt.chosen == nil]; got.Tries != want || want == 1 && !got.Tried.Equal(r.clock) {
				t.Errorf("it was tried %d times, last at %s, want %d", got.Tries, got.Tried, want)
			}
		})
	}
}

func TestReachedAndNoAnswerAreDifferentInTheHistory(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.Medium, "1")
	r.clock = r.clock.Add(24 * time.Hour)
	id := r.task(t, c.ID, casework.TaskDay).ID
	if err := errOf(r.FollowedUp(t.Context(), c.ID, id, lan, casework.FollowUp{Note: "x", Key: "none"})); !errors.Is(err, casework.ErrReach) {
		t.Errorf("whether anybody was reached is not said: %v, want ErrReach", err)
	}
	must(t)(r.FollowedUp(t.Context(), c.ID, id, lan, casework.FollowUp{Reach: casework.NoAnswer, Note: "没人接", Key: "1"}))
	r.clock = r.clock.Add(4 * time.Hour)
	must(t)(r.FollowedUp(t.Context(), c.ID, id, mei, casework.FollowUp{Reach: casework.Reached, Note: "妈妈说睡了", Key: "2"}))
	want := []string{"opened medium", "no_answer staff-lan day", "followed_up staff-mei day"}
	if diff := cmp.Diff(want, r.trail(t, c.ID)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestWhoeverMayAgreeIsCalledWhenAnIdentityIsAskedFor(t *testing.T) {
	tests := []struct {
		name string
		who  []casework.Actor
		want []string
	}{
		{"the supervisors of the desk, and whoever leads the duty", []casework.Actor{mei}, []string{"示例·梅老师", "王"}},
		{"nobody is named: the supervisors of the rota", nil, []string{"王"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			group, mail := withLadder(r)
			c := r.raise(t, risk.Imminent, "1")
			p := casework.Plea{Reason: "示例：警方正在找 TA", Key: "ask", Call: tt.who}
			must(t)(r.AskIdentity(storetest.Acts(t.Context()), c.ID, lan, p))
			must(t)(r.AskIdentity(storetest.Acts(t.Context()), c.ID, lan, p)) // a double click calls once
			r.call(t)
			for name, way := range map[string]*pager{"the group": group, "mail": mail} {
				var called []string
				for _, a := range way.got {
					if a.Kind == notify.Identity {
						for _, who := range a.Call {
							called = append(called, who.Name)
						}
					}
				}
				if diff := cmp.Diff(tt.want, called); diff != "" {
					t.Errorf("called by %s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestNobodyIsCalledForAnIdentityThatIsOpenAlready(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	c := r.raise(t, risk.Imminent, "1")
	must(t)(r.AskIdentity(storetest.Acts(t.Context()), c.ID, lan, plea("ask")))
	must(t)(r.OpenIdentity(storetest.Acts(t.Context()), c.ID, mei, plea("open")))
	r.call(t)
	if slices.ContainsFunc(group.got, func(a notify.Alert) bool { return a.Kind == notify.Identity }) {
		t.Error("supervisors are called to agree to what one of them has agreed to")
	}
}

// personNamed is another person than the room's.
func (r *room) personNamed(t *testing.T, key string) string {
	t.Helper()
	p, err := r.db.People().Resolve(t.Context(), channel.Address{Channel: "web", Account: "main", User: channel.UserKey(key)})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

// call makes the calls that wait.
func (r *room) call(t *testing.T) {
	t.Helper()
	for _, row := range r.rows(t) {
		if row.Kind == casework.KindCall {
			if err := r.Called(t.Context(), row); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAShiftThatIsHandedOverCallsTheColleagueOnce(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	for key, quiet := range map[string]bool{"a": false, "b": true} {
		p := r.personNamed(t, key)
		c := must(t)(r.Raise(t.Context(), casework.Signal{Person: p, Level: risk.High, Subject: risk.Self, Reason: "示例", Key: p}))
		must(t)(r.Take(t.Context(), c.ID, lan))
		must(t)(r.Offer(t.Context(), c.ID, lan, mei, casework.Handing{Note: "示例", Key: "offer:" + key, Quiet: quiet}))
	}
	r.call(t)
	n := 0
	for _, a := range group.got {
		if a.Kind == notify.Offered {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the colleague was called %d times for two conversations of a shift, want once", n)
	}
}
