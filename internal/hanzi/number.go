package hanzi

import (
	"regexp"
	"strconv"
	"strings"
)

var figures = map[rune]int{
	'〇': 0, '零': 0, '一': 1, '壹': 1, '二': 2, '两': 2, '贰': 2, '三': 3, '叁': 3, '四': 4, '肆': 4, '五': 5, '伍': 5,
	'六': 6, '陆': 6, '七': 7, '柒': 7, '八': 8, '捌': 8, '九': 9, '玖': 9,
}

var magnitudes = map[rune]int{'十': 10, '拾': 10, '百': 100, '佰': 100, '千': 1000, '仟': 1000, '万': 10000}

var scores = strings.NewReplacer("廿", "二十", "卅", "三十", "卌", "四十")

// whole reads a whole number below a hundred million in figures or in Chinese: 12, 十二, 一百二十, 一百二 (120), 1万2, 二〇二六. Two or three
// figures beside each other (两三, 七八) are no number but about that many.
func whole(s string) (int, bool) {
	if s == "" || len(s) > 40 {
		return 0, false
	}
	s = scores.Replace(s)
	if n, err := strconv.Atoi(s); err == nil {
		return n, figure(rune(s[0])) && len(s) <= 12
	}
	if before, after, cut := strings.Cut(s, "万"); cut {
		high, ok := whole(before)
		if !ok || high < 1 || high > 9999 {
			return 0, false
		}
		if after == "" {
			return high * 10000, true
		}
		low, ok := whole(strings.TrimPrefix(after, "零"))
		switch {
		case !ok || low < 1 || low > 9999 || strings.ContainsAny(after, "万"):
			return 0, false
		case low < 10 && !strings.ContainsAny(after, "零〇"): // 一万二
			return high*10000 + low*1000, true
		}
		return high*10000 + low, true
	}
	if strings.ContainsAny(s, "十拾百佰千仟") {
		return spoken(s)
	}
	return figureByFigure(s)
}

// spoken reads a number with its tens, hundreds and thousands.
func spoken(s string) (int, bool) {
	sum, digit, last, zero := 0, -1, 0, false
	rs := []rune(s)
	for i := 0; i < len(rs); i++ {
		r := rs[i]
		if m, ok := magnitudes[r]; ok {
			if last != 0 && m >= last || digit == 0 {
				return 0, false // 十百 is no number
			}
			if digit < 0 {
				if m != 10 {
					return 0, false
				}
				digit = 1 // 十二 begins with an unsaid one
			}
			sum, digit, last, zero = sum+digit*m, -1, m, false
			continue
		}
		f, ok := figures[r]
		if figure(r) {
			f, ok = int(r-'0'), true
		}
		switch {
		case !ok || digit >= 0:
			return 0, false
		case f == 0 && (zero || last == 0):
			return 0, false
		case f == 0:
			zero = true
		default:
			digit = f
		}
	}
	switch {
	case digit < 0:
		return sum, !zero
	case last > 10 && !zero:
		return sum + digit*last/10, true // 一百二 is 120, 一百零二 is 102
	default:
		return sum + digit, true
	}
}

// figureByFigure reads 二〇二六 and 三零五.
func figureByFigure(s string) (int, bool) {
	n, climbing := 0, true
	rs := []rune(strings.TrimPrefix(strings.TrimPrefix(s, "零"), "〇"))
	if len(rs) == 0 {
		rs = []rune("零")
	}
	if len(rs) > 8 {
		return 0, false
	}
	for i, r := range rs {
		f, ok := figures[r]
		if !ok || len(rs) > 1 && r == '两' {
			return 0, false
		}
		if i > 0 && f != n%10+1 {
			climbing = false
		}
		n = n*10 + f
	}
	if len(rs) == 2 && !strings.ContainsAny(s, "零〇") || len(rs) == 3 && climbing {
		return 0, false
	}
	return n, true
}

// units may stand behind a number; behind some of them the counted thing may follow.
const units = `个半月|个月|个星期|个礼拜|个小时|个钟头|个钟|个孩子|个小孩|个小朋友|个娃|个宝宝|个儿子|个女儿|个男孩|个女孩|个学生|个人|个|星期|礼拜|小时|分钟|周岁|岁|周|月|年级|年|天|日|分|秒|次|回|遍|名|位|人|口人|口|节课|节|课|堂课|堂|块钱|块|元|米|公斤|千克|斤|厘米|公分|cm|kg|度|题|道|页|本|只|件|条|种|项|号|楼|层|班|倍|步|趟|封|张|顿|场|段|粒|片|杯|孩子|小孩|娃`

var (
	numberPattern = regexp.MustCompile(`^(?:(?:我|他|她|你|孩子|儿子|女儿|小孩|家里|今年|现在|已经|一共|总共|共|是|有|要|选|满|刚)*)` +
		`(?:(?P<half>半)|(?P<n>\d{1,12}(?:\.\d{1,9})?|\d{1,3}(?:,\d{3})+|[\d零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟廿卅]+)(?:点(?P<dec>[零〇一二三四五六七八九]{1,6}))?(?P<more>万)?|(?P<pair>俩|仨))` +
		`(?:(?P<halved>个?半)(?:` + units + `)?|(?:` + units + `)(?P<behind>半)?(?:钟|孩子|大|了)?|了)?$`)
	endOfClause = `。!?,;、.…`
)

// Number reads a number in figures of any width or in Chinese, with a unit after it and with a half: 12, 一百二十, 3岁半,
// 1万2. What says more than one number with its unit and courtesy, or only about how many, is not read.
func Number(text string) (float64, bool) {
	s := strings.Trim(plain(text), endOfClause)
	if at := strings.LastIndexAny(s, endOfClause); at >= 0 && Bare(Fold(s[:at])+"x") == "x" { // 嗯，三岁
		s = strings.TrimLeft(s[at:], endOfClause)
	}
	m := numberPattern.FindStringSubmatch(Bare(s))
	if m == nil {
		return 0, false
	}
	part := func(name string) string { return m[numberPattern.SubexpIndex(name)] }
	var n float64
	switch {
	case part("half") != "":
		return 0.5, part("halved")+part("behind") == ""
	case part("pair") != "":
		n = map[string]float64{"俩": 2, "仨": 3}[part("pair")]
	default:
		var ok bool
		if n, ok = value(part("n"), part("dec")); !ok {
			return 0, false
		}
		if part("more") != "" {
			n *= 10000
		}
	}
	if part("halved")+part("behind") != "" {
		n += 0.5
	}
	return n, true
}

func value(said, decimals string) (float64, bool) {
	if decimals == "" {
		if f, err := strconv.ParseFloat(strings.ReplaceAll(said, ",", ""), 64); err == nil {
			return f, true
		}
	}
	n, ok := whole(said)
	if !ok || decimals == "" {
		return float64(n), ok
	}
	figuresBehind := ""
	for _, r := range decimals {
		figuresBehind += strconv.Itoa(figures[r])
	}
	f, err := strconv.ParseFloat(strconv.Itoa(n)+"."+figuresBehind, 64)
	return f, err == nil
}

var ordinals = regexp.MustCompile(`^(?:我|就|要|选择?|选项|第)*([\d一二两三四五六七八九十壹贰叁]{1,3})(?:个|项|题|条|种|号|那个|这个)*$`)

// Ordinal reads which choice a folded text means: 3, ３, ③, 3️⃣, 三, 第三个, 嗯选3吧; 0 where it says no such thing.
func Ordinal(folded string) int {
	m := ordinals.FindStringSubmatch(Bare(folded))
	if m == nil {
		return 0
	}
	if n, ok := whole(m[1]); ok && n < 100 {
		return n
	}
	return 0
}
