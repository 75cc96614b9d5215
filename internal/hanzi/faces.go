package hanzi

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Face is what a face says: 😭 and [流泪] that somebody cries, 👌 and [OK] yes.
type Face string

// What faces say. Most say no more than that somebody is there.
const (
	FaceNone   Face = ""
	FaceCrying Face = "crying" // or that it hurts, or is too much
	FaceYes    Face = "yes"
	FaceNo     Face = "no"
	FaceThanks Face = "thanks"
	FaceBye    Face = "bye"
	FaceHello  Face = "hello"
	FaceAny    Face = "any"
)

// Words is what a face says in the words that a person would have written for it.
func (f Face) Words() string {
	switch f {
	case FaceCrying:
		return "我在哭，我很难过"
	case FaceYes:
		return "好的"
	case FaceNo:
		return "不要"
	case FaceThanks:
		return "谢谢"
	case FaceBye:
		return "再见"
	case FaceHello:
		return "你好"
	case FaceAny:
		return "嗯"
	case FaceNone:
	}
	return ""
}

// faces are the pictures and codes that say something. WeChat sends its own faces as a word in brackets, in the language of
// the phone, and very old phones as signs.
var faces = map[Face]string{
	FaceCrying: `😭 😢 😿 💔 😞 😔 😟 🙁 ☹ 😣 😖 😫 😩 🥺 😥 😰 😨 😓 [流泪] [大哭] [难过] [快哭了] [委屈] [心碎] [伤心] [苦涩] [可怜] [裂开] [叹气] [抓狂] [恐惧] [惊恐] [失望] [哭] [哭泣] [泪] [悲伤]
		[Sob] [Cry] [Crying] [Tears] [Weep] [Frown] [Sad] [TearingUp] [Shrunken] [Wronged] [BrokenHeart] [Heartbroken] [Whimper] [Bitter] [Hurt] [Broken] [Sigh] [Scream] [Panic] [Worried] [Terror] [LetDown]
		/::< /::'( /::( /:P-( /::'| /:break /:8* /::Q /::!`,
	FaceYes:    `👍 👌 🆗 ✅ ✔ ☑ 🙆 💯 [OK] [好的] [强] [嗯] [赞] [ThumbsUp] [Okay] [Good] [NoProb] [666] [Awesome] /:strong /:ok`,
	FaceNo:     `👎 ❌ ✖ 🙅 🚫 ❎ [弱] [NO] [差劲] [ThumbsDown] [Nuh-uh] [Weak] /:weak /:no /:bad`,
	FaceThanks: `🙏 🌹 🤝 🫂 🤗 ❤ 💖 💗 💕 [抱拳] [合十] [拥抱] [玫瑰] [爱心] [鞠躬] [握手] [比心] [Hug] [Rose] [Heart] [Salute] [Fight] [Worship] [Respect] /:@) /:rose /:hug /:share /:heart`,
	FaceBye:    `[再见] [Bye] [Wave] /:bye`,
	FaceHello:  `👋 [嗨] [Hey] [Hi]`,
	FaceAny: `[微笑] [撇嘴] [色] [发呆] [得意] [害羞] [闭嘴] [睡] [尴尬] [发怒] [调皮] [呲牙] [惊讶] [囧] [吐] [偷笑] [愉快] [白眼] [傲慢] [困] [憨笑] [悠闲] [咒骂] [疑问] [嘘] [晕] [衰] [骷髅] [敲打] [擦汗] [抠鼻] [鼓掌]
		[坏笑] [右哼哼] [左哼哼] [哈欠] [鄙视] [阴险] [亲亲] [菜刀] [西瓜] [啤酒] [咖啡] [猪头] [凋谢] [嘴唇] [蛋糕] [炸弹] [便便] [月亮] [太阳] [胜利] [勾引] [拳头] [跳跳] [发抖] [怄火] [转圈] [嘿哈] [捂脸] [奸笑] [机智] [皱眉] [耶] [红包] [發] [福]
		[吃瓜] [加油] [加油加油] [汗] [天啊] [Emm] [社会社会] [旺柴] [打脸] [哇] [翻白眼] [让我看看] [烟花] [爆竹] [庆祝] [礼物] [蜡烛] [笑脸] [生病] [破涕为笑] [脸红] [无语] [恭喜] [流汗] [冷汗] [酷] [饥饿] [奋斗] [疯了] [糗大了] [吓] [爱你] [爱情] [飞吻] [磕头] [回头] [跳绳] [投降] [刀] [足球] [篮球] [乒乓] [饭] [闪电] [瓢虫]
		[Smile] [Grimace] [Drool] [Scowl] [CoolGuy] [Shy] [Silent] [Sleep] [Awkward] [Angry] [Tongue] [Grin] [Surprise] [Blush] [Puke] [Chuckle] [Joyful] [Slight] [Smug] [Drowsy] [Sweat] [Laugh] [Loafer] [Scold] [Shocked] [Shhh] [Dizzy] [Toasted] [Skull] [Hammer] [Speechless] [NosePick] [Clap]
		[Trick] [Yawn] [Sly] [Kiss] [Cleaver] [Watermelon] [Beer] [Coffee] [Pig] [Wilt] [Lips] [Cake] [Bomb] [Dagger] [Poop] [Moon] [Sun] [Gift] [Peace] [Beckon] [Fist] [Concerned] [Smart] [Facepalm] [Smirk] [Yeah!] [Packet] [Doge] [Wow] [Boring] [Onlooker] [GoForIt] [OMG] [MyBad] [KeepFighting] [Lol] [Happy] [Flushed] [Blessing] [Party]
		/::) /::~ /::B /::| /:8-) /::$ /::X /::Z /::-| /::@ /::P /::D /::O /::+ /:--b /::T /:,@P /:,@-D /::d /:,@o /::g /:|-) /::L /::> /::,@ /:,@f /::-S /:? /:,@x /:,@@ /::8 /:,@! /:!!! /:xx /:wipe /:dig /:handclap /:&-( /:B-) /:<@ /:@> /::-O /:>-| /:X-) /::* /:@x /:pd /:<W> /:beer
		/:coffee /:eat /:pig /:fade /:showlove /:cake /:li /:bome /:kn /:footb /:ladybug /:shit /:moon /:sun /:gift /:v /:jj /:@@ /:lvu /:love /:<L> /:jump /:shake /:<O> /:circle /:kotow /:turn /:skip /:oY /:#-0 /:hiphot /:kiss /:<& /:&> /:basketb /:oo`,
}

// codes are faces by their code in small letters; signs are those of very old phones, the longest first.
var codes, signs = func() (map[string]Face, []string) {
	byCode, old := map[string]Face{}, []string{}
	for f, list := range faces {
		for _, code := range strings.Fields(list) {
			code = strings.ToLower(strings.Map(Simplified, code))
			byCode[code] = f
			if strings.HasPrefix(code, "/:") {
				old = append(old, code)
			}
		}
	}
	slices.SortFunc(old, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return byCode, old
}()

var narrow = strings.NewReplacer("［", "[", "］", "]")

// weight orders what faces say where a text has several: a tear counts for more than the smile beside it.
var weight = []Face{FaceCrying, FaceNo, FaceYes, FaceThanks, FaceBye, FaceHello, FaceAny}

// FacesAlone reads a text that consists of faces, and says what they say; FaceNone where it holds anything else.
func FacesAlone(text string) Face {
	if first, _ := utf8.DecodeRuneInString(text); unicode.IsLetter(first) || unicode.IsDigit(first) || len(text) > 600 { // as nearly all do
		return FaceNone
	}
	said := FaceNone
	s := strings.ToLower(strings.Map(Simplified, narrow.Replace(text)))
	for s != "" {
		f, n := face(s)
		if n == 0 {
			return FaceNone
		}
		if f != FaceNone && (said == FaceNone || slices.Index(weight, f) < slices.Index(weight, said)) {
			said = f
		}
		s = s[n:]
	}
	return said
}

// face reads what a text begins with: a face with its meaning, a sign that may stand between faces without one, or neither.
func face(s string) (f Face, n int) {
	if s[0] == '[' {
		if end := strings.IndexByte(s, ']'); end > 0 {
			if f, ok := codes[s[:end+1]]; ok {
				return f, end + 1
			}
		}
		return FaceNone, 0
	}
	if strings.HasPrefix(s, "/:") {
		for _, sign := range signs {
			if strings.HasPrefix(s, sign) {
				return codes[sign], len(sign)
			}
		}
		return FaceNone, 0
	}
	for i, r := range s {
		if i > 0 {
			n = i
			break
		}
		n = len(s)
		switch {
		case invisible(r), unicode.IsSpace(r), strings.ContainsRune("。.！!~～，,、…?？", r):
		case codes[string(r)] != FaceNone:
			f = codes[string(r)]
		case r >= 0x2190 && unicode.IsSymbol(r) && !figured(r):
			f = FaceAny
		default:
			return FaceNone, 0
		}
	}
	return f, n
}

// figured says whether a picture is a figure or a letter: that is an answer, and no face.
func figured(r rune) bool {
	return r >= 0x2460 && r <= 0x24FF || r >= 0x2776 && r <= 0x2793 || r == '🔟' || r >= 0x1F100 && r <= 0x1F1FF
}
