package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

var stationColumns = append([]column{
	{key: "id", names: []string{"编号", "站点编号", "机构编号", "代码"}},
	{key: "name", names: []string{"名称", "站点名称", "单位名称", "机构名称", "服务站名称", "场所名称", "中心名称", "站名", "站点", "单位", "机构"}, required: true},
	{key: "district", names: []string{"区", "行政区", "所属区", "所在区", "区域", "辖区", "所属区域", "行政区划", "区县"}, required: true},
	{key: "kind", names: []string{"类型", "类别", "站点类型", "机构类型", "性质"}},
	{key: "address", names: []string{"地址", "详细地址", "站点地址", "单位地址", "具体地址", "办公地址", "所在地址"}, required: true},
	{key: "phone", names: []string{"电话", "联系电话", "咨询电话", "服务电话", "预约电话", "站点电话", "办公电话", "联系方式"}, required: true},
	{key: "lat", names: []string{"纬度", "坐标纬度", "纬度坐标", "latitude"}},
	{key: "lng", names: []string{"经度", "坐标经度", "经度坐标", "longitude", "lon"}},
	{key: "position", names: []string{"坐标", "经纬度", "位置坐标", "地图坐标", "定位"}},
	{key: "serves", names: []string{"面向", "服务对象", "面向人群", "服务人群", "对象"}},
	{key: "walk_in", names: []string{"可直接来", "免预约", "可否直接来", "是否可直接来", "现场接待", "无需预约"}},
	{key: "appointment", names: []string{"需预约", "是否需预约", "是否需要预约", "是否预约", "需要预约", "预约"}},
	{key: "open", names: []string{"开放时间", "服务时间", "工作时间", "接待时间", "营业时间", "开放时段", "服务时段", "时间"}, required: true},
	{key: "counsellors", names: []string{"老师人数", "咨询师人数", "心理老师人数", "咨询师", "人数"}},
	{key: "minutes", names: []string{"每次分钟", "每次时长", "咨询时长", "单次时长", "时长"}},
	{key: "closed", names: []string{"休息日", "闭馆日", "放假日期", "停办日期"}},
	{key: "sample", names: []string{"示例", "是否示例"}},
}, stationMore...)

// What a station has where the table does not say.
const (
	usualCounsellors = 1
	usualMinutes     = 50
)

// Stations judges a table of stations against the directory in dir (dialogs/stations). Coordinates are GCJ-02, as WeChat's
// and 高德's maps give them.
func Stations(src Source, dir string) (Report, error) {
	directory, err := booking.LoadStations(os.DirFS(dir))
	if err != nil {
		return Report{}, fmt.Errorf("现有的站点有问题，请先运行 xinqiao check：\n%w", err)
	}
	t, err := readTable(src, stationColumns)
	if err != nil {
		return Report{}, err
	}
	if err := t.knowsWhere(); err != nil {
		return Report{}, err
	}
	last, err := written[booking.Station](dir, File, "stations")
	if err != nil {
		return Report{}, err
	}
	var entries []entry
	for _, r := range t.rows {
		st := r.station(directory.Districts, last)
		e, err := r.entry(st.ID, st.Name, st)
		if err != nil {
			return Report{}, err
		}
		entries = append(entries, e)
	}
	head, err := marshal(map[string][]string{"districts": directory.Districts})
	if err != nil {
		return Report{}, err
	}
	c := content{
		folder: "stations", name: File, list: "stations", schema: "stations", head: string(head), dir: dir,
		load: func(f fs.FS) error { _, err := booking.LoadStations(f); return err },
		keys: map[string]string{"name": "name,address,phone", "lat": "lat,lng,position", "counsellors": "counsellors,minutes", "walk_in": "walk_in,appointment", "lead": "lead", "makeup": "makeup"},
	}
	return finish(src, t, entries, c, last, func(s booking.Station) string { return s.ID }, stationFields)
}

// knowsWhere refuses coordinates that are missing or of another map: they would stand half a kilometre away.
func (t *table) knowsWhere() error {
	if !t.has("position") && (!t.has("lat") || !t.has("lng")) {
		return fmt.Errorf("%s 第 %d 行（表头）少了“纬度”和“经度”（或者一列“坐标”）；一定要有的是：%s、纬度、经度", t.place, t.heading, labels(stationColumns, true))
	}
	said := bare(t.title + t.note("lat") + t.note("lng") + t.note("position"))
	for _, other := range []string{"wgs", "gps", "bd09", "bd-09", "百度", "cgcs", "2000坐标", "天地图"} {
		if strings.Contains(said, other) {
			return fmt.Errorf("%s 的坐标写着“%s”，会偏几百米；请换成高德或腾讯地图的坐标（GCJ-02）再导入", t.place, other)
		}
	}
	return nil
}

func (r *row) station(districts []string, last []booking.Station) booking.Station {
	st := booking.Station{
		Name: r.text("name"), District: r.district(districts), Kind: inOneLine(r.optional("kind")),
		Address: r.text("address"), Phone: r.phone("phone"), Serves: inOneLine(r.optional("serves")), Counsellors: usualCounsellors, Minutes: usualMinutes,
		Sample: r.yes("sample", map[string]bool{"示例": true}), Closed: r.days("closed"), Open: r.hours(),
	}
	st.ID = r.stationID(st, last)
	st.Lat, st.Lng = r.position()
	st.WalkIn = r.yes("walk_in", map[string]bool{"需预约": false, "需要预约": false, "要预约": false, "仅限预约": false, "免预约": true, "无需预约": true, "不用预约": true, "不需预约": true, "不需要预约": true, "可直接来": true, "直接来": true})
	if r.has("appointment") {
		byAppointment := r.yes("appointment", map[string]bool{"需预约": true, "需要预约": true, "需要": true, "需": true, "要预约": true, "免预约": false, "无需预约": false, "无需": false, "不需": false, "不需要": false, "不用": false, "不用预约": false, "不需要预约": false})
		switch {
		case r.raw("appointment").blank(), r.refused("appointment"):
		case r.has("walk_in") && !r.raw("walk_in").blank() && st.WalkIn == byAppointment:
			r.bad("appointment", "请留一列", "和“可直接来”那一列说的相反")
		default:
			st.WalkIn = !byAppointment
		}
	}
	if n := r.count("counsellors", "位人名个"); n > 0 {
		st.Counsellors = n
	}
	if n := r.minutes("minutes"); n > 0 {
		st.Minutes = n
	}
	r.more(&st)
	r.keep(&st, last)
	return st
}

// stationID is the station's number: as written, or for a table without numbers the one that a station of this name has
// already, or one made of its name, the same each time.
func (r *row) stationID(st booking.Station, last []booking.Station) string {
	if s := r.optional("id"); s != "" {
		return numbered(s, "st")
	}
	if r.refused("id") || st.Name == "" {
		return ""
	}
	for _, old := range last {
		if old.Name == st.Name && old.District == st.District {
			return old.ID
		}
	}
	return nameID("st", st.District+st.Name)
}

func nameID(kind, name string) string {
	sum := sha256.Sum256([]byte(hanzi.Fold(name)))
	return kind + "-" + hex.EncodeToString(sum[:5])
}

// numbered makes an ID out of a bare number (3, 第3期, 003), and leaves others as they are, in small letters.
func numbered(s, kind string) string {
	if m := bareNumber.FindStringSubmatch(bare(s)); m != nil && !parted(s) {
		if n, ok := hanzi.Number(m[1]); ok && n == math.Trunc(n) {
			return fmt.Sprintf("%s-%03d", kind, int(n))
		}
	}
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) // with a space in it, the loader refuses it
}

// district is the district as the directory writes it: 天河, 天河区, 广州市天河区 and 广州天河 are one.
func (r *row) district(districts []string) string {
	s := r.text("district")
	if s == "" {
		return ""
	}
	name := strings.TrimPrefix(strings.TrimPrefix(bare(s), "广东省"), "广州市")
	if cut, ok := strings.CutPrefix(name, "广州"); ok {
		name = cut
	}
	i := slices.IndexFunc(districts, func(d string) bool { return strings.TrimSuffix(d, "区") == strings.TrimSuffix(name, "区") })
	if i < 0 {
		r.bad("district", "可以写："+strings.Join(districts, "、"), "没有这个区")
		return ""
	}
	return districts[i]
}

// position reads two columns, or one that holds both: 113.27,23.16 in either order, for in this city they cannot be mixed up.
func (r *row) position() (lat, lng float64) {
	if r.has("lat") && r.has("lng") {
		return r.degrees("lat", "23.125"), r.degrees("lng", "113.264")
	}
	c, ok := r.cell("position")
	if !ok {
		if !r.refused("position") {
			r.bad("position", "请补上，写成 113.264,23.125", "是空的")
		}
		return 0, 0
	}
	parts := strings.FieldsFunc(plain(c.text), func(r rune) bool { return strings.ContainsRune(",、; \n/", r) })
	if len(parts) == 2 {
		a, okA := degrees(parts[0])
		b, okB := degrees(parts[1])
		if okA && okB {
			return min(a, b), max(a, b)
		}
	}
	r.bad("position", "写成 113.264,23.125", "不是一对坐标")
	return 0, 0
}

// plainHours is a text of opening hours without what makes no difference to people.
func plainHours(s string) string {
	return strings.NewReplacer("—", "-", "–", "-", "~", "-", ";", "", "；", "", "、", "", ",", "", " ", "", "星期", "周", "到", "至", "09:", "9:", "08:", "8:").Replace(plain(s))
}

// hours reads the opening hours, which may stand in several columns under one heading: 工作日, 周末.
func (r *row) hours() []booking.Hours {
	var parts []string
	for _, b := range r.bounds["open"] {
		c := r.line.at(b.col)
		switch {
		case c.kind == failed, c.kind == uncounted:
			r.badAt(b, "open", "请写上真正的开放时间", "不是内容，是表格出错或者没有算出来的记号")
			return nil
		case c.kind != words:
			r.badAt(b, "open", "请把这一格改成“文本”，写成：周一至周五 09:00-17:00", "不是开放时间")
			return nil
		case c.blank() && b.part != "":
			r.badAt(b, "open", "请把“"+b.part+"”这一格补上，不开放写“休息”", "没有写全")
			return nil
		case !c.blank():
			parts = append(parts, strings.TrimSpace(b.part+" "+c.text))
		}
	}
	if len(parts) == 0 {
		r.bad("open", "请补上，写成：周一至周五 09:00-17:00；周六 09:00-12:00", "是空的")
		return nil
	}
	open, err := hours(strings.Join(parts, ";"))
	if err != nil {
		mend := "写成：周一至周五 09:00-12:00、14:00-17:00；周六 09:00-12:00"
		if strings.Contains(err.Error(), "请") { // it says how already
			mend = ""
		}
		r.bad("open", mend, "%s", err)
		return nil
	}
	if as := hoursLabel(open); plainHours(as) != plainHours(strings.Join(parts, ";")) {
		r.took("open", as)
	}
	return open
}

func stationFields(s booking.Station) []field {
	return []field{
		{"名称", s.Name}, {"区", s.District}, {"类型", s.Kind}, {"地址", s.Address}, {"电话", s.Phone}, {"位置", fmt.Sprintf("%v,%v", s.Lat, s.Lng)}, {"面向", s.Serves},
		{"可直接来", yesNo(s.WalkIn)}, {"开放时间", hoursLabel(s.Open)}, {"老师人数", fmt.Sprint(s.Counsellors)}, {"每次分钟", fmt.Sprint(s.Minutes)},
		{"街道", s.Street}, {"服务项目", strings.Join(s.Services, "、")}, {"提前小时", leadLabel(s.Lead)}, {"节假日", holidayLabel(s.Holidays)}, {"调休", makeupLabel(s.Makeup)}, {"需转介", yesNo(s.Referral)},
		{"休息日", strings.Join(s.Closed, "、")}, {"示例", yesNo(s.Sample)},
	}
}

func yesNo(b bool) string {
	if b {
		return "是"
	}
	return "否"
}
