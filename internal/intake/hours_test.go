package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
)

func TestOpeningHoursAreReadWholly(t *testing.T) {
	for text, want := range map[string]string{
		"周一至周五 09:00-17:00":                              "周一至周五 09:00-17:00",
		"周一、三、五 9:00-17:00":                              "周一、周三、周五 09:00-17:00",
		"每周一、三、五 9:00—17:00":                             "周一、周三、周五 09:00-17:00",
		"周二四六 14:00-20:00":                               "周二、周四、周六 14:00-20:00",
		"星期一到星期五　9：00～17：00":                             "周一至周五 09:00-17:00",
		"星期1-5 9:00-17:00":                               "周一至周五 09:00-17:00",
		"礼拜六、日上午9点到12点":                                  "周六至周日 09:00-12:00",
		"周六至周一 10:00-16:00":                              "周一、周六至周日 10:00-16:00",
		"周五至周日 10:00-16:00":                              "周五至周日 10:00-16:00",
		"每天 9:00-17:00（周一闭馆）":                            "周二至周日 09:00-17:00",
		"每天（周一闭馆）9:00-17:00":                             "周二至周日 09:00-17:00",
		"9:00-17:00，周一闭馆":                                "周二至周日 09:00-17:00",
		"周二至周日9:00-17:00，周一休息":                           "周二至周日 09:00-17:00",
		"周一至周日 9:00-17:00（周三除外）":                         "周一至周二、周四至周日 09:00-17:00",
		"9:00-17:00（周一至周五）":                              "周一至周五 09:00-17:00",
		"周一至周五 9:00-12:00，下午2:00-5:00":                   "周一至周五 09:00-12:00；周一至周五 14:00-17:00",
		"周一至周五上午9:00-12:00下午2:00-5:00":                   "周一至周五 09:00-12:00；周一至周五 14:00-17:00",
		"周一至周五：上午 9:00—12:00，下午 14:00—17:30":             "周一至周五 09:00-12:00；周一至周五 14:00-17:30",
		"周一至周五 9:00-12:00、14:00-17:00；周六 9:00-12:00":     "周一至周五 09:00-12:00；周一至周五 14:00-17:00；周六 09:00-12:00",
		"周一至周五 9:00-17:00，周六9:00-12:00":                  "周一至周五 09:00-17:00；周六 09:00-12:00",
		"周一至周五 9:00-17:00\n周六 9:00-12:00":                "周一至周五 09:00-17:00；周六 09:00-12:00",
		"周一至周五9:00-17:00周六9:00-12:00":                    "周一至周五 09:00-17:00；周六 09:00-12:00",
		"周一至周五 9:00-17:00（午休12:00-14:00）":                "周一至周五 09:00-12:00；周一至周五 14:00-17:00",
		"周一至周五 9:00-17:00，12:00-13:30休息":                 "周一至周五 09:00-12:00；周一至周五 13:30-17:00",
		"周一至周五 9:00-17:00，中午12:00-14:00休息":               "周一至周五 09:00-12:00；周一至周五 14:00-17:00",
		"工作日 9:00-17:00，周末 10:00-16:00":                  "周一至周五 09:00-17:00；周六至周日 10:00-16:00",
		"工作日和周六 9:00-17:00":                              "周一至周六 09:00-17:00",
		"周三、周末 14:00-20:00":                              "周三、周六至周日 14:00-20:00",
		"周六上午9点至12点":                                     "周六 09:00-12:00",
		"周六上午 9-12点":                                     "周六 09:00-12:00",
		"周一至周五 下午2点半到5点半":                                "周一至周五 14:30-17:30",
		"周五晚上七点到九点":                                      "周五 19:00-21:00",
		"周六 上午九点到下午五点":                                   "周六 09:00-17:00",
		"周一至周五 早上8:00-12:00":                             "周一至周五 08:00-12:00",
		"周一至周五 上午9:00-17:00":                             "周一至周五 09:00-17:00",
		"周一至周五9.00-17.00":                                "周一至周五 09:00-17:00",
		"周一至週五 09:00-17:00":                              "周一至周五 09:00-17:00",
		"24小时":                                           "周一至周日 00:00-23:59",
		"全年无休，24小时":                                      "周一至周日 00:00-23:59",
		"每天 18:00-24:00":                                 "周一至周日 18:00-23:59",
		"服务时间：周一至周五（9:00-12:00、14:00-17:00）":             "周一至周五 09:00-12:00；周一至周五 14:00-17:00",
		"1. 周一至周五 9:00-17:00":                            "",
		"周一 9:00-17:00 周三 9:00-12:00 周五 14:00-17:00":     "周一 09:00-17:00；周三 09:00-12:00；周五 14:00-17:00",
		"周一至周五 9:00-17:00；周六、周日休息":                       "周一至周五 09:00-17:00",
		"周一至周五 9:00-17:00；周末不开放":                         "周一至周五 09:00-17:00",
		"9:00-12:00，14:00-17:00（周一至周五）；9:00-12:00（周六）":   "周一至周五 09:00-12:00；周一至周五 14:00-17:00；周六 09:00-12:00",
		"星期一、星期三：14:00-17:00；星期六：9:00-12:00、14:00-17:00": "周一、周三 14:00-17:00；周六 09:00-12:00；周六 14:00-17:00",
	} {
		got, err := hours(text)
		if want == "" {
			if err == nil {
				t.Errorf("%s\n was read as %s, and is not wholly understood", text, hoursLabel(got))
			}
			continue
		}
		if err != nil || hoursLabel(got) != want {
			t.Errorf("%s\n got %s (%v)\nwant %s", text, hoursLabel(got), err, want)
		}
	}
}

// Each of these can be meant in two ways, or says something that opening hours cannot say; a part of it must not be published.
func TestOpeningHoursThatAreNotWhollyUnderstoodAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "白天", "上班时间", "9:00-17:00", "周一至周五", "周一至周五全天", "周一至周五 9:00", "周一至周五 9:00-", "周一至周五 -17:00", "周一至周五 9:00-17:00以及预约", "周一至周五 9:00-17:00（节假日除外）",
		"周一至周五 9:00-17:00（法定节假日休息）", "周一至周五 9:00-17:00，寒暑假另行通知", "周一至周五 17:00-9:00", "周一至周五 9:00-9:00", "周一至周五 25:00-26:00", "周一至周五 9:60-17:00", "周一至周五 2:00-5:00", "周五 6:00-9:00",
		"周一至周五 9:00-5:00", "周一至周五 9:00-12:00 2:00-5:00", "周八 9:00-17:00", "周三至周五至周六 9:00-17:00", "周一 9:00-12:00：14:00-17:00", "周一 9:00-12:00、：30-17:00", "周一至周一 9:00-17:00", "周一、周一 9:00-17:00", "周三一 9:00-17:00", "周一四 9:00-17:00", "周一周四 9:00-17:00", "周一、、五 9:00-17:00", "周一至周五 9:00-12:00、", "、周一 9:00-12:00", "周一至周五 9:00-12:00，；周六 9:00-12:00", "周一至周五、周三 9:00-17:00", "周一至周五 9:00-17:00；周三 9:00-12:00",
		"周一至周五 9:00-17:00（周三下午休息）", "周一 9:00-17:00（周一休息）", "周一、三、五 9:00-17:00（周三休息）", "每天 9:00-17:00（周一闭馆", "每天 9:00-17:00）周一闭馆", "单周周六 9:00-12:00", "每月第一个周六 9:00-12:00",
		"周一至周五 9:00-17:00、13:00-18:00", "周一至周五 9:00-17:00（午休）", "周一至周五 9:00-17:00（午休17:00-18:00）", "周一至周五 9:00-17:00（午休8:00-10:00）", "周一至周五 上午15:00-17:00", "周一至周五 晚上2点到5点",
		"夏季 9:00-18:00，冬季 9:00-17:00", "周一至周五 9:00-17:00左右", "周一至周五约9:00-17:00", "周一至周五 9:00-17:00 周六", "周一或周三 9:00-17:00", "周一至周五 9:00-17:00起", "周一至周五 9:00-17:00?", "随时", "24小时热线",
		"周一一点到三点", "周一至周五 90:00-17:00", "周一至周五 9:000-17:00", "周一至周五 9:00-17:00-19:00", "周一至周五 9:00-17:00（周六）", "周一到周五，每天两小时", "隔天 9:00-17:00", "周一至周五 9:00-17:00 电话预约",
	} {
		if got, err := hours(text); err == nil {
			t.Errorf("%q was read as %s", text, hoursLabel(got))
		} else if regexp.MustCompile(`[a-zA-Z]{3,}|%!`).MatchString(err.Error()) {
			t.Errorf("%q: an editor reads %q", text, err)
		}
	}
}

// schedule is opening hours for the seven days, in minutes; the last minute of the day stands for midnight.
type schedule [8][][2]int

func scheduleOf(open []booking.Hours) (s schedule) {
	at := func(clock string) int {
		var h, m int
		_, _ = fmt.Sscanf(clock, "%d:%d", &h, &m)
		return h*60 + m
	}
	for _, h := range open {
		for _, d := range h.Days {
			s[d] = append(s[d], [2]int{at(h.From), at(h.To)})
		}
	}
	for d := range s {
		slices.SortFunc(s[d], func(a, b [2]int) int { return a[0] - b[0] })
	}
	return s
}

// drawn is a schedule and one of the ways in which an office writes it.
func drawn(t *rapid.T) (want schedule, text string) {
	days := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7}).Draw(t, "days")
	var clauses []string
	for len(days) > 0 && len(clauses) < 3 {
		n := rapid.IntRange(1, len(days)).Draw(t, "n")
		group := slices.Sorted(slices.Values(days[:n]))
		days = days[n:]
		times := drawnTimes(t)
		for _, d := range group {
			want[d] = append(want[d], times...)
		}
		mark, clocks := rapid.SampledFrom([]string{"", " ", "：", ": ", "\u3000"}).Draw(t, "after days"), writtenTimes(t, times)
		if strings.HasPrefix(clocks, "十") { // 周三至四十点
			mark = " "
		}
		clauses = append(clauses, drawnDays(t, group)+mark+clocks)
	}
	return want, strings.Join(clauses, rapid.SampledFrom([]string{"；", "; ", "\n", "，", " "}).Draw(t, "between clauses"))
}

func drawnTimes(t *rapid.T) (out [][2]int) {
	from := 0
	for range rapid.IntRange(1, 2).Draw(t, "stretches") {
		a := rapid.IntRange(max(from/15, 28), 84).Draw(t, "from") * 15 // not before seven: earlier needs 早上
		b := a + rapid.IntRange(1, 8).Draw(t, "length")*15
		out = append(out, [2]int{a, b})
		if from = b + 15; from > 84*15 {
			break
		}
	}
	return out
}

func drawnDays(t *rapid.T, days []int) string {
	week := rapid.SampledFrom([]string{"周", "星期", "礼拜"}).Draw(t, "week")
	name := func(d int) string { return string([]rune("一二三四五六日")[d-1]) }
	var parts []string
	short := rapid.Bool().Draw(t, "short")
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1] == days[j]+1 {
			j++
		}
		first := week
		if short && len(parts) > 0 {
			first = ""
		}
		if j > i {
			second := week
			if short {
				second = ""
			}
			parts = append(parts, first+name(days[i])+rapid.SampledFrom([]string{"至", "到", "-", "—", "～"}).Draw(t, "to")+second+name(days[j]))
		} else {
			parts = append(parts, first+name(days[i]))
		}
		i = j + 1
	}
	return strings.Join(parts, rapid.SampledFrom([]string{"、", "，", "和"}).Draw(t, "between days"))
}

func writtenTimes(t *rapid.T, times [][2]int) string {
	var parts []string
	for _, x := range times {
		parts = append(parts, writtenClock(t, x[0])+rapid.SampledFrom([]string{"-", "—", "～", "至", " - ", "到"}).Draw(t, "dash")+writtenClock(t, x[1]))
	}
	return strings.Join(parts, rapid.SampledFrom([]string{"、", "，", " ", "和"}).Draw(t, "between times"))
}

func writtenClock(t *rapid.T, minutes int) string {
	h, m := minutes/60, minutes%60
	part := ""
	if rapid.Bool().Draw(t, "in words") && h >= 6 && h < 24 {
		switch {
		case h < 12:
			part = "上午"
		case h > 12 && h < 18:
			part, h = "下午", h-12
		case h > 18:
			part, h = "晚上", h-12
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		return fmt.Sprintf("%s%d:%02d", part, h, m)
	case 1:
		return fmt.Sprintf("%s%02d：%02d", part, h, m)
	case 2:
		return part + strconv.Itoa(h) + "点" + map[int]string{0: "", 15: "15分", 30: "半", 45: "45分"}[m]
	}
	return part + []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八", "十九", "二十", "二十一", "二十二", "二十三", "二十四"}[h] +
		"点" + map[int]string{0: "", 15: "一刻", 30: "半", 45: "三刻"}[m]
}

func TestWhatAnOfficeWritesIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, text := drawn(t)
		got, err := hours(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, scheduleOf(got)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}

// strict reads opening hours in one plain form alone, and everything in it by itself; it shares nothing with hours.
func strict(text string) (s schedule, ok bool) {
	seen := map[int][]int{}
	for clause := range strings.SplitSeq(text, "；") {
		m := regexp.MustCompile(`^((?:周[一二三四五六日](?:至周[一二三四五六日])?、?)+) ?((?:\d\d?:\d\d-\d\d?:\d\d、?)+)$`).FindStringSubmatch(clause)
		if m == nil || strings.HasSuffix(m[2], "、") {
			return s, false
		}
		var days []int
		for part := range strings.SplitSeq(strings.TrimSuffix(m[1], "、"), "、") {
			for _, piece := range regexp.MustCompile(`周.(?:至周.)?`).FindAllString(part, -1) {
				rs := []rune(piece)
				index := func(r rune) int { return slices.Index([]rune("一二三四五六日"), r) + 1 }
				a := index(rs[1])
				b := a
				if len(rs) > 2 {
					if b = index(rs[4]); a == b {
						return s, false
					}
				}
				for d := a; ; d = d%7 + 1 {
					if slices.Contains(days, d) {
						return s, false
					}
					days = append(days, d)
					if d == b {
						break
					}
				}
			}
		}
		for part := range strings.SplitSeq(m[2], "、") {
			var a, b, c, d int
			if n, err := fmt.Sscanf(part, "%d:%d-%d:%d", &a, &b, &c, &d); n != 4 || err != nil {
				return s, false
			}
			from, to := a*60+b, c*60+d
			early := regexp.MustCompile(`(?:^|-)(?:0?[1-5]|6):`) // 06:00 alone says that it is in the morning
			if early.MatchString(part) || b > 59 || d > 59 || from >= to || to > 1440 {
				return s, false
			}
			if to == 1440 {
				to = 1439
			}
			for _, day := range days {
				for _, other := range s[day] {
					if from < other[1] && other[0] < to {
						return s, false
					}
				}
				s[day] = append(s[day], [2]int{from, to})
			}
		}
		slices.Sort(days)
		for _, d := range days {
			if seen[d] != nil && !slices.Equal(seen[d], days) { // more hours, or other ones?
				return s, false
			}
			seen[d] = days
		}
	}
	for d := range s {
		slices.SortFunc(s[d], func(a, b [2]int) int { return a[0] - b[0] })
	}
	return s, true
}

// One slip of the finger makes another schedule or none, but never half of one: what is read of a mutilated text is what
// the strict reading reads, or the text is refused.
func TestAMutilatedTextIsReadAsItStandsOrRefused(t *testing.T) {
	alphabet := []rune("周一二三四五六日至、；：:-0123456789 （）上下午休息每天x")
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		text := []rune(plainSchedule(t))
		for range rapid.IntRange(1, 3).Draw(t, "slips") {
			if len(text) == 0 {
				break
			}
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			switch rapid.SampledFrom([]string{"lost", "changed", "added", "twice", "swapped", "cut"}).Draw(t, "slip") {
			case "lost":
				text = slices.Delete(text, at, at+1)
			case "changed":
				text[at] = rapid.SampledFrom(alphabet).Draw(t, "to")
			case "added":
				text = slices.Insert(text, at, rapid.SampledFrom(alphabet).Draw(t, "in"))
			case "twice":
				text = slices.Insert(text, at, text[at])
			case "swapped":
				if at > 0 {
					text[at-1], text[at] = text[at], text[at-1]
				}
			case "cut":
				text = text[:at]
			}
		}
		got, err := hours(string(text))
		if err != nil {
			return
		}
		want, ok := strict(tidy(string(text)))
		if !ok {
			t.Fatalf("%q was read as %s, and the strict reading refuses it", string(text), hoursLabel(got))
		}
		if diff := cmp.Diff(want, scheduleOf(got)); diff != "" {
			t.Fatalf("%q was read as %s (-strict +got):\n%s", string(text), hoursLabel(got), diff)
		}
		read++
	})
	if read == 0 {
		t.Error("no mutilated text was read at all: the test says nothing")
	}
}

func plainSchedule(t *rapid.T) string {
	days := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7}).Draw(t, "days")
	n := rapid.IntRange(1, 3).Draw(t, "n")
	var open []booking.Hours
	for _, group := range [][]int{days[:n], days[n : n+2]} {
		times := drawnTimes(t)
		slices.Sort(group)
		for _, x := range times {
			open = append(open, booking.Hours{Days: group, From: clockText(x[0]), To: clockText(x[1])})
		}
	}
	var out []string
	for i, h := range open {
		label := hoursLabel([]booking.Hours{h})
		if i > 0 && slices.Equal(open[i-1].Days, h.Days) {
			out[len(out)-1] += "、" + h.From + "-" + h.To
			continue
		}
		out = append(out, label)
	}
	return strings.Join(out, "；")
}

// tidy brings the freedoms that every writer has into the plain form: spaces, a second 周 left out, 天 for 日, no mark
// before the next days. Days behind each other without a mark are a list from three on, or where nothing lies between them.
func tidy(s string) string {
	each := func(pattern, to string) { s = regexp.MustCompile(pattern).ReplaceAllString(s, to) }
	s = strings.NewReplacer("：", ":", "天", "日", "每周", "周", "（", "(", "）", ")").Replace(s)
	for i, d := range strings.Split("一二三四五六日", "") {
		each(fmt.Sprintf(`周%d`, i+1), "周"+d)
		each(fmt.Sprintf(`([至、])%d([一二三四五六日 ])`, i+1), "${1}"+d+"$2")
	}
	each(`([一二三四五六日])-+([周一二三四五六日])`, "${1}至$2")
	each(`([一二三四五六日]) +(周?[一二三四五六日])`, "$1、$2")
	each(`([一二三四五六日]) +(周?[一二三四五六日])`, "$1、$2")
	each(`(-\d\d?:\d\d) +(\d)`, "$1、$2")
	each(` `, "")
	each(`^[:；]+|；+$`, "")
	each(`；+`, "；")
	each(`-+`, "-")
	each(`([一二三四五六日]):(\d)`, "$1$2")
	each(`(\d)至(\d)`, "$1-$2")
	each(`([至、])([一二三四五六日])`, "${1}周$2")
	s = regexp.MustCompile(`周[一二三四五六日](?:周?[一二三四五六日])+`).ReplaceAllStringFunc(s, func(m string) string {
		days := strings.Split(strings.ReplaceAll(m, "周", ""), "")
		for i := 1; i < len(days); i++ {
			step := strings.Index("一二三四五六日", days[i]) - strings.Index("一二三四五六日", days[i-1])
			if step <= 0 || len(days) == 2 && step > len("一") {
				return "?" // which days?
			}
		}
		return "周" + strings.Join(days, "周")
	})
	each(`(\d)[、:]?周`, "$1；周")
	each(`(\d)；(\d)`, "$1、$2")
	return s
}
