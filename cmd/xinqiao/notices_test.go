package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/subscribe"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

const (
	noticeCall = "/cgi-bin/message/subscribe/bizsend"
	popup      = "subscribe_msg_popup_event"
	settings   = "subscribe_msg_change_event"
	visitForm  = "tmpl-visit"
)

// noticing is a replica whose account has subscription notices, and a person who wrote to it.
func noticing(t *testing.T, cfg config.Config) (w *world, clock *movedClock, who, person string) {
	t.Helper()
	clock = &movedClock{}
	cfg.WeChat.Accounts = []config.Account{{
		Name: account.Name, AppID: account.AppID, AppSecret: config.Secret(account.AppSecret), Token: config.Secret(account.Token),
		AESKey: config.Secret(account.AESKey), Capabilities: []string{"customer_service", "template", "oauth"},
		Notices: []config.Notice{
			{For: "appointment", Template: visitForm, Fields: map[string]string{"thing1": "title", "time2": "time", "thing3": "hint", "phrase4": "title"}},
			{For: "followup", Template: "tmpl-word", Fields: map[string]string{"thing1": "title", "date2": "time"}},
		},
	}}
	w = start(t, cfg, appOptions{now: clock.now})
	who = openid(t, 1)
	w.sends(wxsim.Subscribe(who, ""))
	w.says(who, "你好")
	p, err := w.app.db.People().Resolve(t.Context(), address(who))
	if err != nil {
		t.Fatal(err)
	}
	return w, clock, who, p.ID
}

// knocks are the subscription notices that the platform was asked to send.
func (w *world) knocks() (calls []wxsim.Call) {
	for _, c := range w.platform.Calls() {
		if c.Path == noticeCall {
			calls = append(calls, c)
		}
	}
	return calls
}

// left is how many notices of the appointment's template a person may still be sent.
func (w *world) left(person string) (n int) {
	w.t.Helper()
	bs, err := w.app.db.Notices().Balances(w.t.Context(), person)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range bs {
		if b.Template == visitForm {
			n = b.Remaining
		}
	}
	return n
}

// steps are what the ledger says of a person, as they see it in their own record.
func (w *world) ledger(person string) (lines []string) {
	w.t.Helper()
	rec, err := w.app.db.Rights().Export(w.t.Context(), person)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, sec := range rec.Sections {
		if sec.Title != "微信通知的同意和使用" {
			continue
		}
		for _, e := range sec.Entries {
			lines = append(lines, e.What)
		}
	}
	return lines
}

// reminds has a reminder delivered to somebody whose 48 hours are over, and waits until its words wait.
func (w *world) reminds(clock *movedClock, person, key string) {
	w.t.Helper()
	at := clock.now().Add(day)
	k := channel.Knock{For: channel.KnockAppointment, At: at, Until: at}
	if err := w.app.bot.Remind(w.t.Context(), person, key, k, replyText("提醒您："+key+" 有一次预约。")); err != nil {
		w.t.Fatal(err)
	}
	w.eventually("the words to wait", func() bool {
		rows, err := w.app.db.Outbox().Depths(w.t.Context(), clock.now())
		if err != nil {
			w.t.Fatal(err)
		}
		return slices.ContainsFunc(rows, func(r outbox.Depth) bool {
			return r.Kind == "deliver" && r.State == outbox.StateParked && r.Rows > 0
		})
	})
}

func TestAReminderKnocksByANoticeThatThePersonAgreedTo(t *testing.T) {
	t.Parallel()
	eachBackend(t, aReminderKnocks)
}

func aReminderKnocks(t *testing.T, cfg config.Config) {
	w, clock, who, person := noticing(t, cfg)
	for range 2 { // the platform delivers it again
		if r := w.sends(wxsim.Agreed(who, popup, "accept", visitForm, "tmpl-word")); !r.Success {
			t.Errorf("answered %+v", r)
		}
	}
	free, err := w.app.bookings.Free(t.Context(), "tianhe-1")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(free, func(s booking.Slot) bool { return s.Start.Sub(clock.now()) > 4*day })
	if i < 0 {
		t.Fatal("no slot in four days")
	}
	w.agrees(person, consent.Booking)
	a, err := w.app.bookings.Book(t.Context(), booking.Wish{Key: "k", Person: person, Slot: free[i].ID()})
	if err != nil {
		t.Fatal(err)
	}
	clock.move(a.Start.Add(-24*time.Hour + time.Minute).Sub(clock.now()))
	w.eventually("a notice to go out", func() bool { return len(w.knocks()) == 1 })
	call := w.knocks()[0]
	if call.ErrCode != 0 || call.ToUser() != who || call.JSON["template_id"] != visitForm || call.JSON["page"] != "http://127.0.0.1:8080/p/bookings" {
		t.Errorf("sent %s with code %d", call.Raw, call.ErrCode)
	}
	var sent struct {
		Data map[string]struct{ Value string }
	}
	if err := json.Unmarshal([]byte(call.Raw), &sent); err != nil {
		t.Fatal(err)
	}
	if got, want := sent.Data["time2"].Value, a.Start.In(citytime.Zone).Format("2006年1月2日 15:04"); got != want {
		t.Errorf("the time is %q, want %q", got, want)
	}
	for _, private := range []string{"心理", "辅导", "天河", a.Code} {
		if strings.Contains(call.Raw, private) {
			t.Errorf("a locked screen shows %q: %s", private, call.Raw)
		}
	}
	if n := w.left(person); n != 0 {
		t.Errorf("%d agreements are left, want none: one was given, once", n)
	}
	w.eventually("the ledger to say that it was sent", func() bool { return slices.Contains(w.ledger(person), subscribe.StepSent.Label()) })
	sentOne := wxsim.Event(who, "subscribe_msg_sent_event", "")
	sentOne.Notices = []wxsim.Notice{{TemplateID: visitForm, Status: "success", MsgID: "1"}}
	w.sends(sentOne)
	if got := w.ledger(person); !slices.Contains(got, subscribe.StepArrived.Label()) {
		t.Errorf("the ledger says %q, and nothing of its arrival", got)
	}
	if _, page := w.get("/metrics"); !strings.Contains(page, `xinqiao_wechat_outcomes_total{account="main",kind="subscribe",outcome="success"} 1`) {
		t.Error("what arrived is not counted")
	}
	w.wantIn(w.says(who, "你好"), "有一次预约", a.Code) // the words themselves waited
	if strings.Contains(w.logs.String(), who) {
		t.Error("the log holds an openid")
	}
}

func TestAnAgreementIsUsedOnceAndCountsAgainWhereNothingWentOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script []int
		calls  int
		left   int
		step   subscribe.StepKind
	}{
		"taken":                                 {nil, 1, 1, subscribe.StepSent},
		"busy, then taken":                      {[]int{-1, 0}, 2, 1, subscribe.StepSent},
		"the token ended":                       {[]int{42001, 0}, 2, 1, subscribe.StepSent},
		"the person refused at the platform":    {[]int{43101}, 1, 0, subscribe.StepDenied},
		"the template is wrong":                 {[]int{47003}, 1, 2, subscribe.StepBack},
		"the template is gone":                  {[]int{40037}, 1, 2, subscribe.StepBack},
		"a code that nobody knows":              {[]int{50999}, 1, 2, subscribe.StepBack},
		"no answer: it may have arrived":        {[]int{wxsim.Lost}, 1, 1, subscribe.StepSending},
		"the account may not send such notices": {[]int{48001}, 1, 2, subscribe.StepBack},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clock, who, person := noticing(t, embedded(t))
			for i := range 2 {
				m := wxsim.Agreed(who, popup, "accept", visitForm)
				m.CreateTime = clock.now().Unix() + int64(i)
				w.sends(m)
			}
			if n := w.left(person); n != 2 {
				t.Fatalf("%d agreements, want 2", n)
			}
			clock.move(3 * day)
			w.platform.Script(noticeCall, c.script...)
			w.reminds(clock, person, "周五")
			pauses := 10 // of the outbox; a clock that runs on and on ends every lease before its work is done
			w.eventually("the ledger to say "+c.step.Label(), func() bool {
				if c.calls > 1 && len(w.knocks()) == 1 && pauses > 0 {
					clock.move(time.Minute)
					pauses--
				}
				return slices.Contains(w.ledger(person), c.step.Label()) && len(w.knocks()) == c.calls
			})
			if n := w.left(person); n != c.left {
				t.Errorf("%d agreements are left, want %d: %q", n, c.left, w.ledger(person))
			}
			w.wantIn(w.says(who, "你好"), "周五 有一次预约") // whatever became of the notice
			if n := len(w.knocks()); n != c.calls {
				t.Errorf("%d calls, want %d", n, c.calls)
			}
		})
	}
}

func TestWhoAgreedToNothingIsNotKnockedFor(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][][2]string{
		"never asked":                  nil,
		"refused in the popup":         {{popup, "reject"}},
		"agreed, then turned it off":   {{popup, "accept"}, {settings, "reject"}},
		"turned on again gives no one": {{popup, "accept"}, {settings, "reject"}, {settings, "accept"}},
		"a word that is neither":       {{popup, "perhaps"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clock, who, person := noticing(t, embedded(t))
			for i, e := range events {
				m := wxsim.Agreed(who, e[0], e[1], visitForm)
				m.CreateTime = clock.now().Unix() + int64(i)
				if r := w.sends(m); !r.Success {
					t.Errorf("answered %+v", r)
				}
			}
			clock.move(3 * day)
			w.reminds(clock, person, "周五")
			w.wantIn(w.says(who, "你好"), "周五 有一次预约")
			if n := len(w.knocks()); n != 0 {
				t.Errorf("%d notices, want none", n)
			}
		})
	}
}

func TestWhatIsKnownOfAgreementsIsErasedWithThePerson(t *testing.T) {
	t.Parallel()
	w, _, who, person := noticing(t, embedded(t))
	w.sends(wxsim.Agreed(who, popup, "accept", visitForm))
	if got := w.ledger(person); !slices.Equal(got, []string{subscribe.StepGiven.Label()}) {
		t.Fatalf("the record says %q", got)
	}
	if _, err := w.app.rights.Erase(t.Context(), person, "test"); err != nil {
		t.Fatal(err)
	}
	if n := w.left(person); n != 0 {
		t.Errorf("%d agreements of nobody", n)
	}
}

func TestANoticeThatCannotBeSentIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		n    config.Notice
		says string
	}{
		"fine":             {config.Notice{For: "event", Template: "t", Fields: map[string]string{"thing1": "title", "phrase2": "text:待开始"}}, ""},
		"no such purpose":  {config.Notice{For: "lunch", Template: "t", Fields: map[string]string{"thing1": "title"}}, "none of appointment, event, followup"},
		"no template":      {config.Notice{For: "event", Fields: map[string]string{"thing1": "title"}}, "template must be"},
		"no such field":    {config.Notice{For: "event", Template: "t", Fields: map[string]string{"first": "title"}}, "no field of such a name"},
		"no such content":  {config.Notice{For: "event", Template: "t", Fields: map[string]string{"thing1": "alias"}}, "none of title"},
		"words for a time": {config.Notice{For: "event", Template: "t", Fields: map[string]string{"time1": "title"}}, "show time"},
		"a time as words":  {config.Notice{For: "event", Template: "t", Fields: map[string]string{"thing1": "time"}}, "show time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkNotices(config.WeChat{Accounts: []config.Account{{Notices: []config.Notice{c.n}}}})
			if c.says == "" && err != nil || c.says != "" && !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("says %v, want %q", err, c.says)
			}
		})
	}
}
