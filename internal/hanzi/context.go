package hanzi

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What before or behind a mention shows that it is none: 有一点难过, 5号线, 3.5小时, 一周一次, 说明天气.
var (
	noHour      = regexp.MustCompile(`^(?:建议|意见|原因|要求|要说|想法|问题|疑问|理由|小|时间|候|间|常|期|代|半会|来|个)`)
	noMore      = regexp.MustCompile(`^(?:儿|都|也|不|没|事)`)
	littleAhead = "有早晚快慢多少差好大小高低近远吃喝做说给强轻重松"
	noNumber    = regexp.MustCompile(`^(?:线|楼|门|院|店|房|室|厅|窗|台|桌|文|铺|栋|座|床|机|码|球|选手|游|内|制|元|块|岁|个|人|次|小时|分|公|米|斤|度|万|倍|天|周|月|年|级|班|厘|千|%|mm|cm|km|kg)`)
	notTheDay   = regexp.MustCompile(`^(?:次|回|趟|个|节|堂|岁|遍)`)
	list        = regexp.MustCompile(`^(?:[一二三四五六日]+|[1-7]+|(?:[、,和及跟与或/到至-]+(?:周|星期|礼拜)?[一二三四五六日天1-7])+)(?:$|[。!?,;、和都可行吧有上下早晚中的或])`)
	rangeSign   = regexp.MustCompile(`^[-到至]$`)
)

// What beside a mention shows that it is about more than one day or time.
var (
	hedgeAhead   = regexp.MustCompile(`(?:每个?|每逢|逢|大概|大约|大致|差不多|可能|也许|或许|估计|第[一二三四五六七八九十\d]+个?)(?:是|在)?$`)
	hedgeBehind  = regexp.MustCompile(`^(?:的|钟)?(?:左右|上下|前后|附近|之间|期间|那几天|那周|以内|之内|多|来钟|几|假|放假|的?那个?(?:周|星期|礼拜)|还是|或)`)
	fromIt       = regexp.MustCompile(`^(?:钟)?(?:[以之]后|后|起|开始|往后)`)
	untilIt      = regexp.MustCompile(`^(?:钟)?(?:[以之]前|前|为止)`)
	theDayItself = regexp.MustCompile(`^(?:当天|那天|那一天|当日|节当天|节那天)`)
)

// What says no or yes in a clause. Courtesy and questions with 不 say neither.
var (
	harmless = strings.NewReplacer("不好意思", "", "对不起", "", "没问题", "", "没事", "", "没关系", "", "行不行", "", "可不可以", "", "好不好", "", "是不是", "", "能不能", "", "要不要", "", "有没有", "",
		"对不对", "", "方不方便", "", "不过", "", "要不", "", "不如", "", "差不多", "", "不见不散", "", "不客气", "", "不着急", "", "不急", "", "特别", "", "别人", "", "区别", "", "级别", "", "性别", "", "分别", "")
	refusal = regexp.MustCompile(`不|没|别|除|以外|勿|莫|取消`)
	consent = regexp.MustCompile(`可以|行|好|吧|要|就|改|选|约|能|有空|方便|^是|ok`)
)

const clauseEnds = "。!?！？,，;；\n"

func before(s string, at int) rune { r, _ := utf8.DecodeLastRuneInString(s[:at]); return r }
func after(s string, at int) rune  { r, _ := utf8.DecodeRuneInString(s[at:]); return r }

func numeralRune(r rune) bool {
	_, ok := figures[r]
	return ok || figure(r) || strings.ContainsRune("十百千几", r)
}

// stands says whether a match speaks of a day or a time at all.
func stands(s string, m *mention) bool {
	prev, next, rest, said := before(s, m.from), after(s, m.to), s[m.to:], m.said
	first, last := after(s, m.from), before(s, m.to)
	if figure(first) && (figure(prev) || strings.ContainsRune(".:/", prev) && m.from > 1 && figure(rune(s[m.from-2]))) || figure(last) && figure(next) {
		return false
	}
	switch {
	case said["near"] != "":
		switch said["near"] {
		case "后天":
			return !strings.ContainsRune("今以之然学最课饭先", prev)
		case "前天":
			return !strings.ContainsRune("以之目饭", prev)
		case "明天":
			return prev != '聪' && (prev != '说' || next != '气')
		}
		return true
	case said["lunar"] == "小年":
		return next != '轻' && next != '纪'
	case said["hol"] != "":
		return !numeralRune(prev) && !numeralRune(next) && next != '班' && next != '月'
	case said["wd"] != "":
		return !notTheDay.MatchString(rest) && (!numeralRune(prev) || strings.ContainsAny(said["wk"], "上下这本"))
	case said["day"] != "":
		n, ok := whole(said["day"])
		days := strings.HasSuffix(s[m.from:m.to], "日")
		return !noNumber.MatchString(rest) && !strings.ContainsRune("第路街巷道弄村栋座楼", prev) && (!days || ok && n <= 31 && said["day"] != "一" || said["mon"] != "")
	case said["short"] != "":
		month, _ := whole(onlyFigures(said["short"][:2]))
		return !noNumber.MatchString(rest) && (!strings.Contains(said["short"], ".") || month <= 12)
	case said["mday"] != "":
		return !strings.HasPrefix(rest, "点") && !strings.HasPrefix(rest, "个")
	case said["hour"] != "":
		hourly := strings.Contains(s[m.from:m.to], "时")
		alone := m.to-m.from == len(said["hour"])+len("点")
		switch {
		case prev == '第' || alone && noHour.MatchString(rest) || hourly && said["hour"] == "一":
			return false
		case alone && said["hour"] == "一":
			return !noMore.MatchString(rest) && (!strings.ContainsRune(littleAhead, prev) || prev == utf8.RuneError)
		}
	case said["part"] != "":
		return standsAsPart(s, m)
	}
	return true
}

// standsAsPart lets a single 早 or 晚 count only beside a time or behind a day, and no greeting.
func standsAsPart(s string, m *mention) bool {
	rest := s[m.to:]
	if strings.HasPrefix(rest, "好") && !strings.HasPrefix(rest, "好不好") {
		return false
	}
	if utf8.RuneCountInString(m.said["part"]) > 1 {
		return true
	}
	if strings.HasPrefix(rest, "一点") && !strings.HasPrefix(rest, "一点半") { // 早一点 is earlier
		return false
	}
	hit := mentions.FindStringIndex(rest)
	if hit != nil && strings.ContainsAny(rest[:hit[1]], "点:时差") {
		return true
	}
	boundary := rest == "" || strings.ContainsRune(clauseEnds+particles, after(s, m.to))
	return boundary && strings.ContainsRune("天号日一二三四五六", before(s, m.from))
}

// weigh reads what stands around the mentions.
func weigh(s string, found []mention) {
	for i := range found {
		m := &found[i]
		ahead, behind := s[max(0, m.from-len("第二十个可能是")):m.from], s[m.to:]
		followed := i+1 < len(found) && found[i+1].from == m.to
		switch {
		case followed:
		case fromIt.MatchString(behind) && m.kind != unclear:
			m.hedged, m.edge = true, "from"
		case untilIt.MatchString(behind) && m.kind != unclear:
			m.hedged, m.edge = true, "until"
		case hedgeBehind.MatchString(behind):
			m.hedged = true
		}
		if hedgeAhead.MatchString(ahead) {
			m.hedged = true
		}
		if m.said["wd"] != "" && list.MatchString(behind) && !slices.ContainsFunc(found[i+1:], func(o mention) bool { return o.kind != aDay && o.from <= m.to+len(",") }) {
			m.hedged = true
		}
		if first := after(s, m.from); numeralRune(first) && m.from > 0 {
			sign := before(s, m.from)
			apart := i > 0 && found[i-1].to == m.from-utf8.RuneLen(sign) // what stands before it is a mention of its own
			if !apart && strings.ContainsRune("、-/,或和到至几多", sign) && numeralRune(before(s, m.from-utf8.RuneLen(sign))) {
				m.hedged = true
			}
		}
		switch hol := strings.TrimSuffix(m.said["hol"], "节"); hol {
		case "国庆", "五一", "劳动": // days off rather than a day
			m.hedged = m.hedged || !theDayItself.MatchString(behind)
		}
		clause := clauseAround(s, m.from, m.to)
		m.refused = refusal.MatchString(clause)
		m.taken = !m.refused && consent.MatchString(clause)
	}
}

// clauseAround is the clause in which a mention stands, without the words of courtesy.
func clauseAround(s string, from, to int) string {
	start := strings.LastIndexAny(s[:from], clauseEnds)
	if start >= 0 {
		_, size := utf8.DecodeRuneInString(s[start:])
		start += size
	} else {
		start = 0
	}
	end := strings.IndexAny(s[to:], clauseEnds)
	if end < 0 {
		end = len(s) - to
	}
	return harmless.Replace(s[start : to+end])
}

// meant are the mentions that count: all, or where the text says no to something, those that it plainly says yes to.
// It reports whether there are any that count.
func meant(s string, of []mention) []mention {
	if !refusal.MatchString(harmless.Replace(s)) {
		return of
	}
	return slices.DeleteFunc(slices.Clone(of), func(m mention) bool { return m.refused || !m.taken })
}

// alone says whether a text is nothing but a number, such as only its question can explain.
func alone(s string) bool {
	s = strings.TrimFunc(Bare(strings.Trim(s, clauseEnds+".")), unicode.IsPunct)
	if clock, minute, ok := strings.Cut(s, "."); ok && len(minute) == 2 {
		s = clock + minute
	}
	_, ok := whole(s)
	return ok && utf8.RuneCountInString(s) <= 4
}
