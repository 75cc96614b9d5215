package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/event"
)

// judges are the readers of the kinds, each with a small folder of content to begin with.
var judges = map[string]struct {
	judge func(Source, string) (Report, error)
	file  string
	seed  map[string]string
}{
	"stations": {Stations, File, map[string]string{"districts.yaml": "districts: [天河区, 白云区, 越秀区, 从化区]\nstations: []\n"}},
	"courses":  {Courses, File, map[string]string{"index.yaml": "stages:\n  - {id: lower, name: 小学低年级（1–3）, words: [一年级]}\n  - {id: upper, name: 小学高年级（4–6）, words: [四年级]}\n  - {id: junior, name: 初中, words: [初一]}\nthemes: [沟通, 手机与网络]\n"}},
	"events":   {Events, File, map[string]string{}},
	"faq":      {FAQ, FAQFile, map[string]string{"faq.yaml": "faq:\n  - questions: [要收费吗]\n    answer: 不收费。\n"}},
}

// office is a folder of content that tables are imported into.
type office struct {
	t    *testing.T
	kind string
	dir  string // dialogs
}

func newOffice(t *testing.T, kind string) office {
	t.Helper()
	o := office{t, kind, t.TempDir()}
	if err := os.MkdirAll(o.folder(), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range judges[kind].seed {
		if err := os.WriteFile(filepath.Join(o.folder(), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o office) folder() string {
	if o.kind == "faq" {
		return filepath.Join(o.dir, "flows")
	}
	return filepath.Join(o.dir, o.kind)
}

func (o office) judge(src Source) (Report, error) {
	o.t.Helper()
	r, err := judges[o.kind].judge(src, o.folder())
	plainlyChinese(o.t, printed(r, err))
	return r, err
}

// takes imports a table that must be good, twice: the second time nothing changes.
func (o office) takes(src Source) Report {
	o.t.Helper()
	r, err := o.judge(src)
	if err != nil || !r.OK() {
		o.t.Fatalf("the table was refused:\n%s", printed(r, err))
	}
	for _, want := range []bool{true, false} {
		if changed, err := r.Write(filepath.Join(o.folder(), judges[o.kind].file), filepath.Join(o.dir, "media")); err != nil || changed != want {
			o.t.Fatalf("written: %t (%v), want %t", changed, err, want)
		}
		again, err := o.judge(src)
		if err != nil || !again.OK() || len(again.Changes.New)+len(again.Changes.Changed)+len(again.Changes.Gone) != 0 || again.Changes.Same != len(again.Rows) {
			o.t.Fatalf("the same table again:\n%s", printed(again, err))
		}
		r = again
	}
	return r
}

// refuses wants a table refused with all of these words in its report, and nothing written.
func (o office) refuses(src Source, words ...string) {
	o.t.Helper()
	path := filepath.Join(o.folder(), judges[o.kind].file)
	before, _ := os.ReadFile(path)
	r, err := o.judge(src)
	report := printed(r, err)
	if err == nil && r.OK() {
		o.t.Fatalf("the table was taken:\n%s\n%s", report, r.file)
	}
	for _, w := range words {
		if !strings.Contains(report, w) {
			o.t.Errorf("the report lacks %q:\n%s", w, report)
		}
	}
	if _, err := r.Write(path, filepath.Join(o.dir, "media")); err == nil {
		o.t.Error("a refused table was written")
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		o.t.Error("a refused table changed the file")
	}
}

func (o office) stations() map[string]booking.Station {
	o.t.Helper()
	d, err := booking.LoadStations(os.DirFS(o.folder()))
	if err != nil {
		o.t.Fatal(err)
	}
	out := map[string]booking.Station{}
	for _, s := range d.All() {
		out[s.Name] = s
	}
	return out
}

func (o office) lesson(title string) course.Lesson {
	o.t.Helper()
	c, err := course.Load(os.DirFS(o.folder()))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, audience := range []string{course.ForParents, course.ForTeachers} {
		all, _ := c.For(audience).Newest(1, 1000)
		for _, l := range all {
			if l.Title == title {
				return l
			}
		}
	}
	o.t.Fatalf("no lesson %q", title)
	return course.Lesson{}
}

func printed(r Report, err error) string {
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	r.Print(&b)
	return b.String()
}

var (
	latin   = regexp.MustCompile(`[A-Za-z]{3,}`)
	quoted2 = regexp.MustCompile(`“[^”]*”|（[a-z]+-[0-9a-z-]+）|[^ “：]*\.(?:xlsx|csv|yaml|jpg|png|xls|txt|pdf)|/[^ ，；]+|编号 [a-z0-9-]+`)
	asIs    = map[string]bool{"xlsx": true, "csv": true, "CSV": true, "UTF": true, "Excel": true, "WPS": true, "PNG": true, "JPG": true, "PDF": true, "xinqiao": true, "check": true, "sheet": true, "GCJ": true, "https": true, "covers": true, "ods": true, "xls": true, "tmp": true}
)

// plainlyChinese refuses reports in which anything of ours or of a library shows through.
func plainlyChinese(t *testing.T, report string) {
	t.Helper()
	for _, word := range latin.FindAllString(quoted2.ReplaceAllString(report, ""), -1) {
		if !asIs[word] {
			t.Errorf("an editor cannot read %q in:\n%s", word, report)
			return
		}
	}
}

// sheetOf puts rows into a sheet, from a row on; nil leaves a cell empty.
func sheetOf(t *testing.T, f *excelize.File, name string, from int, rows ...[]any) {
	t.Helper()
	if i, err := f.GetSheetIndex(name); err != nil || i < 0 {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
	}
	for i, row := range rows {
		for j, v := range row {
			if v == nil {
				continue
			}
			must(t, f.SetCellValue(name, cellAt(j, from+i), v))
		}
	}
}

func cellAt(col, row int) string { return fmt.Sprintf("%s%d", columnName(col), row) }

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func saved(t *testing.T, f *excelize.File, name string) Source {
	t.Helper()
	var b bytes.Buffer
	must(t, f.Write(&b), f.Close())
	return Source{Name: name, Data: b.Bytes()}
}

// book is a workbook of one sheet.
func book(t *testing.T, rows ...[]any) Source {
	t.Helper()
	f := excelize.NewFile()
	sheetOf(t, f, "Sheet1", 1, rows...)
	return saved(t, f, "表.xlsx")
}

func styled(t *testing.T, f *excelize.File, cell, code string) {
	t.Helper()
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
	must(t, err, f.SetCellStyle("Sheet1", cell, cell, style))
}

var stationHead = []any{"编号", "名称", "区", "地址", "电话", "纬度", "经度", "开放时间"}

// station is a row of a good station; with changes what stands in some columns.
func station(id string, with map[int]any) []any {
	row := []any{id, "测试站" + id + "（示例）", "天河区", "天河区示例路 " + id + " 号", "020-0000-0099", 23.13, 113.33, "周一至周五 9:00-17:00"}
	for i, v := range with {
		for len(row) <= i {
			row = append(row, nil)
		}
		row[i] = v
	}
	return row
}

var (
	lessonHead = []any{"期数", "课程名称", "栏目", "适用学段", "课程时长", "发布日期", "内容简介", "课程要点", "家长常问"}
	summary    = strings.Repeat("这一课讲怎么和孩子好好说话。", 9)
)

func lesson(id any, title string, with map[int]any) []any {
	row := []any{id, title, "家长学堂", "初中", "80分钟", "2026-03-02", summary, "先听；再问；后说", "孩子不说话怎么办；怎么开口"}
	for i, v := range with {
		for len(row) <= i {
			row = append(row, nil)
		}
		row[i] = v
	}
	return row
}

// The given inputs, each for its kind.
func TestTheGivenTables(t *testing.T) {
	for _, c := range []struct {
		file, kind string
		refused    []string
		check      func(t *testing.T, o office)
	}{
		{file: "fail-01-hours-listed-days.xlsx", check: opens("周一、周三、周五 09:00-17:00")},
		{file: "fail-02-hours-closed-day.xlsx", check: opens("周二至周日 09:00-17:00")},
		{file: "fail-03-hours-afternoon.xlsx", check: opens("周一至周五 09:00-12:00；周一至周五 14:00-17:00")},
		{file: "fail-04-hours-comma.xlsx", check: opens("周一至周五 09:00-17:00；周六 09:00-12:00")},
		{file: "fail-09-phone-poi.xlsx", check: func(t *testing.T, o office) {
			if p := theStation(o).Phone; p != "13800000001" {
				t.Errorf("phone %s", p)
			}
		}},
		{file: "fail-10-phone-sci.csv", refused: []string{"E2 格（电话）", "1.38E+10", "科学计数"}},
		{file: "fail-13-error-cell.xlsx", refused: []string{"“Sheet1”的 D2 格（地址）", "#N/A"}},
		{file: "fail-14-header-only.xlsx", refused: []string{"只有表头", "原来的不动"}},
		{file: "fail-15-walk-in.xlsx", check: func(t *testing.T, o office) {
			if !theStation(o).WalkIn {
				t.Error("people may walk in")
			}
		}},
		{file: "fail-16-title-row.xlsx", check: opens("周一至周五 09:00-17:00")},
		{file: "fail-18-utf16.csv", check: opens("周一至周五 09:00-17:00")},
		{file: "fail-19-duration.xlsx", kind: "courses", check: func(t *testing.T, o office) {
			if l := o.lesson("测试一课"); l.Minutes != 80 {
				t.Errorf("%d minutes", l.Minutes)
			}
		}},
	} {
		t.Run(c.file, func(t *testing.T) {
			if c.kind == "" {
				c.kind = "stations"
			}
			o := newOffice(t, c.kind)
			if c.kind == "stations" { // what the last import wrote must outlive a refusal
				o.takes(book(t, stationHead, station("1", nil)))
			}
			raw, err := os.ReadFile("testdata/given/" + c.file)
			if err != nil {
				t.Fatal(err)
			}
			src := Source{Name: c.file, Data: raw}
			if c.check == nil {
				o.refuses(src, c.refused...)
				return
			}
			o.takes(src)
			c.check(t, o)
		})
	}
}

func theStation(o office) booking.Station { return o.stations()["白云测试站（示例）"] }

func opens(want string) func(*testing.T, office) {
	return func(t *testing.T, o office) {
		if got := hoursLabel(theStation(o).Open); got != want {
			t.Errorf("opens %s, want %s", got, want)
		}
	}
}

// Tables as offices make them, all of stations here.
func TestTablesOfStationsAsAnOfficeMakesThem(t *testing.T) {
	titled := func(t *testing.T, f *excelize.File, rows ...[]any) { // a title over all columns, who filled it in, then the heading
		sheetOf(t, f, "Sheet1", 1, []any{"2026 年心理服务站点一览表"}, []any{"填报单位：示例局", nil, nil, "填报日期：2026 年 3 月"})
		sheetOf(t, f, "Sheet1", 3, rows...)
		must(t, f.MergeCell("Sheet1", "A1", "H1"), f.MergeCell("Sheet1", "A2", "C2"))
	}
	for _, c := range []struct {
		name  string
		build func(t *testing.T, f *excelize.File)
		sheet string
		want  map[string]string // station → a text of it that must be
		says  []string
		no    []string // words of the report of a table that is refused
	}{
		{name: "title, subtitle, running numbers, a sum and notes below", build: func(t *testing.T, f *excelize.File) {
			titled(t, f, []any{"序号", "单位名称", "所属区", "详细地址", "联系电话", "纬度", "经度", "服务时间"}, station("1", nil), station("2", nil),
				[]any{3}, []any{"合计", "2 个"}, nil, []any{"注：节假日另行通知，以现场为准。"}, []any{"制表人：示例"})
		}, want: map[string]string{"测试站1（示例）": "周一至周五 09:00-17:00", "测试站2（示例）": "周一至周五 09:00-17:00"}, says: []string{"表头在第 3 行", "没有读：合计 2 个", "没有读：注：节假日另行通知"}},
		{name: "the district is merged over its stations, and rows between are empty", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, stationHead, station("1", map[int]any{2: "白云区"}), station("2", map[int]any{2: nil}), nil, station("3", nil))
			must(t, f.MergeCell("Sheet1", "C2", "C3"))
		}, want: map[string]string{"测试站1（示例）": "白云区", "测试站2（示例）": "白云区", "测试站3（示例）": "天河区"}},
		{name: "the table stands in the second sheet behind the instructions", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, []any{"填表说明"}, []any{"一、名称写全称。"}, []any{"二、电话写区号。"})
			sheetOf(t, f, "站点", 1, stationHead, station("1", nil))
		}, want: map[string]string{"测试站1（示例）": "020-0000-0099"}, says: []string{"里的“站点”"}},
		{name: "two sheets are alike: which?", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "2025年", 1, stationHead, station("1", nil))
			sheetOf(t, f, "2026年", 1, stationHead, station("2", nil))
		}, no: []string{"“2025年”、“2026年”", "--sheet"}},
		{name: "two sheets are alike, and one is named", sheet: "2026年", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "2025年", 1, stationHead, station("1", nil))
			sheetOf(t, f, "2026年", 1, stationHead, station("2", nil))
		}, want: map[string]string{"测试站2（示例）": "周一"}},
		{name: "a heading of two lines", build: func(t *testing.T, f *excelize.File) {
			head := append(slices.Clone(stationHead), nil)
			sheetOf(t, f, "Sheet1", 1, head, []any{nil, nil, nil, nil, nil, nil, nil, "工作日", "周末"},
				station("1", map[int]any{7: "9:00-12:00、14:00-17:00", 8: "休息"}), station("2", map[int]any{7: "9:00-17:00", 8: "10:00-16:00"}))
			for i := range 7 {
				must(t, f.MergeCell("Sheet1", cellAt(i, 1), cellAt(i, 2)))
			}
			must(t, f.MergeCell("Sheet1", "H1", "I1"))
		}, want: map[string]string{"测试站1（示例）": "周一至周五 09:00-12:00；周一至周五 14:00-17:00 ", "测试站2（示例）": "周六至周日 10:00-16:00"}},
		{name: "a title right above the heading", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, []any{"心理服务站点登记表"}, stationHead, station("1", nil))
			must(t, f.MergeCell("Sheet1", "A1", "H1"))
		}, want: map[string]string{"测试站1（示例）": "020"}, says: []string{"表头在第 2 行。\n第 3 行  测试站1（示例）  好"}},
		{name: "coordinates under one heading", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, []any{"编号", "名称", "区", "地址", "电话", "坐标", nil, "开放时间"}, []any{nil, nil, nil, nil, nil, "经度", "纬度"}, station("1", map[int]any{5: 113.33, 6: 23.13}))
			must(t, f.MergeCell("Sheet1", "F1", "G1"))
		}, want: map[string]string{"测试站1（示例）": "23.13 113.33"}},
		{name: "two numbers under one heading: which?", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, []any{"编号", "名称", "区", "地址", "联系方式", nil, "坐标", "开放时间"}, []any{nil, nil, nil, nil, "座机", "手机"}, station("1", map[int]any{5: "13800000001", 6: "113.33,23.13"}))
			must(t, f.MergeCell("Sheet1", "E1", "F1"))
		}, no: []string{"“联系方式”写了两列（E 列和 F 列）"}},
		{name: "stars, brackets and line breaks in the heading, other columns beside", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, []any{"编号", "*站点名称", "行 政 区", "详细\n地址", "联系电话（必填）", "纬度（GCJ-02）", "经度（GCJ-02）", "开放时间：", "备注", "负责人"},
				station("1", map[int]any{8: "新装修", 9: "示例"}))
		}, want: map[string]string{"测试站1（示例）": "020-0000-0099"}, says: []string{"没有读这些列：备注（I 列）、负责人（J 列）"}},
		{name: "the heading comes again on each printed page, and the table has sections", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, stationHead, station("1", nil), stationHead, []any{"第二部分 从化区各站点"}, station("2", map[int]any{2: "从化"}))
			must(t, f.MergeCell("Sheet1", "A4", "H4"))
		}, want: map[string]string{"测试站2（示例）": "从化区"}, says: []string{"第 3 行又是表头", "没有读：第二部分"}},
		{name: "a section that is not merged is asked about in one line", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, stationHead, []any{"一、天河区"}, station("1", nil))
		}, no: []string{"第 2 行  一、天河区  要改\n    “Sheet1”的第 2 行：这一行只写了一格", "共 2 行，1 行要改"}},
		{name: "hidden rows and columns are read, and said", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, stationHead, station("1", nil), station("2", nil))
			must(t, f.SetRowVisible("Sheet1", 3, false), f.SetColVisible("Sheet1", "E", false))
		}, want: map[string]string{"测试站2（示例）": "020"}, says: []string{"隐藏的，也读了：第 3 行", "隐藏的，也读了：电话"}},
		{name: "both coordinates in one cell, yes and no in words, people and lengths in words", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, []any{"编号", "名称", "区", "地址", "电话", "坐标", "是否需预约", "开放时间", "咨询师人数", "每次时长", "休息日"},
				[]any{"1", "测试站1（示例）", "广州市天河区", "示例路", "（020）00000099", "113.33，23.13", "无需预约", "每天（周一闭馆）9:00-17:00", "三位", "一个半小时", "2026年10月1日至7日"})
		}, want: map[string]string{"测试站1（示例）": "周二至周日 09:00-17:00 true 3 90 7 23.13 113.33 020-00000099"},
			says: []string{"H2 格（开放时间）“每天（周一闭馆）9:00-17:00”读成：周二至周日 09:00-17:00", "“一个半小时”读成：90 分钟"}},
		{name: "telephone numbers that a spreadsheet takes for numbers", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, stationHead, station("1", map[int]any{4: 13800000001}), station("2", map[int]any{4: "020 0000 0001 转 8"}), station("3", map[int]any{4: "+86 138-0000-0001"}), station("4", map[int]any{4: 12355}))
		}, want: map[string]string{"测试站1（示例）": "13800000001", "测试站2（示例）": "020-0000-0001 转 8", "测试站3（示例）": "13800000001", "测试站4（示例）": "12355"}},
		{name: "telephone numbers of which something is lost or doubled", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, stationHead, station("1", map[int]any{4: 2000000001}), station("2", map[int]any{4: "020-00000001、13800000001"}), station("3", map[int]any{4: "00000001"}),
				station("4", map[int]any{4: "020-0000001"}), station("5", map[int]any{4: 13800000000}), station("6", map[int]any{4: "陈老师 13800000001"}), station("7", map[int]any{4: "020-00000001-8"}), station("8", map[int]any{4: "120 12"}))
		}, no: []string{"区号前面的 0 被表格去掉了", "不只是一个电话号码", "少了区号", "E5 格", "丢了数字", "E7 格", "分机写成", "E9 格", "共 8 行，8 行要改"}},
		{name: "everything wrong is said at once, with its place", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, stationHead, station("1", map[int]any{2: "火星", 4: "#N/A", 5: "二十三", 6: "百度一下", 7: "白天"}), station("1", map[int]any{7: "周一至周五 2:00-5:00"}), station("3", map[int]any{3: nil, 7: "周一至周五 9:00-17:00（节假日除外）"}))
		}, no: []string{"C2 格（区）写的是“火星”：没有这个区", "E2 格（电话）写的是“#N/A”", "F2 格（纬度）写的是“二十三”", "G2 格（经度）", "H2 格（开放时间）写的是“白天”：看不懂",
			"A3 格（编号）写的是“1”：和第 2 行是同一个", "“2:00”是凌晨还是下午？下午请写成 14:00", "D4 格（地址）：是空的", "放假的日子请写进“休息日”", "共 3 行，3 行要改"}},
		{name: "coordinates of another map", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, []any{"编号", "名称", "区", "地址", "电话", "纬度（百度）", "经度（百度）", "开放时间"}, station("1", nil))
		}, no: []string{"百度", "GCJ-02"}},
		{name: "a column that looks like one, but is none", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, append(slices.Clone(stationHead), "是否可直接来访"), station("1", map[int]any{8: "是"}))
		}, no: []string{"I 列的“是否可直接来访”很像“可直接来”，不敢猜"}},
		{name: "formulas: one that was worked out, one that was not", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, stationHead, station("1", map[int]any{1: nil}))
			must(t, f.SetCellFormula("Sheet1", "B2", `C2&"站"`))
		}, no: []string{"B2 格（名称）", "公式还没有算出结果"}},
		{name: "a week in which each day has a cell of its own is asked about", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, []any{"编号", "名称", "区", "地址", "电话", "纬度", "经度", "周一", "周二"}, station("1", map[int]any{7: "9:00-17:00"}))
		}, no: []string{"少了这些列：“开放时间”"}},
		{name: "closed every week stands in the wrong column", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, append(slices.Clone(stationHead), "闭馆日"), station("1", map[int]any{8: "周一"}))
		}, no: []string{"每周都休息的写进开放时间"}},
		{name: "opening hours are missing in one of two columns", build: func(t *testing.T, f *excelize.File) {
			sheetOf(t, f, "Sheet1", 1, append(slices.Clone(stationHead), nil), []any{nil, nil, nil, nil, nil, nil, nil, "工作日", "周末"}, station("1", map[int]any{7: "9:00-12:00", 8: nil}), station("2", map[int]any{7: "9:00-12:00", 8: "#REF!"}))
			must(t, f.MergeCell("Sheet1", "H1", "I1"))
		}, no: []string{"I3 格（开放时间）：没有写全", "请把“周末”这一格补上", "I4 格（开放时间）写的是“#REF!”"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := excelize.NewFile()
			c.build(t, f)
			src := saved(t, f, "站点.xlsx")
			src.Sheet = c.sheet
			o := newOffice(t, "stations")
			if c.no != nil {
				o.refuses(src, c.no...)
				return
			}
			report := printed(o.takes(src), nil)
			for _, w := range c.says {
				if !strings.Contains(report, w) {
					t.Errorf("the report lacks %q:\n%s", w, report)
				}
			}
			all := o.stations()
			for name, want := range c.want {
				s := all[name]
				text := fmt.Sprint(s.District, s.Phone, " ", hoursLabel(s.Open), " ", s.WalkIn, " ", s.Counsellors, " ", s.Minutes, " ", len(s.Closed), " ", s.Lat, " ", s.Lng, " ", s.Phone)
				if !strings.Contains(text, want) {
					t.Errorf("%s is %q, want %q in it", name, text, want)
				}
			}
		})
	}
}

func TestTextTablesInEveryEncoding(t *testing.T) {
	text := "编号,名称,区,地址,电话,纬度,经度,开放时间\r\n1,测试站1（示例）,天河区,\"示例路 1 号\n二楼\",020-0000-0099,23.13,113.33,周一至周五 9:00-17:00\r\n\r\n2,测试站2（示例）,天河区,示例路 2 号,020-0000-0099,23.13,113.33,白天\r\n"
	encoded := func(s string, err error) []byte {
		must(t, err)
		return []byte(s)
	}
	for name, data := range map[string][]byte{
		"UTF-8":                   []byte(text),
		"UTF-8 with a mark":       []byte("\ufeff" + text),
		"GBK":                     encoded(simplifiedchinese.GBK.NewEncoder().String(text)),
		"GB 18030":                encoded(simplifiedchinese.GB18030.NewEncoder().String(text)),
		"UTF-16 LE with a mark":   encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)),
		"UTF-16 BE with a mark":   encoded(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(text)),
		"UTF-16 LE without":       encoded(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)),
		"tabs":                    []byte(strings.ReplaceAll(text, ",", "\t")),
		"semicolons, with a hint": []byte("sep=;\r\n" + strings.ReplaceAll(text, ",", ";")),
		"old Mac lines":           []byte(strings.ReplaceAll(text, "\r\n", "\r")),
	} {
		t.Run(name, func(t *testing.T) {
			newOffice(t, "stations").refuses(Source{Name: "站点.csv", Data: data}, "第 2 行  测试站1（示例）  好", "第 4 行  测试站2（示例）  要改", "H4 格（开放时间）") // as Excel counts: a cell of two lines is one row
		})
	}
	for name, data := range map[string]string{
		"characters were lost": strings.Replace(text, "示例路 1", "\ufffd\ufffd", 1), "bytes of nothing": "\x00\x01\x02\xff\xfe,\x00", "a quotation mark is open": strings.Replace(text, "二楼\"", "二楼", 1),
	} {
		t.Run(name, func(t *testing.T) {
			newOffice(t, "stations").refuses(Source{Name: "站点.csv", Data: []byte(data)}, "请用 Excel 或 WPS 打开")
		})
	}
}

func TestFilesThatAreNoTables(t *testing.T) {
	for name, c := range map[string]struct{ file, data, sheet, want string }{
		"an empty file":             {file: "a.csv", data: "\n\n", want: "是空的"},
		"an xlsx that is none":      {file: "a.xlsx", data: "PK", want: "请用 Excel 或 WPS 重新另存一份"},
		"a zip that is no workbook": {file: "a.xlsx", data: "PK\x03\x04xxxxxxxx", want: "已经坏了"},
		"the old format":            {file: "a.xls", data: "\xd0\xcf\x11\xe0xxxxxxxx", want: "另存为 .xlsx"},
		"a page":                    {file: "a.xls", data: "<html><table>", want: "网页"},
		"a PDF":                     {file: "a.pdf", data: "%PDF-1.7", want: "PDF"},
		"no heading":                {file: "a.csv", data: "这是一封信\n没有表\n", want: "没有找到表头；表头那一行要有：名称、区"},
		"a column is missing":       {file: "a.csv", data: "编号,名称,区\n1,甲,天河\n", want: "少了这些列：“地址”、“电话”、“开放时间”"},
		"a column stands twice":     {file: "a.csv", data: "编号,名称,单位名称,区,地址,电话,纬度,经度,开放时间\n", want: "写了两列（B 列和 C 列）"},
		"a sheet of a text":         {file: "a.csv", data: "编号,名称\n", sheet: "甲", want: "没有工作表"},
		"only a heading":            {file: "a.csv", data: "编号,名称,区,地址,电话,纬度,经度,开放时间\n,,,,,,,\n", want: "只有表头"},
	} {
		t.Run(name, func(t *testing.T) {
			newOffice(t, "stations").refuses(Source{Name: c.file, Data: []byte(c.data), Sheet: c.sheet}, c.want)
		})
	}
	f := excelize.NewFile()
	sheetOf(t, f, "站点", 1, stationHead)
	src := saved(t, f, "a.xlsx")
	src.Sheet = "别的"
	newOffice(t, "stations").refuses(src, "没有叫“别的”的工作表；有的是：“Sheet1”、“站点”")
}

func TestTablesOfLessonsAsAnOfficeMakesThem(t *testing.T) {
	t.Run("other words, days and lengths in every form", func(t *testing.T) {
		f := excelize.NewFile()
		march := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
		rows := [][]any{lessonHead}
		forms := []struct {
			length, day any
			minutes     int
		}{
			{"80分钟", "2026-03-02", 80}, {"1小时20分", "2026年3月2日", 80}, {"一个半小时", "二〇二六年三月二日", 90}, {"1.5小时", march, 90}, {"约45分钟", 46083, 45}, {"八十分钟", "2026/3/2（周一）", 80}, {12, "20260302", 12},
			{"1:20:00", "2026.3.2", 80}, {"半小时", "２０２６年３月２日", 30}, {"两个小时", "2026-03-02 00:00:00", 120}, {"90′", nil, 90}, {nil, "/", 0},
		}
		for i, x := range forms {
			rows = append(rows, lesson(fmt.Sprintf("第%d期", i+1), fmt.Sprintf("第 %d 讲", i+1), map[int]any{4: x.length, 5: x.day}))
		}
		sheetOf(t, f, "Sheet1", 1, rows...)
		must(t, f.SetCellValue("Sheet1", "E2", 1.0/18))
		styled(t, f, "E2", "h:mm:ss")
		styled(t, f, "F5", `yyyy"年"m"月"d"日"`)
		o := newOffice(t, "courses")
		o.takes(saved(t, f, "目录.xlsx"))
		for i, x := range forms {
			l := o.lesson(fmt.Sprintf("第 %d 讲", i+1))
			added := "2026-03-02"
			if x.day == nil || x.day == "/" {
				added = ""
			}
			if l.ID != fmt.Sprintf("ep-%03d", i+1) || l.Minutes != x.minutes || l.Added != added {
				t.Errorf("%v, %v: %s, %d minutes, added %s", x.length, x.day, l.ID, l.Minutes, l.Added)
			}
		}
	})
	t.Run("lengths and days of which a part is not understood", func(t *testing.T) {
		f := excelize.NewFile()
		rows := [][]any{lessonHead}
		bad := []struct{ length, day any }{
			{"80分钟左右吧", nil}, {"1.5", nil}, {2, nil}, {"60-90分钟", nil}, {"3课时", nil}, {"1:20", nil}, {"1小时90分", nil}, {"4:30", nil},
			{nil, "3月2日"}, {nil, "2026年3月"}, {nil, "2026-02-30"}, {nil, "昨天"}, {nil, "2026-03-02（周二）"}, {nil, "26-3-2"}, {nil, "2026-03-02、2026-03-09"}, {nil, "3/2/2026"},
		}
		for i, x := range bad {
			rows = append(rows, lesson(i+1, fmt.Sprintf("第 %d 讲", i+1), map[int]any{4: x.length, 5: x.day}))
		}
		sheetOf(t, f, "Sheet1", 1, rows...)
		must(t, f.SetCellValue("Sheet1", "E9", 0.1875))
		styled(t, f, "E9", "h:mm")
		var words []string
		for i, x := range bad {
			col := "E"
			if x.day != nil {
				col = "F"
			}
			words = append(words, fmt.Sprintf("“Sheet1”的 %s%d 格", col, i+2))
		}
		newOffice(t, "courses").refuses(saved(t, f, "目录.xlsx"), append(words, "不知道是几小时几分，还是几分几秒", "16 行要改")...)
	})
	t.Run("quizzes and covers", func(t *testing.T) {
		pictures := t.TempDir()
		var b bytes.Buffer
		must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))), os.WriteFile(filepath.Join(pictures, "第1期封面.png"), b.Bytes(), 0o600), os.WriteFile(filepath.Join(pictures, "信.jpg"), []byte("一封信"), 0o600))
		head := append(slices.Clone(lessonHead), "封面图", "小测题目1", "选项1", "正确答案1", "解析1", "小测题目2", "选项2A", "选项2B", "正确答案2", "解析2")
		quiz := func(right1, right2 any) []any {
			return []any{"第1期封面.png", "想进孩子的房间，怎么做？", "A. 推门就进\nB. 敲门等他说“进”", right1, "你敲门，他才知道自己被当成大人。", "孩子几岁上学？", "6 岁", "7 岁", right2, "看地方。"}
		}
		src := book(t, head, append(lesson(1, "第 1 讲", nil), quiz("B", "6 岁")...))
		src.Covers = pictures
		o := newOffice(t, "courses")
		o.takes(src)
		want := []course.Question{
			{Ask: "想进孩子的房间，怎么做？", Answers: []string{"推门就进", "敲门等他说“进”"}, Right: 2, Why: "你敲门，他才知道自己被当成大人。"},
			{Ask: "孩子几岁上学？", Answers: []string{"6 岁", "7 岁"}, Right: 1, Why: "看地方。"},
		}
		l := o.lesson("第 1 讲")
		if diff := cmp.Diff(want, l.Check); diff != "" || l.Cover != "cover-ep-001.png" {
			t.Errorf("cover %s, quiz (-want +got):\n%s", l.Cover, diff)
		}
		if raw, err := os.ReadFile(filepath.Join(o.dir, "media", l.Cover)); err != nil || !bytes.Equal(raw, b.Bytes()) {
			t.Errorf("the cover is not there as it was: %v", err)
		}
		for _, wrong := range []struct {
			row   []any
			words string
		}{
			{quiz("AB", "1"), "不知道小测第 1 题哪个选项是对的"},
			{quiz("C", "1"), "不知道小测第 1 题哪个选项是对的"},
			{quiz("", "1"), "不知道小测第 1 题哪个选项是对的"},
			{append([]any{"没有.png"}, quiz("B", "1")[1:]...), "没有找到这张图片"},
			{append([]any{"信.jpg"}, quiz("B", "1")[1:]...), "不是 PNG 或 JPG 图片"},
			{append([]any{"../信.jpg"}, quiz("B", "1")[1:]...), "不是文件名"},
			{append([]any{nil, "2 和 1 哪个大？", "2\n1", "2"}, quiz("B", "1")[4:]...), "不知道小测第 1 题哪个选项是对的"}, // the second choice, or the one that says 2?
			{append([]any{nil, "哪个？", "2. 乙\n1. 甲", "2"}, quiz("B", "1")[4:]...), "小测"},
		} {
			src := book(t, head, append(lesson(1, "第 1 讲", nil), wrong.row...))
			src.Covers = pictures
			newOffice(t, "courses").refuses(src, wrong.words)
		}
	})
	t.Run("a row put in above moves running numbers and no lesson", func(t *testing.T) {
		head := slices.Clone(lessonHead)
		head[0] = "序号"
		o := newOffice(t, "courses")
		o.takes(book(t, head, lesson(1, "第一课", nil), lesson(2, "第二课", nil)))
		o.takes(book(t, head, lesson(1, "新的一课", nil), lesson(2, "第一课", nil), lesson(3, "第二课改了名", nil)))
		if a, b, c := o.lesson("第一课").ID, o.lesson("新的一课").ID, o.lesson("第二课改了名").ID; a != "ep-001" || b == "ep-001" || b == "ep-002" || c != "ep-003" {
			t.Errorf("the lessons are %s, %s and %s", a, b, c)
		}
	})
	t.Run("for whom a lesson is written", func(t *testing.T) {
		head := append(slices.Clone(lessonHead), "适用对象")
		o := newOffice(t, "courses")
		o.takes(book(t, head, lesson(1, "第 1 讲", map[int]any{9: "家长"}), lesson(2, "第 2 讲", map[int]any{9: "班主任"}), lesson(3, "第 3 讲", nil)))
		if a, b := o.lesson("第 1 讲").For, o.lesson("第 2 讲").For; a != "" || b != course.ForTeachers {
			t.Errorf("for %q and %q", a, b)
		}
		o.refuses(book(t, head, lesson(1, "第 1 讲", map[int]any{9: "家长和学生"})), "J2 格（写给谁）写的是“家长和学生”：看不出是写给谁的")
	})
	t.Run("numbers before sentences are the office's, and numbers in them are not", func(t *testing.T) {
		o := newOffice(t, "courses")
		o.takes(book(t, lessonHead, lesson(1, "第 1 讲", map[int]any{7: "1. 先听\n2. 再问\n3. 后说", 8: "3.5岁的孩子不听话；10、11岁的孩子顶嘴"}), lesson(2, "第 2 讲", map[int]any{8: "1、2岁的孩子不睡觉"}), lesson(3, "第 3 讲", map[int]any{3: "小学、初中"})))
		l := o.lesson("第 1 讲")
		if diff := cmp.Diff([][]string{{"先听", "再问", "后说"}, {"3.5岁的孩子不听话", "10、11岁的孩子顶嘴"}}, [][]string{l.Points, l.Questions}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if q := o.lesson("第 2 讲").Questions; q[0] != "1、2岁的孩子不睡觉" {
			t.Errorf("%q", q)
		}
		if s := o.lesson("第 3 讲").Stages; !slices.Equal(s, []string{"lower", "upper", "junior"}) && len(s) != 3 {
			t.Errorf("stages %v", s)
		}
	})
}

func TestTablesOfEventsAsAnOfficeMakesThem(t *testing.T) {
	head := []any{"活动名称", "类型", "日期", "时间", "地点", "活动内容", "名额", "候补", "时长"}
	ev := func(title string, date, clock any, minutes any) []any {
		return []any{title, "讲座", date, clock, "示例学校礼堂", "讲一小时，答一小时。讲孩子考前怎么睡，家里怎么陪。", "30个家庭", 0, minutes}
	}
	f := excelize.NewFile()
	sheetOf(t, f, "Sheet1", 1, head, ev("考前一百天", "2026年12月19日（周六）", "上午9:30-11:00", nil), ev("家长课堂", "每周六", "下午2点半", "1.5小时"), ev("睡眠讲座", time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC), 0.625, 90))
	styled(t, f, "D4", "h:mm")
	styled(t, f, "C4", "yyyy/m/d")
	o := newOffice(t, "events")
	o.takes(saved(t, f, "活动.xlsx"))
	cal, err := event.Load(os.DirFS(o.folder()))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range cal.Upcoming("", time.Date(2026, 12, 14, 8, 0, 0, 0, citytime.Zone)) {
		if got[d.Title] == "" {
			got[d.Title] = fmt.Sprint(d.At.Format("2006-01-02 15:04 "), d.Minutes, " ", d.Capacity)
		}
	}
	for title, want := range map[string]string{"考前一百天": "2026-12-19 09:30 90 30", "家长课堂": "2026-12-19 14:30 90 30", "睡眠讲座": "2026-12-20 15:00 90 30"} {
		if got[title] != want {
			t.Errorf("%s is at %s, want %s", title, got[title], want)
		}
	}
	newOffice(t, "events").refuses(book(t, head, ev("甲", "12月19日", "9:30-11:00", nil), ev("乙", "2026-12-19", "2:30-4:00", nil), ev("丙", "2026-12-19", "9:30", nil), ev("丁", "2026-12-19", "9:30-11:00", 120), ev("戊", "每周末", "9:30-11:00", nil), ev("己", "2026-12-19", "9:30-11:00，可能延后", nil)),
		"C2 格（日期）写的是“12月19日”", "D3 格", "I4 格（时长）：没有写多长时间", "对不上", "C6 格", "D7 格", "共 6 行，6 行要改")
}

func TestATableOfQuestions(t *testing.T) {
	o := newOffice(t, "faq")
	o.takes(book(t, []any{"序号", "标准问题", "相似问法", "答复"}, []any{1, "怎么停车", "有停车场吗\n车停哪里", "示例站没有停车场。"}, []any{2, "几点关门", nil, "下午五点。"}))
	o.refuses(book(t, []any{"标准问题", "答复"}, []any{"要收费吗？", "不收。"}, []any{"怎么停车", nil}, []any{"怎么停车？", "没有。"}), "“要收费吗？”在 flows/faq.yaml 里已经写过", "B3 格（回答）：是空的", "在第 3 行已经写过")
}

func TestTheReportSaysWhatChanges(t *testing.T) {
	o := newOffice(t, "stations")
	o.takes(book(t, stationHead, station("1", nil), station("2", nil), station("3", nil), station("4", nil), station("5", nil)))
	r, err := o.judge(book(t, stationHead, station("1", nil), station("3", map[int]any{7: "周一至周五 9:00-12:00", 4: "020-0000-0001"}), station("6", nil)))
	if err != nil {
		t.Fatal(err)
	}
	look := map[string]string{"st-002": "有 2 个还没到的预约，请先联系他们", "st-003": "有 1 个还没到的预约，请先联系他们", "st-006": "错"}
	must(t, r.Changes.Touch(t.Context(), func(_ context.Context, id string) (string, error) { return look[id], nil }))
	report := printed(r, nil)
	for _, want := range []string{
		"新的 1，改了 1，没有了 3，一样的 1", "  新  测试站6（示例）（st-006）\n", "  改  测试站3（示例）（st-003）  有 1 个还没到的预约",
		"      电话：“020-0000-0099” → “020-0000-0001”\n", "      开放时间：“周一至周五 09:00-17:00” → “周一至周五 09:00-12:00”\n", "  没有了  测试站2（示例）（st-002）  有 2 个还没到的预约", "  没有了  测试站5（示例）（st-005）\n",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	if r.Shrinks() {
		t.Error("three of five are no half table")
	}
	if r, err = o.judge(book(t, stationHead, station("1", nil), station("2", nil))); err != nil || !r.Shrinks() {
		t.Errorf("two of five are half a table, perhaps: %v", err)
	}
}
