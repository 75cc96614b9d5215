package notify

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

var (
	at    = time.Date(2026, 3, 2, 15, 30, 0, 0, time.UTC)
	clock = func() time.Time { return at }
	alert = Alert{
		ID: "a-1", Kind: Opened, Level: risk.Imminent, Alias: "家长·木棉 4127", District: "天河区", Within: 3 * time.Minute, Rung: "值班",
		Call: []Contact{{Name: "示例·陈老师", Email: "chen@example.org", Mobile: "13800000000"}}, URL: "https://xinqiao.example/desk/cases/c1", At: at,
	}
)

// receiver is somebody else's server: what it got, and how it answers.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	last   http.Header
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.bodies, r.last = append(r.bodies, string(raw)), req.Header
		r.mu.Unlock()
		answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.bodies...)
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, body) }
}

func TestAnAlertSaysWhoWhatAndWhere(t *testing.T) {
	for _, c := range []struct {
		name string
		a    Alert
		want string
	}{
		{"a new case", alert, "【心桥·紧急】家长·木棉 4127 在等人回应\n片区：天河区\n要求：3 分钟内点“收到”或接手\n请：示例·陈老师（值班）\n打开：https://xinqiao.example/desk/cases/c1\n时间：3月2日 23:30"},
		{"an overdue one that is everybody's", Alert{Kind: Overdue, Level: risk.Medium, Alias: "学生·白云 12", Within: 2 * time.Hour, Rung: "全员", At: at}, "【心桥·关注·超时】学生·白云 12 还没有人响应\n要求：2 小时内点“收到”或接手\n请：全员\n时间：3月2日 23:30"},
		{"danger without backends", Alert{Kind: Unfiled, Level: risk.High, At: at}, "【心桥·高危】有人说了危险的话，系统的数据库暂时连不上\n说明：热线已经回复给对方。个案要等数据库恢复后才会出现在工作台，请现在就联系值班技术人员。\n时间：3月2日 23:30"},
	} {
		if diff := cmp.Diff(c.want, c.a.Text()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAGroupRobotMentionsWhoeverIsCalled(t *testing.T) {
	r := newReceiver(t, says(200, `{"errcode":0,"errmsg":"ok"}`))
	if retry, err := NewWeCom(r.URL+"?key=k").Notify(t.Context(), alert); retry || err != nil {
		t.Fatal(retry, err)
	}
	var msg struct {
		Type string `json:"msgtype"`
		Text struct {
			Content   string   `json:"content"`
			Mentioned []string `json:"mentioned_mobile_list"`
		} `json:"text"`
	}
	if err := json.Unmarshal([]byte(r.got()[0]), &msg); err != nil {
		t.Fatal(err)
	}
	if msg.Type != "text" || msg.Text.Content != alert.Text() || len(msg.Text.Mentioned) != 1 || msg.Text.Mentioned[0] != "13800000000" {
		t.Errorf("%+v", msg)
	}
	everybody := alert
	everybody.Call = nil
	_, _ = NewWeCom(r.URL).Notify(t.Context(), everybody)
	if got := r.got()[1]; !strings.Contains(got, "@all") {
		t.Errorf("with nobody named, everybody is mentioned: %s", got)
	}
}

func TestAReceiverCanCheckAWebhooksSignature(t *testing.T) {
	r := newReceiver(t, says(204, ""))
	secret := []byte("0123456789abcdef01234567")
	w, err := NewWebhook(r.URL, "whsec_"+base64.StdEncoding.EncodeToString(secret), clock)
	if err != nil {
		t.Fatal(err)
	}
	if retry, err := w.Notify(t.Context(), alert); retry || err != nil {
		t.Fatal(retry, err)
	}
	body, h := r.got()[0], r.last
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("a-1.1772465400." + body))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); h.Get("webhook-signature") != want || h.Get("webhook-id") != "a-1" || h.Get("webhook-timestamp") != "1772465400" {
		t.Errorf("headers %v, want the signature %s", h, want)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"type": "xinqiao.alert.opened", "timestamp": "2026-03-02T15:30:00Z", "data": map[string]any{
		"id": "a-1", "kind": "opened", "level": "imminent", "alias": "家长·木棉 4127", "district": "天河区", "within_seconds": 180.0, "rung": "值班",
		"call": []any{map[string]any{"name": "示例·陈老师"}}, "url": alert.URL, "at": "2026-03-02T15:30:00Z", "text": alert.Text(),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := NewWebhook(r.URL, "short", clock); err == nil {
		t.Error("a secret of five letters is taken")
	}
}

func TestAFailureSaysWhetherAnotherTryHelpsAndNeverTheAddress(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	webhook := func(url string) Notifier {
		w, err := NewWebhook(url, strings.Repeat("s", 24), clock)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	wecom := func(url string) Notifier { return NewWeCom(url) }
	for _, c := range []struct {
		name  string
		by    func(string) Notifier
		url   string
		retry bool
	}{
		{"a webhook that is down", webhook, gone.URL, true},
		{"a webhook with a fault", webhook, newReceiver(t, says(502, "")).URL, true},
		{"a webhook that is too busy", webhook, newReceiver(t, says(429, "")).URL, true},
		{"a webhook that is not there", webhook, newReceiver(t, says(404, "")).URL, false},
		{"a webhook that leads elsewhere", webhook, newReceiver(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}).URL, false},
		{"a robot that is down", wecom, gone.URL, true},
		{"a robot that had 20 messages this minute", wecom, newReceiver(t, says(200, `{"errcode":45009,"errmsg":"freq"}`)).URL, true},
		{"a robot that was removed", wecom, newReceiver(t, says(200, `{"errcode":93000,"errmsg":"invalid webhook url secret-key"}`)).URL, false},
		{"an address that is no robot", wecom, newReceiver(t, says(200, `<html>`)).URL, false},
	} {
		retry, err := c.by(c.url+"/?key=secret-key").Notify(t.Context(), alert)
		if err == nil || retry != c.retry {
			t.Errorf("%s: retry %t, error %v", c.name, retry, err)
		} else if strings.Contains(err.Error(), "secret-key") {
			t.Errorf("%s: the error holds the key: %v", c.name, err)
		}
	}
}

func TestASlowReceiverIsGivenUpAndThenLeftAloneForAWhile(t *testing.T) {
	release := make(chan struct{})
	r := newReceiver(t, func(_ http.ResponseWriter, req *http.Request) {
		select {
		case <-release:
		case <-req.Context().Done():
		}
	})
	defer close(release)
	counted := prometheus.NewRegistry()
	sent := Metrics(counted)
	w := NewWay("慢", NewWeCom(r.URL), sent)
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if retry, err := w.Notify(ctx, alert); err == nil || !retry {
			t.Errorf("retry %t, error %v", retry, err)
		}
		cancel()
	}
	asked := len(r.got())
	if _, err := w.Notify(t.Context(), alert); err == nil || !strings.Contains(err.Error(), ErrResting.Error()) {
		t.Errorf("the sixth try says %v", err)
	}
	if len(r.got()) != asked {
		t.Error("it was asked again")
	}
	families, err := counted.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, m := range families[len(families)-1].GetMetric() {
		counts[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	if counts["failed"] != 5 || counts["held"] != 1 {
		t.Errorf("%v are counted, want 5 failed, and 1 that was held back", counts)
	}
}

// postOffice is a mail server of a few words. refuse answers every receiver.
func postOffice(t *testing.T, refuse string) (addr string, letters chan string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	letters = make(chan string, 4)
	var open sync.WaitGroup
	t.Cleanup(func() { _ = ln.Close(); open.Wait() })
	open.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			open.Go(func() { serveMail(c, refuse, letters) })
		}
	})
	return ln.Addr().String(), letters
}

func serveMail(c net.Conn, refuse string, letters chan<- string) {
	defer func() { _ = c.Close() }()
	r, say := textproto.NewReader(bufio.NewReader(c)), func(s string) { _, _ = io.WriteString(c, s+"\r\n") }
	say("220 post.example ESMTP")
	var envelope strings.Builder
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "EHLO":
			say("250-post.example\r\n250 8BITMIME")
		case "RCPT":
			if refuse != "" {
				say(refuse)
				continue
			}
			envelope.WriteString(line + "\n")
			say("250 ok")
		case "DATA":
			say("354 go on")
			raw, err := r.ReadDotBytes()
			if err != nil {
				return
			}
			letters <- envelope.String() + string(raw)
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func TestAMailGoesToWhoeverIsCalledAndToTheMailboxOfTheDuty(t *testing.T) {
	addr, letters := postOffice(t, "")
	e, err := NewEmail("smtp://"+addr, "xinqiao@example.org", []string{"duty@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if retry, err := e.Notify(t.Context(), alert); retry || err != nil {
		t.Fatal(retry, err)
	}
	letter := <-letters
	for _, part := range []string{"RCPT TO:<duty@example.org>", "RCPT TO:<chen@example.org>", "X-Priority: 1", "=?UTF-8?q?=E3=80=90=E5=BF=83=E6=A1=A5"} {
		if !strings.Contains(letter, part) {
			t.Errorf("the letter lacks %q:\n%s", part, letter)
		}
	}
}

func TestAMailThatCannotBeSentSaysWhetherAnotherTryHelps(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	later, _ := postOffice(t, "451 4.3.2 later")
	never, _ := postOffice(t, "550 5.1.1 nobody here")
	for _, c := range []struct {
		name, addr string
		to         []string
		call       []Contact
		retry      bool
	}{
		{"a server that is down", gone.Addr().String(), []string{"duty@example.org"}, nil, true},
		{"a server that is busy", later, []string{"duty@example.org"}, nil, true},
		{"a mailbox that does not exist", never, []string{"duty@example.org"}, nil, false},
		{"nobody to write to", later, nil, []Contact{{Name: "示例"}}, false},
	} {
		e, err := NewEmail("smtp://"+c.addr, "xinqiao@example.org", c.to)
		if err != nil {
			t.Fatal(err)
		}
		a := alert
		a.Call = c.call
		if retry, err := e.Notify(t.Context(), a); err == nil || retry != c.retry {
			t.Errorf("%s: retry %t, error %v", c.name, retry, err)
		}
	}
	for _, bad := range []string{"mail.example:25", "http://mail.example", "smtp://"} {
		if _, err := NewEmail(bad, "xinqiao@example.org", nil); err == nil {
			t.Errorf("%q is taken for a mail server", bad)
		}
	}
	if _, err := NewEmail("smtp://mail.example", "no address", nil); err == nil {
		t.Error("a sender without an address is taken")
	}
}
