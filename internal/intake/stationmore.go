package intake

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// stationMore are the columns that few offices have. What a table has no column for stays as the last import left it, and
// what was added to the file by hand since.
var stationMore = []column{
	{key: "street", names: []string{"街道", "街镇", "镇街", "所属街道", "所在街道", "所属镇街", "街道镇"}},
	{key: "services", names: []string{"服务项目", "服务内容", "服务事项", "提供的服务", "主要服务", "业务范围"}},
	{key: "lead", names: []string{"提前小时", "最晚提前", "最少提前", "提前预约时间", "预约提前时间", "提前多久约"}},
	{key: "holidays", names: []string{"节假日", "节假日开放", "节假日是否开放", "法定节假日", "放假开放"}},
	{key: "makeup", names: []string{"调休", "调休上班", "调休上班日", "调休日开放"}},
	{key: "referral", names: []string{"需转介", "是否需转介", "是否转介", "需要转介", "转介"}},
}

// more reads those columns into a station.
func (r *row) more(st *booking.Station) {
	st.Street = inOneLine(r.optional("street"))
	if c, ok := r.cell("services"); ok && !slices.Contains(nothing, bare(c.text)) {
		for _, s := range split(c.text, "、，,;；|/\n") {
			if s = inOneLine(s); !slices.Contains(st.Services, s) {
				st.Services = append(st.Services, s)
			}
		}
	}
	st.Lead = r.lead()
	if r.yes("holidays", map[string]bool{"开": true, "开放": true, "照常": true, "照常开放": true, "正常开放": true, "不休": true, "不开": false, "不开放": false, "休息": false, "放假": false, "闭馆": false, "休": false}) {
		st.Holidays = calendar.Open
	}
	st.Makeup = r.makeup()
	st.Referral = r.yes("referral", map[string]bool{"需转介": true, "需要转介": true, "需要": true, "需": true, "凭转介": true, "无需转介": false, "无需": false, "不需要": false, "不用": false, "不需转介": false})
}

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

// keep fills in what the table has no column for from the station as it was.
func (r *row) keep(st *booking.Station, last []booking.Station) {
	i := slices.IndexFunc(last, func(old booking.Station) bool { return old.ID == st.ID })
	if i < 0 {
		return
	}
	old := last[i]
	for _, f := range []struct {
		keys []string
		keep func()
	}{
		{[]string{"kind"}, func() { st.Kind = old.Kind }}, {[]string{"serves"}, func() { st.Serves = old.Serves }},
		{[]string{"walk_in", "appointment"}, func() { st.WalkIn = old.WalkIn }}, {[]string{"counsellors"}, func() { st.Counsellors = old.Counsellors }},
		{[]string{"minutes"}, func() { st.Minutes = old.Minutes }}, {[]string{"closed"}, func() { st.Closed = old.Closed }}, {[]string{"sample"}, func() { st.Sample = old.Sample }},
		{[]string{"street"}, func() { st.Street = old.Street }}, {[]string{"services"}, func() { st.Services = old.Services }}, {[]string{"lead"}, func() { st.Lead = old.Lead }},
		{[]string{"holidays"}, func() { st.Holidays = old.Holidays }}, {[]string{"makeup"}, func() { st.Makeup = old.Makeup }}, {[]string{"referral"}, func() { st.Referral = old.Referral }},
	} {
		if !slices.ContainsFunc(f.keys, r.has) {
			f.keep()
		}
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
