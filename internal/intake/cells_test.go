package intake

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// oneCell is a row with a text in each column that a reader of a single cell may be asked for.
func oneCell(text string) *row {
	t := &table{place: "“表”", sheet: "表", bounds: map[string][]bound{"x": {{}}}, columns: []column{{key: "x", names: []string{"甲"}}}}
	return &row{table: t, n: 2, line: line{n: 2, cells: []cell{textCell(text)}}}
}

var figures = regexp.MustCompile(`\d+`)

// numbersIn are the Arabic numbers of a text, in their order.
func numbersIn(s string) (out []int) {
	for _, f := range figures.FindAllString(norm.NFKC.String(s), -1) {
		n, err := strconv.Atoi(f)
		if err != nil {
			n = -1
		}
		out = append(out, n)
	}
	return out
}

func digitsOf(s string) string {
	return strings.Join(figures.FindAllString(norm.NFKC.String(s), -1), "")
}

func TestADayIsReadInEveryFormAndComesBackWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Date(rapid.IntRange(firstYear, lastYear).Draw(t, "year"), time.January, rapid.IntRange(1, 365).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		form := rapid.SampledFrom([]string{"2006-01-02", "2006-1-2", "2006/1/2", "2006.01.02", "2006年1月2日", "2006年01月02日", "20060102", "2006 年1月2日", "2006-01-02 00:00:00"}).Draw(t, "form")
		text := strings.Replace(want.Format(form), " 年", "年", 1)
		if rapid.Bool().Draw(t, "weekday") && strings.HasSuffix(form, "日") {
			text += "（周" + string([]rune("日一二三四五六")[want.Weekday()]) + "）"
		}
		if rapid.Bool().Draw(t, "wide") {
			text = wide(text)
		}
		if got := oneCell(text).date("x"); got != want.Format(time.DateOnly) {
			t.Fatalf("%s was read as %q, want %s", text, got, want.Format(time.DateOnly))
		}
	})
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

func TestALengthIsReadInEveryFormAndComesBackWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.IntRange(5, 299).Draw(t, "minutes")
		h, m := want/60, want%60
		forms := []string{fmt.Sprintf("%d分钟", want), fmt.Sprint(want), fmt.Sprintf("%d 分", want), fmt.Sprintf("%d:%02d:00", h, m), fmt.Sprintf("约%dmin", want)}
		if h > 0 && m > 0 {
			forms = append(forms, fmt.Sprintf("%d小时%d分", h, m), fmt.Sprintf("%d个小时%d分钟", h, m), fmt.Sprintf("%dh%dmin", h, m))
		}
		if h > 0 && m == 0 {
			forms = append(forms, fmt.Sprintf("%d小时", h), fmt.Sprintf("%c个小时", []rune("零一二三四五")[h]))
		}
		if h > 0 && m == 30 {
			forms = append(forms, fmt.Sprintf("%d.5小时", h), fmt.Sprintf("%d个半小时", h), fmt.Sprintf("%d小时半", h))
		}
		text := rapid.SampledFrom(forms).Draw(t, "form")
		if rapid.Bool().Draw(t, "wide") {
			text = wide(text)
		}
		r := oneCell(text)
		if got := r.minutes("x"); got != want || len(r.problems) > 0 {
			t.Fatalf("%s was read as %d, want %d: %v", text, got, want, r.problems)
		}
	})
}

func TestATelephoneNumberComesBackWithAllItsFigures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := func(n int) string { return rapid.StringMatching(fmt.Sprintf(`[1-9]\d{%d}`, n-1)).Draw(t, "figures") }
		area := rapid.SampledFrom([]string{"020", "010", "0757", "0755"}).Draw(t, "area")
		local := drawn(8)
		number := rapid.SampledFrom([]string{"138" + drawn(8), area + local, "400" + drawn(7)}).Draw(t, "number")
		text := number
		if strings.HasPrefix(number, "0") {
			text = rapid.SampledFrom([]string{area + "-" + local, area + "－" + local, "（" + area + "）" + local, area + " " + local[:4] + " " + local[4:], area + local}).Draw(t, "form")
			if rapid.Bool().Draw(t, "inner") {
				text += "转8"
				number += "8"
			}
		}
		r := oneCell(text)
		if got := r.phone("x"); digitsOf(got) != number || len(r.problems) > 0 {
			t.Fatalf("%s was read as %q: %v", text, got, r.problems)
		}
	})
}

// What a reader takes, it takes wholly: every figure that was written is in what it read. This holds for any text.
func wholly(t interface{ Fatalf(string, ...any) }, text string) {
	read := func(what string, r *row, fits func() bool) {
		if len(r.problems) == 0 && !fits() {
			t.Fatalf("%s: %q was not read wholly", what, text)
		}
		for _, p := range r.problems {
			if !utf8.ValidString(p.String()) && utf8.ValidString(text) || p.Text == "" || p.Mend == "" {
				t.Fatalf("%s: %q was refused with %q", what, text, p)
			}
		}
	}
	if oneCell(text).raw("x").blank() {
		return
	}
	none := func(s string) bool { return slices.Contains(nothing, bare(clean(s))) }
	said := numbersIn(text)
	r := oneCell(text)
	day := r.date("x")
	read("day", r, func() bool {
		if none(text) {
			return day == ""
		}
		parsed, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return false
		}
		if parts := numbersIn(day); len(said) == 1 && len(digitsOf(text)) == 8 {
			return digitsOf(text) == strings.ReplaceAll(day, "-", "")
		} else if len(said) >= 3 && (!slices.Equal(said[:3], parts) || slices.Max(append(said[3:], 0)) != 0) {
			return false
		}
		return parsed.Year() >= firstYear
	})
	r = oneCell(text)
	minutes := r.minutes("x")
	read("length", r, func() bool {
		if none(text) {
			return minutes == 0
		}
		fractions := strings.ContainsAny(norm.NFKC.String(text), ".")
		for _, n := range said { // no figure is larger than all of it
			if !fractions && (n < 0 || n > minutes && !strings.ContainsAny(plain(text), `秒s"″:`)) {
				return false
			}
		}
		return minutes > 0 || strings.ContainsAny(plain(text), `秒s"″:`)
	})
	r = oneCell(text)
	phone := r.phone("x")
	read("phone", r, func() bool {
		was := digitsOf(text)
		return digitsOf(phone) == was || "86"+digitsOf(phone) == was || "86"+strings.TrimPrefix(digitsOf(phone), "0") == was
	})
	r = oneCell(text)
	n := r.count("x", "位人名个")
	read("count", r, func() bool { return len(said) == 0 && n > 0 || len(said) > 0 && said[0] == n })
	r = oneCell(text)
	place := r.degrees("x", "23.125")
	read("degrees", r, func() bool { return len(said) == 2 && said[0] == int(place) })
	if open, err := hours(text); err == nil {
		again, err := hours(hoursLabel(open))
		if err != nil || hoursLabel(again) != hoursLabel(open) {
			t.Fatalf("hours: %q was read as %s, which is read as %s (%v)", text, hoursLabel(open), hoursLabel(again), err)
		}
	}
	if from, to, err := stretchOrStart(text); err == nil && (from < 0 || to < from || to > 24*60) {
		t.Fatalf("time: %q was read as %d to %d", text, from, to)
	}
	r = oneCell(text)
	_, _ = r.days("x"), r.yes("x", nil)
	for _, s := range append(sentences(text), answers(text)...) {
		if strings.TrimSpace(s) == "" {
			t.Fatalf("sentences: %q has an empty one", text)
		}
	}
}

func FuzzCells(f *testing.F) {
	for _, s := range []string{
		"2026年3月2日（周一）", "20260302", "1小时20分", "一个半小时", "1:20:00", "80′", "020-0000-0001 转 8", "+86 138 0000 0001", "三位", "23.125°N", "周一、三、五 9:00-17:00", "每天（周一闭馆）9:00-17:00", "下午2:00-5:00", "1.38E+10", "#N/A",
		"1. 先听\n2. 再问", "A. 甲 B. 乙", "2026-10-01至7日", "１２：３０", "\ufeff\u200b", "二〇二六-三-二",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { wholly(t, text) })
}

// A cell that somebody wrote hastily is read as it stands or refused.
func TestAMutilatedCellIsReadWhollyOrRefused(t *testing.T) {
	seeds := []string{"2026年3月2日", "2026-03-02", "1小时20分钟", "80分钟", "1:20:00", "020-0000-0001转8", "13800000001", "30个", "23.125", "周一至周五 9:00-12:00、14:00-17:00", "下午2:00-5:00", "2026-10-01至2026-10-07"}
	alphabet := []rune("0123456789零一二三十半年月日时分秒点小个周至到、，-:./（） 约转eE+")
	rapid.Check(t, func(t *rapid.T) {
		text := []rune(rapid.SampledFrom(seeds).Draw(t, "seed"))
		for range rapid.IntRange(1, 3).Draw(t, "slips") {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			if r := rapid.SampledFrom(alphabet).Draw(t, "rune"); rapid.Bool().Draw(t, "in") {
				text = slices.Insert(text, at, r)
			} else {
				text[at] = r
			}
		}
		wholly(t, string(text))
	})
}

func FuzzTables(f *testing.F) {
	files, err := os.ReadDir("testdata/given")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile("testdata/given/" + file.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("编号,名称,区\r\n\"1\",\"甲\n乙\"\t;\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, name := range []string{"a.xlsx", "a.csv"} {
			tab, err := readTable(Source{Name: name, Data: raw}, stationColumns)
			if err != nil {
				continue
			}
			for _, r := range tab.rows {
				_ = r.station([]string{"天河区"}, nil)
			}
		}
	})
}
