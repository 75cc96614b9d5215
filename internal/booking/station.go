package booking

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
)

// Station is one place where people can talk with someone. Position is in GCJ-02 degrees.
type Station struct {
	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	District    string   `yaml:"district"`
	Street      string   `yaml:"street"` // 昌华街, 新塘镇; empty where it does not matter
	Kind        string   `yaml:"kind"`
	Address     string   `yaml:"address"`
	Phone       string   `yaml:"phone"`
	Lat         float64  `yaml:"lat"`
	Lng         float64  `yaml:"lng"`
	Serves      string   `yaml:"serves"`   // whom
	Services    []string `yaml:"services"` // what one may come for: 亲子咨询, 团体活动
	WalkIn      bool     `yaml:"walk_in"`  // one may come without an appointment
	Open        []Hours  `yaml:"open"`
	Counsellors int      `yaml:"counsellors"` // places in each slot
	Minutes     int      `yaml:"minutes"`     // length of a slot
	Lead        int      `yaml:"lead"`        // how many hours before its start a slot must be booked; 0: one
	Referral    bool     `yaml:"referral"`    // a doctor or the school sends people there; nobody books it here
	Closed      []string `yaml:"closed"`      // days such as 2026-10-01
	Holidays    string   `yaml:"holidays"`    // calendar.Open: it opens on the city's holidays as on any other day
	Makeup      int      `yaml:"makeup"`      // the weekday whose hours it keeps on a weekend day that is worked (调休); 0: the weekend's own
	Sample      bool     `yaml:"sample"`

	city *calendar.Days
}

// Hours are opening hours on some weekdays (1 Monday … 7 Sunday), from and to as 09:00 in Asia/Shanghai.
type Hours struct {
	Days []int  `yaml:"days"`
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// Column is all that the program knows of one thing that a station has: what it is called in the file, in an office's
// table, in the editors' form and where people read of it.
type Column struct {
	Key string
	At  func(s *Station) any // where its value stands: a pointer to it, whose type says how it is read, shown and filled in

	About string // as an editor's program explains it beside the key in a file

	Headings []string        // what offices call it in their tables; the first is what reports call it
	Needed   bool            // a table must have it, and no cell of it may be empty
	Marks    map[string]bool // what says yes or no in its cells alone

	Label    string // in the editors' form; "" where it is changed in the file alone
	Hint     string
	Must     bool
	From     string // the list in the same content that it is chosen from
	Options  [][2]string
	Fallback string

	Shown string // what it is called where people read of the station, in the talk and on its page; "" where it has a place of its own, or none
}

// columns is the one list of what a station has, in the order of the form. A new one is a field of Station and a row here:
// the import, its report, the form, the talk, the page and the schemas follow (intake/stations.go reads by itself only what
// is not plain words, a list of words, or yes and no).
var columns = []Column{
	{
		Key: "id", At: func(s *Station) any { return &s.ID }, About: "编号：小写字母、数字、短横，定了就别改",
		Headings: []string{"编号", "站点编号", "机构编号", "代码"},
		Label:    "编号", Hint: "已经起好了一个；想换，就用英文小写字母、数字和短横，例如 tianhe-3。发布以后别再改，预约靠它。", Must: true,
	},
	{
		Key: "name", At: func(s *Station) any { return &s.Name }, About: "名字",
		Headings: []string{"名称", "站点名称", "单位名称", "机构名称", "服务站名称", "场所名称", "中心名称", "站名", "站点", "单位", "机构"}, Needed: true,
		Label: "名称", Must: true,
	},
	{
		Key: "district", At: func(s *Station) any { return &s.District }, About: "在哪个区",
		Headings: []string{"区", "行政区", "所属区", "所在区", "区域", "辖区", "所属区域", "行政区划", "区县"}, Needed: true,
		Label: "在哪个区", From: "districts", Must: true,
	},
	{
		Key: "street", At: func(s *Station) any { return &s.Street }, About: "在哪条街道或哪个镇，如 昌华街；家长说街道名就找得到",
		Headings: []string{"街道", "街镇", "镇街", "所属街道", "所在街道", "所属镇街", "街道镇"},
		Label:    "街道或镇", Hint: "例如 昌华街、新塘镇；大家会按它来找",
	},
	{
		Key: "kind", At: func(s *Station) any { return &s.Kind }, About: "哪一类站点",
		Headings: []string{"类型", "类别", "站点类型", "机构类型", "性质"},
		Label:    "类型", Hint: "例如 家庭教育指导中心、粤心安社会心理服务站、舒心驿站",
	},
	{
		Key: "address", At: func(s *Station) any { return &s.Address }, About: "地址",
		Headings: []string{"地址", "详细地址", "站点地址", "单位地址", "具体地址", "办公地址", "所在地址"}, Needed: true,
		Label: "地址", Must: true,
	},
	{
		Key: "phone", At: func(s *Station) any { return &s.Phone }, About: "电话",
		Headings: []string{"电话", "联系电话", "咨询电话", "服务电话", "预约电话", "站点电话", "办公电话", "联系方式"}, Needed: true,
		Label: "电话", Must: true,
	},
	{
		Key: "lat", At: func(s *Station) any { return &s.Lat }, About: "纬度",
		Headings: []string{"纬度", "坐标纬度", "纬度坐标", "latitude"},
		Label:    "纬度", Hint: "在高德或微信的地图上查，例如 23.125。整个贴进来（113.244,23.125）也行，会自己分开", Must: true,
	},
	{
		Key: "lng", At: func(s *Station) any { return &s.Lng }, About: "经度",
		Headings: []string{"经度", "坐标经度", "经度坐标", "longitude", "lon"},
		Label:    "经度", Hint: "例如 113.244", Must: true,
	},
	{
		Key: "serves", At: func(s *Station) any { return &s.Serves }, About: "为谁服务",
		Headings: []string{"面向", "服务对象", "面向人群", "服务人群", "对象"},
		Label:    "面向谁", Shown: "面向",
	},
	{
		Key: "services", At: func(s *Station) any { return &s.Services }, About: "可以来做什么，如 [亲子咨询, 团体活动]；家长说这些就找得到",
		Headings: []string{"服务项目", "服务内容", "服务事项", "提供的服务", "主要服务", "业务范围"},
		Label:    "可以来做什么", Hint: "一行一样，例如 个体咨询、亲子咨询、团体活动", Shown: "可以来",
	},
	{
		Key: "walk_in", At: func(s *Station) any { return &s.WalkIn }, About: "写 true：不用预约也能来",
		Headings: []string{"可直接来", "免预约", "可否直接来", "是否可直接来", "现场接待", "无需预约"},
		Marks:    map[string]bool{"需预约": false, "需要预约": false, "要预约": false, "仅限预约": false, "免预约": true, "无需预约": true, "不用预约": true, "不需预约": true, "不需要预约": true, "可直接来": true, "直接来": true},
		Label:    "不预约也可以直接去",
	},
	{
		Key: "open", At: func(s *Station) any { return &s.Open }, About: "什么时候开",
		Headings: []string{"开放时间", "服务时间", "工作时间", "接待时间", "营业时间", "开放时段", "服务时段", "时间"}, Needed: true,
		Label: "开放时间", Hint: "一行一段；中午休息就写两行。不用的空着", Must: true,
	},
	{
		Key: "counsellors", At: func(s *Station) any { return &s.Counsellors }, About: "同一时间能接待几位",
		Headings: []string{"老师人数", "咨询师人数", "心理老师人数", "咨询师", "人数"},
		Label:    "同时能接待几位", Must: true, Fallback: "1",
	},
	{
		Key: "minutes", At: func(s *Station) any { return &s.Minutes }, About: "一次多少分钟",
		Headings: []string{"每次分钟", "每次时长", "咨询时长", "单次时长", "时长"},
		Label:    "每次多少分钟", Must: true, Fallback: "50",
	},
	{
		Key: "lead", At: func(s *Station) any { return &s.Lead }, About: "最晚提前几小时约；不写就是 1",
		Headings: []string{"提前小时", "最晚提前", "最少提前", "提前预约时间", "预约提前时间", "提前多久约"},
		Label:    "至少提前几小时约", Hint: "不写就是 1 小时",
	},
	{
		Key: "referral", At: func(s *Station) any { return &s.Referral }, About: "写 true：要老师或医生转介，这里约不到",
		Headings: []string{"需转介", "是否需转介", "是否转介", "需要转介", "转介"},
		Marks:    map[string]bool{"需转介": true, "需要转介": true, "需要": true, "需": true, "凭转介": true, "无需转介": false, "无需": false, "不需要": false, "不用": false, "不需转介": false},
		Label:    "要学校或医生转介，不能自己约",
	},
	{
		Key: "holidays", At: func(s *Station) any { return &s.Holidays }, About: "写 open：节假日也开；不写就跟着 calendar.yaml 休息",
		Headings: []string{"节假日", "节假日开放", "节假日是否开放", "法定节假日", "放假开放"},
		Label:    "法定节假日", Hint: "不选就是放假不开", Options: [][2]string{{calendar.Open, "照常开"}},
	},
	{
		Key: "makeup", At: func(s *Station) any { return &s.Makeup }, About: "调休上班的周六、周日照星期几的时间开，1 是照周一；不写就照平常的周末",
		Headings: []string{"调休", "调休上班", "调休上班日", "调休日开放"},
	},
	{
		Key: "closed", At: func(s *Station) any { return &s.Closed }, About: "哪几天不开，如 2026-10-01",
		Headings: []string{"休息日", "闭馆日", "放假日期", "停办日期"},
		Label:    "哪几天不开", Hint: "一行一天，写成 2026-10-01",
	},
	{
		Key: "sample", At: func(s *Station) any { return &s.Sample }, About: "示例才写 true",
		Headings: []string{"示例", "是否示例"}, Marks: map[string]bool{"示例": true},
		Label: "这是示例",
	},
}

// Columns are what a station has, in the order of the form.
func Columns() []Column { return slices.Clone(columns) }

// Words explain the keys of a station in a file, by "Station.key", for the schemas.
func Words() map[string]string {
	out := map[string]string{}
	for _, c := range columns {
		out["Station."+c.Key] = c.About
	}
	return out
}

// Fact is one thing that people read of a station, under its name.
type Fact struct{ Name, Value string }

// Facts are the things that people read of a station which have no place of their own, those that it has.
func (s Station) Facts() (facts []Fact) {
	for _, c := range columns {
		if c.Shown == "" {
			continue
		}
		var value string
		switch v := c.At(&s).(type) {
		case *string:
			value = *v
		case *[]string:
			value = strings.Join(*v, "、")
		}
		if value != "" {
			facts = append(facts, Fact{c.Shown, value})
		}
	}
	return facts
}

var (
	stationID = regexp.MustCompile(`^[a-z0-9-]{3,32}$`)
	clock     = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
)

func (s Station) check(bad func(key, hint, format string, args ...any)) {
	if !stationID.MatchString(s.ID) {
		bad("id", "用小写字母、数字和短横，3 到 32 位", "编号 %q 不对", s.ID)
	}
	if s.Name == "" || s.Address == "" || s.Phone == "" {
		bad("name", "请补上 name、address、phone", "站点没有写全")
	}
	switch {
	case s.Lat == 0 || s.Lng == 0:
		if s.Lat == 0 {
			bad("lat", "在高德或微信的地图上查，例如 23.125", "还没写 lat")
		}
		if s.Lng == 0 {
			bad("lng", "在高德或微信的地图上查，例如 113.244", "还没写 lng")
		}
	case !inCity(s.Lat, s.Lng):
		bad("lat", cityHint, "位置 %v,%v 不在广州", s.Lat, s.Lng)
	}
	if s.Counsellors < 1 || s.Counsellors > 20 || s.Minutes < 15 || s.Minutes > 180 {
		bad("counsellors", "咨询师 1–20 位，每次 15–180 分钟", "咨询师 %d 位、每次 %d 分钟不对", s.Counsellors, s.Minutes)
	}
	if len(s.Open) == 0 {
		bad("open", "请写开放时间", "没有开放时间")
	}
	for _, h := range s.Open {
		if !clock.MatchString(h.From) || !clock.MatchString(h.To) || h.From >= h.To || len(h.Days) == 0 {
			bad("open", "写成 {days: [1, 2], from: \"09:00\", to: \"17:00\"}", "开放时间 %s–%s 不对", h.From, h.To)
		}
		for _, day := range h.Days {
			if day < 1 || day > 7 {
				bad("open", "星期一是 1，星期日是 7", "星期 %d 不对", day)
			}
		}
	}
	if s.Holidays != "" && s.Holidays != calendar.Open {
		bad("holidays", "放假也开就写 open，不开就整行删掉", "看不懂 %q", s.Holidays)
	}
	if s.Makeup < 0 || s.Makeup > 7 {
		bad("makeup", "写 1 到 7：调休上班的周末照星期几的时间开，例如 1 是照周一", "星期 %d 不对", s.Makeup)
	}
	if s.Lead < 0 || s.Lead > 72 {
		bad("lead", "写最晚提前几小时约，0 到 72；不写就是 1 小时", "提前 %d 小时不对", s.Lead)
	}
	for _, day := range s.Closed {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			bad("closed", "写成 2026-10-01", "日期 %q 不对", day)
		}
	}
}
