package tencent

import (
	"regexp"
	"slices"
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
	var found [][]string
	if strings.ContainsAny(text, "[【［〔") { // most texts have none
		found = brackets.FindAllStringSubmatch(text, -1)
	}
	if len(found) == 0 {
		return unsupported(text) && len(text) > len("不支持的消息")
	}
	for _, m := range found {
		if !mediaNames[squeezed(m[1])] && !unsupported(m[1]) {
			return false
		}
	}
	rest := brackets.ReplaceAllString(text, "")
	return squeezed(rest) == "" || onPhone.MatchString(squeezed(rest)) || itsEnglish(rest)
}

// Empty says that a text holds nothing that anybody sees. The platform delivers one in place of what it does not carry.
func Empty(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.M) && r != objectReplacement
	})
}

// objectReplacement stands where a picture was pasted into a text.
const objectReplacement = 0xFFFC

// Heard is what the platform understood of a voice message; "" where it understood nothing, of which it makes a full stop, or
// a placeholder.
func Heard(recognition string) string {
	if squeezed(recognition) == "" || Placeholder(recognition) {
		return ""
	}
	return recognition
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
	aboutIt = []string{"消息", "讯息", "信息", "类型", "内容", "格式", "表情"} // and it names one of these
	// What it may say behind a placeholder. Every word of it counts: 请在手机上看看我 is somebody's own.
	onPhone = regexp.MustCompile(`^请(?:您|在|用|到|使用|通过)?(?:手机|移动|设备|客户端|微信|最新|新|版本|版|端|上|中|里|的|进行|重新|查看|查阅|打开|接收|更新|升级|至|到|后|再|并|或)+$`)
)

// unsupported says whether a text says, in any of the platform's languages, that it cannot show a message, and nothing else.
func unsupported(said string) bool {
	s := squeezed(said)
	if slices.ContainsFunc(aboutIt, func(what string) bool { return strings.Contains(s, what) }) && cannotShow.MatchString(s) {
		return true
	}
	return itsEnglish(said) && inEnglish.MatchString(s) || inOthers(s)
}

// inEnglish is what makes an English text one about a message that it cannot show.
var inEnglish = regexp.MustCompile(`unsupported|notsupported|cannotbedisplayed|cannotdisplay|unabletodisplay|cantbedisplayed|messageunavailable`)

// itsEnglish says whether every word of a text is one of those that the platform's own English is made of. A single other
// word, in whatever language, was written by somebody.
func itsEnglish(s string) bool {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' })
	for _, w := range words {
		if !englishWords[apart.Replace(w)] {
			return false
		}
	}
	return len(words) > 0
}

// apart takes out what stands inside a word: can't.
var apart = strings.NewReplacer("'", "", "’", "")

var englishWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a an and are animated app application be been by can cannot cant check client content currently custom device display displayed emoji file for format
		from gif has have image in is it its latest media message messages mini mobile msg new newest not of on official open opened or phone photo picture please program received
		sent show shown sorry sticker stickers support supported temporarily that the this to type types unable unavailable unknown unsupported update updated upgrade use using
		version video view viewed viewing voice wechat weixin with yet your`) {
		m[w] = true
	}
	return m
}()

// others says "not supported", "cannot be displayed" in the other languages that the platform speaks.
var others = eachSqueezed(`サポートされていないメッセージ サポートされていません 対応していないメッセージ 表示できません 非対応のメッセージ 未対応のメッセージ
	지원되지않는메시지 지원하지않는메시지 지원되지않는 표시할수없습니다
	ไม่รองรับ ข้อความที่ไม่สนับสนุน khôngđượchỗtrợ khônghỗtrợ tidakdidukung tidakdisokong nosoportado noadmitido nocompatible nãosuportad nãosuportada
	nonsupportato nonpris messagenonsupporté nonprisencharge nichtunterstützt неподдерживаем неподдерживается غيرمدعوم असमर्थित desteklenmeyen nieobsługiwan`)

func eachSqueezed(words string) []string {
	all := strings.Fields(words)
	for i, w := range all {
		all[i] = squeezed(w)
	}
	return all
}

// longestOther is how many bytes the platform says around them.
const longestOther = 120

// inOthers says whether a squeezed text is one of theirs. Chinese words beside it were written by somebody: of its characters
// there are only those with which the platform writes Japanese.
func inOthers(s string) bool {
	for _, w := range others {
		before, after, ok := strings.Cut(s, w)
		if ok && len(before)+len(after) < longestOther && !strings.ContainsFunc(before+after, foreign) {
			return true
		}
	}
	return false
}

// foreign is a Chinese character that the platform's Japanese does without.
func foreign(r rune) bool { return unicode.Is(unicode.Han, r) && !strings.ContainsRune(itsJapanese, r) }

// itsJapanese is compared with squeezed texts, which are simplified.
var itsJapanese = squeezed("受信形式種類表示対応現在内容携帯電話端末確認最新更新版未非動画画像音声写真送信者使用")

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
