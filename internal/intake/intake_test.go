package intake_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/intake"
)

const courses, stations = "../../dialogs/courses", "../../dialogs/stations"

var summary = strings.Repeat("这一课讲怎么和孩子好好说话。", 9)

const lessonHead = "编号,标题,系列,阶段,主题,时长,上架日期,简介,要点1,要点2,要点3,家长会怎么问,相关,示例\n"

func lessonLine(id, title string) string {
	return fmt.Sprintf("%s,%s,家长学堂,初中、小学,沟通,12分钟,2026/3/2,%s,先听,再问,后说,孩子不说话怎么办；怎么开口,phone-deal,是\n", id, title, summary)
}

// copyOf is a folder of content of the test's own.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	out := t.TempDir()
	if err := os.CopyFS(out, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return out
}

func printed(r intake.Report) string {
	var b strings.Builder
	r.Print(&b)
	return b.String()
}

func TestAWholeTableOfLessonsIsTakenOver(t *testing.T) {
	dir := copyOf(t, courses)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(lessonHead + lessonLine("第1期", "第一课") + "\n" + lessonLine("2", "第二课"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := intake.Courses("目录.csv", []byte(gbk), dir)
	if err != nil || !r.OK() {
		t.Fatalf("%v\n%s", err, printed(r))
	}
	want := "第 2 行  第一课  好\n第 4 行  第二课  好\n共 2 行，都好。\n"
	if diff := cmp.Diff(want, printed(r)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	for range 2 { // a second import replaces the first
		if err := r.Write(filepath.Join(dir, intake.File)); err != nil {
			t.Fatal(err)
		}
		if r, err = intake.Courses("目录.csv", []byte(gbk), dir); err != nil || !r.OK() {
			t.Fatalf("again: %v\n%s", err, printed(r))
		}
	}
	c, err := course.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	l, _ := c.Lesson("ep-001")
	wantLesson := course.Lesson{
		ID: "ep-001", Title: "第一课", Series: "家长学堂", Stages: []string{"junior", "lower", "upper"}, Themes: []string{"沟通"}, Minutes: 12, Added: "2026-03-02",
		Summary: summary, Points: []string{"先听", "再问", "后说"}, Questions: []string{"孩子不说话怎么办", "怎么开口"}, Related: []string{"phone-deal"}, Sample: true,
	}
	if diff := cmp.Diff(wantLesson, l); diff != "" {
		t.Errorf("lesson (-want +got):\n%s", diff)
	}
}

func TestOneBadRowAndNothingIsWritten(t *testing.T) {
	dir := copyOf(t, courses)
	table := lessonHead + lessonLine("1", "好的一课") + lessonLine("1", "编号重了") +
		strings.Replace(lessonLine("3", "三处不对"), "初中、小学,沟通,12分钟,2026/3/2", "大学,烹饪,很久,昨天", 1) +
		strings.Replace(lessonLine("4", "没有问法"), "孩子不说话怎么办；怎么开口", "", 1)
	r, err := intake.Courses("目录.csv", []byte(table), dir)
	if err != nil {
		t.Fatal(err)
	}
	report := printed(r)
	for _, want := range []string{
		"第 2 行  好的一课  好\n", "第 3 行  编号重了  要改  编号 ep-001", "第 4 行  三处不对  要改", "时长 \"很久\" 看不懂", "日期 \"昨天\" 看不懂", "没有“大学”这个阶段",
		"没有“烹饪”这个主题", "第 5 行  没有问法  要改  没有写家长会怎么问", "共 4 行，3 行要改", "什么都没有写进去",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	path := filepath.Join(dir, intake.File)
	if err := r.Write(path); err == nil {
		t.Error("a table with bad rows must not be written")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a file is there: %v", err)
	}
}

func TestTheCitysCatalogueComesFromASpreadsheet(t *testing.T) {
	dir := copyOf(t, courses)
	f := excelize.NewFile()
	put := func(row int, csv string) {
		t.Helper()
		for i, cell := range strings.Split(strings.TrimSuffix(csv, "\n"), ",") {
			name, err := excelize.CoordinatesToCellName(i+1, row)
			if err == nil {
				err = f.SetCellValue("Sheet1", name, cell)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	put(1, lessonHead)
	for i := range 206 {
		put(i+2, lessonLine(fmt.Sprintf("第%d期", i+1), fmt.Sprintf("第 %d 讲", i+1)))
	}
	for cell, v := range map[string]any{"A2": 1, "F2": 12, "G2": time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)} { // as typed in a spreadsheet
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	var data bytes.Buffer
	if err := f.Write(&data); err != nil {
		t.Fatal(err)
	}
	before, err := course.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	r, err := intake.Courses("目录.XLSX", data.Bytes(), dir)
	if err != nil || !r.OK() || len(r.Rows) != 206 {
		t.Fatalf("%d rows, %v\n%s", len(r.Rows), err, printed(r))
	}
	if err := r.Write(filepath.Join(dir, intake.File)); err != nil {
		t.Fatal(err)
	}
	c, err := course.Load(os.DirFS(dir))
	if err != nil || c.Len() != before.Len()+206 {
		t.Fatalf("%v", err)
	}
	if l, _ := c.Lesson("ep-001"); l.Added != "2026-03-02" || l.Minutes != 12 {
		t.Errorf("added %q, %d minutes", l.Added, l.Minutes)
	}
}

const stationHead = "编号,名称,区,地址,电话,纬度,经度,开放时间,老师人数,可直接来,休息日\n"

func TestStations(t *testing.T) {
	dir := copyOf(t, stations)
	table := stationHead + "th-9,示例站,天河,天河区示例路 9 号,020-0000-0099,23.13,113.33,周一至周五 9:00—12:00，14:00-17:30；周六、周日 09:00-12:00,2位,是,2026-10-01\n"
	r, err := intake.Stations("站点.csv", []byte(table), dir)
	if err != nil || !r.OK() {
		t.Fatalf("%v\n%s", err, printed(r))
	}
	if err := r.Write(filepath.Join(dir, intake.File)); err != nil {
		t.Fatal(err)
	}
	d, err := booking.LoadStations(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Districts) != 11 {
		t.Errorf("%d districts, want each once", len(d.Districts))
	}
	st, _ := d.Station("th-9")
	weekday := []int{1, 2, 3, 4, 5}
	want := []booking.Hours{{Days: weekday, From: "09:00", To: "12:00"}, {Days: weekday, From: "14:00", To: "17:30"}, {Days: []int{6, 7}, From: "09:00", To: "12:00"}}
	if diff := cmp.Diff(want, st.Open); diff != "" || st.District != "天河区" || st.Counsellors != 2 || !st.WalkIn {
		t.Errorf("%+v\n%s", st, diff)
	}
	bad := stationHead + "th-9,示例站,火星,示例路,020-0000-0099,二十三,113.33,白天,1,否,\n"
	if r, err = intake.Stations("站点.csv", []byte(bad), dir); err != nil || r.OK() {
		t.Fatalf("bad rows must be refused: %v", err)
	}
	for _, want := range []string{"纬度 \"二十三\" 不是数", "开放时间 \"白天\" 看不懂", "没有“火星”这个区"} {
		if !strings.Contains(printed(r), want) {
			t.Errorf("the report lacks %q:\n%s", want, printed(r))
		}
	}
}

func TestTablesThatAreNone(t *testing.T) {
	for name, c := range map[string]struct{ file, data, want string }{
		"a picture":                  {"a.png", "x", "只认得 .csv 和 .xlsx"},
		"an empty file":              {"a.csv", "\n\n", "表格是空的"},
		"an xlsx that is none":       {"a.xlsx", "PK", "打不开这个 .xlsx"},
		"a heading nobody knows":     {"a.csv", "编号,标题,颜色\n", "不认得这些列：颜色"},
		"a column that is missing":   {"a.csv", "编号,标题\n", "少了“系列”这一列"},
		"a column that stands twice": {"a.csv", "编号,期数,标题\n", "写了两列"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := intake.Courses(c.file, []byte(c.data), courses); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q in: %v", c.want, err)
			}
		})
	}
}

func TestNoBytesBreakTheReader(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.yaml"), []byte("stages: [{id: junior, name: 初中}]\nthemes: [沟通]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		tail := rapid.String().Draw(t, "rows")
		r, err := intake.Courses("x.csv", []byte(lessonHead+tail), dir)
		if err == nil && r.OK() && len(r.Rows) > 0 {
			t.Fatalf("%q passed for lessons", tail)
		}
	})
}
