package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// Bodies that WeChat was reported to send, and that were refused.
func TestDangerIsAnsweredHoweverCarelesslyItIsWritten(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	token := w.token("counsellor")
	for i, xml := range []string{
		"<xml><ToUserName><![CDATA[gh_school]]></ToUserName><FromUserName><![CDATA[WHO]]></FromUserName><CreateTime>NOW</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[]]> 我不想活了]]></Content><MsgId>1</MsgId></xml>",
		"<xml><FromUserName><![CDATA[WHO]]></FromUserName><CreateTime>NOW</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[我不想活了]]></Content><MsgId>4</MsgId></xml>",
		"\ufeff\r\n<xml><ToUserName><![CDATA[gh_school]]></ToUserName><FromUserName><![CDATA[WHO]]></FromUserName><CreateTime></CreateTime><MsgType><![CDATA[TEXT]]></MsgType><Content><![CDATA[<Encrypt>我不想活了</Encrypt>]]></Content><MsgId>99999999999999999999999</MsgId>",
	} {
		who := openid(t, i+1)
		r, err := w.client.SendXML(t.Context(), who, strings.NewReplacer("WHO", who, "NOW", strconv.FormatInt(time.Now().Unix(), 10)).Replace(xml))
		if err != nil {
			t.Fatalf("%s: %v\n%s", xml, err, w.logs)
		}
		w.wantIn(r, "12356")
		if got := len(w.cases(token)); got != i+1 {
			t.Errorf("%d cases after %d cries for help", got, i+1)
		}
	}
	slash := *w.client
	slash.URL += "/"
	slash.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("sent elsewhere") }}
	r, err := slash.Send(t.Context(), wxsim.Text(openid(t, 9), "我不想活了"))
	if err != nil {
		t.Fatal(err)
	}
	w.wantIn(r, "12356")
}

// What a counsellor wrote waited for the person, was handed to a report that nobody sees, and stood there as delivered.
func TestNoReportOfWeChatTakesACounsellorsWords(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who, lin := openid(t, 1), casework.Actor{ID: "lin", Name: "示例·林老师"}
	w.says(who, "我不想活了，药就在手边")
	c := w.cases(w.token("counsellor"))[0]
	if _, err := w.app.cases.Take(t.Context(), c.ID, lin); err != nil {
		t.Fatal(err)
	}
	w.says(who, "嗯")
	w.platform.Fail("/cgi-bin/message/custom/send", 45015, "response out of time limit", 0)
	const words = "明天下午我在咨询室等你。"
	if err := w.app.cases.Say(t.Context(), c.ID, lin, words, "k1"); err != nil {
		t.Fatal(err)
	}
	state := func() (d casework.Delivery, messages int) {
		f, err := w.app.cases.File(storetest.Acts(t.Context()), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range f.Messages {
			if m.From == transcript.FromStaff {
				d = f.Deliveries[m.ID]
			}
		}
		return d, len(f.Messages)
	}
	w.eventually("the words to wait for the person", func() bool { d, _ := state(); return d == casework.DeliveryWaiting })
	_, before := state()
	for _, name := range []string{"TEMPLATESENDJOBFINISH", "VIEW", "view_miniprogram", "LOCATION", "user_info_modified", "MASSSENDJOBFINISH", "subscribe_msg_popup_event", "kf_create_session", "pic_weixin", "hologram"} {
		m := wxsim.Event(who, name, "https://xq.example/p/lesson/1")
		m.JobID, m.Status, m.Latitude, m.Longitude = 1, "success", 23.1, 113.2
		if r := w.sends(m); !r.Success {
			t.Errorf("%s was answered with %s", name, r.Content)
		}
		if d, n := state(); d != casework.DeliveryWaiting || n != before {
			t.Errorf("after %s the words are %s, and %d messages instead of %d stand at the desk", name, d, n, before)
		}
	}
	w.wantIn(w.says(who, "老师你在吗"), words)
	w.eventually("the words to stand as delivered", func() bool { d, _ := state(); return d == casework.DeliveryDone })
	stranger := openid(t, 2)
	w.sends(wxsim.Event(stranger, "VIEW", "https://xq.example/"))
	w.sends(wxsim.Event(stranger, "unsubscribe", ""))
	if _, err := w.app.db.People().Find(t.Context(), address(stranger)); !errors.Is(err, person.ErrNotFound) {
		t.Errorf("whoever never spoke is known (%v)", err)
	}
}

func TestWhoRevokesTheirConsentAtWeChatIsErased(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		who := openid(t, 1)
		w.says(who, "学生")
		m := wxsim.Event(who, "user_authorization_revoke", "")
		m.Revoked = "205"
		if r := w.sends(m); !r.Success {
			t.Errorf("answered with %+v", r)
		}
		w.eventually("the person to be erased", func() bool {
			_, err := w.app.db.People().Find(t.Context(), address(who))
			return errors.Is(err, person.ErrNotFound)
		})
		if r := w.says(who, "你好"); strings.Contains(w.logs.String(), who) || r.Content == "" {
			t.Errorf("whoever comes back gets %q", r.Content)
		}
	})
}

func TestAnotherProgramThatTakesTheTokenAwayIsSaidInReadyz(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	for range 3 {
		if _, err := w.app.wechat.Quotas(t.Context(), "main"); err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": account.AppID, "secret": account.AppSecret, "force_refresh": true})
		if err != nil {
			t.Fatal(err)
		}
		w.platform.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/cgi-bin/stable_token", bytes.NewReader(body)))
	}
	if _, err := w.app.wechat.Quotas(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	if code, body := w.get("/readyz"); code != http.StatusOK || !strings.Contains(body, "wechat main: degraded: 一小时里有 3 次") {
		t.Errorf("/readyz says %d %s", code, body)
	}
}
