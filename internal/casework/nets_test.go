package casework_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// say is what lan says in the person's conversation.
func (r *room) say(t *testing.T, id string, by casework.Actor) {
	t.Helper()
	r.clock = r.clock.Add(time.Second)
	if err := r.Say(t.Context(), id, by, "我在。", fmt.Sprint("say-", r.clock.UnixNano())); err != nil {
		t.Fatal(err)
	}
}

// called are the calls since n, as who was called by the first way.
func calledSince(p *pager, n int) (out []string) {
	for _, a := range p.got[n:] {
		who := a.Rung
		if len(a.Call) > 0 && a.Rung == "接手的老师" || a.Rung == "" {
			who = a.Call[0].Name
		}
		out = append(out, string(a.Kind)+" "+who)
	}
	return out
}

// TestACaseThatSomebodyHasStillHasAClock takes a case as a colleague would and lets time pass.
func TestACaseThatSomebodyHasStillHasAClock(t *testing.T) {
	const m = time.Minute
	tests := []struct {
		name string
		do   func(t *testing.T, r *room, id string)
		want []string
	}{
		{"taken, and not a word said: whoever has it, then the ladder as if new", func(t *testing.T, r *room, _ string) {
			r.work(t, 9*m)
			r.work(t, 1*m)
			r.work(t, 10*m)
			r.work(t, 10*m)
		}, []string{"unanswered 示例·兰老师", "unanswered 值班", "unanswered 候补"}},
		{"answered", func(t *testing.T, r *room, id string) {
			r.say(t, id, lan)
			r.work(t, 24*60*m)
		}, nil},
		{"answered, then danger again: the level's time, then whoever has it, then the ladder", func(t *testing.T, r *room, id string) {
			r.say(t, id, lan)
			r.work(t, 5*m)
			r.raise(t, risk.High, "again")
			r.work(t, 9*m)
			r.raise(t, risk.Medium, "and again") // does not put it off
			r.work(t, 1*m)
			r.work(t, 10*m)
		}, []string{"unanswered 示例·兰老师", "unanswered 值班"}},
		{"answered, and a level that rises calls at once", func(t *testing.T, r *room, id string) {
			r.say(t, id, lan)
			r.raise(t, risk.Imminent, "worse")
			r.work(t, 0)
			r.work(t, 3*m)
		}, []string{"opened 示例·兰老师", "unanswered 值班"}},
		{"plain words in a high one count too", func(t *testing.T, r *room, id string) {
			r.say(t, id, lan)
			r.work(t, m)
			if err := r.PersonSaid(t.Context(), r.person, id); err != nil {
				t.Fatal(err)
			}
			r.work(t, 10*m)
		}, []string{"unanswered 示例·兰老师"}},
		{"plain words that need no answer", func(t *testing.T, r *room, id string) {
			r.say(t, id, lan)
			if err := r.PersonSaid(t.Context(), r.person, id); err != nil {
				t.Fatal(err)
			}
			must(t)(r.Noted(t.Context(), id, lan))
			r.work(t, 24*60*m)
		}, nil},
		{"what the person did by telephone is an answer", func(t *testing.T, r *room, id string) {
			must(t)(r.Record(t.Context(), id, lan, casework.Entry{Kind: casework.StepContacted, Note: "示例：电话里说了半小时", Key: "k"}))
			r.work(t, 24*60*m)
		}, nil},
		{"a supervisor raises it: whoever has it is called at once", func(t *testing.T, r *room, id string) {
			r.say(t, id, lan)
			must(t)(r.SetLevel(t.Context(), id, mei, casework.Ruling{Level: risk.Imminent, Reason: "示例", Key: "k"}))
			r.work(t, 0)
		}, []string{"opened 示例·兰老师"}},
		{"whoever has it is gone: nobody's, and the ladder runs", func(t *testing.T, r *room, id string) {
			r.say(t, id, lan)
			if err := r.Release(t.Context(), lan.ID, "不在线了"); err != nil {
				t.Fatal(err)
			}
			r.work(t, 0)
			r.work(t, 10*m)
		}, []string{"opened 值班", "overdue 候补"}},
		{"handed back with danger unanswered: the clock goes on with the ladder", func(t *testing.T, r *room, id string) {
			if c := must(t)(r.HandBack(t.Context(), id, lan, "先这样，再见。")); c.Status != casework.StatusOpen || c.Waits != casework.WaitsEyes {
				t.Errorf("handed back as %s, waiting for %q", c.Status, c.Waits)
			}
			r.work(t, 0)
			r.work(t, 10*m)
		}, []string{"opened 值班", "overdue 候补"}},
		{"handed back after an answer, then danger: as if new", func(t *testing.T, r *room, id string) {
			r.say(t, id, lan)
			must(t)(r.HandBack(t.Context(), id, lan, ""))
			r.work(t, m)
			r.raise(t, risk.Medium, "again")
			r.work(t, 0)
		}, []string{"opened 值班"}},
		{"handed over: the clock goes with it", func(t *testing.T, r *room, id string) {
			must(t)(r.Offer(t.Context(), id, lan, mei, casework.Handing{Note: "示例", Key: "o"}))
			must(t)(r.AcceptOffer(t.Context(), id, mei))
			r.work(t, 0)
			r.work(t, 10*m)
		}, []string{"unanswered 示例·梅老师"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			group, _ := withLadder(r)
			c := r.raise(t, risk.High, "1")
			r.work(t, 0)
			r.work(t, time.Second)
			must(t)(r.Take(t.Context(), c.ID, lan))
			before := len(group.got)
			tt.do(t, r, c.ID)
			if diff := cmp.Diff(tt.want, calledSince(group, before)); diff != "" {
				t.Errorf("called (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPromiseThatIsNotKeptCallsTheNext(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	c := r.raise(t, risk.Imminent, "1")
	r.work(t, 0)
	got := must(t)(r.Acknowledge(t.Context(), c.ID, lan))
	if got.Promised != lan || got.Waits != casework.WaitsTaking || got.AcknowledgedAt.IsZero() {
		t.Errorf("after 收到: promised by %q, waits for %q, acknowledged at %v", got.Promised.Name, got.Waits, got.AcknowledgedAt)
	}
	r.work(t, 2*time.Minute)
	if n := len(group.got); n != 1 {
		t.Errorf("%d calls while the promise holds", n)
	}
	r.work(t, time.Minute)
	got = must(t)(r.Get(t.Context(), c.ID))
	if got.Promised.ID != "" || got.Waits != casework.WaitsEyes || !got.AcknowledgedAt.IsZero() || got.Status != casework.StatusOpen {
		t.Errorf("after the promise was broken: %+v", got)
	}
	if diff := cmp.Diff([]string{"opened 值班", "overdue 候补"}, calledSince(group, 0)); diff != "" {
		t.Errorf("called (-want +got):\n%s", diff)
	}
	if h := r.history(t, c.ID); !slices.Contains(h, "overdue 示例·兰老师说了收到，3 分钟内没有接手") {
		t.Errorf("the history does not say whose promise it was: %q", h)
	}
	must(t)(r.Acknowledge(t.Context(), c.ID, mei))
	must(t)(r.Take(t.Context(), c.ID, mei))
	r.say(t, c.ID, mei)
	r.work(t, 24*time.Hour)
	if n := len(group.got); n != 2 {
		t.Errorf("%d calls, want none after somebody took it and answered", n)
	}
}

func TestWhoeverWasCalledInVainLosesTheConversationToAColleague(t *testing.T) {
	r := newRoom(t)
	withLadder(r)
	c := r.raise(t, risk.Imminent, "1")
	must(t)(r.Take(t.Context(), c.ID, lan))
	if _, err := r.Take(t.Context(), c.ID, mei); !errors.Is(err, casework.ErrTaken) {
		t.Errorf("a colleague takes it at once: %v, want ErrTaken", err)
	}
	r.work(t, 3*time.Minute) // lan is called
	r.work(t, 3*time.Minute) // the ladder is called
	got := must(t)(r.Acknowledge(t.Context(), c.ID, mei))
	if got.Promised != mei {
		t.Errorf("the colleague who was called cannot promise: %+v", got.Promised)
	}
	r.work(t, 3*time.Minute)
	if got = must(t)(r.Get(t.Context(), c.ID)); got.Waits != casework.WaitsAnswer || got.Assignee != lan.ID {
		t.Errorf("a broken promise left it waiting for %q with %q", got.Waits, got.Assignee)
	}
	if got = must(t)(r.Take(t.Context(), c.ID, mei)); got.Assignee != mei.ID {
		t.Errorf("the colleague cannot take it: %q has it", got.Assignee)
	}
}

func TestNoCaseClosesOverWordsOfDanger(t *testing.T) {
	end := func(o casework.Outcome, seen time.Time) casework.Closing {
		return casework.Closing{Outcome: o, Report: casework.ReportNotAsked, Reason: "示例", Key: "end", Seen: seen}
	}
	tests := []struct {
		name string
		do   func(t *testing.T, r *room, id string)
		how  casework.Outcome
		want error
	}{
		{"nobody answered", func(*testing.T, *room, string) {}, casework.OutcomeSafe, casework.ErrUnanswered},
		{"answered", func(t *testing.T, r *room, id string) {
			must(t)(r.Take(t.Context(), id, lan))
			r.say(t, id, lan)
		}, casework.OutcomeSafe, nil},
		{"answered, and danger again", func(t *testing.T, r *room, id string) {
			must(t)(r.Take(t.Context(), id, lan))
			r.say(t, id, lan)
			r.clock = r.clock.Add(time.Minute)
			r.raise(t, risk.Medium, "again")
		}, casework.OutcomeSafe, casework.ErrUnanswered},
		{"it was no danger", func(*testing.T, *room, string) {}, casework.OutcomeMistaken, nil},
		{"nobody could be reached, and nothing was tried", func(*testing.T, *room, string) {}, casework.OutcomeUnreachable, casework.ErrUnanswered},
		{"nobody could be reached", func(t *testing.T, r *room, id string) {
			r.clock = r.clock.Add(time.Minute)
			must(t)(r.Record(t.Context(), id, lan, casework.Entry{Kind: casework.StepNote, Note: "示例：打了三次没人接", Key: "tried"}))
		}, casework.OutcomeUnreachable, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, risk.Medium, "1")
			tt.do(t, r, c.ID)
			if _, err := r.Close(t.Context(), c.ID, lan, end(tt.how, time.Time{})); !errors.Is(err, tt.want) {
				t.Errorf("closing: %v, want %v", err, tt.want)
			}
		})
	}
	t.Run("written while the form was filled", func(t *testing.T) {
		r := newRoom(t)
		c := r.raise(t, risk.Medium, "1")
		r.clock = r.clock.Add(time.Minute)
		r.raise(t, risk.Medium, "2")
		if _, err := r.Close(t.Context(), c.ID, lan, end(casework.OutcomeMistaken, c.LastSignalAt)); !errors.Is(err, casework.ErrNews) {
			t.Errorf("closing: %v, want ErrNews", err)
		}
	})
}

func TestAHandOverIsAcceptedOrComesBack(t *testing.T) {
	offer := casework.Handing{Note: "示例：已经联系了班主任，等回电", Key: "o"}
	setup := func(t *testing.T) (*room, *pager, casework.Case) {
		t.Helper()
		r := newRoom(t)
		group, _ := withLadder(r)
		c := r.raise(t, risk.High, "1")
		r.work(t, 0)
		must(t)(r.Take(t.Context(), c.ID, lan))
		r.say(t, c.ID, lan)
		return r, group, must(t)(r.Offer(t.Context(), c.ID, lan, mei, offer))
	}
	t.Run("accepted", func(t *testing.T) {
		r, group, c := setup(t)
		r.work(t, 0)
		if diff := cmp.Diff([]string{"opened 值班", "offered 示例·梅老师"}, calledSince(group, 0)); diff != "" {
			t.Errorf("called (-want +got):\n%s", diff)
		}
		if c.Assignee != lan.ID {
			t.Errorf("before it is accepted %q has it", c.Assignee)
		}
		c = must(t)(r.AcceptOffer(t.Context(), c.ID, mei))
		if c.Assignee != mei.ID || c.Offered.ID != "" || c.Status != casework.StatusTalking {
			t.Errorf("accepted: %+v", c)
		}
		must(t)(r.AcceptOffer(t.Context(), c.ID, mei)) // a double click
		r.work(t, time.Hour)
		if _, err := r.AcceptOffer(t.Context(), c.ID, lan); !errors.Is(err, casework.ErrOffer) {
			t.Errorf("an offer that is over is accepted: %v", err)
		}
		if n := r.notices(t); !slices.Equal(n, []string{"taken", "handed_over"}) {
			t.Errorf("the person is told %q, want one sentence for each change", n)
		}
	})
	t.Run("not accepted in time", func(t *testing.T) {
		r, group, c := setup(t)
		r.work(t, 0)
		r.work(t, 10*time.Minute)
		got := must(t)(r.Get(t.Context(), c.ID))
		if got.Offered.ID != "" || got.Assignee != lan.ID {
			t.Errorf("it did not come back: offered to %q, %q has it", got.Offered.Name, got.Assignee)
		}
		if last := calledSince(group, len(group.got)-1); !slices.Equal(last, []string{"offer_back 示例·兰老师"}) {
			t.Errorf("called %q, want whoever has it still", last)
		}
	})
	t.Run("the colleague cannot", func(t *testing.T) {
		r, _, c := setup(t)
		got := must(t)(r.DeclineOffer(t.Context(), c.ID, mei, casework.Handing{Note: "正在处理另一位", Key: "no"}))
		if got.Offered.ID != "" || got.Assignee != lan.ID {
			t.Errorf("declined: %+v", got)
		}
	})
	t.Run("the colleague goes home", func(t *testing.T) {
		r, _, c := setup(t)
		if err := r.Release(t.Context(), mei.ID, "下线了"); err != nil {
			t.Fatal(err)
		}
		if got := must(t)(r.Get(t.Context(), c.ID)); got.Offered.ID != "" || got.Assignee != lan.ID {
			t.Errorf("offered to %q who is gone; %q has it", got.Offered.Name, got.Assignee)
		}
	})
	t.Run("a danger that nobody answered meanwhile stays the giver's", func(t *testing.T) {
		r, group, c := setup(t)
		r.work(t, 0)
		before := len(group.got)
		r.raise(t, risk.Imminent, "worse")
		r.work(t, 0)
		if got := calledSince(group, before); !slices.Equal(got, []string{"opened 示例·兰老师"}) {
			t.Errorf("called %q for %s", got, c.ID)
		}
	})
}

// notices are the names of the notices that the person was, or will be, sent.
func (r *room) notices(t *testing.T) (names []string) {
	t.Helper()
	for _, row := range r.done {
		var said struct{ Notice string }
		if row.Kind != "deliver" {
			continue
		}
		if err := json.Unmarshal(row.Payload, &said); err != nil {
			t.Fatal(err)
		}
		if said.Notice != "" {
			names = append(names, said.Notice)
		}
	}
	return names
}

func TestASupervisorTakesOverWithAReason(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.High, "1")
	must(t)(r.Take(t.Context(), c.ID, lan))
	r.say(t, c.ID, lan)
	if _, err := r.TakeOver(t.Context(), c.ID, mei, casework.Handing{Key: "k"}); !errors.Is(err, casework.ErrEmpty) {
		t.Errorf("without a reason: %v, want ErrEmpty", err)
	}
	got := must(t)(r.TakeOver(t.Context(), c.ID, mei, casework.Handing{Note: "示例：兰老师在路上", Key: "k"}))
	if got.Assignee != mei.ID {
		t.Errorf("%q has it", got.Assignee)
	}
	if h := r.history(t, c.ID); !slices.Contains(h, "taken_over 示例：兰老师在路上") {
		t.Errorf("the history is %q", h)
	}
	if err := r.Say(t.Context(), c.ID, lan, "我还在", "late"); !errors.Is(err, casework.ErrNotYours) {
		t.Errorf("whoever had it still speaks: %v", err)
	}
}

func TestASecondCounsellorSpeaksTooAndIsAnnouncedOnce(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.High, "1")
	must(t)(r.Take(t.Context(), c.ID, lan))
	if err := r.Say(t.Context(), c.ID, mei, "我也在", "early"); !errors.Is(err, casework.ErrNotYours) {
		t.Errorf("somebody who was not asked in speaks: %v", err)
	}
	must(t)(r.Invite(t.Context(), c.ID, lan, mei, "i"))
	r.say(t, c.ID, mei)
	r.say(t, c.ID, mei)
	r.work(t, 0)
	if n := r.notices(t); !slices.Equal(n, []string{"taken", "joined"}) {
		t.Errorf("the person is told %q", n)
	}
	must(t)(r.Leave(t.Context(), c.ID, lan))
	if err := r.Say(t.Context(), c.ID, mei, "再见", "late"); !errors.Is(err, casework.ErrNotYours) {
		t.Errorf("somebody who left speaks: %v", err)
	}
}

func TestColleaguesAreCalledByEveryWay(t *testing.T) {
	r := newRoom(t)
	group, mail := withLadder(r)
	r.Ladder.Contact = func(_ context.Context, id string) (notify.Contact, bool) {
		return notify.Contact{Name: "示例·梅老师", Account: "mei"}, id == mei.ID
	}
	c := r.raise(t, risk.High, "1")
	r.work(t, 0)
	must(t)(r.Call(t.Context(), c.ID, lan, notify.Review, []casework.Actor{mei}, "one"))
	must(t)(r.Call(t.Context(), c.ID, lan, notify.Review, []casework.Actor{mei}, "one"))
	must(t)(r.Call(t.Context(), c.ID, lan, notify.Identity, nil, "two"))
	r.work(t, 0)
	for _, way := range []*pager{group, mail} {
		if len(way.got) != 3 || way.got[1].Call[0].Account != "mei" || way.got[1].By != lan.Name || way.got[2].Rung != "主管" {
			t.Errorf("called %+v, want the case, the colleague once, and the supervisors", way.got)
		}
	}
}

// TestWhatACloserLookFound holds what a reader of the code found before anybody fell through it.
func TestWhatACloserLookFound(t *testing.T) {
	const m = time.Minute
	setup := func(t *testing.T, level risk.Level) (*room, *pager, casework.Case) {
		t.Helper()
		r := newRoom(t)
		group, _ := withLadder(r)
		c := r.raise(t, level, "1")
		r.work(t, 0)
		return r, group, c
	}
	t.Run("a rise leaves a conversation open to colleagues whose counsellor was called in vain", func(t *testing.T) {
		r, _, c := setup(t, risk.High)
		must(t)(r.Take(t.Context(), c.ID, lan))
		r.work(t, 10*m)
		r.work(t, 10*m)
		r.raise(t, risk.Imminent, "worse")
		if got := must(t)(r.Take(t.Context(), c.ID, mei)); got.Assignee != mei.ID {
			t.Errorf("%q has it", got.AssigneeName)
		}
	})
	t.Run("a promise for a plain wish to talk calls nobody when its maker goes home", func(t *testing.T) {
		r, group, c := setup(t, risk.Low)
		must(t)(r.Acknowledge(t.Context(), c.ID, lan))
		for range 2 { // two replicas look
			if err := r.Release(t.Context(), lan.ID, "不在线了"); err != nil {
				t.Fatal(err)
			}
		}
		r.work(t, 24*time.Hour)
		got := must(t)(r.Get(t.Context(), c.ID))
		if len(group.got) != 0 || got.Waits != casework.WaitsEyes || got.Promised.ID != "" {
			t.Errorf("%d calls; it waits for %q, promised by %q", len(group.got), got.Waits, got.Promised.Name)
		}
	})
	t.Run("an offer waits for a colleague who is not there yet", func(t *testing.T) {
		r, _, c := setup(t, risk.High)
		must(t)(r.Take(t.Context(), c.ID, lan))
		r.say(t, c.ID, lan)
		must(t)(r.Offer(t.Context(), c.ID, lan, mei, casework.Handing{Note: "示例", Key: "o"}))
		err := r.ReleaseAbsent(t.Context(), func(context.Context, []string) (map[string]bool, error) {
			return map[string]bool{lan.ID: true, mei.ID: false}, nil
		})
		if got := must(t)(r.Get(t.Context(), c.ID)); err != nil || got.Offered != mei || got.Assignee != lan.ID {
			t.Errorf("%v: offered to %q, %q has it", err, got.Offered.Name, got.AssigneeName)
		}
	})
	t.Run("plain words that nobody answered go with the conversation", func(t *testing.T) {
		r, group, c := setup(t, risk.High)
		must(t)(r.Take(t.Context(), c.ID, lan))
		r.say(t, c.ID, lan)
		if err := r.PersonSaid(t.Context(), r.person, c.ID); err != nil {
			t.Fatal(err)
		}
		must(t)(r.TakeOver(t.Context(), c.ID, mei, casework.Handing{Note: "示例", Key: "k"}))
		before := len(group.got)
		r.work(t, 10*m)
		if got := calledSince(group, before); !slices.Equal(got, []string{"unanswered 示例·梅老师"}) {
			t.Errorf("called %q", got)
		}
	})
	t.Run("a triage that changes no level puts nothing off, and a higher level does neither", func(t *testing.T) {
		r, _, c := setup(t, risk.High)
		must(t)(r.Take(t.Context(), c.ID, lan))
		due := must(t)(r.Get(t.Context(), c.ID)).DueAt
		r.clock = r.clock.Add(9 * m)
		must(t)(r.Assess(t.Context(), c.ID, lan, casework.Triage{Answers: answers(), Key: "t"}))
		if got := must(t)(r.Get(t.Context(), c.ID)).DueAt; !got.Equal(due) {
			t.Errorf("after a triage the clock runs until %v, before until %v", got, due)
		}
		must(t)(r.SetLevel(t.Context(), c.ID, lan, casework.Ruling{Level: risk.Imminent, Reason: "示例", Key: "up"}))
		if got := must(t)(r.Get(t.Context(), c.ID)).DueAt; got.After(due) {
			t.Errorf("a higher level puts the clock off from %v to %v", due, got)
		}
	})
	t.Run("danger from an outage that is recorded after an answer is unanswered", func(t *testing.T) {
		r, _, c := setup(t, risk.High)
		must(t)(r.Take(t.Context(), c.ID, lan))
		at := r.clock
		r.clock = r.clock.Add(10 * m)
		r.say(t, c.ID, lan)
		r.clock = r.clock.Add(2 * m)
		late := casework.Signal{Person: r.person, Level: risk.High, Subject: risk.Self, Rule: "r", Reason: "示例", Key: "late", At: at}
		if got := must(t)(r.Raise(t.Context(), late)); !got.Unanswered() {
			t.Error("it counts as answered")
		}
		if _, err := r.Noted(t.Context(), c.ID, lan); !errors.Is(err, casework.ErrUnanswered) {
			t.Errorf("it may be ticked off: %v", err)
		}
	})
	t.Run("what a replica with a fast clock heard is answered by an answer", func(t *testing.T) {
		r, _, c := setup(t, risk.High)
		must(t)(r.Take(t.Context(), c.ID, lan))
		r.clock = r.clock.Add(-2 * time.Second)
		r.say(t, c.ID, lan)
		if got := must(t)(r.Get(t.Context(), c.ID)); got.Unanswered() {
			t.Error("it counts as unanswered")
		}
	})
	t.Run("whoever took a conversation over, or spoke in it, reviews nothing of it", func(t *testing.T) {
		r, _, c := setup(t, risk.High)
		yun := casework.Actor{ID: "staff-yun", Name: "示例·云老师"}
		must(t)(r.Take(t.Context(), c.ID, lan))
		must(t)(r.Invite(t.Context(), c.ID, lan, yun, "i"))
		r.say(t, c.ID, yun)
		must(t)(r.Offer(t.Context(), c.ID, lan, mei, casework.Handing{Note: "示例", Key: "o"}))
		must(t)(r.AcceptOffer(t.Context(), c.ID, mei))
		for _, by := range []casework.Actor{mei, yun} {
			if _, err := r.Review(t.Context(), c.ID, by, casework.Review{Verdict: casework.VerdictAgree, Note: "示例", Key: "r" + by.ID}); !errors.Is(err, casework.ErrReviewOwn) {
				t.Errorf("%s reviews what they did: %v", by.Name, err)
			}
		}
	})
}
