package hanzi_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

const digits = "零一二三四五六七八九"

func digit(n int) string { return string([]rune(digits)[n]) }

// chinese writes a number below ten thousand as people say it.
func chinese(n int) string {
	if n == 0 {
		return "零"
	}
	var b strings.Builder
	gap := false
	for _, m := range []struct {
		size int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / m.size % 10
		switch {
		case d == 0:
			gap = b.Len() > 0
			continue
		case gap:
			b.WriteString("零")
		}
		if m.size != 10 || d != 1 || b.Len() > 0 {
			b.WriteString(digit(d))
		}
		b.WriteString(m.name)
		gap = false
	}
	return b.String()
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if '!' <= r && r <= '~' {
			return r + 0xfee0
		}
		return r
	}, s)
}

func inRings(s string) string {
	return strings.Map(func(r rune) rune {
		if '1' <= r && r <= '9' {
			return '①' + r - '1'
		}
		return r
	}, s)
}

// traditional writes a text in traditional script, and with the words of the north in Cantonese where there are such.
var traditional = strings.NewReplacer("点", "點", "钟", "鐘", "号", "號", "两", "兩", "后", "後", "个", "個", "礼", "禮", "这", "這", "无", "無", "没", "沒", "时", "時", "万", "萬", "办", "辦", "预约", "預約")

// dressed is one of the ways in which the same words arrive: from keyboards, from voice recognition, in both scripts.
func dressed(s string, way int) string {
	return []string{s, wide(s), " " + s + " ", s + "。", "嗯，" + s + "吧", "那个，" + s, traditional.Replace(s), "\u200b" + s + "！", s}[way%9]
}

func TestEveryDateOfTwoYearsReadsBackInEveryForm(t *testing.T) {
	names := []string{"日", "一", "二", "三", "四", "五", "六"}
	way := 0
	for d := time.Date(2026, 1, 1, 0, 0, 0, 0, citytime.Zone); d.Year() < 2028; d = d.AddDate(0, 0, 1) {
		y, m, n := d.Year(), int(d.Month()), d.Day()
		year := ""
		for _, r := range strconv.Itoa(y) {
			year += digit(int(r - '0'))
		}
		forms := []string{
			d.Format("2006-01-02"), d.Format("2006/1/2"), d.Format("2006.1.2"), d.Format("20060102"), fmt.Sprintf("%d年%d月%d日", y, m, n), fmt.Sprintf("%d年%d月%d号", y%100, m, n),
			fmt.Sprintf("%s年%s月%s号", year, chinese(m), chinese(n)), fmt.Sprintf("%d年%02d月%02d日（周%s）", y, m, n, names[d.Weekday()]),
		}
		// what says no year is the next such day
		before := d.AddDate(0, 0, -(n*7+m)%300)
		for _, form := range append(forms, fmt.Sprintf("%d月%d号", m, n), fmt.Sprintf("%s月%s日", chinese(m), chinese(n)), fmt.Sprintf("%d/%d", m, n), fmt.Sprintf("%d-%d", m, n), fmt.Sprintf("%d.%d", m, n)) {
			way++
			text := dressed(form, way)
			if got := day(text, before); got != d.Format(time.DateOnly) {
				t.Fatalf("%q, read on %s, is %q, want %s", text, before.Format(time.DateOnly), got, d.Format(time.DateOnly))
			}
		}
		week := func(now time.Time) time.Time { return now.AddDate(0, 0, -(int(now.Weekday())+6)%7) }
		for back := range 20 {
			now := d.AddDate(0, 0, -back)
			forms := []string{chinese(back) + "天后", fmt.Sprintf("%d天以后", back)}
			weeks := int(week(d).Sub(week(now)).Hours()) / 24 / 7
			for _, w := range []string{"周", "星期", "礼拜", "个星期"} {
				prefix := strings.Repeat("下", weeks)
				if weeks == 0 {
					prefix = "这"
				}
				forms = append(forms, prefix+w+names[d.Weekday()])
			}
			if back < 7 {
				forms = append(forms, "周"+names[d.Weekday()], "星期"+names[d.Weekday()])
			}
			if back < 4 {
				forms = append(forms, []string{"今天", "明天", "后天", "大后天"}[back])
			}
			if back < 3 {
				forms = append(forms, []string{"今日", "聽日", "後日"}[back])
			}
			if now.Month() == d.Month() {
				forms = append(forms, fmt.Sprintf("%d号", n), chinese(n)+"号", fmt.Sprintf("这个月%d号", n))
			} else {
				forms = append(forms, fmt.Sprintf("下个月%d号", n), "下個月"+chinese(n)+"號")
			}
			for _, form := range forms {
				if got := day(form, now); got != d.Format(time.DateOnly) {
					t.Fatalf("%q, read on %s, is %q, want %s", form, now.Format(time.DateOnly), got, d.Format(time.DateOnly))
				}
			}
		}
	}
}

func TestEveryMinuteReadsBackInEveryForm(t *testing.T) {
	way := 0
	for total := range 24 * 60 {
		h, m := total/60, total%60
		want := fmt.Sprintf("%02d:%02d", h, m)
		forms := []string{want, fmt.Sprintf("%02d点%02d分", h, m), fmt.Sprintf("%02d：%02d", h, m)}
		say := func(h int, figures string) {
			hour := chinese(h)
			if h == 2 {
				hour = "两"
			}
			minutes := []string{chinese(m) + "分"}
			switch {
			case m == 0:
				minutes = []string{"", "整", "钟"}
			case m < 10:
				minutes = append(minutes, "零"+chinese(m), "零"+chinese(m)+"分", "过"+chinese(m)+"分")
			default:
				minutes = append(minutes, chinese(m))
			}
			if m == 30 {
				minutes = append(minutes, "半")
			}
			if m == 15 || m == 45 {
				minutes = append(minutes, map[int]string{15: "一刻", 45: "三刻"}[m])
			}
			for _, min := range minutes {
				forms = append(forms, figures+hour+"点"+min, figures+strconv.Itoa(h)+"点"+min)
			}
			forms = append(forms, fmt.Sprintf("%s%d:%02d", figures, h, m), fmt.Sprintf("%s%d点%02d", figures, h, m))
			if m > 0 && m%5 == 0 {
				forms = append(forms, figures+hour+"点"+strings.Replace(chinese(m/5), "二", "两", 1)+"个字")
			}
		}
		switch {
		case h < 6:
			say(h, "凌晨")
		case h < 12:
			say(h, "上午")
			say(h, "早上")
			forms = append(forms, fmt.Sprintf("%d:%02dam", h, m))
		case h == 12:
			say(h, "中午")
			say(h, "")
		case h < 18:
			say(h-12, "下午")
			say(h-12, "下晝")
			forms = append(forms, fmt.Sprintf("%d:%02d PM", h-12, m))
		default:
			say(h-12, "晚上")
			say(h, "")
		}
		if h > 6 && h < 12 || h > 12 && h < 18 {
			say(h, "")
		}
		if m > 30 && h > 6 && h < 12 {
			forms = append(forms, fmt.Sprintf("差%d分%d点", 60-m, h+1), fmt.Sprintf("上午%s点差%s分", chinese(h+1), chinese(60-m)))
		}
		for _, form := range forms {
			way++
			text := dressed(form, way)
			if got := clock(text); got != want {
				t.Fatalf("%q is %q, want %s", text, got, want)
			}
		}
	}
}

func TestEveryNumberBelowTenThousandReadsBackInEveryForm(t *testing.T) {
	financial := strings.NewReplacer("一", "壹", "二", "贰", "三", "叁", "四", "肆", "五", "伍", "六", "陆", "七", "柒", "八", "捌", "九", "玖", "十", "拾", "百", "佰", "千", "仟")
	way := 0
	for n := range 10000 {
		figures, said := strconv.Itoa(n), chinese(n)
		forms := []string{figures, said, financial.Replace(said), strings.ReplaceAll(said, "二千", "两千"), strings.ReplaceAll(said, "二百", "两百"), figures + "个", said + "岁", inRings(figures)}
		for _, form := range forms {
			way++
			text := dressed(form, way)
			if got, ok := hanzi.Number(text); !ok || got != float64(n) {
				t.Fatalf("%q is %v, %v, want %d", text, got, ok, n)
			}
		}
		if got, ok := hanzi.Number(said + "个半"); !ok || got != float64(n)+0.5 {
			t.Fatalf("%q is %v, %v, want %d.5", said+"个半", got, ok, n)
		}
		if n > 0 && n < 100 {
			for _, text := range []string{figures, said, "第" + said + "个", "选" + wide(figures), "嗯，第" + figures + "個吧", inRings(figures)} {
				if got := hanzi.Ordinal(hanzi.Fold(text)); got != n {
					t.Fatalf("%q means choice %d, want %d", text, got, n)
				}
			}
		}
	}
}

// pieces make texts that come close to days, times and numbers.
var pieces = strings.Fields("下 上 这 个 周 星期 礼拜 一 两 三 六 日 天 末 十 百 廿 月 号 點 点 半 刻 差 一刻 12 3 0 99 2026 2027 - / . : ： ， 。 、 或 到 晚上 下午 凌晨 今晚 明天 聽日 年 后 前 每 不 农历 初 五 " +
	"元旦 pm 嗯 吧 个字 可以 ① 3️⃣ 分 零 壹 万 左右 底 国庆 唔 好")

func texts() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 10), func(p []string) string { return strings.Join(p, "") }))
}

// holds checks what is true of every text.
func holds(t interface{ Fatalf(string, ...any) }, text string, now time.Time) {
	folded := hanzi.Fold(text)
	if again := hanzi.Fold(folded); again != folded {
		t.Fatalf("%q folds to %q, and that to %q", text, folded, again)
	}
	if n := hanzi.Ordinal(folded); n < 0 || n > 99 {
		t.Fatalf("%q means choice %d", text, n)
	}
	d, h := hanzi.Day(text, now)
	if h == hanzi.Whole && (d.Location() != citytime.Zone || d.Hour()+d.Minute()+d.Second() != 0) {
		t.Fatalf("%q is no day: %v", text, d)
	}
	m, c := hanzi.Clock(text)
	if c == hanzi.Whole && (m < 0 || m > 24*60) {
		t.Fatalf("%q is minute %d", text, m)
	}
	at, whole := hanzi.Moment(text, now)
	switch {
	case whole == hanzi.Whole && (c != hanzi.Whole || h == hanzi.Half):
		t.Fatalf("%q is the moment %v, but its time is %v and its day %v", text, at, c, h)
	case whole == hanzi.Whole && h == hanzi.Nothing && at.Before(now):
		t.Fatalf("%q is past: %v", text, at)
	}
	w := hanzi.Wishes(text, now)
	if (h == hanzi.Whole) != !w.Day.IsZero() || !w.Day.IsZero() && !w.Day.Equal(d) || (c == hanzi.Whole) != (w.Clock >= 0) || w.Last.Before(w.First) || w.Clock >= 0 && w.From >= 0 || w.From > w.To {
		t.Fatalf("%q says the day %v (%v) and the time %d (%v), but wishes %+v", text, d, h, m, c, w)
	}
	for _, u := range w.Unsure {
		if u == "" || !utf8.ValidString(u) && utf8.ValidString(text) {
			t.Fatalf("%q leaves %q unsure", text, u)
		}
	}
	if n, ok := hanzi.Number(text); ok && (n < 0 || n > 1e12) {
		t.Fatalf("%q is the number %v", text, n)
	}
	hanzi.YesNo(text)
	if p, ok := hanzi.Phone(text); ok && (len(p) < 10 || len(p) > 12) {
		t.Fatalf("%q is the telephone number %q", text, p)
	}
}

func TestAnyTextIsReadOrLeft(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Unix(rapid.Int64Range(1700000000, 1900000000).Draw(rt, "now"), 0)
		holds(rt, texts().Draw(rt, "text"), now)
	})
}

func TestAPartOfTheDayBeforeItsClockIsReadOrLeft(t *testing.T) {
	for _, text := range []string{"晚上下12pm下下午", "上午3点下午", "下午不要三点上午"} { // the parts of the day around the clock
		holds(t, text, wednesday)
	}
}

func TestADayThatTheCalendarDoesNotHaveIsNeverRead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		y, m, d := rapid.IntRange(2020, 2040).Draw(rt, "year"), rapid.IntRange(0, 20).Draw(rt, "month"), rapid.IntRange(0, 45).Draw(rt, "day")
		at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, citytime.Zone)
		exists := at.Year() == y && int(at.Month()) == m && at.Day() == d
		for _, text := range []string{fmt.Sprintf("%d-%d-%d", y, m, d), fmt.Sprintf("%d年%d月%d日", y, m, d), fmt.Sprintf("%d年%s月%s号", y, chinese(m), chinese(d))} {
			got, h := hanzi.Day(text, wednesday)
			if exists != (h == hanzi.Whole) || exists && !got.Equal(at) {
				rt.Fatalf("%q is %v (%v)", text, got, h)
			}
		}
	})
}

func TestBothScriptsSayTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := texts().Draw(rt, "text")
		other := traditional.Replace(text)
		if day(text, wednesday) != day(other, wednesday) || clock(text) != clock(other) || moment(text, wednesday) != moment(other, wednesday) || hanzi.Fold(text) != hanzi.Fold(other) {
			rt.Fatalf("%q and %q are not read the same", text, other)
		}
		a, okA := hanzi.Number(text)
		b, okB := hanzi.Number(other)
		yesA, saidA := hanzi.YesNo(text)
		yesB, saidB := hanzi.YesNo(other)
		if a != b || okA != okB || yesA != yesB || saidA != saidB {
			rt.Fatalf("%q and %q are not read the same: %v %v, %v %v", text, other, a, b, yesA, yesB)
		}
	})
}

func FuzzReading(f *testing.F) {
	for _, s := range []string{"下周六天河附近带孩子，下午", "12月5号14:30", "差一刻四点", "农历腊月廿三", "+86 138-0000-0000", "一百二十个半", "嗯，好的。", "1️⃣🔟", "周六或周日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { holds(t, s, wednesday) })
}

func BenchmarkWishes(b *testing.B) {
	for b.Loop() {
		hanzi.Wishes("下周六天河附近带孩子，下午两点半左右都可以", wednesday)
	}
}
