package intake

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

var (
	leadWords = regexp.MustCompile(`^(?:最晚|最少|至少|须|需|要|请)?(?:提前)?(.+?)(个?小时|h|天|日)?(?:预约|以上|前)?$`)
	makeupDay = regexp.MustCompile(`^(?:照|按|同|照常按)?(?:周|星期|礼拜)?([一二三四五六日天1-7])(?:的时间)?(?:开|上班|开放)?$`)
)

// lead reads how long before its start a time must be booked, in hours.
func (r *row) lead() int {
	c, ok := r.cell("lead")
	if !ok || slices.Contains(nothing, bare(c.text)) {
		return 0
	}
	m := leadWords.FindStringSubmatch(bare(c.text))
	if m == nil || parted(c.text) || !plainNumber.MatchString(m[1]) {
		r.bad("lead", "写最晚提前几小时约，例如 2小时，或者 1天", "看不懂是多久")
		return 0
	}
	n, ok := hanzi.Number(m[1])
	unit := m[2]
	if unit == "" && strings.Contains(r.note("lead"), "天") {
		unit = "天"
	}
	if unit == "天" || unit == "日" {
		n *= 24
	}
	if !ok || n != math.Trunc(n) || n < 0 || n > 72 {
		r.bad("lead", "写 0 到 72 小时（3天），例如 2小时", "不是能提前的时间")
		return 0
	}
	if as := fmt.Sprintf("%d 小时", int(n)); !strings.Contains(c.text, fmt.Sprint(int(n))) {
		r.took("lead", as)
	}
	return int(n)
}

// makeup reads what a station does on a weekend day that is worked: the hours of which weekday it keeps.
func (r *row) makeup() int {
	c, ok := r.cell("makeup")
	word := bare(c.text)
	if !ok || slices.Contains(nothing, word) || slices.Contains(noMarks, word) && word != "1" || slices.Contains([]string{"照周末", "按周末", "不变"}, word) {
		return 0
	}
	m := makeupDay.FindStringSubmatch(word)
	if m == nil {
		r.bad("makeup", "写那天照星期几的时间开，例如 周一；照周末的时间就留空", "看不懂照哪一天开")
		return 0
	}
	for n, names := range []string{"一1", "二2", "三3", "四4", "五5", "六6", "日天7"} {
		if strings.Contains(names, m[1]) {
			return n + 1
		}
	}
	return 0
}

// keep fills in what the table has no column for from the station as the last import left it, and what was added to the
// file by hand since. Its ID and its place every table says, in one column or another.
func (r *row) keep(st *booking.Station, last []booking.Station) {
	i := slices.IndexFunc(last, func(old booking.Station) bool { return old.ID == st.ID })
	if i < 0 {
		return
	}
	old := last[i]
	for _, c := range booking.Columns() {
		said := r.has(c.Key) || c.Key == "walk_in" && r.has("appointment")
		if said || slices.Contains([]string{"id", "lat", "lng"}, c.Key) {
			continue
		}
		reflect.ValueOf(c.At(st)).Elem().Set(reflect.ValueOf(c.At(&old)).Elem())
	}
}

// leadLabel, holidayLabel and makeupLabel say what a station does, as the report of an import shows it.
func leadLabel(hours int) string {
	if hours == 0 {
		return ""
	}
	return fmt.Sprintf("%d 小时", hours)
}

func holidayLabel(s string) string {
	if s == calendar.Open {
		return "开"
	}
	return "不开"
}

func makeupLabel(day int) string {
	if day < 1 || day > 7 {
		return ""
	}
	return "照周" + string([]rune("一二三四五六日")[day-1])
}
