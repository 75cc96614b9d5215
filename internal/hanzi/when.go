package hanzi

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	// One alternative a way of saying a day; the groups are named in dayOf.
	dayPattern = regexp.MustCompile(`(?P<near>大前天|前天|昨天|昨日|今天|今日|今晚|今早|明天|明日|明早|明晚|大后天|后天)` +
		`|(?P<week>下下|下|这|本|上)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末1-7])` +
		`|(?:(?P<year>\d{4}|[〇零一二三四五六七八九]{4}|今|明|后)年)?(?P<month>` + numeral + `)月(?P<mday>` + numeral + `)[日号]?` +
		`|(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})` +
		`|(?P<short>\d{1,2}[-/.]\d{1,2})` +
		`|(?P<nextmonth>下个?月|这个?月|本月)?(?P<day>` + numeral + `)[日号]` +
		`|(?P<in>` + numeral + `)(?P<unit>天|周|个星期|个礼拜|星期)[以之]?后`)
	clockPattern = regexp.MustCompile(`(?P<part>凌晨|半夜|清早|早上|早晨|上午|早|中午|下午|傍晚|晚上|夜里|晚)?的?(?:` +
		`(?P<hour>` + numeral + `)(?:点钟?|时)(?:(?P<half>半)|(?P<quarter>[一三])刻|整|(?P<minute>` + numeral + `)分?)?` +
		`|(?P<h>\d{1,2}):(?P<m>\d{2}))|(?P<noon>中午|正午)`)
	refusal = regexp.MustCompile(`不|别|没|除了|以外`)
)

// plain brings a text to one width without space; unlike fold it keeps the signs between figures.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}

// groups returns what the one match of a pattern said, by name, and the text without it. A text in which the pattern
// matches twice ("明天或者后天") leaves open what is meant and counts as no match.
func groups(p *regexp.Regexp, s string) (said map[string]string, rest string) {
	at := p.FindAllStringSubmatchIndex(s, 2)
	if len(at) != 1 {
		return nil, s
	}
	said = map[string]string{}
	for i, name := range p.SubexpNames() {
		if name != "" && at[0][2*i] >= 0 {
			said[name] = s[at[0][2*i]:at[0][2*i+1]]
		}
	}
	return said, s[:at[0][0]] + " " + s[at[0][1]:]
}

// readDate reads the one day that a text speaks of: 明天, 下周二, 12月3号, 三天后. What has no year is the next such day.
func readDate(raw string, now time.Time) (time.Time, bool) {
	s := plain(raw)
	if refusal.MatchString(s) {
		return time.Time{}, false
	}
	said, _ := groups(dayPattern, s)
	return dayOf(said, midnight(now))
}

// readTime reads the one time of day that a text speaks of, as minutes since midnight; 晚上12点 is 1440, the next midnight.
func readTime(raw string) (int, bool) {
	s := plain(raw)
	if refusal.MatchString(s) {
		return 0, false
	}
	said, _ := groups(clockPattern, s)
	return minutesOf(said, "")
}

// readDatetime reads a day with a time; a time alone is the next such moment.
func readDatetime(raw string, now time.Time) (time.Time, bool) {
	s := plain(raw)
	if refusal.MatchString(s) {
		return time.Time{}, false
	}
	day, rest := groups(dayPattern, s)
	clock, _ := groups(clockPattern, rest)
	part := ""
	switch day["near"] {
	case "今晚", "明晚":
		part = "晚上"
	case "今早", "明早":
		part = "早上"
	}
	minutes, ok := minutesOf(clock, part)
	if !ok {
		return time.Time{}, false
	}
	if day == nil {
		if len(dayPattern.FindAllString(s, 2)) > 0 {
			return time.Time{}, false
		}
		at := midnight(now).Add(time.Duration(minutes) * time.Minute)
		if at.Before(now) {
			at = at.AddDate(0, 0, 1)
		}
		return at, true
	}
	d, ok := dayOf(day, midnight(now))
	return d.Add(time.Duration(minutes) * time.Minute), ok
}

func midnight(now time.Time) time.Time {
	y, m, d := now.In(Guangzhou).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Guangzhou)
}

var near = map[string]int{
	"大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "今晚": 0, "今早": 0,
	"明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3,
}

func dayOf(said map[string]string, today time.Time) (time.Time, bool) {
	switch {
	case said == nil:
		return time.Time{}, false
	case said["near"] != "":
		return today.AddDate(0, 0, near[said["near"]]), true
	case said["weekday"] != "":
		return weekday(said["week"], said["weekday"], today)
	case said["month"] != "":
		m, okM := whole(said["month"])
		d, okD := whole(said["mday"])
		y, ok := year(said["year"], today)
		return onDay(y, m, d, today, okM && okD && ok)
	case said["iso"] != "" || said["short"] != "":
		var n []int
		for _, f := range strings.FieldsFunc(said["iso"]+said["short"], func(r rune) bool { return !unicode.IsDigit(r) }) {
			v, _ := strconv.Atoi(f) // the pattern lets only figures through
			n = append(n, v)
		}
		if len(n) == 2 {
			n = append([]int{0}, n...)
		}
		return onDay(n[0], n[1], n[2], today, true)
	case said["day"] != "":
		d, ok := whole(said["day"])
		return dayOfMonth(said["nextmonth"], d, today, ok)
	default:
		n, ok := whole(said["in"])
		if said["unit"] != "天" {
			n *= 7
		}
		return today.AddDate(0, 0, n), ok
	}
}

// weekday counts weeks from Monday, as people here do: on a Sunday, 下周一 is the next day.
func weekday(week, name string, today time.Time) (time.Time, bool) {
	wanted, ok := map[string]int{"日": 7, "天": 7, "末": 6}[name]
	if !ok {
		wanted, _ = whole(name) // the pattern lets only 1 to 7 through
	}
	current := (int(today.Weekday())+6)%7 + 1
	days := wanted - current
	switch week {
	case "下":
		days += 7
	case "下下":
		days += 14
	case "上":
		days -= 7
	case "":
		if days < 0 {
			days += 7
		}
	}
	return today.AddDate(0, 0, days), true
}

func year(said string, today time.Time) (int, bool) {
	switch said {
	case "":
		return 0, true
	case "今":
		return today.Year(), true
	case "明":
		return today.Year() + 1, true
	case "后":
		return today.Year() + 2, true
	}
	return whole(said)
}

// onDay gives a day that the calendar has; without a year, the next one of that month and day.
func onDay(y, m, d int, today time.Time, read bool) (time.Time, bool) {
	if !read || m < 1 || m > 12 || d < 1 {
		return time.Time{}, false
	}
	if y != 0 {
		t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, Guangzhou)
		return t, t.Day() == d
	}
	for next := today.Year(); next <= today.Year()+8; next++ { // 29 February may be that far
		t := time.Date(next, time.Month(m), d, 0, 0, 0, 0, Guangzhou)
		if t.Day() == d && !t.Before(today) {
			return t, true
		}
	}
	return time.Time{}, false
}

func dayOfMonth(month string, d int, today time.Time, read bool) (time.Time, bool) {
	if !read || d < 1 || d > 31 {
		return time.Time{}, false
	}
	first := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, Guangzhou)
	if strings.HasPrefix(month, "下") {
		t := first.AddDate(0, 1, d-1)
		return t, t.Day() == d
	}
	for i := range 3 { // of two months in a row, one has 31 days, but this one's may be over
		t := first.AddDate(0, i, 0).AddDate(0, 0, d-1)
		if t.Day() == d && (month != "" || !t.Before(today)) {
			return t, true
		}
		if month != "" {
			break
		}
	}
	return time.Time{}, false
}

// minutesOf turns what was said of the clock into minutes. From one to six without a word for the part of the day is
// the afternoon: nobody makes an appointment for three at night. Two figures (03:30) are taken as they stand.
func minutesOf(said map[string]string, part string) (int, bool) {
	if said == nil {
		return 0, false
	}
	if said["noon"] != "" {
		return 12 * 60, true
	}
	if said["part"] != "" {
		part = said["part"]
	}
	hourText, m := said["hour"]+said["h"], 0
	h, ok := whole(hourText)
	switch {
	case said["half"] != "":
		m = 30
	case said["quarter"] == "一":
		m = 15
	case said["quarter"] == "三":
		m = 45
	case said["minute"]+said["m"] != "":
		n, read := whole(said["minute"] + said["m"])
		m, ok = n, ok && read
	}
	if !ok || h > 24 || m > 59 {
		return 0, false
	}
	switch part {
	case "凌晨", "半夜":
		h %= 12
	case "下午", "傍晚", "晚上", "夜里", "晚":
		if h <= 12 && (h != 12 || part == "晚上" || part == "夜里" || part == "晚") {
			h += 12
		}
	case "中午":
		if h < 3 {
			h += 12
		}
	case "":
		if h >= 1 && h <= 6 && !strings.HasPrefix(hourText, "0") {
			h += 12
		}
	}
	if h*60+m > 24*60 {
		return 0, false
	}
	return h*60 + m, true
}
