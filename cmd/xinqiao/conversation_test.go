package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestFromAFollowerToACounsellorsAnswer(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		who := openid(t, 1)
		welcome := w.sends(wxsim.Subscribe(who, ""))
		w.wantIn(welcome, "自动助手", "12356")
		menu := w.taps(who, welcome, "我是家长")
		w.wantIn(menu, "父母学堂")
		w.wantIn(w.says(who, "要收费吗"), "免费")
		crisis := w.says(who, "我不想活了")
		w.wantIn(crisis, "12356", "120", "110")
		token := w.token("counsellor")
		cases := w.cases(token)
		if len(cases) != 1 || cases[0].Level != "high" || cases[0].Status != "open" || cases[0].Channel != "wechat" || !strings.HasPrefix(cases[0].Alias, "家长·") || cases[0].AcknowledgedAt != nil {
			t.Fatalf("cases: %+v", cases)
		}
		if status := w.api("POST", "/api/v1/cases/"+cases[0].ID+"/ack", token, nil); status != http.StatusOK {
			t.Errorf("ack: %d", status)
		}
		if c := w.cases(token)[0]; c.AcknowledgedAt == nil {
			t.Errorf("after ack: %+v", c)
		}
		b := openBrowser(t, w)
		b.signIn()
		b.takeCase(cases[0].ID)
		b.say("我是陈老师，我在。你现在安全吗？")
		call, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool {
			return c.Path == "/cgi-bin/message/custom/send" && strings.Contains(c.Text(), "我是陈老师")
		})
		if err != nil || call.ToUser() != who {
			t.Fatalf("the counsellor's words as a customer-service message: %v %s", err, call.ToUser())
		}
		if _, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool {
			return c.ToUser() == who && strings.Contains(c.Text(), "接下来是真人和您聊")
		}); err != nil {
			t.Errorf("the person is told that a human speaks now: %v", err)
		}
		// While a human has the conversation the dialog is silent, and danger still gets the hotlines.
		if r := w.says(who, "菜单"); !r.Success {
			t.Errorf("the dialog spoke beside the counsellor: %s", r.Content)
		}
		w.wantIn(w.says(who, "我还是想跳下去"), "12356", "120")
		b.handBack("先聊到这里，有事随时找我。")
		if _, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool {
			return c.ToUser() == who && strings.Contains(c.Text(), "接下来由我（自动助手）陪您")
		}); err != nil {
			t.Errorf("the person is told that the dialog speaks again: %v", err)
		}
		w.eventually("the dialog to speak again", func() bool { return strings.Contains(w.says(who, "菜单").Content, "父母学堂") })
		if log := w.logs.String(); strings.Contains(log, "我不想活了") || strings.Contains(log, who) || strings.Contains(log, "陈老师") {
			t.Error("the log holds content or an openid")
		}
	})
}

func TestServicesThroughTheWebhook(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		t.Run("a lesson is found by plain words", func(t *testing.T) {
			w := w.in(t)
			who := openid(t, 2)
			w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是家长")
			hits := w.says(who, "孩子不想上学怎么办")
			w.wantIn(hits, "第一句话怎么回")
			lesson := w.taps(who, hits, "第一句话怎么回")
			w.wantIn(lesson, "/p/lesson/upper-refuse")
			if status, body := w.get("/p/lesson/upper-refuse"); status != http.StatusOK || !strings.Contains(body, "记住三点") {
				t.Errorf("lesson page: %d", status)
			}
		})
		t.Run("WHO-5 sums to 40", func(t *testing.T) {
			w := w.in(t)
			who := openid(t, 3)
			result := w.sits(who, "WHO-5", []string{"少于一半的时间", "少于一半的时间", "少于一半的时间", "少于一半的时间", "少于一半的时间"})
			w.wantIn(result, "40 分", "偏低", "不是诊断", "/p/result/")
		})
		t.Run("PHQ-9 sums to 15 and its item 9 is danger at once", func(t *testing.T) {
			w := w.in(t)
			who := openid(t, 4)
			most := "一半以上的天数"
			result := w.sits(who, "PHQ-9", []string{most, most, most, most, most, most, most, "完全没有", "好几天"})
			w.wantIn(w.danger, "12356")
			w.wantIn(result, "15 分", "比较重的低落", "找老师聊聊")
			found := false
			for _, c := range w.cases(w.token("counsellor")) {
				found = found || c.Level == "medium"
			}
			if !found {
				t.Error("no case of level medium was opened")
			}
		})
		t.Run("a station is booked, moved and cancelled", func(t *testing.T) {
			w := w.in(t)
			who := openid(t, 5)
			slots := w.bookUpTo(who, "天河")
			note := w.sends(slots.MenuLinks[0].Tap(who))
			w.wantIn(note, "想先告诉老师")
			summary := w.taps(who, note, "不写了")
			w.wantIn(summary, "时间：", "地点：", "可以吗")
			booked := w.says(who, "好的")
			w.wantIn(booked, "约好了", "预约码")
			shown := w.says(who, "我的预约")
			days := w.taps(who, shown, "改时间")
			slots = w.sends(days.MenuLinks[1].Tap(who)) // the last one leads to further days
			w.wantIn(w.sends(slots.MenuLinks[0].Tap(who)), "改成", "可以吗")
			w.wantIn(w.says(who, "1"), "改好了")
			shown = w.says(who, "我的预约")
			w.wantIn(w.taps(who, w.taps(who, shown, "取消这个预约"), "确定取消"), "已经取消")
			w.wantIn(w.says(who, "我的预约"), "还没有预约")
			var page struct {
				Items []struct{ Status string } `json:"items"`
			}
			if w.api("GET", "/api/v1/appointments", w.token("counsellor"), &page); len(page.Items) != 1 || page.Items[0].Status != "cancelled" {
				t.Errorf("appointments: %+v", page.Items)
			}
		})
	})
}

// sits takes a self-check to its end.
func (w *world) sits(who, scale string, answers []string) wxsim.Reply {
	w.t.Helper()
	w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是家长")
	r := w.taps(who, w.taps(who, w.says(who, "自测"), scale), "同意并开始")
	for i, a := range answers {
		var exact wxsim.MenuLink
		for _, l := range r.MenuLinks {
			if l.Label == a {
				exact = l
			}
		}
		if exact.ID == "" {
			w.t.Fatalf("item %d: no answer %q in %s", i+1, a, r.Content)
		}
		r = w.sends(exact.Tap(who))
	}
	w.danger = r
	return w.taps(who, r, "看结果")
}

// bookUpTo goes through the booking until the slots of the first free day are shown.
func (w *world) bookUpTo(who, district string) wxsim.Reply {
	w.t.Helper()
	w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是家长")
	stations := w.says(who, "预约")
	stations = w.taps(who, stations, district)
	days := w.taps(who, w.sends(stations.MenuLinks[0].Tap(who)), "约这里")
	return w.sends(days.MenuLinks[0].Tap(who))
}

func TestTheLastPlaceIsBookedOnce(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		st, _ := w.app.library.Current().Stations.Station("tianhe-2") // one place a slot
		day := st.Days(time.Now())[1]
		slot := st.Slots(day, time.Now())[0].ID()
		var (
			wg  sync.WaitGroup
			mu  sync.Mutex
			won int
		)
		for i := range 50 {
			p, err := w.app.db.People().Resolve(t.Context(), address(openid(t, i)))
			if err != nil {
				t.Fatal(err)
			}
			w.agrees(p.ID, consent.Booking)
			wg.Go(func() {
				_, err := w.app.bookings.Book(context.WithoutCancel(t.Context()), booking.Wish{Key: p.ID, Person: p.ID, Slot: slot})
				if err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d of 50 got the one place", won)
		}
	})
}

func TestTenCopiesAtOnceAcrossTwoReplicasHaveOneEffect(t *testing.T) {
	t.Parallel()
	cfg := shared(t)
	one := start(t, cfg, appOptions{})
	cfg.DataDir = t.TempDir()
	two := start(t, cfg, appOptions{})
	who := openid(t, 7)
	one.sends(wxsim.Subscribe(who, ""))
	m := wxsim.Text(who, "我不想活了")
	m.MsgID, m.CreateTime = 4242424242, time.Now().Unix()
	replies := make([]string, 10)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() {
			w := []*world{one, two}[i%2]
			r, err := w.client.Send(context.WithoutCancel(t.Context()), m)
			if err != nil {
				t.Error(err)
			}
			replies[i] = r.Content
		})
	}
	wg.Wait()
	for _, r := range replies {
		if r != replies[0] || !strings.Contains(r, "12356") {
			t.Errorf("replies differ:\n%s\n%s", replies[0], r)
		}
	}
	cases := one.cases(one.token("counsellor"))
	if len(cases) != 1 {
		t.Fatalf("%d cases", len(cases))
	}
	f, err := one.app.cases.File(storetest.Acts(t.Context()), cases[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, msg := range f.Messages {
		if msg.From == "person" && msg.Text == "我不想活了" {
			said++
		}
	}
	if len(f.Signals) != 1 || said != 1 {
		t.Errorf("%d signals and %d messages, want one of each", len(f.Signals), said)
	}
}

func TestDangerIsAnsweredAndRecordedOnceWithEveryBackendGone(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{patience: 2500 * time.Millisecond}) // as the program runs
		who := openid(t, 8)
		w.sends(wxsim.Subscribe(who, ""))
		restore := w.breakBackends()
		began := time.Now()
		crisis := w.says(who, "我已经站在天台上了，再见")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the answer took %s", took)
		}
		w.wantIn(crisis, "12356", "120", "110")
		if n := w.app.spool.Figures().Entries; n != 1 {
			t.Errorf("%d messages in the spool, want 1", n)
		}
		restore()
		token := w.token("counsellor")
		w.eventually("the case to be recorded", func() bool { return len(w.cases(token)) == 1 })
		w.eventually("the spool to be empty", func() bool { return w.app.spool.Figures().Entries == 0 })
		if cs := w.cases(token); len(cs) != 1 || cs[0].Level != "imminent" {
			t.Errorf("cases: %+v", cs)
		}
	})
}

func TestAPassiveOnlyAccountGetsWhatWaitedAtTheNextContact(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.WeChat.Accounts = []config.Account{{Name: account.Name, AppID: account.AppID, AppSecret: config.Secret(account.AppSecret), Token: config.Secret(account.Token), AESKey: config.Secret(account.AESKey)}}
	w := start(t, cfg, appOptions{})
	who := openid(t, 9)
	w.sends(wxsim.Subscribe(who, ""))
	p, err := w.app.db.People().Resolve(t.Context(), address(who))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.app.bot.DeliverLater(t.Context(), p.ID, "k1", replyText("老师让我告诉您：明天见。")); err != nil {
		t.Fatal(err)
	}
	w.eventually("the message to wait", func() bool {
		st, err := w.app.bot.State(t.Context(), address(who))
		return err == nil && st.Parked
	})
	var reply wxsim.Reply
	w.eventually("the waiting message to come with an answer", func() bool {
		reply = w.says(who, "菜单")
		return strings.Contains(reply.Content, "明天见")
	})
	w.wantIn(reply, "父母学堂")
	if r := w.says(who, "菜单"); strings.Contains(r.Content, "明天见") {
		t.Error("it was said twice")
	}
	w.wantIn(w.says(who, "订阅"), "这里不能主动给您发消息", "您下次来的时候带给您") // flows know what the account can do
}
