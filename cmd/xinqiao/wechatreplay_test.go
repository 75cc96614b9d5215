package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// What a delivery must come to.
type comesTo string

const (
	toHelp    comesTo = "the hotlines and a case"
	toWords   comesTo = "an answer and no case"
	toNotice  comesTo = "the notice that only words are understood, and no case"
	toSuccess comesTo = "success, and nobody is known"
)

// reported is a delivery with which others had trouble, and what it must come to here. One of message, body and xml says what
// the platform sends: what it takes care of, the fields behind the time, or what a person typed.
type reported struct {
	by      string // where it was reported: a repository and the number of the issue; "" for our own trials of the same kind
	what    string
	message func(who string) wxsim.Message
	body    string
	typed   string
	to      comesTo
}

func inEvent(name, more string) string {
	return "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[" + name + "]]></Event>" + more
}

func inText(content string) string {
	return "<MsgType><![CDATA[text]]></MsgType><Content>" + content + "</Content><MsgId>NUMBER</MsgId>"
}

func aVoice(heard string) func(string) wxsim.Message {
	return func(who string) wxsim.Message { return wxsim.Voice(who, "media-1", heard) }
}

func aLink(title, description string) func(string) wxsim.Message {
	return func(who string) wxsim.Message {
		return wxsim.Message{From: who, Type: "link", Title: title, Description: description, URL: "https://x.example/"}
	}
}

var reports = []reported{
	{by: "offu/WeRoBot#420", what: "a control character in the text", body: inText("<![CDATA[ \x1d我不想活了]]>"), to: toHelp},
	{by: "silenceper/wechat#750", what: "another control character", body: inText("<![CDATA[我不\x02想活了]]>"), to: toHelp},
	{by: "silenceper/wechat#750", what: "a document inside the text", body: inText("<![CDATA[<status><a>我不想活了</status>]]>"), to: toHelp},
	{by: "sd4324530/fastweixin#16", what: "signs that are not escaped", body: inText("我 & 他 {<}> 我不想活了"), to: toHelp},
	{by: "ysbing/YADB#18", what: "a face as two halves in numbers", body: inText("&#55357;&#56835;我不想活了"), to: toHelp},
	{by: "zhayujie/bot-on-anything#323", what: "characters that nobody sees", typed: "我\u200b不\u200d想\ufeff活\u2060了\u00ad", to: toHelp},
	{what: "numbers for characters", body: inText("&#25105;&#x4e0d;&#x60f3;&#27963;&#20102;"), to: toHelp},
	{what: "numbers for characters, in a section", body: inText("<![CDATA[我&#x4e0d;想&#27963;了]]>"), to: toHelp},
	{what: "numbers for characters, twice", body: inText("我&amp;#x4e0d;想活了"), to: toHelp},
	{by: "zoujingli/ThinkService#6", what: "escapes of JSON", typed: `\u6211\u4e0d\u60f3\u6d3b\u4e86`, to: toHelp},
	{what: "escapes of an address", typed: "%E6%88%91%E4%B8%8D%E6%83%B3%E6%B4%BB%E4%BA%86", to: toHelp},
	{what: "tags between the words", typed: "我<b>不想</b>活<br/>了", to: toHelp},
	{what: "faces between the words", typed: "我[流泪]不[流泪]想[流泪]活/::<了", to: toHelp},
	{what: "pictures between the words", typed: "我😭不😭想😭活😭了", to: toHelp},
	{what: "other ends of lines", typed: "我\u2028不\n想\u2029活了", to: toHelp},
	{what: "full width", typed: "ｗｏ ｂｕ ｘｉａｎｇ ｈｕｏ ｌｅ", to: toHelp},
	{what: "traditional characters", typed: "我不想活了，準備從樓頂跳下去", to: toHelp},
	{what: "characters of the compatible block", typed: "我\uf967想活了", to: toHelp},
	{what: "words under a quoted message", typed: "「心桥：今天感觉怎么样？」\n- - - - - - - - - - - - - - -\n我不想活了", to: toHelp},
	{what: "a long text with its end", typed: strings.Repeat("今天上了语文课和数学课，中午吃了面条，下午有体育。", 600) + "我不想活了", to: toHelp},

	{by: "JeffreySu/WeiXinMPSDK#1087", what: "a moving picture", typed: "[收到不支持的消息类型,暂时无法显示]", to: toNotice},
	{what: "the same in other brackets", typed: "【收到不支持的消息类型，暂无法显示】", to: toNotice},
	{what: "the same with words behind it", typed: "[收到不支持的消息类型，暂无法显示]我不想活了", to: toHelp},
	{what: "words inside it", typed: "[Unsupported Message 我不想活了]", to: toHelp},
	{what: "words beside it, without brackets", typed: "message not supported 我不想活了", to: toHelp},
	{what: "English words beside it", typed: "this message cannot be displayed. I want to kill myself", to: toHelp},
	{what: "Chinese words beside Japanese ones", typed: "表示できません 我不想活了", to: toHelp},
	{what: "words that begin as the platform's do", typed: "[动画表情]请在手机上看看我，我不想活了", to: toHelp},
	{what: "a text without anything", typed: "", to: toNotice},
	{what: "a text without anything that is seen", typed: " \u3000\u200b\n", to: toNotice},
	{what: "no text at all", body: "<MsgType><![CDATA[text]]></MsgType><MsgId>NUMBER</MsgId>", to: toNotice},

	{by: "node-webot/wechat#167", what: "a voice that was not recognised", message: aVoice(""), to: toNotice},
	{what: "a voice of which a full stop was understood", message: aVoice("。"), to: toNotice},
	{by: "silenceper/wechat#70", what: "a voice that was", message: aVoice("我 不想 活 了 。"), to: toHelp},
	{what: "the title of a link", message: aLink("我的遗书：我不想活了", "再见"), to: toHelp},
	{what: "the words under a link", message: aLink("日记", "我不想活了，今晚就走"), to: toHelp},
	{what: "a link", message: aLink("春游", "照片"), to: toNotice},
	{what: "the name of a place", message: func(who string) wxsim.Message { return wxsim.Location(who, 23.1, 113.2, "我要从这里跳下去") }, to: toHelp},
	{what: "the name of a place that has no position", body: "<MsgType><![CDATA[location]]></MsgType><Location_X></Location_X><Location_Y>x</Location_Y><Label><![CDATA[我要从这里跳下去]]></Label><MsgId>NUMBER</MsgId>", to: toHelp},
	{what: "a picture", message: func(who string) wxsim.Message { return wxsim.Image(who, "m", "https://x.example/1.jpg") }, to: toNotice},
	{what: "a short film", message: func(who string) wxsim.Message { m := wxsim.Video(who, "m", "t"); m.Type = "shortvideo"; return m }, to: toNotice},
	{what: "a kind that nobody knows", body: "<MsgType><![CDATA[miniprogrampage]]></MsgType><Title><![CDATA[我不想活了]]></Title><MsgId>NUMBER</MsgId>", to: toHelp},
	{by: "silenceper/wechat#693", what: "a tap on what was never offered", message: func(who string) wxsim.Message { return wxsim.Tap(who, "101", "我不想活了") }, to: toHelp},

	{by: "thenbsp/wechat#8", what: "follows, with a key that is empty", body: inEvent("subscribe", "<EventKey><![CDATA[]]></EventKey>"), to: toWords},
	{what: "follows, without a key", body: inEvent("subscribe", ""), to: toWords},
	{what: "follows by a payment", body: inEvent("subscribe", "<EventKey><![CDATA[last_trade_no_4008702001201708095]]></EventKey>"), to: toWords},
	{by: "wechatpy/wechatpy#430", what: "a scene that is named as its own mark", body: inEvent("subscribe", "<EventKey><![CDATA[qrscene_qrscene_x]]></EventKey>"), to: toWords},
	{by: "offu/WeRoBot#93", what: "the scene 0", body: inEvent("SCAN", "<EventKey><![CDATA[0]]></EventKey><Ticket><![CDATA[x]]></Ticket>"), to: toWords},
	{by: "Eric-Guo/wechat#55", what: "a scan in small letters", body: inEvent("scan", "<EventKey>4294967295</EventKey>"), to: toWords},
	{by: "offu/WeRoBot#212", what: "a scan from the menu", body: inEvent("scancode_waitmsg", "<EventKey>k</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult><![CDATA[http://x.example/?a=1&b=2]]></ScanResult></ScanCodeInfo>"), to: toWords},
	{what: "a button of an older menu", message: func(who string) wxsim.Message { return wxsim.Click(who, "V1001_OLD") }, to: toWords},
	{by: "lanrion/weixin_rails_middleware#40", what: "what became of a template", body: inEvent("TEMPLATESENDJOBFINISH", "<MsgID>200163836</MsgID><Status><![CDATA[success]]></Status>"), to: toSuccess},
	{by: "JeffreySu/WeiXinMPSDK#2339", what: "two answers about notices", body: inEvent("subscribe_msg_popup_event", "<SubscribeMsgPopupEvent><List><TemplateId>a</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List><List><TemplateId>b</TemplateId></List></SubscribeMsgPopupEvent>"), to: toSuccess},
	{by: "silenceper/wechat#13", what: "a page of the menu", body: inEvent("VIEW", "<EventKey><![CDATA[http://x.example/newest]]></EventKey><MenuId>439342175</MenuId>"), to: toSuccess},
	{by: "chanjarster/weixin-java-tools#66", what: "a position that a phone reports", body: inEvent("LOCATION", "<Latitude>23.1</Latitude><Longitude>113.2</Longitude><Precision>65</Precision>"), to: toSuccess},
	{what: "the end of a mass message", body: inEvent("MASSSENDJOBFINISH", "<MsgID>1</MsgID><Status>err(10001)</Status>"), to: toSuccess},
	{what: "the platform's own service staff", body: inEvent("kf_create_session", "<KfAccount>a@b</KfAccount>"), to: toSuccess},
	{what: "a tool for trying the account out", body: inEvent("debug_demo", "<debug_str>我不想活了</debug_str>"), to: toSuccess},
	{what: "an event without a name", body: inEvent("", ""), to: toSuccess},
}

func TestWhatGaveOthersTroubleGivesNoneHere(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	for i, c := range reports {
		t.Run(c.what, func(t *testing.T) {
			w, who := w.in(t), openid(t, i)
			var r wxsim.Reply
			switch {
			case c.message != nil:
				r = w.sends(c.message(who))
			case c.body != "":
				xml := fmt.Sprintf("<xml><ToUserName><![CDATA[gh_school]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>%s</xml>", who, time.Now().Unix(), strings.Replace(c.body, "NUMBER", strconv.Itoa(7000+i), 1))
				var err error
				if r, err = w.client.SendXML(t.Context(), who, xml); err != nil {
					t.Fatal(err)
				}
			default:
				r = w.says(who, c.typed)
			}
			st, err := w.app.bot.State(t.Context(), address(who))
			if err != nil {
				t.Fatal(err)
			}
			help, words, notice := strings.Contains(r.Content, "12356"), r.Content != "" || len(r.Articles) > 0, strings.Contains(r.Content, "看不懂图片")
			ok := map[comesTo]bool{
				toHelp:    help && st.Case != "",
				toWords:   words && !notice && st.Case == "",
				toNotice:  notice && st.Case == "",
				toSuccess: r.Success && !words && st.Person == "",
			}[c.to]
			if !ok {
				t.Errorf("%s: want %s; got case %t, person %t, and %q", c.by, c.to, st.Case != "", st.Person != "", r.Content)
			}
		})
	}
}

// Numbers of messages are the platform's to give, and were reported to come twice: to several people at once
// (binarywang/WxJava#333), and with other words, from tools that try an account out.
func TestANumberThatComesTwiceHidesNobodysDanger(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	token := w.token("counsellor")
	cry := func(who string) wxsim.Message {
		m := wxsim.Voice(who, "m", "我不想活了")
		m.MsgID, m.CreateTime = 6144917531246198784, time.Now().Unix()
		return m
	}
	for i := range 3 {
		w.wantIn(w.sends(cry(openid(t, i))), "12356")
	}
	who := openid(t, 3)
	before := wxsim.Text(who, "你好")
	before.MsgID = cry(who).MsgID
	w.sends(before)
	w.wantIn(w.sends(cry(who)), "12356")
	if got := len(w.cases(token)); got != 4 {
		t.Fatalf("%d cases of four people in danger", got)
	}

	// The platform sends again what it got no answer to in time, thrice in all (chanxuehong/wechat#98): that is one message.
	who = openid(t, 4)
	m, answers := cry(who), make([]string, 3)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			if r, err := w.client.Send(t.Context(), m); err == nil {
				answers[i] = r.Content
			}
		})
	}
	all.Wait()
	if answers[0] == "" || answers[0] != answers[1] || answers[1] != answers[2] {
		t.Errorf("the deliveries of one message got %q", answers)
	}
	f, err := w.app.cases.File(storetest.Acts(t.Context()), w.caseOf(who))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.Messages); n != 2 || len(w.cases(token)) != 5 {
		t.Errorf("%d messages stand in its case, want what was said and its answer", n)
	}
}

// caseOf is the open case of whoever has an openid.
func (w *world) caseOf(who string) string {
	w.t.Helper()
	st, err := w.app.bot.State(w.t.Context(), address(who))
	if err != nil {
		w.t.Fatal(err)
	}
	return st.Case
}

// After danger people go on as they like: they touch the menu, send a sticker, leave and come back. They are still in danger.
func TestWhoeverIsInDangerStaysInCompanyWhateverTheyTouch(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	for i, c := range []struct {
		what string
		then []func(who string) wxsim.Message
	}{
		{"a button of the menu", []func(string) wxsim.Message{func(who string) wxsim.Message { return wxsim.Click(who, "V1001_OLD") }}},
		{"a sticker", []func(string) wxsim.Message{func(who string) wxsim.Message { return wxsim.Text(who, "[动画表情]") }}},
		{"a voice that was not recognised", []func(string) wxsim.Message{aVoice("。")}},
		{"a text without anything", []func(string) wxsim.Message{func(who string) wxsim.Message { return wxsim.Text(who, "\u200b") }}},
		{"leaving and coming back", []func(string) wxsim.Message{
			func(who string) wxsim.Message { return wxsim.Event(who, "unsubscribe", "") },
			func(who string) wxsim.Message { return wxsim.Event(who, "unsubscribe", "") },
			func(who string) wxsim.Message { return wxsim.Subscribe(who, "") },
		}},
		{"a code of a poster", []func(string) wxsim.Message{func(who string) wxsim.Message { return wxsim.Scan(who, "poster-that-is-gone") }}},
	} {
		t.Run(c.what, func(t *testing.T) {
			w, who := w.in(t), openid(t, i)
			w.wantIn(w.says(who, "我不想活了，药就在手边"), "12356")
			id := w.caseOf(who)
			var r wxsim.Reply
			for _, m := range c.then {
				r = w.sends(m(who))
			}
			if r.Content == "" || strings.Contains(r.Content, "没太明白") {
				t.Errorf("got %q", r.Content)
			}
			if now := w.caseOf(who); id == "" || now != id {
				t.Errorf("the case was %q and is %q", id, now)
			}
			w.wantIn(w.says(who, "我现在就吃药"), "120")
		})
	}
}
