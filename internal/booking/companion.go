package booking

import (
	"regexp"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// people are those whom somebody may bring along, as they are said and as a counsellor reads them.
const people = `孩子们|孩子|小孩子|小孩|小朋友|娃娃|娃|宝宝|宝贝|女儿|儿子|闺女|囡囡|仔仔|仔|女|细路|孙子|孙女|外孙女|外孙|侄子|侄女|外甥女|外甥|妈妈|爸爸|老妈|老爸|爷爷|奶奶|外公|外婆|公公|婆婆|老公|老婆|先生|太太|爱人|丈夫|妻子|姐姐|妹妹|哥哥|弟弟|朋友|同学|同伴|老师`

var (
	bringing = regexp.MustCompile(`(?:带着|带上|带埋|带|陪着|陪)(?:我们|我家|我)?(?:的|家)?(?:个|两个|俩|一个|大|小)?(` + people + `)`)
	together = regexp.MustCompile(`(?:和|跟|同|与)(?:我们|我家|我)?(?:的|家)?(` + people + `)(?:一起|一齐|一同|一块)`)
	// 带孩子好累 is about raising it, 带孩子去 about coming along
	raising = regexp.MustCompile(`^(?:真的|实在)?(?:太|很|好|真|累|烦|辛苦|压力|的|难|到|长大|睡|写|做)`)
	plain   = map[string]string{"细路": "孩子", "娃": "孩子", "娃娃": "孩子", "小孩": "孩子", "小孩子": "孩子", "仔": "儿子", "仔仔": "儿子", "女": "女儿", "囡囡": "女儿", "闺女": "女儿", "孩子们": "孩子", "老妈": "妈妈", "老爸": "爸爸"}
)

// companions are whom somebody says that they bring along: 孩子, 老公; "" for nobody.
func companions(said string) string {
	text := hanzi.Fold(said)
	var out []string
	for _, form := range []*regexp.Regexp{bringing, together} {
		for _, m := range form.FindAllStringSubmatchIndex(text, -1) {
			who := text[m[2]:m[3]]
			if form == bringing && raising.MatchString(text[m[1]:]) || strings.HasSuffix(text[:m[0]], "不") || strings.HasSuffix(text[:m[0]], "没") {
				continue
			}
			if name, ok := plain[who]; ok {
				who = name
			}
			if !slices.Contains(out, who) {
				out = append(out, who)
			}
		}
	}
	return strings.Join(out, "、")
}
