package intake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
)

var stationColumns = []column{
	{"id", []string{"编号", "站点编号"}, true},
	{"name", []string{"名称", "站点名称", "站点"}, true},
	{"district", []string{"区", "行政区", "所属区"}, true},
	{"kind", []string{"类型", "类别"}, false},
	{"address", []string{"地址"}, true},
	{"phone", []string{"电话", "联系电话"}, true},
	{"lat", []string{"纬度"}, true},
	{"lng", []string{"经度"}, true},
	{"serves", []string{"面向", "服务对象"}, false},
	{"walk_in", []string{"可直接来", "免预约"}, false},
	{"open", []string{"开放时间", "服务时间"}, true},
	{"counsellors", []string{"老师人数", "咨询师人数", "人数"}, false},
	{"minutes", []string{"每次分钟", "每次时长"}, false},
	{"closed", []string{"休息日", "闭馆日"}, false},
	{"sample", []string{"示例"}, false},
}

// What a station has where the table does not say.
const (
	usualCounsellors = 1
	usualMinutes     = 50
)

// Stations judges a table of stations against the directory in dir (dialogs/stations). Coordinates are GCJ-02, as WeChat's
// and 高德's maps give them.
func Stations(name string, data []byte, dir string) (Report, error) {
	rows, err := readTable(name, data, stationColumns)
	if err != nil {
		return Report{}, err
	}
	directory, err := booking.LoadStations(os.DirFS(dir))
	if err != nil {
		return Report{}, fmt.Errorf("现有的站点有问题，请先运行 xinqiao check：\n%w", err)
	}
	var entries []entry
	for _, r := range rows {
		st, problems := station(r, directory.Districts)
		raw, err := marshal(st)
		if err != nil {
			return Report{}, err
		}
		entries = append(entries, entry{Verdict{r.line, st.Name, problems}, raw})
	}
	head, err := marshal(map[string][]string{"districts": directory.Districts})
	if err != nil {
		return Report{}, err
	}
	return assemble(dir, "stations", string(head), "stations", entries, func(f fs.FS) error { _, err := booking.LoadStations(f); return err })
}

func station(r row, districts []string) (booking.Station, []string) {
	var problems []string
	bad := func(err error) {
		if err != nil {
			problems = append(problems, err.Error())
		}
	}
	st := booking.Station{
		ID: r.get("id"), Name: r.get("name"), District: r.get("district"), Kind: r.get("kind"), Address: r.get("address"), Phone: r.get("phone"),
		Serves: r.get("serves"), WalkIn: yes(r.get("walk_in")), Counsellors: usualCounsellors, Minutes: usualMinutes, Sample: yes(r.get("sample")),
	}
	if i := slices.IndexFunc(districts, func(d string) bool { return strings.TrimSuffix(d, "区") == strings.TrimSuffix(st.District, "区") }); i >= 0 {
		st.District = districts[i]
	}
	var err error
	st.Lat, err = degrees("纬度", r.get("lat"))
	bad(err)
	st.Lng, err = degrees("经度", r.get("lng"))
	bad(err)
	st.Open, err = hours(r.get("open"))
	bad(err)
	if cell := r.get("counsellors"); cell != "" {
		st.Counsellors, err = minutes(strings.TrimRight(cell, "位人名"))
		bad(err)
	}
	if cell := r.get("minutes"); cell != "" {
		st.Minutes, err = minutes(cell)
		bad(err)
	}
	for _, d := range listed(r.get("closed")) {
		closed, err := day(d)
		bad(err)
		st.Closed = append(st.Closed, closed)
	}
	return st, problems
}

func degrees(name, cell string) (float64, error) {
	v, err := strconv.ParseFloat(norm.NFKC.String(cell), 64)
	if err != nil {
		return 0, fmt.Errorf("%s %q 不是数（写成 23.125）", name, cell)
	}
	return v, nil
}

var (
	dayNames  = map[string]int{"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7}
	dayRange  = regexp.MustCompile(`(?:周|星期)([一二三四五六日天])(?:至|到|-|~)(?:周|星期)?([一二三四五六日天])`)
	dayAlone  = regexp.MustCompile(`(?:周|星期)([一二三四五六日天])`)
	timeRange = regexp.MustCompile(`(\d{1,2}):(\d{2})(?:-|~|至|到)(\d{1,2}):(\d{2})`)
	dashes    = strings.NewReplacer("–", "-", "—", "-", "－", "-", " ", "", "：", ":")
)

// hours reads opening hours as people write them: 周一至周五 9:00-12:00，14:00-17:00；周六 9:00-12:00.
func hours(cell string) ([]booking.Hours, error) {
	var out []booking.Hours
	for _, part := range split(dashes.Replace(norm.NFKC.String(cell)), "；;\n") {
		days, times := weekdays(part), timeRange.FindAllStringSubmatch(part, -1)
		if len(days) == 0 || len(times) == 0 {
			return nil, fmt.Errorf("开放时间 %q 看不懂（写成：周一至周五 09:00-17:00；周六 09:00-12:00）", part)
		}
		for _, t := range times {
			out = append(out, booking.Hours{Days: days, From: padded(t[1], t[2]), To: padded(t[3], t[4])})
		}
	}
	if len(out) == 0 {
		return nil, errors.New("没有写开放时间")
	}
	return out, nil
}

func padded(hour, minute string) string {
	if len(hour) == 1 {
		hour = "0" + hour
	}
	return hour + ":" + minute
}

func weekdays(part string) []int {
	add := func(days []int, d int) []int {
		if slices.Contains(days, d) {
			return days
		}
		return append(days, d)
	}
	var days []int
	switch {
	case strings.Contains(part, "每天"):
		return []int{1, 2, 3, 4, 5, 6, 7}
	case strings.Contains(part, "工作日"):
		days = []int{1, 2, 3, 4, 5}
	case strings.Contains(part, "周末"):
		days = []int{6, 7}
	}
	for _, m := range dayRange.FindAllStringSubmatch(part, -1) {
		for d := dayNames[m[1]]; d <= dayNames[m[2]]; d++ {
			days = add(days, d)
		}
	}
	for _, m := range dayAlone.FindAllStringSubmatch(part, -1) {
		days = add(days, dayNames[m[1]])
	}
	slices.Sort(days)
	return days
}
