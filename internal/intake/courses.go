package intake

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/xinqiao-bot/xinqiao/internal/course"
)

var lessonColumns = []column{
	{"id", []string{"编号", "期数", "序号", "课程编号"}, true},
	{"title", []string{"标题", "课程名称", "名称", "题目"}, true},
	{"series", []string{"系列", "栏目"}, true},
	{"stages", []string{"阶段", "年龄", "年龄段", "适合阶段"}, true},
	{"themes", []string{"主题", "分类"}, false},
	{"speaker", []string{"讲师", "主讲", "主讲人"}, false},
	{"minutes", []string{"时长", "分钟", "长度"}, false},
	{"added", []string{"上架日期", "日期", "发布日期"}, false},
	{"summary", []string{"简介", "内容简介", "摘要"}, true},
	{"points", []string{"要点"}, false},
	{"point1", []string{"要点1", "要点一"}, false},
	{"point2", []string{"要点2", "要点二"}, false},
	{"point3", []string{"要点3", "要点三"}, false},
	{"questions", []string{"家长会怎么问", "问法", "关键词"}, true},
	{"link", []string{"链接", "网址", "视频链接"}, false},
	{"cover", []string{"封面", "封面图"}, false},
	{"related", []string{"相关", "相关课程"}, false},
	{"sample", []string{"示例"}, false},
}

// Courses judges a table of lessons against the catalogue in dir (dialogs/courses).
func Courses(name string, data []byte, dir string) (Report, error) {
	rows, err := readTable(name, data, lessonColumns)
	if err != nil {
		return Report{}, err
	}
	catalogue, err := course.Load(os.DirFS(dir))
	if err != nil {
		return Report{}, fmt.Errorf("现有的课程有问题，请先运行 xinqiao check：\n%w", err)
	}
	var entries []entry
	for _, r := range rows {
		l, problems := lesson(r, catalogue.Stages)
		raw, err := marshal(l)
		if err != nil {
			return Report{}, err
		}
		entries = append(entries, entry{Verdict{r.line, l.Title, problems}, raw})
	}
	return assemble(dir, "courses", "", "lessons", entries, func(f fs.FS) error { _, err := course.Load(f); return err })
}

func lesson(r row, stages []course.Stage) (course.Lesson, []string) {
	var problems []string
	bad := func(err error) {
		if err != nil {
			problems = append(problems, err.Error())
		}
	}
	l := course.Lesson{
		ID: lessonID(r.get("id")), Title: r.get("title"), Series: r.get("series"), Themes: listed(r.get("themes")), Speaker: r.get("speaker"),
		Summary: r.get("summary"), Points: sentences(r.get("points")), Questions: sentences(r.get("questions")), Link: r.get("link"),
		Cover: r.get("cover"), Sample: yes(r.get("sample")),
	}
	for _, key := range []string{"point1", "point2", "point3"} {
		if p := r.get(key); p != "" {
			l.Points = append(l.Points, p)
		}
	}
	for _, id := range listed(r.get("related")) {
		l.Related = append(l.Related, lessonID(id))
	}
	var err error
	l.Minutes, err = minutes(r.get("minutes"))
	bad(err)
	l.Added, err = day(r.get("added"))
	bad(err)
	l.Stages, err = stageIDs(r.get("stages"), stages)
	bad(err)
	return l, problems
}

var bareNumber = regexp.MustCompile(`^第?(\d+)[期集讲课]?$`)

// lessonID makes an ID out of what the office calls an episode: 第12期 is ep-012; other IDs stay.
func lessonID(s string) string {
	if m := bareNumber.FindStringSubmatch(norm.NFKC.String(s)); m != nil {
		n, _ := strconv.Atoi(m[1])
		return fmt.Sprintf("ep-%03d", n)
	}
	return s
}

// listed takes a cell apart that holds short names: 情绪与陪伴、沟通.
func listed(cell string) []string { return split(cell, "、，,；;|/\n") }

// sentences takes a cell apart that holds sentences, which may have commas.
func sentences(cell string) []string { return split(cell, "；;|\n") }

func split(cell, marks string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(marks, r) }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func yes(cell string) bool {
	return slices.Contains([]string{"是", "示例", "对", "1", "true", "TRUE", "yes", "√", "✓"}, cell)
}

var leadingNumber = regexp.MustCompile(`^(\d+)\s*(分钟|分|min|m|'|′)?`)

func minutes(cell string) (int, error) {
	if cell == "" {
		return 0, nil
	}
	m := leadingNumber.FindStringSubmatch(norm.NFKC.String(cell))
	if m == nil {
		return 0, fmt.Errorf("时长 %q 看不懂（写分钟数，例如 12）", cell)
	}
	return strconv.Atoi(m[1])
}

// The day numbers of a spreadsheet that are taken for dates: 1954 to 2119.
const firstDay, lastDay = 20000, 80000

// day reads a date as offices and spreadsheets write it.
func day(cell string) (string, error) {
	if cell == "" {
		return "", nil
	}
	if n, err := strconv.ParseFloat(cell, 64); err == nil && n > firstDay && n < lastDay {
		if t, err := excelize.ExcelDateToTime(n, false); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	for _, layout := range []string{time.DateOnly, "2006/1/2", "2006.1.2", "2006年1月2日", "01-02-06", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, norm.NFKC.String(cell)); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	return "", fmt.Errorf("日期 %q 看不懂（写成 2026-03-02）", cell)
}

// stageIDs finds the stages that a cell names: by ID, by name, or by part of a name, so that 小学 is all of it.
func stageIDs(cell string, stages []course.Stage) ([]string, error) {
	var out []string
	for _, name := range listed(cell) {
		found := false
		for _, st := range stages {
			full, part := plainStage(st.Name), plainStage(name)
			if part == plainStage(st.ID) || strings.Contains(full, part) && part != "" {
				found = true
				if !slices.Contains(out, st.ID) {
					out = append(out, st.ID)
				}
			}
		}
		if !found {
			all := make([]string, len(stages))
			for i, st := range stages {
				all[i] = st.Name
			}
			return out, fmt.Errorf("没有“%s”这个阶段（可以写：%s）", name, strings.Join(all, "、"))
		}
	}
	return out, nil
}

func plainStage(s string) string {
	return strings.NewReplacer(" ", "", "岁", "", "–", "-", "—", "-", "~", "-", "至", "-", "到", "-", "低段", "低年级", "高段", "高年级").Replace(strings.ToLower(norm.NFKC.String(s)))
}
