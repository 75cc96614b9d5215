package wechat_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
)

func TestAFieldOfANoticeTakesWhatThePlatformTakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ field, value, want string }{
		{"thing1", "预约的时间快到了", "预约的时间快到了"},
		{"thing2", strings.Repeat("长", 21), strings.Repeat("长", 19) + "…"},
		{"thing3", "两行\n字", "两行 字"},
		{"thing4", "", "—"},
		{"phrase1", "预约：待赴约了吧", "预约待赴约"},
		{"name1", strings.Repeat("名", 11), strings.Repeat("名", 9) + "…"},
		{"number1", "约 12 次", "12"},
		{"character_string1", "A 1\u2028码", "A1"},
		{"time1", "2026年3月2日 10:00", "2026年3月2日 10:00"},
	} {
		if got := wechat.FitField(c.field, c.value); got != c.want {
			t.Errorf("%s takes %q of %q, want %q", c.field, got, c.value, c.want)
		}
	}
	for field, want := range map[string]bool{"thing1": true, "thing": false, "first": false, "keyword1": false, "phone_number12": true} {
		if _, known := wechat.FieldKind(field); known != want {
			t.Errorf("%s is known: %t, want %t", field, known, want)
		}
	}
}

func TestWhatSomebodyAgreedToIsRead(t *testing.T) {
	t.Parallel()
	const one = "<List><TemplateId><![CDATA[a]]></TemplateId><SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString><PopupScene>1</PopupScene></List>"
	const two = "<List><TemplateId>b</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List>"
	for name, c := range map[string]struct {
		event, inner string
		want         []channel.Consent
	}{
		"two at once":    {"subscribe_msg_popup_event", "<SubscribeMsgPopupEvent>" + one + two + "</SubscribeMsgPopupEvent>", []channel.Consent{{Template: "a", Kind: channel.ConsentGiven}, {Template: "b", Kind: channel.ConsentRefused}}},
		"in settings":    {"subscribe_msg_change_event", "<SubscribeMsgChangeEvent>" + one + "</SubscribeMsgChangeEvent>", []channel.Consent{{Template: "a", Kind: channel.ConsentAllowed}}},
		"arrived":        {"subscribe_msg_sent_event", "<SubscribeMsgSentEvent><List><TemplateId>a</TemplateId><MsgID>1</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List></SubscribeMsgSentEvent>", []channel.Consent{{Template: "a", Kind: channel.ConsentArrived}}},
		"did not arrive": {"subscribe_msg_sent_event", "<SubscribeMsgSentEvent><List><TemplateId>a</TemplateId><ErrorCode>43101</ErrorCode><ErrorStatus>failed: user refuse</ErrorStatus></List></SubscribeMsgSentEvent>", []channel.Consent{{Template: "a", Kind: channel.ConsentUnplaced, Code: "43101"}}},
		"broken off":     {"subscribe_msg_popup_event", "<SubscribeMsgPopupEvent><List><TemplateId>a</TemplateId>", nil},
		"nothing":        {"subscribe_msg_popup_event", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := wechat.ReadConsents("<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>" + c.event + "</Event>" + c.inner + "</xml>")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := wechat.ReadConsents("<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content><![CDATA[<SubscribeMsgPopupEvent>" + one + "</SubscribeMsgPopupEvent>]]></Content></xml>"); got != nil {
		t.Errorf("somebody typed an agreement: %v", got)
	}
}
