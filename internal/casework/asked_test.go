package casework_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// ask records a question that was put to the person of the room.
func (r *room) ask(t *testing.T, key string) {
	t.Helper()
	err := r.Ask(t.Context(), casework.Asked{
		Key: key, Person: r.person, Subject: risk.Self, Category: "suicide", Score: 0.5, Reason: "一句拿不准的话", Message: "m-" + key,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (r *room) asked(t *testing.T) []casework.Asked {
	t.Helper()
	list, _, err := r.Asked(t.Context(), casework.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAQuestionIsRecordedOnceForEachKey(t *testing.T) {
	r := newRoom(t)
	r.ask(t, "1")
	r.ask(t, "1")
	r.ask(t, "2")
	list := r.asked(t)
	if len(list) != 2 || list[0].Key != "2" || list[1].Key != "1" {
		t.Fatalf("%+v, want the second and the first, each once", list)
	}
	if a := list[1]; a.Alias == "" || a.Channel != "web" || a.Outcome != casework.AskedWaiting || !a.At.Equal(r.clock) || a.Case != "" {
		t.Errorf("recorded as %+v, want it waiting, of this moment, with alias and channel", a)
	}
	if err := r.Ask(t.Context(), casework.Asked{Person: r.person}); !errors.Is(err, casework.ErrKey) {
		t.Errorf("without a key: %v, want ErrKey", err)
	}
	if n := len(r.rows(t)); n != 0 {
		t.Errorf("%d rows are in the outbox, want none: nobody is called for a question", n)
	}
}

func TestAnAnswerEndsTheLatestQuestionThatWaits(t *testing.T) {
	r := newRoom(t)
	for _, key := range []string{"1", "2"} {
		r.ask(t, key)
	}
	r.clock = r.clock.Add(time.Minute)
	if err := r.Answered(t.Context(), r.person, casework.AskedAnswer{Outcome: casework.AskedNo, Message: "answer"}); err != nil {
		t.Fatal(err)
	}
	list := r.asked(t)
	if a := list[0]; a.Outcome != casework.AskedNo || a.Answer != "answer" || !a.AnsweredAt.Equal(r.clock) {
		t.Errorf("the latest question is %+v, want the answer no", a)
	}
	if a := list[1]; a.Outcome != casework.AskedLeft || a.Answer != "" {
		t.Errorf("the question before it is %+v, want that the person went on", a)
	}
	if err := r.Answered(t.Context(), r.person, casework.AskedAnswer{Outcome: casework.AskedYes}); err != nil {
		t.Errorf("an answer to no question: %v, want nothing to happen", err)
	}
	if a := r.asked(t)[0]; a.Outcome != casework.AskedNo {
		t.Errorf("a second answer changed the question to %s", a.Outcome)
	}
	for _, o := range []casework.AskedOutcome{casework.AskedWaiting, "", "else"} {
		if err := r.Answered(t.Context(), r.person, casework.AskedAnswer{Outcome: o}); !errors.Is(err, casework.ErrOutcome) {
			t.Errorf("an answer %q: %v, want ErrOutcome", o, err)
		}
	}
}

func TestAQuestionAndItsAnswerGoWithTheTransactionTheyAreIn(t *testing.T) {
	r := newRoom(t)
	undone := errors.New("undone")
	in := func(f func(context.Context) error) {
		t.Helper()
		err := r.Store.InTx(t.Context(), func(ctx context.Context) error { return errors.Join(f(ctx), undone) })
		if !errors.Is(err, undone) || err.Error() != undone.Error() {
			t.Fatal(err)
		}
	}
	in(func(ctx context.Context) error {
		return r.Ask(ctx, casework.Asked{Key: "1", Person: r.person, Message: "m"})
	})
	if list := r.asked(t); len(list) != 0 {
		t.Fatalf("%+v stayed after its transaction was undone", list)
	}
	r.ask(t, "1")
	in(func(ctx context.Context) error {
		return r.Answered(ctx, r.person, casework.AskedAnswer{Outcome: casework.AskedNo})
	})
	if a := r.asked(t)[0]; a.Outcome != casework.AskedWaiting {
		t.Errorf("the answer %s stayed after its transaction was undone", a.Outcome)
	}
}

func TestWhoeverFollowsAnAskedTalkGetsOneCaseAndNobodyIsCalled(t *testing.T) {
	r := newRoom(t)
	r.ask(t, "1")
	id := r.asked(t)[0].ID
	first := must(t)(r.FollowAsked(t.Context(), id, lan))
	again := must(t)(r.FollowAsked(t.Context(), id, mei))
	if first.ID != again.ID || first.Level != risk.Medium || first.Status != casework.StatusAcknowledged {
		t.Fatalf("followed as %+v, then %+v; want one case at medium that somebody has seen", first, again)
	}
	if a := r.asked(t)[0]; a.Case != first.ID || a.Outcome != casework.AskedWaiting {
		t.Errorf("the question is %+v, want it to lead to the case and still wait", a)
	}
	sigs, err := r.Store.Signals(t.Context(), first.ID)
	if err != nil || len(sigs) != 1 || sigs[0].Message != "m-1" {
		t.Errorf("the case's signals are %+v (%v), want one that points at what was said", sigs, err)
	}
	if err := r.Answered(t.Context(), r.person, casework.AskedAnswer{Outcome: casework.AskedNo}); err != nil {
		t.Fatal(err)
	}
	if a := r.asked(t)[0]; a.Case != first.ID || a.Result() != "说没有 · 老师在跟进" {
		t.Errorf("after the answer the question says %q of case %q, want no, and with staff", a.Result(), a.Case)
	}
	if _, err := r.FollowAsked(t.Context(), "unknown", lan); !errors.Is(err, casework.ErrNoAsked) {
		t.Errorf("an unknown question: %v, want ErrNoAsked", err)
	}
}

func TestFollowingJoinsTheCaseThatThePersonHas(t *testing.T) {
	r := newRoom(t)
	open := r.raise(t, risk.High, "1")
	r.ask(t, "2")
	c := must(t)(r.FollowAsked(t.Context(), r.asked(t)[0].ID, lan))
	if c.ID != open.ID || c.Level != risk.High || c.AcknowledgedAt.IsZero() {
		t.Errorf("followed as %+v, want the open case at its level, seen", c)
	}
}
