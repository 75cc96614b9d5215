package wechat_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"), goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

var safe = wxsim.Account{
	Name: "main", AppID: "wx0123456789abcdef", AppSecret: "s3cret", Token: "xinqiao-token",
	AESKey: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", GhID: "gh_school",
}

func plain() wxsim.Account {
	a := safe
	a.Name, a.AESKey = "plain", ""
	return a
}

// rig is a channel with both sides of the wire around it.
type rig struct {
	t        *testing.T
	opts     wechat.Options
	channel  *wechat.Channel
	url      string
	client   *wxsim.Client
	platform *wxsim.Server
	logs     *strings.Builder

	mu  sync.Mutex
	got []channel.Inbound
}

func (r *rig) seen() []channel.Inbound {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got
}

func newRig(t *testing.T, change func(*rig)) *rig {
	t.Helper()
	r := &rig{t: t, platform: wxsim.NewServer(safe, plain()), logs: &strings.Builder{}}
	api := httptest.NewServer(r.platform)
	t.Cleanup(api.Close)
	all := channel.Capabilities{CustomerService: true, Template: true, OAuth: true}
	var mu sync.Mutex
	r.opts = wechat.Options{
		PublicURL: "https://xq.example", Cache: session.NewMemory(), Metrics: prometheus.NewRegistry(),
		Log: slog.New(slog.NewTextHandler(lockedWriter{&mu, r.logs}, nil)),
		Handle: func(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
			return []channel.Reply{{Text: "收到：" + in.Text}}, nil
		},
		Accept: func(context.Context, channel.Inbound) error { return nil },
		Late:   func(context.Context, channel.Inbound, []channel.Reply, error) error { return nil },
	}
	for _, a := range []wxsim.Account{safe, plain()} {
		r.opts.Accounts = append(r.opts.Accounts, wechat.Account{Name: a.Name, AppID: a.AppID, AppSecret: a.AppSecret, Token: a.Token, AESKey: a.AESKey, APIURL: api.URL, Capabilities: all})
	}
	if change != nil {
		change(r)
	}
	inner := r.opts.Handle
	r.opts.Handle = func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
		r.mu.Lock()
		r.got = append(r.got, in)
		r.mu.Unlock()
		return inner(ctx, in)
	}
	c, err := wechat.New(r.opts)
	if err != nil {
		t.Fatal(err)
	}
	r.channel = c
	e := gin.New()
	c.Register(e)
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	r.url = srv.URL
	r.client = &wxsim.Client{URL: srv.URL + "/wechat/main", Account: safe}
	return r
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *strings.Builder
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (r *rig) send(m wxsim.Message) wxsim.Reply {
	r.t.Helper()
	reply, err := r.client.Send(r.t.Context(), m)
	if err != nil {
		r.t.Fatalf("send %s: %v (status %d)", m.Type, err, reply.Status)
	}
	return reply
}

func TestTheURLIsVerified(t *testing.T) {
	r := newRig(t, nil)
	if err := r.client.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	for name, q := range map[string]string{
		"a wrong signature": "?signature=00&timestamp=1&nonce=2&echostr=hi", "nothing": "",
	} {
		res, err := http.Get(r.url + "/wechat/main" + q)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", name, res.StatusCode)
		}
	}
}

// The worked vector of the protocol's description, as a delivery.
func TestTheWorkedVectorIsRead(t *testing.T) {
	at := time.Unix(1732320000, 0)
	r := newRig(t, func(r *rig) { r.opts.Now = func() time.Time { return at } })
	const encrypt = "4j/AuRx71kQlxVlzbpsMWJGEiVZINFciB+YbRojzGdyr3sOuTGZ8HTGrzy68xaeFGs/7GnMvbBh0vn9d4hBhYQZQvJrm8IE80rTqxE9eTiACAL9itaSFsW1j7gwtqnnbxfmAiTJri2ZFtGdM+l4E/5hBUirSIJRNyAWGb/XNuViNEJPzq8ThY5rXvwE6INpiq5MRdONw+FppTXvMPnjMc7p2nO02lvkr+aaslqvr+IKDo02mZM+Lv4kTw6J7RjinK3LxHkhycaEw19r75xyv3U7zSe7IKlC0QF51sJkxFrL1h9qyfrG84kkpMvSrisQ3LVld+S3PSnE2Eoj4mwjsFHdJmC0w3YTE2Hom23XAcDNOs9Ib34iuPkfAJFp4jsEhpkkgIXOEkiA/5fAt1nNmhpbL67NquqO+m0CbxaYsBnQ="
	q := url.Values{"timestamp": {"1732320000"}, "nonce": {"1320562132"}, "signature": {"c9fd255ee5234349628f50c2c6f5db8a42255fbd"},
		"msg_signature": {"0c5dd4fad4d337a366cfd6a1bbf008e1c2d7f1cb"}, "encrypt_type": {"aes"}}
	res, err := http.Post(r.url+"/wechat/main?"+q.Encode(), "text/xml", strings.NewReader("<xml><ToUserName>gh_school</ToUserName><Encrypt><![CDATA["+encrypt+"]]></Encrypt></xml>"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	got := r.seen()
	if res.StatusCode != http.StatusOK || len(got) != 1 {
		t.Fatalf("status %d, %d messages", res.StatusCode, len(got))
	}
	if got[0].Text != "孩子不想上学怎么办" || !strings.HasPrefix(got[0].ID, "23456789012345678.") || got[0].User.Reveal() != "oParent-0001" || !got[0].At.Equal(at) {
		t.Errorf("read as %+v", got[0])
	}
}

func TestEveryTypeOfMessageIsRead(t *testing.T) {
	voice := wxsim.Voice("o1", "m1", "我想预约")
	for name, c := range map[string]struct {
		m    wxsim.Message
		want channel.Inbound
	}{
		"a text":              {wxsim.Text("o1", "你好 [微笑] ]]> <b>"), channel.Inbound{Kind: channel.KindText, Text: "你好 [微笑] ]]> <b>"}},
		"a tap":               {wxsim.Tap("o1", "4021", "听课"), channel.Inbound{Kind: channel.KindText, Text: "听课", MenuID: "4021"}},
		"a voice message":     {voice, channel.Inbound{Kind: channel.KindVoice, Text: "我想预约"}},
		"a picture":           {wxsim.Image("o1", "m1", "http://pic"), channel.Inbound{Kind: channel.KindImage}},
		"a film":              {wxsim.Video("o1", "m1", "m2"), channel.Inbound{Kind: channel.KindVideo}},
		"a link":              {wxsim.Link("o1", "题", "述", "http://x"), channel.Inbound{Kind: channel.KindLink, Text: "题 述"}},
		"a new follower":      {wxsim.Subscribe("o1", "school42"), channel.Inbound{Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventSubscribe, Name: "subscribe", Key: "school42"}}},
		"a follower who left": {wxsim.Event("o1", "unsubscribe", ""), channel.Inbound{Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventUnsubscribe, Name: "unsubscribe"}}},
		"a scanned code":      {wxsim.Scan("o1", "station7"), channel.Inbound{Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventScan, Name: "SCAN", Key: "station7"}}},
		"a menu button":       {wxsim.Click("o1", "BOOKING"), channel.Inbound{Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventClick, Name: "CLICK", Key: "BOOKING"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.send(c.m)
			got := r.seen()
			if len(got) != 1 {
				t.Fatalf("%d messages", len(got))
			}
			g := got[0]
			if g.ID == "" || strings.Contains(g.ID, "o1") {
				t.Errorf("ID %q must be there and must not hold the openid", g.ID)
			}
			have := channel.Inbound{Kind: g.Kind, Text: g.Text, MenuID: g.MenuID, Event: g.Event}
			if diff := cmp.Diff(c.want, have); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPlaceIsReadAndAnUnreadableOneIsNotLost(t *testing.T) {
	r := newRig(t, nil)
	r.send(wxsim.Location("o1", 23.129, 113.264, "体育中心"))
	want := channel.Location{Latitude: 23.129, Longitude: 113.264, Label: "体育中心", Datum: "gcj02"}
	if diff := cmp.Diff(want, *r.seen()[0].Location); diff != "" {
		t.Error(diff)
	}
}

func TestTwoEventsOfOneSecondStayApartAndARetryStaysTheSame(t *testing.T) {
	r := newRig(t, nil)
	m := wxsim.Click("o1", "A")
	m.CreateTime = time.Now().Unix()
	n := m
	n.EventKey = "B"
	r.send(m)
	r.send(m)
	r.send(n)
	got := r.seen()
	if got[0].ID != got[1].ID || got[0].ID == got[2].ID {
		t.Errorf("IDs %s %s %s", got[0].ID, got[1].ID, got[2].ID)
	}
}

func TestBadDeliveriesAreRefusedWithoutATrace(t *testing.T) {
	for _, f := range wxsim.Faults {
		t.Run(string(f), func(t *testing.T) {
			r := newRig(t, nil)
			reply, err := r.client.SendBroken(t.Context(), wxsim.Text("oSecretUser", "悄悄话"), f)
			if !errors.Is(err, wxsim.ErrRefused) || reply.Status < 400 || reply.Status > 499 {
				t.Errorf("status %d, %v; want a 4xx", reply.Status, err)
			}
			if len(r.seen()) != 0 {
				t.Error("it was handled all the same")
			}
			if log := r.logs.String(); strings.Contains(log, "悄悄话") || strings.Contains(log, "oSecretUser") || strings.Count(log, "\n") != 1 {
				t.Errorf("want one log line without content, got:\n%s", log)
			}
			if n := gather(t, r, "xinqiao_wechat_refused_total"); n != 1 {
				t.Errorf("refusals counted: %v, want 1", n)
			}
		})
	}
}

func gather(t *testing.T, r *rig, name string) float64 {
	t.Helper()
	reg, _ := r.opts.Metrics.(*prometheus.Registry)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func TestAStrippedQueryDoesNotDowngradeASafeAccount(t *testing.T) {
	r := newRig(t, nil)
	forged := &wxsim.Client{URL: r.url + "/wechat/main", Account: func() wxsim.Account { a := plain(); return a }()}
	if _, err := forged.Send(t.Context(), wxsim.Text("o1", "forged")); !errors.Is(err, wxsim.ErrRefused) {
		t.Errorf("a plain message to a safe account: %v", err)
	}
}

func TestAPlainAccountIsServedInClear(t *testing.T) {
	r := newRig(t, nil)
	c := &wxsim.Client{URL: r.url + "/wechat/plain", Account: plain()}
	reply, err := c.Send(t.Context(), wxsim.Text("o1", "你好"))
	if err != nil || reply.Content != "收到：你好" {
		t.Errorf("%q, %v", reply.Content, err)
	}
}

func TestChoicesAreTappableAndComeBackWithTheirID(t *testing.T) {
	r := newRig(t, func(r *rig) {
		r.opts.Handle = func(context.Context, channel.Inbound) ([]channel.Reply, error) {
			return []channel.Reply{{Text: "选一个", Choices: []channel.Choice{{ID: "77", Label: "听课 & <更多>"}, {ID: "78", Label: "乙"}}}}, nil
		}
	})
	reply := r.send(wxsim.Text("o1", "菜单"))
	if len(reply.MenuLinks) != 2 || reply.MenuLinks[0].ID != "77" || reply.MenuLinks[0].Content != "听课 & <更多>" {
		t.Fatalf("links %+v in %s", reply.MenuLinks, reply.Content)
	}
	r.send(reply.MenuLinks[0].Tap("o1"))
	if last := r.seen()[1]; last.MenuID != "77" || !last.Tapped() {
		t.Errorf("the tap came as %+v", last)
	}
}

func TestALongAnswerComesInPartsAndARetryGetsTheSamePart(t *testing.T) {
	long := strings.Repeat("父母的陪伴，是孩子最好的礼物。\n", 150) + "完"
	r := newRig(t, func(r *rig) {
		r.opts.Handle = func(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
			if in.Text == "继续" {
				return []channel.Reply{{Text: "没有了"}}, nil
			}
			return []channel.Reply{{Text: long}}, nil
		}
	})
	text := func(s string) string {
		return strings.ReplaceAll(strings.Split(s, "\n\n（还没说完）")[0], "\n", "")
	}
	reply := r.send(wxsim.Text("o1", "长一点"))
	got := text(reply.Content)
	for range 20 {
		if len(reply.Content) > 2048 {
			t.Fatalf("a text of %d bytes", len(reply.Content))
		}
		if len(reply.MenuLinks) == 0 {
			break
		}
		m := reply.MenuLinks[0].Tap("o1")
		m.MsgID = time.Now().UnixNano()
		reply = r.send(m)
		if again := r.send(m); again.Content != reply.Content {
			t.Fatal("a retry of 继续 got another part")
		}
		got += text(reply.Content)
	}
	if got != strings.ReplaceAll(long, "\n", "") {
		t.Errorf("the parts make up %d bytes of %d", len(got), len(long))
	}
	if last := r.send(wxsim.Text("o1", "继续")); last.Content != "没有了" {
		t.Errorf("when nothing is left, 继续 is the bot's: %q", last.Content)
	}
}

func TestACardAloneIsAnArticleAndBesideTextALink(t *testing.T) {
	card := &channel.Card{Title: "写作业前的十分钟", Summary: "三个要点", URL: "/p/lesson/l1", Picture: "/p/l1.png"}
	replies := []channel.Reply{{Card: card}}
	r := newRig(t, func(r *rig) {
		r.opts.Handle = func(context.Context, channel.Inbound) ([]channel.Reply, error) { return replies, nil }
	})
	reply := r.send(wxsim.Text("o1", "x"))
	want := []wxsim.Article{{Title: card.Title, Description: card.Summary, URL: "https://xq.example/p/lesson/l1", PicURL: "https://xq.example/p/l1.png"}}
	if diff := cmp.Diff(want, reply.Articles); diff != "" {
		t.Error(diff)
	}
	replies = []channel.Reply{{Text: "看这节"}, {Card: card}}
	reply = r.send(wxsim.Text("o1", "y"))
	if !strings.Contains(reply.Content, `<a href="https://xq.example/p/lesson/l1">《写作业前的十分钟》</a>`) {
		t.Errorf("got %s", reply.Content)
	}
}

func TestALateAnswerIsAcceptedAcknowledgedAndDelivered(t *testing.T) {
	release, late := make(chan struct{}), make(chan []channel.Reply, 1)
	accepted := make(chan string, 1)
	r := newRig(t, func(r *rig) {
		r.opts.Budget = 20 * time.Millisecond
		r.opts.Handle = func(context.Context, channel.Inbound) ([]channel.Reply, error) {
			<-release
			return []channel.Reply{{Text: "迟到"}}, nil
		}
		r.opts.Accept = func(_ context.Context, in channel.Inbound) error { accepted <- in.ID; return nil }
		r.opts.Late = func(_ context.Context, _ channel.Inbound, rs []channel.Reply, _ error) error { late <- rs; return nil }
	})
	reply := r.send(wxsim.Text("o1", "慢"))
	if !reply.Success || <-accepted == "" {
		t.Errorf("want success after Accept, got %+v", reply)
	}
	close(release)
	if rs := <-late; len(rs) != 1 || rs[0].Text != "迟到" {
		t.Errorf("late answer %+v", rs)
	}
	if err := r.channel.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAMessageThatCannotBeMadeDurableIsAnsweredAllTheSame(t *testing.T) {
	release, late := make(chan struct{}), make(chan []channel.Reply, 1)
	r := newRig(t, func(r *rig) {
		r.opts.Budget = 10 * time.Millisecond
		r.opts.Handle = func(context.Context, channel.Inbound) ([]channel.Reply, error) {
			<-release
			return []channel.Reply{{Text: "迟到"}}, nil
		}
		r.opts.Accept = func(context.Context, channel.Inbound) error { return errors.New("disk full") }
		r.opts.Late = func(_ context.Context, _ channel.Inbound, rs []channel.Reply, _ error) error { late <- rs; return nil }
	})
	if reply := r.send(wxsim.Text("o1", "慢")); !reply.Success {
		t.Errorf("%+v: a refusal shows the sender that the account is broken", reply)
	}
	close(release)
	if rs := <-late; len(rs) != 1 {
		t.Errorf("late: %+v", rs)
	}
	_ = r.channel.Close(t.Context())
}

func TestAHandlerThatFailsOrPanicsIsNoMatterOfThePlatforms(t *testing.T) {
	for name, h := range map[string]func(context.Context, channel.Inbound) ([]channel.Reply, error){
		"fails":  func(context.Context, channel.Inbound) ([]channel.Reply, error) { return nil, errors.New("no") },
		"panics": func(context.Context, channel.Inbound) ([]channel.Reply, error) { panic("oops") },
	} {
		for kind, m := range map[string]wxsim.Message{"a message": wxsim.Text("o1", "x"), "a follow": wxsim.Subscribe("o1", "")} {
			t.Run(name+" at "+kind, func(t *testing.T) {
				accepted, failed := make(chan string, 1), make(chan error, 1)
				r := newRig(t, func(r *rig) {
					r.opts.Handle = h
					r.opts.Accept = func(_ context.Context, in channel.Inbound) error { accepted <- in.ID; return nil }
					r.opts.Late = func(_ context.Context, _ channel.Inbound, _ []channel.Reply, err error) error {
						failed <- err
						return nil
					}
				})
				if reply, err := r.client.Send(t.Context(), m); err != nil || !reply.Success {
					t.Errorf("status %d, %v", reply.Status, err)
				}
				if <-accepted == "" || <-failed == nil {
					t.Error("it must be accepted, and be known not to have been answered")
				}
			})
		}
	}
}

func TestAPushTakesTheFormThatShowsIt(t *testing.T) {
	r := newRig(t, nil)
	s := r.channel.Sender("main")
	for _, reply := range []channel.Reply{
		{Text: "老师：我在。<不转义>"},
		{Text: "选", Choices: []channel.Choice{{ID: "5", Label: "好"}}},
		{Card: &channel.Card{Title: "课", URL: "/p/lesson/1"}},
		{Text: strings.Repeat("长", 1000)},
	} {
		if err := s.Push(t.Context(), "o1", reply); err != nil {
			t.Fatal(err)
		}
	}
	var kinds []string
	tokens := 0
	for _, c := range r.platform.Calls() {
		switch c.Path {
		case "/cgi-bin/stable_token":
			tokens++
		case "/cgi-bin/message/custom/send":
			kinds = append(kinds, fmt.Sprint(c.JSON["msgtype"]))
			if strings.Contains(c.Raw, `\u003c`) {
				t.Errorf("escaped JSON shows on the phone: %s", c.Raw)
			}
		}
	}
	if diff := cmp.Diff([]string{"text", "msgmenu", "news", "text", "text"}, kinds); diff != "" || tokens != 1 {
		t.Errorf("tokens fetched %d, kinds %s", tokens, diff)
	}
}

func TestAnEndedTokenIsFetchedAnewOnce(t *testing.T) {
	r := newRig(t, nil)
	s := r.channel.Sender("main")
	if err := s.Push(t.Context(), "o1", channel.Reply{Text: "一"}); err != nil {
		t.Fatal(err)
	}
	r.platform.RevokeTokens()
	if err := s.Push(t.Context(), "o1", channel.Reply{Text: "二"}); err != nil {
		t.Errorf("after the token was revoked: %v", err)
	}
}

func TestReplicasFetchOneTokenTogether(t *testing.T) {
	cache := session.NewMemory()
	platform := wxsim.NewServer(safe)
	api := httptest.NewServer(platform)
	defer api.Close()
	var wg sync.WaitGroup
	for range 4 {
		c, err := wechat.New(wechat.Options{Cache: cache, Accounts: []wechat.Account{{Name: "main", AppID: safe.AppID, AppSecret: safe.AppSecret, Token: safe.Token, AESKey: safe.AESKey, APIURL: api.URL, Capabilities: channel.Capabilities{CustomerService: true}}}})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			wg.Go(func() {
				if err := c.Sender("main").Push(context.WithoutCancel(t.Context()), "o1", channel.Reply{Text: "x"}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	fetched := 0
	for _, call := range platform.Calls() {
		if strings.Contains(call.Path, "token") {
			fetched++
		}
	}
	if fetched != 1 {
		t.Errorf("the token was fetched %d times", fetched)
	}
}

func TestEveryErrorCodeHasItsVerdict(t *testing.T) {
	for code, want := range map[int]channel.PushVerdict{
		-1: channel.PushRetry, 45009: channel.PushPark, 45011: channel.PushPark, 50002: channel.PushPark, 48004: channel.PushPark, 48002: channel.PushPark, 99999: channel.PushPark, 40003: channel.PushPark, 43004: channel.PushPark, 43101: channel.PushPark,
		45015: channel.PushPark, 45047: channel.PushPark, 48001: channel.PushPark, 40164: channel.PushPark, 45002: channel.PushGiveUp, 47001: channel.PushGiveUp,
	} {
		r := newRig(t, nil)
		r.platform.Fail("/cgi-bin/message/custom/send", code, "told to", 0)
		err := r.channel.Sender("main").Push(t.Context(), "o1", channel.Reply{Text: "x"})
		var pe *channel.PushError
		if !errors.As(err, &pe) || pe.Verdict != want || pe.Code != code {
			t.Errorf("code %d: %v, want %s", code, err, want)
		}
	}
}

func TestAnAccountWithoutCustomerServiceParksItsMessages(t *testing.T) {
	r := newRig(t, func(r *rig) { r.opts.Accounts[0].Capabilities = channel.Capabilities{} })
	var pe *channel.PushError
	if err := r.channel.Sender("main").Push(t.Context(), "o1", channel.Reply{Text: "x"}); !errors.As(err, &pe) || pe.Verdict != channel.PushPark {
		t.Errorf("%v", err)
	}
	if len(r.platform.Calls()) != 0 {
		t.Error("the API was called without the right to")
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	r := newRig(t, func(r *rig) { r.opts.Accounts[0].APIURL = "http://127.0.0.1:1" })
	err := r.channel.Sender("main").Push(t.Context(), "oSecret", channel.Reply{Text: "x"})
	if err == nil || strings.Contains(err.Error(), safe.AppSecret) || strings.Contains(err.Error(), "oSecret") || strings.Contains(err.Error(), "access_token=") {
		t.Errorf("error: %v", err)
	}
}

func TestTheDoctorExplainsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		path string
		code int
		msg  string
		want string
	}{
		"a bad secret":     {"/cgi-bin/stable_token", 40125, "invalid appsecret", "AppSecret"},
		"an unlisted IP":   {"/cgi-bin/stable_token", 40164, "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist", "203.0.113.9"},
		"no right to send": {"/cgi-bin/message/custom/typing", 48001, "api unauthorized", "权限"},
		"a used-up quota":  {"/cgi-bin/menu/get", 45009, "reach max api daily quota", "用完"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.platform.Fail(c.path, c.code, c.msg, 0)
			fs, err := r.channel.Doctor(t.Context(), "main")
			if err != nil {
				t.Fatal(err)
			}
			advice := ""
			for _, f := range fs {
				if !f.Fine {
					advice += f.Advice
				}
			}
			if !strings.Contains(advice, c.want) {
				t.Errorf("advice %q lacks %q", advice, c.want)
			}
		})
	}
}

func TestAMenuIsPushedAndABadOneRefused(t *testing.T) {
	r := newRig(t, nil)
	menu := []wechat.Button{{Name: "听课", Key: "COURSES"}, {Name: "更多", Sub: []wechat.Button{{Name: "求助热线", URL: "/p/hotlines"}}}}
	if err := r.channel.PushMenu(t.Context(), "main", menu); err != nil {
		t.Fatal(err)
	}
	shown, err := r.channel.ShowMenu(t.Context(), "main")
	if err != nil || !strings.Contains(shown, "https://xq.example/p/hotlines") {
		t.Errorf("%s, %v", shown, err)
	}
	if err := r.channel.PushMenu(t.Context(), "main", []wechat.Button{{Name: "名字太长了吧", Key: "A"}, {Name: "空"}}); err == nil {
		t.Error("a menu that the platform refuses was sent")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("<xml><ToUserName>a</ToUserName><FromUserName>b</FromUserName><MsgType>text</MsgType><Content>c</Content></xml>", "1", "n")
	f.Add("<xml><Encrypt>"+base64.StdEncoding.EncodeToString(make([]byte, 64))+"</Encrypt></xml>", "1732320000", "x")
	c, err := wechat.New(wechat.Options{Cache: session.NewMemory(), Accounts: []wechat.Account{
		{Name: "main", AppID: safe.AppID, Token: safe.Token, AESKey: safe.AESKey}, {Name: "plain", AppID: safe.AppID, Token: safe.Token},
	}, Handle: func(context.Context, channel.Inbound) ([]channel.Reply, error) { return nil, nil }})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, ts, nonce string) {
		for _, account := range []string{"main", "plain"} {
			c.DecodeForFuzz(account, body, ts, nonce)
		}
	})
}
