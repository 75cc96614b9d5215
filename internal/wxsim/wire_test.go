package wxsim

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	vectorXML     = `<xml><ToUserName><![CDATA[gh_school]]></ToUserName><FromUserName><![CDATA[oParent-0001]]></FromUserName><CreateTime>1732320000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[孩子不想上学怎么办]]></Content><MsgId>23456789012345678</MsgId></xml>`
	vectorEncrypt = "4j/AuRx71kQlxVlzbpsMWJGEiVZINFciB+YbRojzGdyr3sOuTGZ8HTGrzy68xaeFGs/7GnMvbBh0vn9d4hBhYQZQvJrm8IE80rTqxE9eTiACAL9itaSFsW1j7gwtqnnbxfmAiTJri2ZFtGdM+l4E/5hBUirSIJRNyAWGb/XNuViNEJPzq8ThY5rXvwE6INpiq5MRdONw+FppTXvMPnjMc7p2nO02lvkr+aaslqvr+IKDo02mZM+Lv4kTw6J7RjinK3LxHkhycaEw19r75xyv3U7zSe7IKlC0QF51sJkxFrL1h9qyfrG84kkpMvSrisQ3LVld+S3PSnE2Eoj4mwjsFHdJmC0w3YTE2Hom23XAcDNOs9Ib34iuPkfAJFp4jsEhpkkgIXOEkiA/5fAt1nNmhpbL67NquqO+m0CbxaYsBnQ="
)

func TestTheWorkedVectorComesOutToTheByte(t *testing.T) {
	m := Text("oParent-0001", "孩子不想上学怎么办")
	m.MsgID, m.CreateTime = 23456789012345678, 1732320000
	clear := m.appendXML(nil, "gh_school")
	if d := cmp.Diff(vectorXML, string(clear)); d != "" {
		t.Errorf("the message's XML differs (-want +got):\n%s", d)
	}
	c, err := newCodec(school)
	if err != nil {
		t.Fatal(err)
	}
	var scratch []byte
	sealed := string(c.seal(nil, &scratch, [16]byte([]byte("0123456789abcdef")), clear))
	if d := cmp.Diff(vectorEncrypt, sealed); d != "" {
		t.Errorf("the envelope differs (-want +got):\n%s", d)
	}
	got := []string{
		sign(school.Token, "1732320000", "1320562132"),
		sign(school.Token, "1732320000", "1320562132", sealed),
	}
	want := []string{"c9fd255ee5234349628f50c2c6f5db8a42255fbd", "0c5dd4fad4d337a366cfd6a1bbf008e1c2d7f1cb"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the signatures differ (-want +got):\n%s", d)
	}
	back, err := c.open([]byte(vectorEncrypt), &scratch)
	if err != nil || string(back) != vectorXML {
		t.Errorf("the envelope opens to %q, %v", back, err)
	}
}

func TestWhatIsSealedOpensAgainAndNowhereElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := newCodec(school)
		if err != nil {
			t.Fatal(err)
		}
		clear := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "clear")
		random := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "random"))
		var s1, s2 []byte
		sealed := c.seal(nil, &s1, random, clear)
		got, err := c.open(sealed, &s2)
		if err != nil || string(got) != string(clear) {
			t.Fatalf("opens to %x, %v; want %x", got, err, clear)
		}
		if _, err := FaultAppID.spoilCodec(c).open(sealed, &s2); err == nil {
			t.Fatal("another account's app ID opened it")
		}
	})
}

func TestEveryTextSurvivesItsXML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringOf(rapid.SampledFrom([]rune("]>[!<&a中\n😊"))).Draw(t, "text")
		m := Text(parent, want)
		var got inbound
		if err := xml.Unmarshal(m.appendXML(nil, "gh_school"), &got); err != nil {
			t.Fatal(err)
		}
		if got.Content != want {
			t.Fatalf("got %q, want %q", got.Content, want)
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(vectorEncrypt))
	f.Add([]byte(base64.StdEncoding.EncodeToString(make([]byte, 32))))
	c, err := newCodec(school)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, envelope []byte) {
		var scratch []byte
		if got, err := c.open(envelope, &scratch); err != nil && got != nil {
			t.Errorf("a refused envelope gave %q", got)
		}
	})
}

func TestEveryKindOfMessageIsWrittenAsThePlatformDoes(t *testing.T) {
	event := func(name string, set func(*Message)) Message {
		m := Event(parent, name, "")
		set(&m)
		return m
	}
	for name, tc := range map[string]struct {
		m    Message
		want []string
	}{
		"tap":         {Tap(parent, "101", "课程"), []string{"<Content><![CDATA[课程]]>", "<bizmsgmenuid><![CDATA[101]]>"}},
		"image":       {Image(parent, "m1", "http://pic"), []string{"<PicUrl><![CDATA[http://pic]]>", "<MediaId><![CDATA[m1]]>", "<MsgId>7<"}},
		"voice":       {Voice(parent, "m2", "你好"), []string{"<Format><![CDATA[amr]]>", "<Recognition><![CDATA[你好]]>", "<MediaId16K><![CDATA[m2-16k]]>"}},
		"video":       {Video(parent, "m3", "t3"), []string{"<ThumbMediaId><![CDATA[t3]]>"}},
		"location":    {Location(parent, 23.1, 113.3, "示例"), []string{"<Location_X>23.100000<", "<Location_Y>113.300000<", "<Scale>16<"}},
		"link":        {Link(parent, "题", "述", "http://u"), []string{"<Url><![CDATA[http://u]]>"}},
		"subscribe":   {Subscribe(parent, "s1"), []string{"<EventKey><![CDATA[qrscene_s1]]>", "<Ticket>"}},
		"scan":        {Scan(parent, "s1"), []string{"<Event><![CDATA[SCAN]]>", "<EventKey><![CDATA[s1]]>"}},
		"LOCATION":    {event("LOCATION", func(m *Message) { m.Precision = 40 }), []string{"<Precision>40.000000<"}},
		"scancode":    {event("scancode_waitmsg", func(m *Message) { m.Scan = ScanCode{"qrcode", "x"} }), []string{"<ScanResult><![CDATA[x]]>"}},
		"pictures":    {event("pic_weixin", func(m *Message) { m.Pictures = []string{"md5"} }), []string{"<Count>1<", "<PicMd5Sum><![CDATA[md5]]>"}},
		"place":       {event("location_select", func(m *Message) { m.Label = "示例" }), []string{"<SendLocationInfo>", "<Label><![CDATA[示例]]>"}},
		"template":    {event("TEMPLATESENDJOBFINISH", func(m *Message) { m.JobID, m.Status = 9, "success" }), []string{"<MsgID>9<", "<Status><![CDATA[success]]>"}},
		"mass":        {event("MASSSENDJOBFINISH", func(m *Message) { m.Sent = 3 }), []string{"<SentCount>3<"}},
		"notice":      {event("subscribe_msg_popup_event", func(m *Message) { m.Notices = []Notice{{TemplateID: "t", Status: "accept"}} }), []string{"<SubscribeStatusString><![CDATA[accept]]>"}},
		"notice sent": {event("subscribe_msg_sent_event", func(m *Message) { m.Notices = []Notice{{TemplateID: "t", Status: "success"}} }), []string{"<ErrorStatus><![CDATA[success]]>"}},
		"kf":          {event("kf_switch_session", func(m *Message) { m.ToKfAccount = "k@s" }), []string{"<ToKfAccount><![CDATA[k@s]]>"}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.m.MsgID, tc.m.CreateTime = 7, 1732320000
			got := string(tc.m.appendXML(nil, "gh_school"))
			var any struct{ FromUserName string }
			if err := xml.Unmarshal([]byte(got), &any); err != nil || any.FromUserName != parent {
				t.Fatalf("not well formed: %v\n%s", err, got)
			}
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("%s is missing in\n%s", w, got)
				}
			}
			if tc.m.Type == "event" && strings.Contains(got, "<MsgId>") {
				t.Error("an event has no MsgId")
			}
		})
	}
}

func TestSendReadsTheReplyAsThePlatformWould(t *testing.T) {
	link := `<a href="weixin://bizmsgmenu?msgmenucontent=%E8%AF%BE%E7%A8%8B&msgmenuid=101">看课程</a>`
	news := string(elem(elem([]byte("<xml>"), "ToUserName", parent), "FromUserName", school.GhID)) +
		"<CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item><Title>示例</Title><Url>http://u</Url></item></Articles></xml>"
	type shown struct {
		Success  bool
		Content  string
		Links    []MenuLink
		Articles []Article
	}
	for name, tc := range map[string]struct {
		status int
		body   string
		want   shown
		err    error
	}{
		"a text with choices":     {200, text(parent, "好的 "+link), shown{Content: "好的 " + link, Links: []MenuLink{{"101", "课程", "看课程"}}}, nil},
		"success":                 {200, "success", shown{Success: true}, nil},
		"nothing":                 {200, "", shown{Success: true}, nil},
		"an article":              {200, news, shown{Articles: []Article{{Title: "示例", URL: "http://u"}}}, nil},
		"a text that is too long": {200, text(parent, strings.Repeat("长", 683)), shown{Content: strings.Repeat("长", 683)}, ErrBadReply},
		"somebody else's reply":   {200, text("oSomebody", "x"), shown{Content: "x"}, ErrBadReply},
		"rubbish":                 {200, "hello", shown{}, ErrBadReply},
		"a refusal":               {403, "", shown{}, ErrRefused},
	} {
		for mode, key := range map[string]string{"safe": school.AESKey, "plain": ""} {
			t.Run(name+" in "+mode+" mode", func(t *testing.T) {
				a := school
				a.AESKey = key
				url, hc := listen(t, webhook{t, a, func(inbound) (int, string) { return tc.status, tc.body }})
				c := Client{URL: url, Account: a, HTTP: hc}
				r, err := c.Send(t.Context(), Text(parent, "你好"))
				if !errors.Is(err, tc.err) {
					t.Fatalf("error %v, want %v", err, tc.err)
				}
				if d := cmp.Diff(tc.want, shown{r.Success, r.Content, r.MenuLinks, r.Articles}); d != "" {
					t.Errorf("the reply differs (-want +got):\n%s", d)
				}
				if r.Status != tc.status {
					t.Errorf("status %d, want %d", r.Status, tc.status)
				}
			})
		}
	}
}

func TestVerifyAcceptsOnlyTheRightToken(t *testing.T) {
	url, hc := listen(t, webhook{t, school, echo})
	c := Client{URL: url, Account: school, HTTP: hc}
	if err := c.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	c.Account.Token = "other"
	if err := c.Verify(t.Context()); !errors.Is(err, ErrRefused) {
		t.Errorf("with a wrong token: %v, want ErrRefused", err)
	}
}

func TestEveryFaultIsRefusedByACarefulWebhook(t *testing.T) {
	url, hc := listen(t, webhook{t, school, echo})
	for _, f := range Faults {
		t.Run(string(f), func(t *testing.T) {
			c := Client{URL: url, Account: school, HTTP: hc}
			r, err := c.SendBroken(t.Context(), Text(parent, "你好"), f)
			// A huge body may be cut off by the server while it is being sent.
			if f == FaultOversize && err != nil && r.Status == 0 {
				return
			}
			if !errors.Is(err, ErrRefused) {
				t.Errorf("status %d, error %v; want ErrRefused", r.Status, err)
			}
		})
	}
}

func TestDeliverRepeatsTheSameMessageUntilItIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the platform's seconds pass at once
		var ids []int64
		began := time.Now()
		c := Client{URL: "http://replica/wechat/main", Account: school, HTTP: &http.Client{Transport: inProcess{webhook{t, school, func(in inbound) (int, string) {
			ids = append(ids, in.MsgId)
			if len(ids) < 3 {
				return 500, ""
			}
			return echo(in)
		}}}}}
		r, attempts, err := c.Deliver(t.Context(), Text(parent, "你好"))
		if err != nil || attempts != 3 || r.Content != "收到：你好" {
			t.Fatalf("got %q after %d deliveries, %v", r.Content, attempts, err)
		}
		if ids[0] != ids[1] || ids[1] != ids[2] {
			t.Errorf("the deliveries carried different MsgIds: %v", ids)
		}
		if took := time.Since(began); took != 2*patience {
			t.Errorf("the third delivery came %s after the first, want %s", took, 2*patience)
		}
	})
}

// inProcess asks a handler without a network.
type inProcess struct{ h http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestDeliverEndsWithItsContext(t *testing.T) {
	url, hc := listen(t, webhook{t, school, func(inbound) (int, string) { return 500, "" }})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	c := Client{URL: url, Account: school, HTTP: hc}
	if _, attempts, err := c.Deliver(ctx, Text(parent, "你好")); err == nil || attempts != 1 {
		t.Errorf("%d deliveries, error %v; want one and an error", attempts, err)
	}
}
