package bot_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

var (
	quotaGone = &channel.PushError{Verdict: channel.PushPark, Code: 45009, Again: noon.Add(12 * time.Hour), Err: errors.New("no more today")}
	busy      = &channel.PushError{Verdict: channel.PushRetry, Code: -1, Err: errors.New("system busy")}
	goneAway  = &channel.PushError{Verdict: channel.PushPark, Code: 43004, Gone: true, Err: errors.New("require subscribe")}
)

// someoneHas begins a conversation and has texts sent to it.
func (r *room) someoneHas(texts ...string) (person string) {
	r.t.Helper()
	r.says("家长")
	p, err := r.People.Resolve(r.t.Context(), someone)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range texts {
		if err := r.DeliverLater(r.t.Context(), p.ID, "news:"+s, []channel.Reply{{Text: s}}); err != nil {
			r.t.Fatal(err)
		}
	}
	return p.ID
}

func TestWhatAUsedUpQuotaHoldsBackComesWithTheNextAnswer(t *testing.T) {
	r := newRoom(t)
	r.phone.verr = quotaGone
	r.someoneHas("一号通知", "二号通知")
	r.work()
	answer := r.says("菜单")
	wants(t, answer, "一号通知", "二号通知", "父母学堂")
	if strings.Index(answer, "一号") > strings.Index(answer, "二号") {
		t.Error("what was said later comes first")
	}
	r.phone.verr = nil
	r.now = r.now.Add(13 * time.Hour)
	r.work()
	if texts := r.phone.texts(); len(texts) != 0 {
		t.Errorf("after midnight it is said again: %q", texts)
	}
}

func TestWhatAUsedUpQuotaHoldsBackIsSentAfterMidnightInItsOrder(t *testing.T) {
	r := newRoom(t)
	r.phone.verr = quotaGone
	r.someoneHas("一号通知", "二号通知", "三号通知")
	r.work()
	r.phone.verr = nil
	r.now = r.now.Add(11 * time.Hour)
	r.work()
	if texts := r.phone.texts(); len(texts) != 0 {
		t.Errorf("before midnight %q", texts)
	}
	r.now = r.now.Add(2 * time.Hour)
	r.work()
	if texts := r.phone.texts(); !slices.Equal(texts, []string{"一号通知", "二号通知", "三号通知"}) {
		t.Errorf("after midnight %q", texts)
	}
	if again := r.says("菜单"); strings.Contains(again, "号通知") {
		t.Errorf("it is said twice: %s", again)
	}
}

func TestAPlatformThatStaysBusyLeavesTheWayOfTheAnswerOpen(t *testing.T) {
	r := newRoom(t)
	r.phone.verr = busy
	r.someoneHas("一号通知")
	for range 10 {
		r.work()
		r.now = r.now.Add(5 * time.Second)
	}
	wants(t, r.says("菜单"), "一号通知", "父母学堂")
}

func TestOfALongMessageOnlyWhatIsLeftIsSaidLater(t *testing.T) {
	for name, why := range map[string]*channel.PushError{
		"the count of the window is over": {Verdict: channel.PushPark, Code: 45047, Err: errors.New("out of response count limit")}, "the quota is used up": quotaGone, "the platform is busy": busy,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.phone.verr = &channel.PartError{Rest: []channel.Reply{{Text: "后半"}}, Err: why}
			r.someoneHas("前半后半")
			if _, err := r.worker.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.phone.verr = nil
			if why.Verdict == channel.PushRetry {
				r.now = r.now.Add(time.Minute)
				r.work()
				if texts := r.phone.texts(); !slices.Equal(texts, []string{"后半"}) {
					t.Errorf("pushed %q", texts)
				}
				return
			}
			if answer := r.says("菜单"); strings.Contains(answer, "前半") || !strings.Contains(answer, "后半") {
				t.Errorf("the next answer: %s", answer)
			}
		})
	}
}

func TestNothingIsPushedToWhoeverUnfollowed(t *testing.T) {
	unfollow := channel.Inbound{Address: someone, ID: "e-unfollow", Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventUnsubscribe, Name: "unsubscribe"}}
	for name, leaves := range map[string]func(r *room){
		"as the platform tells":       func(r *room) { unfollow.At = r.now; r.sends(unfollow) },
		"as is found out at the push": func(r *room) { r.phone.verr = goneAway; r.someoneHas("零号通知"); r.work(); r.phone.verr = nil },
		"with a session that was lost": func(r *room) {
			unfollow.At = r.now
			r.sends(unfollow)
			fresh := session.NewMemory()
			fresh.Now = r.sessions.Now
			r.Sessions = fresh
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.says("我不想活了")
			leaves(r)
			r.now = r.now.Add(time.Minute)
			r.someoneHasNow("一号通知")
			before := len(r.phone.texts())
			r.work()
			if texts := r.phone.texts(); len(texts) != before {
				t.Errorf("pushed %q", texts[before:])
			}
			if !r.hasStep(casework.StepUnfollowed) {
				t.Error("the case does not say that they are gone")
			}
			follow := channel.Inbound{Address: someone, ID: "e-follow", Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventSubscribe, Name: "subscribe"}, At: r.now}
			wants(t, r.sends(follow), "一号通知")
			if !r.hasStep(casework.StepFollowed) {
				t.Error("the case does not say that they are back")
			}
			r.someoneHasNow("二号通知")
			r.work()
			if !slices.Contains(r.phone.texts(), "二号通知") {
				t.Error("whoever follows again is not written to")
			}
		})
	}
}

// someoneHasNow has a text sent to whoever has spoken already.
func (r *room) someoneHasNow(text string) {
	r.t.Helper()
	p, err := r.People.Find(r.t.Context(), someone)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.DeliverLater(r.t.Context(), p.ID, "news:"+text, []channel.Reply{{Text: text}}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) hasStep(kind casework.StepKind) bool {
	return slices.ContainsFunc(r.file().Steps, func(s casework.Step) bool { return s.Kind == kind })
}
