package bot_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// reports are the kinds of event that nobody's word comes with.
var reports = []channel.EventType{channel.EventLocation, channel.EventDelivery, channel.EventUnsubscribe, channel.EventOther}

// reported is a report of the platform about the person.
func (r *room) reported(e channel.EventType) channel.Inbound {
	in := r.text("")
	in.Kind, in.Event = channel.KindEvent, channel.Event{Type: e, Name: string(e)}
	return in
}

func TestAReportMakesNobodyKnown(t *testing.T) {
	for _, e := range append(reports, channel.EventRevoke) {
		r := newRoom(t)
		if said := r.sends(r.reported(e)); said != "" {
			t.Errorf("%s was answered with %q", e, said)
		}
		r.work()
		if _, err := r.People.Find(t.Context(), someone); !errors.Is(err, person.ErrNotFound) {
			t.Errorf("%s made a person (%v)", e, err)
		}
		if len(r.log.ms) > 0 {
			t.Errorf("%s stands in a conversation", e)
		}
	}
}

// A counsellor's words were handed to a report that nobody sees, and marked as delivered.
func TestAReportTakesNothingThatWaitsForThePerson(t *testing.T) {
	for _, e := range reports {
		t.Run(string(e), func(t *testing.T) {
			r := newRoom(t)
			c := inDanger(t, r)
			must(t, r.cases.Take, c.ID)
			r.work()
			r.says("我在听")
			r.phone.verr = &channel.PushError{Verdict: channel.PushPark, Code: 45015, Err: errors.New("out of window")}
			if err := r.cases.Say(t.Context(), c.ID, counsellor, "明天下午我在咨询室等你。", "k1"); err != nil {
				t.Fatal(err)
			}
			r.work()
			before := r.file()
			if said := r.sends(r.reported(e)); said != "" {
				t.Errorf("the report was answered with %q", said)
			}
			f := r.file()
			steps := len(before.Steps)
			if e == channel.EventUnsubscribe { // the history says that they are gone
				steps++
			}
			if len(f.Messages) != len(before.Messages) || f.Case.Unread != before.Case.Unread || len(f.Steps) != steps {
				t.Errorf("%d messages instead of %d, %d of them unread: it fills the desk", len(f.Messages), len(before.Messages), f.Case.Unread)
			}
			for _, m := range f.Messages {
				if m.From == transcript.FromStaff && f.Deliveries[m.ID] != casework.DeliveryWaiting {
					t.Errorf("the words are marked as %s", f.Deliveries[m.ID])
				}
			}
			if e != channel.EventUnsubscribe {
				wants(t, r.says("老师你在吗"), "明天下午我在咨询室等你。")
			}
		})
	}
}

func TestAReportIsNoSignThatSomebodyIsThere(t *testing.T) {
	for _, e := range reports {
		r := newRoom(t)
		inDanger(t, r)
		r.now = r.now.Add(time.Minute)
		r.sends(r.reported(e))
		r.after(11 * time.Minute)
		silent := false
		for _, s := range r.file().Steps {
			silent = silent || s.Kind == casework.StepSilent
		}
		if !silent {
			t.Errorf("%s stopped the question after a silence", e)
		}
	}
}

func TestAReportLeavesTheConversationWhereItIs(t *testing.T) {
	r := newRoom(t)
	r.says("家长")
	first := r.says("焦虑自测")
	for _, e := range reports {
		r.sends(r.reported(e))
	}
	st, err := r.State(t.Context(), someone)
	if err != nil || st.Person == "" || len(st.Dialog.Stack) == 0 {
		t.Fatalf("after %s the conversation is %+v, %v", first, st.Dialog, err)
	}
}

func TestWhoTakesBackTheirConsentIsErased(t *testing.T) {
	r := newRoom(t)
	r.says("学生")
	before, err := r.People.Find(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	in := r.reported(channel.EventRevoke)
	for range 3 { // the platform brings it again
		if said := r.sends(in); said != "" {
			t.Errorf("answered with %q", said)
		}
	}
	r.work()
	if _, err := r.People.Get(t.Context(), before.ID); !errors.Is(err, person.ErrNotFound) {
		t.Errorf("the person is still there (%v)", err)
	}
	if st, err := r.State(t.Context(), someone); err != nil || st.Person != "" {
		t.Errorf("the session still knows them (%v)", err)
	}
}

func TestWhoIsLookedAfterIsErasedOnceTheirCaseIsClosed(t *testing.T) {
	r := newRoom(t)
	c := inDanger(t, r)
	p, err := r.People.Find(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	r.sends(r.reported(channel.EventRevoke))
	r.work()
	r.after(7 * time.Hour)
	r.after(7 * time.Hour)
	f := r.file()
	if f.Case.ID != c.ID {
		t.Fatal("the case is gone while somebody is in danger")
	}
	told := 0
	for _, s := range f.Steps {
		if s.Kind == casework.StepSaidRevoked && strings.Contains(s.Note, "结案后会自动删除") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("staff are told %d times, want once", told)
	}
	wants(t, r.says("我现在就想跳下去"), "12356") // danger is answered as ever
	if got := r.file().Case.Level; !got.AtLeast(risk.High) {
		t.Errorf("the level is %s", got)
	}
	r.closesCase()
	r.after(7 * time.Hour)
	if _, err := r.People.Get(t.Context(), p.ID); !errors.Is(err, person.ErrNotFound) {
		t.Errorf("the person is still there after their case was closed (%v)", err)
	}
}

func TestAConsentThatIsTakenBackDuringAnOutageIsTakenBackAfterIt(t *testing.T) {
	r := newRoom(t)
	r.says("学生")
	p, err := r.People.Find(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	gone, up := &down{Store: r.sessions, err: errGone}, r.Sessions
	r.Sessions = gone
	if said := r.sends(r.reported(channel.EventRevoke)); said != "" {
		t.Errorf("answered with %q", said)
	}
	r.Sessions = up
	r.now = r.now.Add(time.Second)
	r.replay()
	r.work()
	if _, err := r.People.Get(t.Context(), p.ID); !errors.Is(err, person.ErrNotFound) {
		t.Errorf("the person is still there (%v)", err)
	}
}
