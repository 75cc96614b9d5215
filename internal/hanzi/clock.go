package hanzi

import (
	"strings"
)

// minutesOfDay is the end of a day, and what 晚上12点 means.
const minutesOfDay = 24 * 60

// Clock is the time of day that a text speaks of, in minutes since midnight; 晚上12点 is 1440, the next midnight. From
// one to six without a word for the part of the day is the afternoon: nobody makes an appointment for three at night. Two
// figures (03:30) are taken as they stand. 下午 alone, 两三点, 三点左右 and 9点到11点 are Half.
func Clock(text string) (minutes int, h Heard) {
	s := plain(text)
	return clock(s, find(s))
}

func clock(s string, found []mention) (int, Heard) {
	var clocks []mention
	parts := false
	for _, m := range found {
		if m.kind == aClock || m.kind == vague || m.said["part"] == "正午" {
			clocks = append(clocks, m)
		}
		parts = parts || m.part() != ""
	}
	if len(clocks) == 0 {
		if parts || alone(s) {
			return 0, Half
		}
		return 0, Nothing
	}
	part, ok := partOf(s, found)
	if clocks = meant(s, clocks); len(clocks) == 0 || !ok {
		return 0, Half
	}
	minutes := -1
	for _, m := range clocks {
		n, ok := m.minutes(part)
		if !ok || m.hedged || m.kind == vague || minutes >= 0 && minutes != n {
			return 0, Half
		}
		minutes = n
	}
	return minutes, Whole
}

// part is the part of the day that a mention names, by one name for each.
func (m mention) part() string {
	said := m.said["part"]
	if n := m.said["near"]; n != "" {
		for _, p := range []string{"上午", "下午", "晚", "早", "夜"} {
			if strings.HasSuffix(n, p) {
				said = p
			}
		}
	}
	if a := m.said["ap"] + m.said["ampm"]; a != "" {
		return map[byte]string{'a': "am", 'p': "pm"}[a[0]]
	}
	switch said {
	case "大清早", "清早", "清晨", "一早", "早晨", "早", "朝":
		return "早上"
	case "晚", "晚间", "夜":
		return "晚上"
	case "夜间":
		return "夜里"
	case "午间":
		return "中午"
	case "午后":
		return "下午"
	case "黄昏":
		return "傍晚"
	case "午夜":
		return "半夜"
	}
	return said
}

// partOf is the one part of the day that a text names, "" where it names none.
func partOf(s string, found []mention) (string, bool) {
	var named []mention
	for _, m := range found {
		if m.part() != "" && m.part() != "正午" {
			named = append(named, m)
		}
	}
	if counted := meant(s, named); len(counted) > 0 {
		named = counted
	}
	part := ""
	for _, m := range named {
		p := m.part()
		if part != "" && part != p {
			if half := map[string]string{"上午": "am", "早上": "am", "下午": "pm", "晚上": "pm"}; half[part] == p { // 下午2:30pm
				continue
			}
			return "", false
		}
		part = p
	}
	return part, true
}

// minutes turns a mention of the clock into minutes, in a part of the day.
func (m mention) minutes(part string) (int, bool) {
	said := m.said
	hourText, min, ok := said["hour"]+said["h"]+said["h12"]+said["lh"], 0, true
	switch {
	case said["part"] == "正午":
		return 12 * 60, true
	case said["half"] != "":
		min = 30
	case said["quarter"] != "":
		min, ok = map[string]int{"一": 15, "二": 30, "两": 30, "三": 45}[said["quarter"]]
	case said["lq"]+said["minus"] != "":
		min, ok = quarterOrMinutes(said["lq"] + said["minus"])
		ok, min = ok && min > 0 && min < 60, -min
	case said["chars"] != "": // 三点两个字: the long hand stands at the second figure
		min, ok = small(said["chars"])
		min *= 5
	case said["minute"]+said["m"] != "":
		t := said["minute"] + said["m"]
		min, ok = small(t)
		// 九点五 may be five to one and half past to another; 3:1 is a score
		if spoken := strings.TrimLeft(t, "零〇"); said["fen"] == "" && (len(t) == 1 || spoken == t && len([]rune(t)) == 1 && t != "十") {
			ok = false
		}
	}
	h, read := small(hourText)
	if !ok || !read || h > 24 || min > 59 || len([]rune(hourText)) > 2 && !strings.Contains(hourText, "十") {
		return 0, false
	}
	h, ok = hourIn(part, h, strings.HasPrefix(hourText, "0") || hourText == "零")
	total := h*60 + min
	return total, ok && total >= 0 && total <= minutesOfDay
}

func quarterOrMinutes(s string) (int, bool) {
	if strings.HasPrefix(s, "一刻") {
		return 15, true
	}
	if n, ok := strings.CutSuffix(s, "个字"); ok {
		v, read := small(n)
		return v * 5, read
	}
	return small(strings.TrimSuffix(strings.TrimSuffix(s, "钟"), "分"))
}

// hourIn is the hour of 24 that an hour means in a part of the day. What does not fit (上午15点, 晚上两点) is not read.
func hourIn(part string, h int, exact bool) (int, bool) {
	from, to, add := 0, 24, 0 // the hours that fit, and what is added below twelve
	switch part {
	case "":
		if h >= 1 && h <= 6 && !exact {
			h += 12
		}
	case "am":
		return h % 12, h >= 1 && h <= 12
	case "pm":
		return h%12 + 12, h >= 1 && h <= 12 || h > 12 && h < 24 && h%12+12 == h
	case "凌晨":
		if h == 12 {
			h = 0
		}
		to = 6
	case "半夜":
		to = 5
		if h == 11 || h == 23 {
			return 23, true
		}
	case "早上":
		from, to = 1, 11
	case "上午":
		from, to = 5, 12
	case "中午":
		if h < 3 {
			h += 12
		}
		from, to = 11, 14
	case "下午":
		from, to, add = 12, 23, 12
	case "傍晚":
		from, to, add = 16, 20, 12
	case "晚上", "夜里":
		from, to, add = 17, 24, 12
		if h == 12 {
			return 24, true
		}
	}
	if h > 0 && h < 12 {
		h += add
	}
	return h, from <= h && h <= to
}

// partHours are the parts of the day in minutes. 半夜 and 早晚 are none: they lie on both ends of it.
var partHours = map[string][2]int{
	"凌晨": {0, 360}, "早上": {360, 720}, "上午": {360, 720}, "am": {360, 720}, "中午": {660, 840}, "下午": {720, 1080}, "pm": {720, 1080}, "傍晚": {1020, 1200},
	"晚上": {1080, minutesOfDay}, "夜里": {1200, minutesOfDay},
}
