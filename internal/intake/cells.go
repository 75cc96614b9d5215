package intake

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// The readings of single cells. Each takes the whole cell or refuses it: what is left over after a reading is never thrown
// away.

// listed takes a cell apart that holds short names: 情绪与陪伴、沟通.
func listed(cell string) []string { return split(cell, "、，,；;|/\n") }

// sentences takes a cell apart that holds sentences, which may have commas.
func sentences(cell string) []string {
	parts, _ := unnumbered(split(cell, "；;|\n"))
	return parts
}

var ordinal = regexp.MustCompile(`^(?:([0-9０-９]{1,2})[.、．)）]|[（(]([0-9一二三四五六七八九十]{1,2})[)）]|([①-⑳]))\s*`)

// unnumbered takes the numbers away that the office put before its sentences. They are numbers only where they count from
// one: 3.5岁的孩子 and 10、11岁 are left as they are. Well is false where numbers stand there that do not count.
func unnumbered(parts []string) (out []string, well bool) {
	found := 0
	for i, p := range parts {
		m := ordinal.FindStringSubmatch(p)
		if m == nil {
			out = append(out, p)
			continue
		}
		found++
		rest := p[len(m[0]):]
		n, ok := hanzi.Number(norm.NFKC.String(m[1] + m[2] + m[3]))
		figure := rest != "" && strings.ContainsRune("0123456789", []rune(norm.NFKC.String(rest))[0])
		if !ok || int(n) != i+1 || rest == "" || figure && (len(parts) == 1 || strings.ContainsAny(m[0], ".．")) {
			return parts, false
		}
		out = append(out, rest)
	}
	if found != 0 && found != len(parts) {
		return parts, false
	}
	return out, true
}

func split(cell, marks string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(marks, r) }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

var (
	yesMarks = []string{"是", "可", "可以", "有", "对", "能", "要", "行", "支持", "√", "✓", "✔", "☑", "1", "true", "yes", "y"}
	noMarks  = []string{"否", "不", "不是", "不可", "不可以", "不能", "不行", "无", "没有", "不支持", "×", "✗", "✘", "☒", "x", "0", "false", "no", "n"}
)

// yes reads a column of yes and no; an empty cell is no. More are words that say yes or no in this column alone.
func (r *row) yes(key string, more map[string]bool) bool {
	c, ok := r.cell(key)
	if !ok {
		return false
	}
	word := bare(c.text)
	if answer, known := more[word]; known {
		return answer
	}
	switch {
	case slices.Contains(yesMarks, word):
		return true
	case slices.Contains(noMarks, word):
		return false
	}
	r.bad(key, "写“是”或“否”，不写就是“否”", "看不出是还是不是")
	return false
}

// count reads a whole number, with the word by which such things are counted: 2位, 三名.
func (r *row) count(key, units string) int { return r.counted(key, units, false) }

// countOrNone also takes 0.
func (r *row) countOrNone(key, units string) int { return r.counted(key, units, true) }

func (r *row) counted(key, units string, zero bool) int {
	c, ok := r.cell(key)
	if !ok {
		return 0
	}
	word := strings.TrimRight(bare(c.text), units)
	n, ok := hanzi.Number(word)
	switch {
	case !ok || parted(c.text) || n < 0 || n != math.Trunc(n) || n > 1e6 || !plainNumber.MatchString(word):
		r.bad(key, "只写一个数，例如 2", "不是一个整数")
		return 0
	case n == 0 && !zero:
		r.bad(key, "至少写 1；没有就留空", "不能是 0")
	}
	return int(n)
}

// parted says whether a space stands inside a number: 1 00 may be two.
func parted(s string) bool { return spaced.MatchString(plain(s)) }

var spaced = regexp.MustCompile(`[0-9〇零一二两三四五六七八九十百千]\s+[0-9〇零一二两三四五六七八九十百千]|\d\s*\.\s+\d|\d\s+\.\s*\d`)

// plainNumber is a number without anything round it.
var plainNumber = regexp.MustCompile(`^(?:\d{1,7}(?:\.\d+)?|[〇零一二两三四五六七八九十百]{1,6})$`)

// minutes reads a length: 80, 80分钟, 1小时20分, 一个半小时, 1:20:00.
func (r *row) minutes(key string) int {
	c, ok := r.cell(key)
	if !ok || slices.Contains(nothing, bare(c.text)) {
		return 0
	}
	if c.shortClock {
		r.bad(key, "请改成“文本”，写成 1小时20分，或者 1分20秒", "不知道是几小时几分，还是几分几秒")
		return 0
	}
	m, ok := length(c, r.note(key))
	if !ok {
		r.bad(key, "写分钟数和单位，例如 80分钟，或者 1小时20分", "看不懂是多长时间")
	}
	if !strings.Contains(c.text, strconv.Itoa(m)) {
		r.took(key, fmt.Sprintf("%d 分钟", m))
	}
	return m
}

var (
	lengthParts = regexp.MustCompile(`^(?:(?P<h>\d{1,2}(?:\.\d{1,2})?|[一二两三四五六七八九十]{1,2})?(?P<hhalf>个?半)?个?(?:小时|钟头|h|hr|hrs|hour|hours)(?P<after>半)?)?` +
		`(?:(?P<m>\d{1,3}(?:\.5)?|[〇零一二两三四五六七八九十百]{1,5})(?:分钟|分|min|mins|minutes|m|'|′)(?P<mhalf>半)?)?(?:(?P<s>\d{1,2}|[一二三四五六七八九十]{1,3})(?:秒钟?|s|sec|"|″))?钟?$`)
	lengthClock = regexp.MustCompile(`^(\d{1,2}):([0-5]\d):([0-5]\d)$`)
	about       = regexp.MustCompile(`^(?:约|大约|大概|共|全长|时长|每次)|(?:左右|上下)$`)
)

// length reads how long something is, in minutes; half a minute and more counts as one. The note is the heading's: 小时.
func length(c cell, note string) (int, bool) {
	s := about.ReplaceAllString(bare(c.text), "")
	if s == "" || parted(c.text) {
		return 0, false
	}
	if m := lengthClock.FindStringSubmatch(s); m != nil {
		h, _ := strconv.Atoi(m[1])
		min, _ := strconv.Atoi(m[2])
		sec, _ := strconv.Atoi(m[3])
		return (h*3600 + min*60 + sec + 30) / 60, true
	}
	if plainNumber.MatchString(s) {
		n, ok := hanzi.Number(s)
		units := 0
		for unit, by := range map[string]float64{"小时": 60, "分": 1, "秒": 1.0 / 60} {
			if strings.Contains(note, unit) {
				units++
				n *= by
			}
		}
		switch {
		case !ok || c.date || units > 1:
			return 0, false
		case units == 0 && (n != math.Trunc(n) || n < 5): // 1.5 and 2 are hours, most likely
			return 0, false
		}
		return int(n + 0.5), n > 0 && n < 10000
	}
	switch s {
	case "半小时", "半个小时", "半个钟", "半个钟头":
		return 30, true
	case "一刻钟":
		return 15, true
	case "三刻钟":
		return 45, true
	}
	m := lengthParts.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	of := func(name string) string { return m[lengthParts.SubexpIndex(name)] }
	if of("hhalf") != "" && (of("h") == "" || of("after") != "" || of("m") != "") || of("after") != "" && of("m") != "" || of("h") == "" && strings.HasPrefix(s, "个") {
		return 0, false
	}
	total := 0.0
	for _, part := range []struct {
		name string
		by   float64
	}{{"h", 60}, {"m", 1}, {"s", 1.0 / 60}} {
		if of(part.name) == "" {
			continue
		}
		n, ok := hanzi.Number(of(part.name))
		if !ok || part.name == "m" && of("h") != "" && n >= 60 || part.name == "s" && n >= 60 {
			return 0, false
		}
		total += n * part.by
	}
	if of("h") == "" && strings.ContainsAny(s, "时h") {
		return 0, false
	}
	if of("hhalf") != "" || of("after") != "" {
		total += 30
	}
	if of("mhalf") != "" {
		total += 0.5
	}
	return int(total + 0.5), total > 0
}

// The days that are taken for real: a lesson of 1926 or 2126 is a slip.
const firstYear, lastYear = 2000, 2099

var dayParts = regexp.MustCompile(`^(?:(\d{4})|([〇零一二三四五六七八九]{4}))[-/.年]\s?(\d{1,2}|[一二三四五六七八九十]{1,2})[-/.月]\s?(\d{1,3}|[一二三四五六七八九十]{1,3})(?:日|号)?(?:\s*\(?(?:周|星期)([一二三四五六日天])\)?)?(?:[\s t]0{1,2}:00(?::00)?)?$`)

// day reads one day, with its year: 2026-03-02, 2026年3月2日（周一）, 20260302, a spreadsheet's own.
func day(s string) (time.Time, bool) {
	s = strings.TrimSpace(plain(s))
	if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
		s = s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	m := dayParts.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	var n [3]int
	for i, part := range []string{m[1] + m[2], m[3], m[4]} {
		v, ok := hanzi.Number(part)
		if !ok {
			return time.Time{}, false
		}
		n[i] = int(v)
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if t.Year() != n[0] || int(t.Month()) != n[1] || t.Day() != n[2] || n[0] < firstYear || n[0] > lastYear {
		return time.Time{}, false // 30 February, or long ago
	}
	if m[5] != "" && dayNames[[]rune(m[5])[0]]%7 != int(t.Weekday()) {
		return time.Time{}, false // the weekday says otherwise
	}
	return t, true
}

// date reads a column that holds one day or nothing.
func (r *row) date(key string) string {
	c, ok := r.cell(key)
	if !ok || slices.Contains(nothing, bare(c.text)) {
		return ""
	}
	if t, ok := c.day(); ok {
		if s := t.Format(time.DateOnly); c.kind == number && !c.date || !strings.ContainsAny(plain(c.text), "0123456789") { // 46083, 二〇二六年
			r.took(key, s)
		}
		return t.Format(time.DateOnly)
	}
	r.bad(key, "写成 2026-03-02，年月日都要", "看不懂是哪一天")
	return ""
}

// day is the day that a cell holds. A number that is not shown as a date, as an export writes it, is a spreadsheet's day
// where it falls into our years.
func (c cell) day() (time.Time, bool) {
	if c.kind == number && !c.mac && !c.date && !c.clock && c.num == math.Trunc(c.num) && c.num >= 36526 && c.num < 73051 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(c.num)), true
	}
	return day(c.text)
}

var (
	dayRange = regexp.MustCompile(`\s*(?:至|到|~|—|–)+\s*|\s+-\s+`)
	yearly   = regexp.MustCompile(`^(\d{1,2})[-/.月](\d{1,2})日?$`)
	dayOnly  = regexp.MustCompile(`^(\d{1,2})(?:日|号)$`)
)

// days reads a list of days and stretches of days: 2026-10-01至2026-10-07、2026-05-01.
func (r *row) days(key string) []string {
	c, ok := r.cell(key)
	if !ok || slices.Contains(nothing, bare(c.text)) {
		return nil
	}
	if t, ok := c.day(); ok {
		return []string{t.Format(time.DateOnly)}
	}
	var out []string
	for _, part := range split(plain(c.text), "、,;|\n") {
		ends := dayRange.Split(part, -1)
		from, ok := day(ends[0])
		to := from
		if ok && len(ends) == 2 {
			to, ok = dayAfter(from, ends[1])
		}
		if !ok || len(ends) > 2 || to.Sub(from) > 62*24*time.Hour {
			mend := "一天一天地写，例如 2026-10-01、2026-10-02，或者 2026-10-01至2026-10-07"
			if strings.ContainsAny(part, "周星礼每") {
				mend = "每周都休息的写进开放时间，例如：每天 9:00-17:00（周一闭馆）；这里只写年月日"
			}
			r.bad(key, mend, "看不懂“%s”是哪几天", short(part))
			return nil
		}
		for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
			if s := d.Format(time.DateOnly); !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// dayAfter reads the end of a stretch, which may leave out what its beginning said: 10月7日, 7日.
func dayAfter(from time.Time, s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if m := yearly.FindStringSubmatch(s); m != nil {
		s = fmt.Sprintf("%d-%s-%s", from.Year(), m[1], m[2])
	} else if m := dayOnly.FindStringSubmatch(s); m != nil {
		s = fmt.Sprintf("%d-%d-%s", from.Year(), from.Month(), m[1])
	}
	to, ok := day(s)
	return to, ok && !to.Before(from)
}

var (
	mobile    = regexp.MustCompile(`^1[3-9]\d{9}$`)
	landline  = regexp.MustCompile(`^0(?:(?:10|2\d)\d{8}|[3-9]\d{2}\d{7,8})$`)
	service   = regexp.MustCompile(`^(?:1[12]\d|1[12]\d{3}|9[56]\d{3,4}|[48]00\d{7})$`)
	extension = regexp.MustCompile(`^(.*?[\d)])\s*(?:转|转接|分机号?|ext\.?|x|#)\s*:?\s*(\d{1,6})$`)
	dashedOn  = regexp.MustCompile(`^0\d{2,3}-(?:\d{7,8}|\d{3,4}-\d{4})-\d{1,6}$`)
	spelled   = regexp.MustCompile(`^[\d\s()+-]+$`)
)

// phone reads the one telephone number of a station. A number that a spreadsheet cut short (1.38E+10, a lost 0) and a cell
// with several are refused: nobody can tell which would be answered.
func (r *row) phone(key string) string {
	c, ok := r.cell(key)
	if !ok {
		r.bad(key, "请补上", "是空的")
		return ""
	}
	refuse := func(mend, text string) string {
		r.bad(key, mend, "%s", text)
		return ""
	}
	s := strings.TrimSpace(dashes.Replace(plain(c.text)))
	if cut.MatchString(s) {
		return refuse("请把这一列改成“文本”，重新写上完整的号码", "号码被表格写成了科学计数，后面的数字已经丢了")
	}
	if c.kind == number && (c.num != math.Trunc(c.num) || c.num >= 1e15) {
		return refuse("请把这一列改成“文本”，重新写上完整的号码", "号码不完整")
	}
	s, inner := strings.TrimSpace(s), ""
	if m := extension.FindStringSubmatch(s); m != nil {
		s, inner = m[1], m[2]
	}
	if !spelled.MatchString(s) {
		return refuse("一格只写一个号码，例如 020-0000-0001 或 020-0000-0001 转 8；人名、说明写到别的列", "不只是一个电话号码")
	}
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
	shown := strings.Trim(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ()-", r) }), "-"), "-")
	if rest, ok := strings.CutPrefix(shown, "+86"); ok {
		shown, digits = strings.Trim(rest, "-"), strings.TrimPrefix(digits, "86")
		if len(digits) >= 10 && !strings.HasPrefix(digits, "0") && !mobile.MatchString(digits) {
			shown, digits = "0"+shown, "0"+digits // +86 20 … leaves the 0 out
		}
	} else if strings.Contains(s, "+") {
		return refuse("写国内的号码，例如 020-0000-0001，不用写 +", "加号后面不是 86")
	} else if rest, ok := strings.CutPrefix(shown, "86-"); ok && len(digits) > 11 {
		shown, digits = rest, strings.TrimPrefix(digits, "86")
	}
	switch {
	case dashedOn.MatchString(shown) && inner == "":
		return refuse("分机写成“转 8”，例如 020-0000-0001 转 8；不是分机的请分成两格", "不知道最后一个短横后面是不是分机")
	case mobile.MatchString(digits) && c.kind == number && strings.HasSuffix(digits, "000000"):
		return refuse("请把这一列改成“文本”，重新写上完整的号码", "后面全是 0，像是被表格写成科学计数时丢了数字")
	case mobile.MatchString(digits):
		shown = digits
	case landline.MatchString(digits):
		if !strings.Contains(shown, "-") { // the area code apart, so that people can say it
			area := 3
			if digits[1] >= '3' {
				area = 4
			}
			shown = digits[:area] + "-" + digits[area:]
		}
	case service.MatchString(digits) && (len(digits) == 10 || shown == digits): // 120 12 is no 12012
	case c.kind == number && (len(digits) == 10 || len(digits) == 11) && landline.MatchString("0"+digits):
		return refuse("请把这一列改成“文本”，区号前面的 0 要写上", "区号前面的 0 被表格去掉了")
	case len(digits) == 7 || len(digits) == 8:
		return refuse("请写上区号，例如 020-"+digits, "少了区号")
	default:
		return refuse("手机 11 位，座机带区号，例如 020-0000-0001；一格只写一个", "不是一个完整的电话号码")
	}
	if inner != "" {
		shown += " 转 " + inner
	}
	return shown
}

// cut is a number that was saved shortened: 1.38E+10.
var cut = regexp.MustCompile(`^\d+(?:\.\d+)?e\+?\d+$`)

var dashes = strings.NewReplacer("–", "-", "—", "-", "－", "-", "―", "-", "−", "-", "‐", "-", "‑", "-")

var degreesPattern = regexp.MustCompile(`^(?:北纬|东经|n|e)?(\d{2,3}\.\d{2,})(?:°|度)?(?:n|e)?$`)

// degrees reads a coordinate in degrees with a fraction.
func degrees(s string) (float64, bool) {
	m := degreesPattern.FindStringSubmatch(bare(s))
	if m == nil || parted(s) {
		return 0, false
	}
	v, err := strconv.ParseFloat(m[1], 64)
	return v, err == nil
}

// degrees reads a column that must hold a coordinate.
func (r *row) degrees(key, example string) float64 {
	c, ok := r.cell(key)
	if !ok {
		if !r.refused(key) {
			r.bad(key, "请补上，写成 "+example, "是空的")
		}
		return 0
	}
	if v, ok := degrees(c.text); ok {
		return v
	}
	r.bad(key, "写成 "+example+"（高德、腾讯地图上的，小数点后至少两位）", "不是一个坐标")
	return 0
}
