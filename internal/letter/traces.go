package letter

import (
	"fmt"
	"regexp"
	"slices"
)

// What in a text may lead to its writer, as far as a machine can see. It only points: people tick the checklist.
var traces = []struct {
	what string
	form *regexp.Regexp
}{
	{"号码", regexp.MustCompile(`[0-9０-９]{5,}`)},
	{"账号或邮箱", regexp.MustCompile(`(?i)[a-z0-9._-]{3,}@[a-z0-9.-]+|(?:微信|QQ|qq|抖音|小红书|B站)号?[是：: ]*[A-Za-z0-9_-]{4,}`)},
	{"取信码", regexp.MustCompile(`(?i)\b[A-HJ-NP-Z2-9]{3}-[A-HJ-NP-Z2-9]{3}-[A-HJ-NP-Z2-9]{3}\b`)},
	{"日期", regexp.MustCompile(`[0-9０-９一二三四五六七八九十]{1,3}月[0-9０-９一二三四五六七八九十]{1,3}[日号]|20[0-9]{2}年`)},
	{"学校", regexp.MustCompile(`\p{Han}{2,8}(?:中学|小学|附中|附小|幼儿园|职中|大学)|(?:第)?[0-9一二三四五六七八九十]+中(?:学)?`)},
	{"年级班级", regexp.MustCompile(`[初高][一二三123][（(]?[0-9一二三四五六七八九十]{1,3}[）)]?班|[0-9一二三四五六七八九十]{1,3}班|[一二三四五六]年[级]?[（(]?[0-9一二三四五六七八九十]+[）)]?班`)},
	{"地方", regexp.MustCompile(`荔湾|越秀|海珠|天河|白云|黄埔|番禺|花都|南沙|从化|增城|\p{Han}{2,6}(?:街道|小区|花园|地铁站|镇|村)`)},
	{"称呼", regexp.MustCompile(`(?:我叫|名叫|名字(?:是|叫)|外号)\p{Han}{1,4}|[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严金魏陶姜谢邹苏潘葛范彭鲁韦马方任袁柳唐罗薛雷贺倪汤滕毕郝邬安常乐于时傅齐康伍余顾孟黄梁林钟徐邱高夏蔡田胡霍万卢莫房丁邓洪石崔龚程邢裴陆翁侯宓段侯白][老小阿]?\p{Han}{0,2}(?:老师|同学|校长|主任)`)},
	{"名次分数", regexp.MustCompile(`第[0-9一二三四五六七八九十]+名|[0-9]{2,3}分`)},
}

// Traces names what in the words of a piece may lead to its writer: the kind and the words, each once.
func Traces(w Words) []string {
	var out []string
	for _, t := range traces {
		for _, text := range []string{w.Title, w.Letter, w.Answer} {
			for _, found := range t.form.FindAllString(text, -1) {
				if line := fmt.Sprintf("%s：%s", t.what, found); !slices.Contains(out, line) {
					out = append(out, line)
				}
			}
		}
	}
	return out
}
