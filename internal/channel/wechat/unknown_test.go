package wechat_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// message is what a phone sends, with a type's own fields.
func message(msgType, msgID, fields string) string {
	return "<xml><ToUserName>gh_school</ToUserName><FromUserName>o1</FromUserName><CreateTime>1764000000</CreateTime><MsgType>" +
		msgType + "</MsgType>" + fields + "<MsgId>" + msgID + "</MsgId></xml>"
}

// A person's words must not be lost because they came in a message that nobody knows, or in one with a broken field.
func TestWordsOfAMessageThatCannotBeAnsweredAreRead(t *testing.T) {
	for name, xml := range map[string]string{
		"a file with a title":             message("file", "1", "<Title>我不想活了</Title>"),
		"a type of the future":            message("hologram", "1", "<Content>我不想活了</Content>"),
		"a place without coordinates":     message("location", "1", "<Label>我不想活了</Label>"),
		"a place with unreadable numbers": message("location", "1", "<Location_X>NaN</Location_X><Location_Y>113</Location_Y><Label>我不想活了</Label>"),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			a := plain()
			q := url.Values{"timestamp": {strconv.FormatInt(time.Now().Unix(), 10)}, "nonce": {"n"}}
			q.Set("signature", util.Signature(a.Token, q.Get("timestamp"), "n"))
			res, err := http.Post(r.url+"/wechat/"+a.Name+"?"+q.Encode(), "text/xml", strings.NewReader(xml))
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Fatalf("status %d", res.StatusCode)
			}
			got := r.seen()
			if len(got) != 1 || got[0].Kind != channel.KindOther || got[0].Text != "我不想活了" {
				t.Errorf("the bot was given %+v", got)
			}
		})
	}
}

// Operations are recorded under a message's ID in a column of bounded width.
func TestAMessageIDIsANumberOrAShortHash(t *testing.T) {
	r := newRig(t, nil)
	id := func(msgID, said string) string {
		t.Helper()
		in, err := r.channel.InboundForTest("main", message("text", msgID, "<Content>"+said+"</Content>"))
		if err != nil {
			t.Fatal(err)
		}
		return in.ID
	}
	if got := id("23456789012345678", "你好"); !strings.HasPrefix(got, "23456789012345678.") || (channel.Inbound{ID: got}).Seq() != 23456789012345678 {
		t.Errorf("a number became %q", got)
	}
	for name, msgID := range map[string]string{"a number": "23456789012345678", "the longest": "18446744073709551615", "no ID": "", "a word": "abc", "a very long number": strings.Repeat("9", 300)} {
		t.Run(name, func(t *testing.T) {
			first := id(msgID, "你好")
			if len(first) > 25 || !strings.HasPrefix(first, "e") && (channel.Inbound{ID: first}).Seq() == 0 {
				t.Errorf("the ID is %q", first)
			}
			if again := id(msgID, "你好"); again != first {
				t.Errorf("a retry is %q, the first delivery was %q", again, first)
			}
			if id(msgID, "我不想活了") == first {
				t.Error("another text of the same second counts as a retry")
			}
		})
	}
}
