package wechat_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// around is a message as the platform writes it, with one part in place of another.
func around(old, instead string) string {
	const usual = "<xml><ToUserName><![CDATA[gh_school]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>NOW</CreateTime>" +
		"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[我不想活了]]></Content><MsgId>23456789012345678</MsgId></xml>"
	if old != "" && !strings.Contains(usual, old) {
		panic("the usual message has no " + old)
	}
	return strings.Replace(usual, old, instead, 1)
}

// A reader that is stricter than the platform's writer loses what somebody said, who may need help.
func TestAMessageThatACarefulReaderWouldRefuseIsRead(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(around("<xml>", `<?xml version="1.0" encoding="gbk"?><xml>`))
	if err != nil {
		t.Fatal(err)
	}
	bare, err := simplifiedchinese.GBK.NewEncoder().String(around("", ""))
	if err != nil {
		t.Fatal(err)
	}
	const said = "我不想活了"
	for name, c := range map[string]struct{ xml, want string }{
		"as it should be":                       {around("", ""), said},
		"the end of a section in the text":      {around("<![CDATA[我不想活了]]>", "<![CDATA[]]> 我不想活了]]>"), "]]> 我不想活了"},
		"a section in the text":                 {around("<![CDATA[我不想活了]]>", "<![CDATA[<![CDATA[我不想活了]]>]]>"), "<![CDATA[我不想活了]]>"},
		"the end of a section, split":           {around("<![CDATA[我不想活了]]>", "<![CDATA[]]]]><![CDATA[> 我不想活了]]>"), "]]> 我不想活了"},
		"the end of the field in the text":      {around("我不想活了", "a]]></Content><Content><![CDATA[我不想活了"), "a]]></Content><Content><![CDATA[我不想活了"},
		"a tag in the text":                     {around("我不想活了", "<FromUserName>我不想活了</FromUserName>"), "<FromUserName>我不想活了</FromUserName>"},
		"another's name in the text":            {around("我不想活了", "我不想活了]]></Content><FromUserName><![CDATA[o2]]></FromUserName><Content><![CDATA["), said + "]]></Content><FromUserName><![CDATA[o2]]></FromUserName><Content><![CDATA["},
		"nobody whom it is for":                 {around("<ToUserName><![CDATA[gh_school]]></ToUserName>", ""), said},
		"no kind":                               {around("<MsgType><![CDATA[text]]></MsgType>", ""), said},
		"its kind in capitals":                  {around("[text]", "[TEXT]"), said},
		"names in small letters":                {strings.NewReplacer("Content", "content", "FromUserName", "fromusername", "MsgType", "msgtype", "ToUserName", "tousername", "MsgId", "msgid").Replace(around("", "")), said},
		"no section":                            {around("<![CDATA[我不想活了]]>", "我不想活了 &amp; &lt;3 &nbsp;"), "我不想活了 & <3 \u00a0"},
		"a sign that is not escaped":            {around("<![CDATA[我不想活了]]>", "我不想活了 & x"), "我不想活了 & x"},
		"attributes":                            {around("<Content>", `<Content xml:space="preserve" lang='zh'>`), said},
		"tags that nobody knows":                {around("<Content>", "<Future><Content>没什么</Content></Future><Content>"), said},
		"a comment":                             {around("<Content>", "<!-- <Content>没什么</Content> --><Content>"), said},
		"another root":                          {strings.NewReplacer("<xml>", "<message>", "</xml>", "</message>").Replace(around("", "")), said},
		"a mark of the byte order":              {"\ufeff" + around("", ""), said},
		"space before and between":              {"\r\n  " + strings.ReplaceAll(around("", ""), "><", ">\n  <"), said},
		"a declaration":                         {`<?xml version="1.0" encoding="UTF-8"?>` + around("", ""), said},
		"a declaration that is wrong":           {`<?xml version="1.0" encoding="gb2312"?>` + around("", ""), said},
		"another encoding":                      {gbk, said},
		"another encoding that it does not say": {bare, said},
		"no time":                               {around("<CreateTime>NOW</CreateTime>", "<CreateTime></CreateTime>"), said},
		"a time in thousandths":                 {around("NOW", "1764000000000"), said},
		"a time that is none":                   {around("NOW", "gestern"), said},
		"a long number":                         {around("23456789012345678", "9223372036854775807"), said},
		"a longer number":                       {around("23456789012345678", "99999999999999999999999"), said},
		"no number":                             {around("<MsgId>23456789012345678</MsgId>", ""), said},
		"an end that is missing":                {strings.TrimSuffix(around("", ""), "</xml>"), said},
		"what breaks off":                       {strings.Split(around("", ""), "]]></Content>")[0], said},
		"a tag that is not closed":              {around("</CreateTime>", ""), said},
		"something behind it":                   {around("", "") + "\x00\x00garbage<", said},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1764000100, 0)
			r := newRig(t, func(r *rig) { r.opts.Now = func() time.Time { return now } })
			r.client.Now = r.opts.Now
			reply, err := r.client.SendXML(t.Context(), "o1", strings.ReplaceAll(c.xml, "NOW", "1764000099"))
			if err != nil {
				t.Fatalf("status %d, %v\n%s", reply.Status, err, r.logs)
			}
			got := r.seen()
			if len(got) != 1 || got[0].Text != c.want || got[0].Kind != channel.KindText || got[0].User.Reveal() != "o1" {
				t.Fatalf("read as %+v, want the text %q", got, c.want)
			}
			if ago := now.Sub(got[0].At); ago < 0 || ago > 200*time.Second {
				t.Errorf("it is of %s", got[0].At)
			}
			if len(got[0].ID) == 0 || len(got[0].ID) > 40 {
				t.Errorf("its ID is %q", got[0].ID)
			}
		})
	}
}

// Whatever somebody types, by whatever care it is written, nothing of it becomes a field of the platform's.
func TestWhatSomebodyTypesIsNeverAFieldOfThePlatforms(t *testing.T) {
	r := newRig(t, nil)
	parts := rapid.SampledFrom([]string{"]]>", "<![CDATA[", "<Content>", "</Content>", "<FromUserName>o2</FromUserName>", "<MsgType>event</MsgType>", "<Event>unsubscribe</Event>", "<MsgId>9</MsgId>", "</xml>", "<xml>", "&amp;", "我", " "})
	rapid.Check(t, func(rt *rapid.T) {
		typed := strings.Join(rapid.SliceOfN(parts, 0, 8).Draw(rt, "typed"), "")
		in, err := r.channel.InboundForTest("main", around("我不想活了", "不想活"+typed))
		if err != nil {
			rt.Fatal(err)
		}
		if in.User.Reveal() != "o1" || in.Kind != channel.KindText || !strings.HasPrefix(in.ID, "23456789012345678.") || !strings.HasPrefix(in.Text, "不想活") {
			rt.Fatalf("read as %+v", in)
		}
		careful := strings.ReplaceAll("不想活"+typed, "]]>", "]]]]><![CDATA[>")
		if in, err = r.channel.InboundForTest("main", around("我不想活了", careful)); err != nil || in.Text != "不想活"+typed {
			rt.Fatalf("%q of a careful writer is read as %q, %v", "不想活"+typed, in.Text, err)
		}
	})
}

func TestATextThatHoldsAnEnvelopeDoesNotHideTheRealOne(t *testing.T) {
	for _, text := range []string{"<Encrypt>我不想活了</Encrypt>", "<Encrypt>aGVsbG8=</Encrypt> 我不想活了", "<Encrypt><![CDATA[aGVsbG8=", "</Encrypt><Encrypt>", "]]></Content><Encrypt>aGVsbG8=</Encrypt>"} {
		r := newRig(t, nil)
		if _, err := r.client.SendCompatible(t.Context(), wxsim.Text("o1", text)); err != nil {
			t.Errorf("%q: %v\n%s", text, err, r.logs)
			continue
		}
		if got := r.seen(); len(got) != 1 || got[0].Text != text {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestAnAddressWithASlashBehindItIsTheSame(t *testing.T) {
	r := newRig(t, nil)
	r.client.URL += "/"
	r.client.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("sent elsewhere") }}
	if err := r.client.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if reply := r.send(wxsim.Text("o1", "你好")); reply.Content != "收到：你好" {
		t.Errorf("answered with %+v", reply)
	}
}

// A message that does not say whom it is for is answered in the name that stands around it.
func TestAnAnswerBearsTheAccountsNameThoughTheMessageDoesNot(t *testing.T) {
	r := newRig(t, nil)
	reply, err := r.client.SendXML(t.Context(), "o1", around("<ToUserName><![CDATA[gh_school]]></ToUserName>", ""))
	if err != nil || reply.FromUser != "gh_school" {
		t.Errorf("from %q, %v", reply.FromUser, err)
	}
}

func TestARefusalNamesItsTrueReason(t *testing.T) {
	good := around("", "")
	for name, c := range map[string]struct {
		fault  wxsim.Fault
		xml    string
		reason string
	}{
		"a wrong signature":   {wxsim.FaultSignature, "", "signature"},
		"an old one":          {wxsim.FaultStale, "", "timestamp"},
		"another app ID":      {wxsim.FaultAppID, "", "appid"},
		"in clear":            {wxsim.FaultPlain, "", "plain"},
		"nothing":             {wxsim.FaultEmpty, "", "empty"},
		"no XML":              {wxsim.FaultGarbage, "", "xml"},
		"JSON inside":         {"", `{"ToUserName":"gh_school","FromUserName":"o1","MsgType":"text","Content":"悄悄话"}`, "json"},
		"nothing inside":      {"", " ", "empty"},
		"no XML inside":       {"", "hello", "xml"},
		"nobody who sent it":  {"", strings.ReplaceAll(good, "o1", ""), "xml"},
		"from the account":    {"", strings.ReplaceAll(good, "[o1]", "[gh_school]"), "own"},
		"from another's name": {"", strings.ReplaceAll(good, "[o1]", "[gh_other]"), "own"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			var err error
			if c.fault != "" {
				_, err = r.client.SendBroken(t.Context(), wxsim.Text("o1", "悄悄话"), c.fault)
			} else {
				_, err = r.client.SendXML(t.Context(), "o1", c.xml)
			}
			if !errors.Is(err, wxsim.ErrRefused) || len(r.seen()) > 0 {
				t.Fatalf("%v, %d messages; want a refusal", err, len(r.seen()))
			}
			if log := r.logs.String(); !strings.Contains(log, "reason="+c.reason+" ") || strings.Contains(log, "悄悄话") {
				t.Errorf("the log says %s, want the reason %s", log, c.reason)
			}
		})
	}
}

func TestAKeyThatIsNotTheAccountsIsNamed(t *testing.T) {
	r := newRig(t, nil)
	r.client.Account.AESKey = "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	if _, err := r.client.Send(t.Context(), wxsim.Text("o1", "悄悄话")); !errors.Is(err, wxsim.ErrRefused) {
		t.Fatal(err)
	}
	if log := r.logs.String(); !strings.Contains(log, "reason=decrypt ") {
		t.Errorf("the log says %s", log)
	}
}

// Whoever saw an answer could post it back: it is sealed and signed as the platform's messages are.
func TestOurOwnAnswerPostedBackIsRefused(t *testing.T) {
	r := newRig(t, nil)
	reply := r.send(wxsim.Text("o1", "你好"))
	status, err := r.client.SendBack(t.Context(), reply)
	if err != nil || status != http.StatusForbidden || len(r.seen()) != 1 {
		t.Errorf("status %d, %v, %d messages", status, err, len(r.seen()))
	}
	if log := r.logs.String(); !strings.Contains(log, "reason=own ") {
		t.Errorf("the log says %s", log)
	}
}

// The longest text that a phone sends comes twice in compatible mode.
func TestTheLongestTextIsRead(t *testing.T) {
	r := newRig(t, nil)
	long := strings.Repeat("好", 16000) + "我不想活了"
	if _, err := r.client.SendCompatible(t.Context(), wxsim.Text("o1", long)); err != nil {
		t.Fatal(err)
	}
	if got := r.seen(); len(got) != 1 || got[0].Text != long {
		t.Error("a long text did not come whole")
	}
}
