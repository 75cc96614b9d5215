package wechat_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestThePlatformsWordsAreNotThePersons(t *testing.T) {
	r := newRig(t, nil)
	for _, text := range []string{
		"[收到不支持的消息类型,暂无法显示]", "[收到不支持的消息类型，暂无法显示]", "【收到不支持的消息类型，暂无法显示】", "［收到不支持的消息类型，暂无法显示］", "[收到不支援的訊息類型，暫無法顯示]",
		" [收到不支持的消息类型，暂无法显示]\n", "收到不支持的消息类型，暂无法显示", "[该消息类型暂不能展示]", "[当前版本不支持该消息类型]", "[不支持的消息类型]", "[收到一条暂不支持的消息，请在手机上查看]",
		"[不支持的消息] 请在手机上查看", "[Unsupported Message]", "[Unsupported message type]", "[UNSUPPORTED MESSAGE]", "Unsupported message", "[This message type is not supported]", "[Message type not supported. Please view it on phone]",
		"[サポートされていないメッセージ]", "[지원되지 않는 메시지]", "[Tin nhắn không được hỗ trợ]", "[Mensaje no soportado]", "[Nicht unterstützte Nachricht: nicht unterstützt]",
		"[动画表情]", "[動畫表情]", "[表情]", "[Sticker]", "[Animated Sticker]", "[图片]", "[图片][图片]", "[圖片]", "[Photo]", "[语音]", "[视频]", "[文件]", "[スタンプ]", "[스티커]", "【动画表情】",
		"", " \u3000\n", "\u200b\ufeff", "\x01", "\ufffc", "[Sticker] Please view it on your phone", "このメッセージは表示できません。最新のバージョンに更新してください", "Can’t be displayed",
	} {
		before := len(r.seen())
		r.send(wxsim.Text("o1", text))
		if got := r.seen()[before:]; len(got) != 1 || got[0].Kind != channel.KindSticker || got[0].Text != "" {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
	for _, text := range []string{
		"[我不想活了]", "【我想死】", "[图片] 我不想活了", "我不想活了[动画表情]", "[流泪]", "[微笑]", "[心碎][大哭]", "我不支持他这样说", "[我不支持你]", "[他们都不支持我]", "图片", "表情", "我发的图片你看到了吗",
		"[收到不支持的消息类型，暂无法显示] 我不想活了", "为什么显示收到不支持的消息类型，我发的是语音", "[未知]", "[想和消息一起消失]", "消息发不出去，无法显示，我快崩溃了", "[请在手机上查看我的遗书]", "The message said unsupported and I want to die, nobody answers me", "[]", "【】",
		"message not supported 我不想活了", "[Unsupported Message 我不想活了]", "unable to display it, I want to die", "this message cannot be displayed. I want to kill myself", "表示できません 我不想活了", "unsupported message，我想死",
		"[动画表情]请在手机上看看我，我不想活了", "[Sticker] please help me", "[图片] help", "。", "?", "1️⃣", "不支持的消息我也发，就是不想活",
	} {
		before := len(r.seen())
		r.send(wxsim.Text("o1", text))
		if got := r.seen()[before:]; len(got) != 1 || got[0].Kind != channel.KindText || got[0].Text != text {
			t.Errorf("%q is read as %+v, and its words are lost", text, got)
		}
	}
}

func TestATapIsNoPlaceholder(t *testing.T) {
	r := newRig(t, nil)
	r.send(wxsim.Tap("o1", "77", "[图片]"))
	if got := r.seen(); got[0].Kind != channel.KindText || got[0].MenuID != "77" {
		t.Errorf("read as %+v", got[0])
	}
}

func TestAVoiceInWhichNothingWasUnderstoodSaysNothing(t *testing.T) {
	r := newRig(t, nil)
	for recognition, want := range map[string]string{"": "", "。": "", " ，。": "", "[语音]": "", "嗯。": "嗯。", "我不想活了。": "我不想活了。"} {
		before := len(r.seen())
		r.send(wxsim.Voice("o1", "m", recognition))
		if got := r.seen()[before:]; len(got) != 1 || got[0].Kind != channel.KindVoice || got[0].Text != want {
			t.Errorf("%q is read as %+v", recognition, got)
		}
	}
}
