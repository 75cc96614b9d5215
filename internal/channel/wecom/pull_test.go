package wecom_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wecom"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// rig is a channel with the platform around it, and a handler that a test may hold up.
type rig struct {
	t        *testing.T
	platform *wxsim.Server
	client   *wxsim.KfClient
	channel  *wecom.Channel
	ledger   *ledger

	mu     sync.Mutex
	got    []string // what was handled, in order
	held   []string // what was made durable
	owed   []string // what was to be said later
	freed  int
	answer func(in channel.Inbound) ([]channel.Reply, error)
}

func (r *rig) list(which *[]string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(*which)
}

func newRig(t *testing.T, l *ledger, budget time.Duration) *rig {
	t.Helper()
	r := &rig{t: t, platform: wxsim.NewServer(kf), ledger: l}
	r.answer = func(in channel.Inbound) ([]channel.Reply, error) {
		return []channel.Reply{{Text: "答：" + in.Text}}, nil
	}
	api := httptest.NewServer(r.platform)
	t.Cleanup(api.Close)
	var err error
	r.channel, err = wecom.New(wecom.Options{
		Handle: func(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
			r.mu.Lock()
			r.got = append(r.got, in.Text)
			answer := r.answer
			r.mu.Unlock()
			return answer(in)
		},
		Accept: func(_ context.Context, in channel.Inbound) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.held = append(r.held, in.Text)
			return nil
		},
		Late: func(_ context.Context, _ channel.Inbound, rs []channel.Reply, _ error) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, reply := range rs {
				r.owed = append(r.owed, reply.Text)
			}
			if len(rs) == 0 {
				r.freed++
			}
			return nil
		},
		Ledger: l, Cache: session.NewMemory(), Budget: budget, Every: 50 * time.Millisecond, PublicURL: "https://xq.example",
		Accounts: []wecom.Account{{Name: kf.Name, CorpID: kf.AppID, Secret: kf.AppSecret, Token: kf.Token, AESKey: kf.AESKey, OpenKfID: kf.OpenKfID, APIURL: api.URL}},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := gin.New()
	r.channel.Register(e)
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	r.client = &wxsim.KfClient{URL: srv.URL + "/wecom/" + kf.Name, Account: kf, Platform: r.platform}
	return r
}

func (r *rig) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.channel.Run(ctx); close(done) }()
	r.t.Cleanup(func() {
		cancel()
		<-done
	})
}

func (r *rig) put(user, text string) {
	r.platform.KfPut(kf.OpenKfID, user, "", time.Now(), map[string]any{"msgtype": "text", "text": map[string]any{"content": text}})
}

// until waits for what is to happen on other goroutines.
func (r *rig) until(what string, holds func() bool) {
	r.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-end:
			r.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestEveryPageIsTakenAndEachPersonsWordsInOrder(t *testing.T) {
	r := newRig(t, newLedger(), 20*time.Second)
	for i := range 250 {
		r.put("wmOne", fmt.Sprintf("第%03d句", i))
	}
	r.run()
	r.ledger.reach(t, 250)
	got := r.list(&r.got)
	if len(got) != 250 || !slices.IsSorted(got) {
		t.Errorf("%d of 250 words were handled, in order: %t", len(got), slices.IsSorted(got))
	}
}

func TestWhoeverIsSlowHoldsUpNobodyElse(t *testing.T) {
	r := newRig(t, newLedger(), 20*time.Millisecond)
	gate := make(chan struct{})
	r.answer = func(in channel.Inbound) ([]channel.Reply, error) {
		if in.User == "wmSlow" {
			<-gate
		}
		return []channel.Reply{{Text: "答：" + in.Text}}, nil
	}
	r.put("wmSlow", "慢")
	r.put("wmSlow", "慢之后")
	r.run()
	r.ledger.reach(t, 2) // it is durable: the cursor goes on
	if held := r.list(&r.held); len(held) != 2 {
		t.Errorf("made durable: %q", held)
	}
	r.put("wmQuick", "快")
	if err := r.client.Hint(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.until("the quick one's answer", func() bool { return len(r.platform.KfShown("wmQuick")) == 1 })
	if n := len(r.platform.KfShown("wmSlow")); n != 0 {
		t.Fatalf("%d answers came through a closed gate", n)
	}
	close(gate)
	r.until("the slow answers, in order", func() bool {
		shown := r.platform.KfShown("wmSlow")
		return len(shown) == 2 && shown[0].Words() == "答：慢" && shown[1].Words() == "答：慢之后"
	})
	r.until("what was kept to be let go", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.freed == 2 })
}

func TestWithTheLedgerAwayWordsAreAnsweredOnceAndOldOnesLeftAlone(t *testing.T) {
	l := newLedger()
	l.err = errors.New("the database is away")
	r := newRig(t, l, 20*time.Second)
	r.platform.KfPut(kf.OpenKfID, "wmOld", "old", time.Now().Add(-2*time.Hour), map[string]any{"msgtype": "text", "text": map[string]any{"content": "两小时前"}})
	r.put("wmNew", "刚才")
	r.run()
	r.until("the new one's answer", func() bool { return len(r.platform.KfShown("wmNew")) == 1 })
	r.put("wmNew", "现在")
	r.until("the next answer", func() bool { return len(r.platform.KfShown("wmNew")) == 2 })
	l.mu.Lock()
	l.err = nil // it is back, and knows of an earlier place
	l.kept = channel.Progress{Cursor: "cursor-0", Done: []string{"old"}, Version: 7}
	l.mu.Unlock()
	l.reach(t, 3)
	if got := r.list(&r.got); !slices.Equal(got, []string{"刚才", "现在"}) {
		t.Errorf("handled: %q", got)
	}
}

func TestTheTokensOfCallsAndOfTheAPIMayEnd(t *testing.T) {
	r := newRig(t, newLedger(), 20*time.Second)
	if err := r.client.Hint(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.platform.Script("/cgi-bin/kf/sync_msg", 95007, 0, 42001)
	r.platform.Script("/cgi-bin/kf/send_msg", -1, 0, 40014)
	r.run()
	r.put("wmOne", "一")
	r.put("wmTwo", "二")
	r.ledger.reach(t, 2)
	for _, who := range []string{"wmOne", "wmTwo"} {
		if n := len(r.platform.KfShown(who)); n != 1 {
			t.Errorf("%s got %d answers", who, n)
		}
	}
	if owed := r.list(&r.owed); len(owed) > 0 {
		t.Errorf("to be said later: %q", owed)
	}
}

func TestWhatIsNotTakenIsSaidLaterFromThePartThatFailed(t *testing.T) {
	r := newRig(t, newLedger(), 20*time.Second)
	long := strings.Repeat("陪", 600)
	r.answer = func(channel.Inbound) ([]channel.Reply, error) {
		return []channel.Reply{{Text: long, Choices: []channel.Choice{{ID: "7", Label: "好"}}}, {Text: "第二条"}}, nil
	}
	r.platform.Script("/cgi-bin/kf/send_msg", 0, 95001)
	r.put("wmOne", "一")
	r.run()
	r.ledger.reach(t, 1)
	r.until("the rest to be owed", func() bool { return len(r.list(&r.owed)) > 0 })
	if owed := r.list(&r.owed); strings.Contains(strings.Join(owed, ""), "陪") || owed[len(owed)-1] != "第二条" {
		t.Errorf("to be said later: %d replies, the last %q", len(owed), owed[len(owed)-1])
	}
}

func TestAGreetingThatComesTooLateWaitsAndIsNoTrouble(t *testing.T) {
	r := newRig(t, newLedger(), 20*time.Second)
	r.answer = func(channel.Inbound) ([]channel.Reply, error) { return []channel.Reply{{Text: "欢迎"}}, nil }
	r.platform.Script("/cgi-bin/kf/send_msg_on_event", 40058)
	r.platform.KfEnter(kf.OpenKfID, "wmOne", "", true)
	r.run()
	r.ledger.reach(t, 1)
	if owed := r.list(&r.owed); !slices.Equal(owed, []string{"欢迎"}) {
		t.Errorf("to be said later: %q", owed)
	}
	if troubles := r.channel.Troubles(); len(troubles) != 0 {
		t.Errorf("troubles: %+v", troubles)
	}
}

func TestCallsThatAreNotThePlatformsAreRefused(t *testing.T) {
	r := newRig(t, newLedger(), time.Second)
	event := []byte("<xml><Event>kf_msg_or_event</Event><Token>x</Token><OpenKfId>" + kf.OpenKfID + "</OpenKfId></xml>")
	for _, f := range []wxsim.Fault{wxsim.FaultSignature, wxsim.FaultStale, wxsim.FaultAppID, wxsim.FaultPlain, wxsim.FaultGarbage, wxsim.FaultEmpty, wxsim.FaultOversize} {
		if status, err := r.client.Post(t.Context(), event, f); err == nil || status < 400 || status > 499 {
			t.Errorf("%s: status %d, %v", f, status, err)
		}
	}
	if status, err := r.client.Post(t.Context(), event, ""); err != nil {
		t.Errorf("the platform's own: status %d, %v", status, err)
	}
	if err := r.client.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNoPersonsWordIsNotHandled(t *testing.T) {
	r := newRig(t, newLedger(), 20*time.Second)
	for _, e := range []map[string]any{
		{"event_type": "msg_send_fail", "external_userid": "wmOne", "fail_type": 4}, {"event_type": "session_status_change", "external_userid": "wmOne", "change_type": 3},
		{"event_type": "servicer_status_change"}, {"event_type": "user_recall_msg", "external_userid": "wmOne"}, {"event_type": "enter_session", "external_userid": "wmOne"}, {"event_type": 12},
	} {
		r.platform.KfEvent(kf.OpenKfID, e)
	}
	r.platform.KfPut(kf.OpenKfID, "wmOne", "", time.Now(), map[string]any{"origin": 5, "msgtype": "text", "text": map[string]any{"content": "同事在客户端说的"}})
	r.platform.KfPut(kf.OpenKfID, "wmOne", "", time.Now(), map[string]any{"msgtype": "merged_msg", "merged_msg": map[string]any{"title": "聊天记录", "item": []any{map[string]any{"msg_content": `{"text":{"content":"我不想活了"}}`}}}})
	r.platform.KfPut(kf.OpenKfID, "wmOne", "", time.Now(), map[string]any{"send_time": "odd", "msgtype": "text", "text": map[string]any{"content": "你好", "menu_id": 7}})
	r.run()
	r.ledger.reach(t, 9)
	if got := r.list(&r.got); len(got) != 2 || !strings.Contains(got[0], "我不想活了") || got[1] != "你好" {
		t.Errorf("handled: %q", got)
	}
}

func TestTheDoctorSaysWhichAccountsThereAre(t *testing.T) {
	r := newRig(t, newLedger(), time.Second)
	said := func() string {
		fs, err := r.channel.Doctor(t.Context(), kf.Name)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for _, f := range fs {
			fmt.Fprintln(&b, f.Fine, f.What, f.Advice)
		}
		return b.String()
	}
	if got := said(); strings.Contains(got, "false") || !strings.Contains(got, "示例·心桥客服") {
		t.Error(got)
	}
	r.platform.Fail("/cgi-bin/kf/account/list", 60020, "not allow to access from your ip", 0)
	if got := said(); !strings.Contains(got, "可信 IP") {
		t.Error(got)
	}
}
