package bot_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// inDanger is a person in danger whose case nobody has yet.
func inDanger(t *testing.T, r *room) casework.Case {
	t.Helper()
	r.says("我不想活了，药就在手边")
	c := r.file().Case
	if c.ID == "" {
		t.Fatal("there is no case")
	}
	return c
}

// TestNobodyIsToldThatATeacherIsThereWhoIsNot lets the word that a counsellor came, and the session's memory of it, be late.
func TestNobodyIsToldThatATeacherIsThereWhoIsNot(t *testing.T) {
	t.Run("gone before the word went out", func(t *testing.T) {
		r := newRoom(t)
		c := inDanger(t, r)
		must(t, r.cases.Take, c.ID)
		if err := r.cases.Release(t.Context(), counsellor.ID, "不在线了"); err != nil {
			t.Fatal(err)
		}
		r.work()
		got := strings.Join(r.phone.texts(), "\n")
		if strings.Contains(got, counsellor.Name+"来了") {
			t.Errorf("the person hears that somebody came who is gone:\n%s", got)
		}
		wants(t, got, "这会儿不在线了", "12356")
	})
	t.Run("gone before the person's next contact, which brings the word", func(t *testing.T) {
		r := newRoom(t)
		c := inDanger(t, r)
		r.phone.verr = &channel.PushError{Verdict: channel.PushPark, Err: errGone}
		must(t, r.cases.Take, c.ID)
		r.work()
		if err := r.cases.Release(t.Context(), counsellor.ID, "不在线了"); err != nil {
			t.Fatal(err)
		}
		r.work()
		got := r.says("老师来了吗")
		if strings.Contains(got, counsellor.Name+"来了") {
			t.Errorf("the person hears that somebody came who is gone:\n%s", got)
		}
		wants(t, got, "这会儿不在线了")
	})
	t.Run("there, and the session does not know yet", func(t *testing.T) {
		r := newRoom(t)
		c := inDanger(t, r)
		must(t, r.cases.Take, c.ID)
		if got := r.says("嗯"); got != "" {
			t.Errorf("the bot speaks into a counsellor's conversation: %q", got)
		}
	})
	t.Run("gone, and the session does not know yet", func(t *testing.T) {
		r := newRoom(t)
		c := inDanger(t, r)
		must(t, r.cases.Take, c.ID)
		r.work()
		if got := r.says("我在听"); got != "" {
			t.Errorf("the bot speaks into a counsellor's conversation: %q", got)
		}
		if err := r.cases.Release(t.Context(), counsellor.ID, "不在线了"); err != nil {
			t.Fatal(err)
		}
		if got := r.says("我还是想死"); !strings.Contains(got, "12356") || strings.Contains(got, "老师也看到了") {
			t.Errorf("with nobody there the bot says %q", got)
		}
	})
}

func must(t *testing.T, do func(ctx context.Context, id string, by casework.Actor) (casework.Case, error), id string) {
	t.Helper()
	if _, err := do(t.Context(), id, counsellor); err != nil {
		t.Fatal(err)
	}
}

func TestADangerInAConversationStartsItsClockAndAnAutomaticEventDoesNot(t *testing.T) {
	r := newRoom(t)
	c := inDanger(t, r)
	must(t, r.cases.Take, c.ID)
	if err := r.cases.Say(t.Context(), c.ID, counsellor, "我在。", "first"); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(time.Minute)
	before := r.file().Case.Unread
	in := r.text("")
	in.Kind, in.Event = channel.KindEvent, channel.Event{Type: channel.EventLocation, Name: "LOCATION"}
	r.sends(in)
	if f := r.file(); f.Case.Waits != casework.WaitsNothing || f.Case.Unread != before {
		t.Errorf("a position report counts as speech: waits for %q, %d unread", f.Case.Waits, f.Case.Unread)
	}
	r.says("我现在就想跳下去")
	if f := r.file(); f.Case.Waits != casework.WaitsAnswer || f.Case.DueAt.IsZero() || !f.Case.Unanswered() {
		t.Errorf("after words of danger in a conversation: waits for %q until %v", f.Case.Waits, f.Case.DueAt)
	}
}

func TestTheSentenceAboutAHandOverNamesBothColleagues(t *testing.T) {
	r := newRoom(t)
	c := inDanger(t, r)
	must(t, r.cases.Take, c.ID)
	mei := casework.Actor{ID: "staff-2", Name: "示例·梅老师"}
	if _, err := r.cases.Offer(t.Context(), c.ID, counsellor, mei, casework.Handing{Note: "示例", Key: "o"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.cases.AcceptOffer(t.Context(), c.ID, mei); err != nil {
		t.Fatal(err)
	}
	r.work()
	wants(t, strings.Join(r.phone.texts(), "\n"), counsellor.Name+"把您说的都告诉了"+mei.Name)
}
