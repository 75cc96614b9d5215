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
	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// stationColumns are the columns of a table of stations: what booking says that a station has, and two ways of writing some
// of it that a station does not know.
var stationColumns = append([]column{
	{key: "position", names: []string{"坐标", "经纬度", "位置坐标", "地图坐标", "定位"}},
	{key: "appointment", names: []string{"需预约", "是否需预约", "是否需要预约", "是否预约", "需要预约", "预约"}},
}, ofBooking()...)

func ofBooking() (columns []column) {
	for _, c := range booking.Columns() {
		columns = append(columns, column{key: c.Key, names: c.Headings, required: c.Needed})
	}
	return columns
}

// StationHeadings says which columns a table of stations must have and may have.
func StationHeadings() string {
	var must, may []string
	for _, c := range stationColumns {
		switch {
		case c.required:
			must = append(must, c.label())
		case c.key == "lat" || c.key == "lng" || c.key == "position": // two columns or one: knowsWhere
		default:
			may = append(may, c.label())
		}
	}
	return strings.Join(must, "、") + "、经度和纬度（或一列坐标）一定要有；" + strings.Join(may, "、") + "可以有，叫法像的也认；\n表里没有的列，照上一次导入的留着。"
}

// ownReading are the columns that are not plain words, a list of words, or yes and no, with how each is read; nil: station
// reads it with what it knows of the others.
var ownReading = map[string]func(r *row, st *booking.Station){
	"id": nil, "district": nil, "lat": nil, "lng": nil,
	"phone":  func(r *row, st *booking.Station) { st.Phone = r.phone("phone") },
	"closed": func(r *row, st *booking.Station) { st.Closed = r.days("closed") },
	"open":   func(r *row, st *booking.Station) { st.Open = r.hours() },
	"lead":   func(r *row, st *booking.Station) { st.Lead = r.lead() },
	"makeup": func(r *row, st *booking.Station) { st.Makeup = r.makeup() },
	"holidays": func(r *row, st *booking.Station) {
		if r.yes("holidays", holidayMarks) {
			st.Holidays = calendar.Open
		}
	},
	"counsellors": func(r *row, st *booking.Station) {
		if n := r.count("counsellors", "位人名个"); n > 0 {
			st.Counsellors = n
		}
	},
	"minutes": func(r *row, st *booking.Station) {
		if n := r.minutes("minutes"); n > 0 {
			st.Minutes = n
		}
	},
}

// holidayMarks say in the column of holidays whether a station is open on them.
var holidayMarks = map[string]bool{"开": true, "开放": true, "照常": true, "照常开放": true, "正常开放": true, "不休": true, "不开": false, "不开放": false, "休息": false, "放假": false, "闭馆": false, "休": false}

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
	st := booking.Station{Counsellors: usualCounsellors, Minutes: usualMinutes}
	for _, c := range booking.Columns() {
		switch read, own := ownReading[c.Key]; {
		case !own:
			r.plain(c, &st)
		case read != nil:
			read(r, &st)
		}
	}
	st.District = r.district(districts)
	st.ID = r.stationID(st, last)
	st.Lat, st.Lng = r.position()
	r.appointment(&st)
	r.keep(&st, last)
	return st
}

// plain reads a column of words, of a list of words, or of yes and no.
func (r *row) plain(c booking.Column, st *booking.Station) {
	switch at := c.At(st).(type) {
	case *string:
		if c.Needed {
			*at = r.text(c.Key)
			return
		}
		*at = inOneLine(r.optional(c.Key))
	case *[]string:
		for _, s := range split(r.optional(c.Key), "、，,;；|/\n") {
			if s = inOneLine(s); !slices.Contains(*at, s) {
				*at = append(*at, s)
			}
		}
	case *bool:
		*at = r.yes(c.Key, c.Marks)
	}
}

// appointment reads the column that asks the opposite of whether one may come without an appointment.
func (r *row) appointment(st *booking.Station) {
	if !r.has("appointment") {
		return
	}
	needed := r.yes("appointment", map[string]bool{"需预约": true, "需要预约": true, "需要": true, "需": true, "要预约": true, "免预约": false, "无需预约": false, "无需": false, "不需": false, "不需要": false, "不用": false, "不用预约": false, "不需要预约": false})
	switch {
	case r.raw("appointment").blank(), r.refused("appointment"):
	case r.has("walk_in") && !r.raw("walk_in").blank() && st.WalkIn == needed:
		r.bad("appointment", "请留一列", "和“可直接来”那一列说的相反")
	default:
		st.WalkIn = !needed
	}
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

// ownLabel is how the report of an import shows what is not plain words, a list of words, or yes and no.
var ownLabel = map[string]func(s booking.Station) string{
	"open":     func(s booking.Station) string { return hoursLabel(s.Open) },
	"lead":     func(s booking.Station) string { return leadLabel(s.Lead) },
	"holidays": func(s booking.Station) string { return holidayLabel(s.Holidays) },
	"makeup":   func(s booking.Station) string { return makeupLabel(s.Makeup) },
}

// stationFields are what a station has as the report of an import shows it, its name first.
func stationFields(s booking.Station) (fields []field) {
	for _, c := range booking.Columns() {
		if slices.Contains([]string{"id", "lat", "lng"}, c.Key) {
			continue
		}
		f := field{label: c.Headings[0]}
		switch at := c.At(&s).(type) {
		case *string:
			f.text = *at
		case *[]string:
			f.text = strings.Join(*at, "、")
		case *bool:
			f.text = yesNo(*at)
		case *int:
			f.text = fmt.Sprint(*at)
		}
		if label, own := ownLabel[c.Key]; own {
			f.text = label(s)
		}
		fields = append(fields, f)
	}
	return append(fields, field{"位置", fmt.Sprintf("%v,%v", s.Lat, s.Lng)})
}

func yesNo(b bool) string {
	if b {
		return "是"
	}
	return "否"
}
