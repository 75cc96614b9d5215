package tencent

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// The platform delivers some of what people send as a text of its own making: [收到不支持的消息类型，暂无法显示] in place of a
// sticker, [Unsupported Message] for somebody whose phone speaks English. Those are not the person's words: they say nothing
// of how somebody feels, answer no question and belong in no letter.

// brackets are what its texts stand in.
var brackets = regexp.MustCompile(`[\[【［〔]([^\[\]【】［］〔〕]*)[\]】］〕]`)

// Placeholder says whether a text is all the platform's. What holds a word beside it was written by somebody.
func Placeholder(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 400 {
		return false
	}
	found := brackets.FindAllStringSubmatch(text, -1)
	if len(found) == 0 {
		return unsupported(text) && len(text) > len("不支持的消息")
	}
	for _, m := range found {
		if !mediaNames[squeezed(m[1])] && !unsupported(m[1]) {
			return false
		}
	}
	rest := brackets.ReplaceAllString(text, "")
	return squeezed(rest) == "" || onPhone.MatchString(squeezed(rest))
}

// squeezed is a text in the form in which these are compared: simplified, small letters, nothing but letters and figures.
func squeezed(s string) string {
	return strings.Map(func(r rune) rune {
		if r = unicode.ToLower(hanzi.Simplified(r)); !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, s)
}

var (
	// Said of a message, without a word of whoever sent it. 我不支持 is somebody's own.
	cannotShow = regexp.MustCompile(`^(?:您?收到|当前|该|此|这|本|暂|客户端|版本|的|了|一|条|个|微信|内容|消息|讯息|信息|类型|格式|表情|动画|文件)*(?:不支持|不支援|不能显示|不能展示|无法显示|无法展示|无法查看|暂不能|请在手机|请用手机|未知)` +
		`(?:的|此|该|这|类|种|条|个|类型|消息|讯息|信息|内容|格式|表情|显示|展示|查看|接收|暂|时|不|无法|不能|请|在|用|手机|端|上|微信|客户端|最新|版本|更新|升级|后|到|再|打开|支持)*$`)
	aboutIt = regexp.MustCompile(`消息|讯息|信息|类型|内容|格式|表情`)
	onPhone = regexp.MustCompile(`^(?:请(?:在|用|到)?(?:手机|移动|最新|客户)|viewi?ton|pleaseview|pleaseupdate|pleaseupgrade|openon|viewon)`)
)

// inOthers says "not supported", "cannot be displayed" in the languages that the platform speaks.
var inOthers = strings.Fields(`unsupportedmessage unsupportedtype unsupportedcontent unsupportedmsg messagetypeunsupported messagenotsupported messagetypenotsupported
	messagetypeisnotsupported typenotsupported notsupportedmessage cannotbedisplayed cannotdisplay unabletodisplay cantbedisplayed messageunavailable
	サポートされていないメッセージ サポートされていません 対応していないメッセージ 表示できません 非対応のメッセージ 未対応のメッセージ
	지원되지않는메시지 지원하지않는메시지 지원되지않는 표시할수없습니다
	ไม่รองรับ ข้อความที่ไม่สนับสนุน khôngđượchỗtrợ khônghỗtrợ tidakdidukung tidakdisokong nosoportado noadmitido nocompatible nãosuportad nãosuportada
	nonsupportato nonpris messagenonsupporté nonprisencharge nichtunterstützt неподдерживаем неподдерживается غيرمدعوم असमर्थित desteklenmeyen nieobsługiwan`)

// unsupported says whether a text says, in any of the platform's languages, that it cannot show a message.
func unsupported(s string) bool {
	s = squeezed(s)
	if cannotShow.MatchString(s) && aboutIt.MatchString(s) {
		return true
	}
	for _, w := range inOthers {
		if strings.Contains(s, squeezed(w)) && len(s) < len(w)+120 {
			return true
		}
	}
	return false
}

// mediaNames are what it calls what it does not carry.
var mediaNames = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`动画表情 表情 表情包 自定义表情 表情贴图 贴图 贴纸 动态表情 图片 照片 相片 影片 视频 小视频 短视频 语音 语音消息 音频 文件 链接 位置 地理位置 名片 个人名片 红包 微信红包 转账 音乐 聊天记录
		小程序 拍一拍 语音通话 视频通话 视频号 视频号动态 直播 笔记 接龙 卡券 礼物 商品 公众号文章 群公告 收藏 投票 日程 待办 状态 戳一戳
		sticker stickers animatedsticker customsticker emoji animatedemoji emoticon photo image picture pic gif video shortvideo voice voicemessage audio file link location contactcard namecard
		redpacket hongbao transfer music miniprogram chathistory voicecall videocall channels livestream note gift album
		スタンプ ステッカー 写真 画像 動画 ビデオ 音声 ファイル リンク 位置情報 名刺 絵文字 스티커 사진 이미지 동영상 비디오 음성 파일 링크 위치 이모티콘
		สติกเกอร์ รูปภาพ วิดีโอ เสียง hìnhảnh nhãndán stiker gambar foto video pegatina imagen figurinha imagem adesivo immagine autocollant vidéo aufkleber bild стикер фото видео голосовое ملصق صورة`) {
		m[squeezed(w)] = true
	}
	return m
}()
