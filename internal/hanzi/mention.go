package hanzi

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Heard is how much of one kind of thing, a day or a time, a text says.
type Heard int

// What is only half heard is asked again, never guessed.
const (
	Nothing Heard = iota // says nothing of the kind
	Half                 // speaks of it, but not of exactly one
	Whole                // says exactly one
)

// mention is one place where a text speaks of a day or a time.
type mention struct {
	kind     kind
	from, to int               // where it stands in the plain text
	said     map[string]string // the groups of its pattern
	hedged   bool              // about, before, every: it speaks of more than one
	refused  bool              // the clause says no to it
	taken    bool              // the clause says yes to it
	edge     string            // "from" or "until": what lies after it or before it is meant
}

type kind string

const (
	aDay    kind = "day"
	aWeek   kind = "week"  // a stretch of days
	aMonth  kind = "month" // a stretch of days
	aClock  kind = "clock"
	aPart   kind = "part"
	unclear kind = "unclear" // speaks of days, and says none: the lunar calendar, 每天, 过几天
	vague   kind = "vague"   // speaks of times, and says none: 两三点
)

// Numbers as days and times have them; whole weighs them.
const (
	numeral = `(?:\d{1,4}|[〇零一二两三四五六七八九十百]{1,5})`
	hourSay = `(?:\d{1,2}|[零一二两三四五六七八九十]{1,3})`
	week    = `个?(?:周|星期|礼拜)`
)

// Each alternative is a way of saying a day or a time. The longer ones come first, since the first that fits is taken.
var mentions = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`(?P<lunar>农历|阴历|旧历|老历|腊月|正月|冬月|闰[一二三四五六七八九十]月|(?:大年)?初[一二三四五六七八九十]|大年|[一二三四五六七八九十]月廿[一二三四五六七八九]?|廿[一二三四五六七八九]|除夕|春节|中秋节?|端午节?|清明节?|元宵节?|重阳节?|七夕|冬至|小年|过年|年三十|母亲节|父亲节|感恩节)`,
	`(?P<every>每个?(?:周|星期|礼拜)末?(?:[一二三四五六日天1-7](?:[、,和及]?(?:周|星期|礼拜)?[一二三四五六日天])*)?|每天|每日|天天|每晚|每个?月(?:` + numeral + `[日号])?|工作日|(?:这|过|那|头)[几两]天|几天[以之]?后|[一二两三四五六七八九]{2}(?:天|` + week + `|个?月)[以之]?后|半?` + numeral + `?个?半?个?月[以之]?后|改天|哪天|几天|平时|平日)`,
	`(?P<eta>` + numeral + `)(?P<unit>天|日|周|个?星期|个?礼拜)[以之]?(?P<ago>后|前)`,
	`(?P<near>大大后天|大前天|前天|昨天|昨晚|前晚|今天|今晚|今早|今夜|明天|明早|明晚|大后天|后天|后晚|今(?:上午|下午)|明(?:上午|下午))`,
	`(?:(?P<year>\d{4}|\d{2}|[〇零一二三四五六七八九]{4}|今|明|后|去|前)年)?(?P<month>` + numeral + `)月(?:份)?(?P<mday>` + numeral + `)[日号]?`,
	`(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|20\d{6})`,
	`(?P<span>` + hourSay + `(?:点钟?|:\d{2})?(?:半)?[-到至、,或]` + hourSay + `(?:点钟?|:\d{2})半?` + `)`,
	`(?P<short>\d{1,2}[-/.]\d{1,2})`,
	`(?P<hol>元旦节?|圣诞节?|平安夜|儿童节|六一节?|教师节|妇女节|三八节|青年节|情人节|植树节|万圣节|国庆节?|五一节?|劳动节)`,
	`(?P<wk>(?:下+|上+|这|本)?` + week + `)(?P<wd>[一二三四五六日天]|[1-7])`,
	`(?P<wend>(?:下+|上+|这|本)?` + week + `末|双休日?)`,
	`(?P<wks>(?:下+|上+|这|本)` + week + `)`,
	`(?P<mon>(?:下+|上+|这|本)个?月)?(?P<day>` + numeral + `)[日号]`,
	`(?P<mon2>(?:下+|上+|这|本)个?月|(?P<mnum>` + numeral + `)月份?)的?(?P<mbit>初|上旬|中旬|下旬|中|底|末)?`,
	`(?P<mpart>月初|月中|月底|月末|上旬|中旬|下旬)`,
	`(?P<less>差(?P<lq>一刻钟?|` + hourSay + `分钟?|` + hourSay + `个字)(?:就|到|不到)?(?P<lh>` + hourSay + `)点钟?)`,
	`(?P<hour>\d{1,3}|[零一二两三四五六七八九十]{1,4})(?:点钟?|时)(?:(?P<half>半)(?:钟)?|(?P<quarter>[一二三两四])刻钟?|(?P<even>整|正)|差(?P<minus>一刻|` + hourSay + `)分?|(?P<chars>[一两二三四五六七八九十\d]{1,2})个字|[过]?(?P<minute>\d{1,3}|[零〇一二三四五六七八九十]{1,4})(?P<fen>分)?)?`,
	`(?P<h>\d{1,2}):(?P<m>\d{1,3})(?::\d{2})?(?P<ampm>[ap]\.?m\.?)?`,
	`(?P<h12>\d{1,2})(?P<ap>[ap]\.?m\.?)`,
	`(?P<both>上下午|早晚|早午晚|全天|一整天|整天)`,
	`(?P<part>凌晨|半夜|午夜|大清早|清早|清晨|一早|早上|早晨|上午|中午|正午|午间|下午|午后|傍晚|黄昏|晚上|晚间|夜里|夜间|早|晚|朝)`,
}, "|") + `)`)

// mostMentions bounds the work on one text; nobody says a day by naming that many.
const mostMentions = 40

// find gives every place where a plain text speaks of a day or a time, in their order.
func find(s string) []mention {
	var found []mention
	names := mentions.SubexpNames()
	for at := 0; at < len(s); {
		_, size := utf8.DecodeRuneInString(s[at:])
		var hit []int
		if mentionBegins.fit(s[at:]) {
			hit = mentions.FindStringSubmatchIndex(s[at:])
		}
		for figure(rune(s[at])) && at+size < len(s) && figure(rune(s[at+size])) { // the end of a number is no number of its own
			size++
		}
		if hit == nil {
			at += size
			continue
		}
		m := mention{from: at, to: at + hit[1], said: map[string]string{}}
		for i, name := range names {
			if name != "" && hit[2*i] >= 0 {
				m.said[name] = s[at+hit[2*i] : at+hit[2*i+1]]
			}
		}
		if m.kind = kindOf(m.said); !stands(s, &m) {
			at += size
			continue
		}
		if found, at = append(found, m), m.to; len(found) > mostMentions {
			return []mention{{kind: unclear, to: at, said: map[string]string{}}}
		}
	}
	weigh(s, found)
	return found
}

func kindOf(said map[string]string) kind {
	has := func(names ...string) bool {
		for _, n := range names {
			if said[n] != "" {
				return true
			}
		}
		return false
	}
	switch {
	case has("lunar", "every"):
		return unclear
	case has("span", "both"):
		return vague
	case has("wend", "wks"):
		return aWeek
	case has("mpart", "mon2"):
		return aMonth
	case has("hour", "h", "h12", "less"):
		return aClock
	case has("part"):
		return aPart
	}
	return aDay
}
