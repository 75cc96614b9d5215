package intake

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

var lessonColumns = append([]column{
	{key: "id", names: []string{"编号", "期数", "课程编号", "期号", "集数"}, weak: []string{"序号"}},
	{key: "title", names: []string{"标题", "课程名称", "课名", "课程标题", "课程", "名称", "题目", "课题"}, required: true},
	{key: "series", names: []string{"系列", "栏目", "专栏", "课程系列", "所属系列"}, required: true},
	{key: "stages", names: []string{"阶段", "年龄", "年龄段", "适合阶段", "学段", "适合年龄", "适用学段", "适用年龄"}, required: true},
	{key: "for", names: []string{"写给谁", "受众", "适用对象", "适用人群", "面向", "面向人群", "对象", "听众"}},
	{key: "themes", names: []string{"主题", "分类", "课程主题", "标签"}},
	{key: "speaker", names: []string{"讲师", "主讲", "主讲人", "授课老师", "讲课老师", "专家"}},
	{key: "minutes", names: []string{"时长", "分钟", "长度", "课程时长", "视频时长"}},
	{key: "added", names: []string{"上架日期", "日期", "发布日期", "上线日期", "发布时间", "上架时间"}},
	{key: "summary", names: []string{"简介", "内容简介", "摘要", "课程简介", "内容介绍", "课程介绍", "内容"}, required: true},
	{key: "points", names: []string{"要点", "课程要点", "三个要点", "重点"}},
	{key: "point1", names: []string{"要点1", "要点一"}},
	{key: "point2", names: []string{"要点2", "要点二"}},
	{key: "point3", names: []string{"要点3", "要点三"}},
	{key: "questions", names: []string{"家长会怎么问", "问法", "关键词", "家长常问", "常见问法"}, required: true},
	{key: "link", names: []string{"链接", "网址", "视频链接", "课程链接"}},
	{key: "cover", names: []string{"封面", "封面图", "封面图片", "封面文件"}},
	{key: "related", names: []string{"相关", "相关课程", "推荐课程"}},
	{key: "sample", names: []string{"示例", "是否示例"}},
}, quizColumns()...)

// quizzes is how many questions of understanding a lesson may have.
const quizzes = 3

// quizColumns are the columns of the check after a lesson: 小测题目1, 选项1 (or 选项1A, 选项1B …), 正确答案1, 解析1. The first
// may go without its number.
func quizColumns() []column {
	var out []column
	for n := 1; n <= quizzes; n++ {
		add := func(key string, names ...string) {
			var all []string
			for _, name := range names {
				all = append(all, fmt.Sprintf(name, fmt.Sprint(n)), fmt.Sprintf(name, []string{"一", "二", "三"}[n-1]))
			}
			if n == 1 {
				for _, name := range names {
					all = append(all, fmt.Sprintf(name, ""))
				}
			}
			out = append(out, column{key: fmt.Sprintf("%s%d", key, n), names: all})
		}
		add("ask", "小测题目%s", "小测%s", "测试题%s", "小测题%s", "题目%s题干")
		add("answers", "选项%s", "小测选项%s", "备选答案%s")
		for _, letter := range []string{"a", "b", "c", "d"} {
			add("answer"+letter, "选项%s"+letter, "选项"+letter+"%s")
		}
		add("right", "正确答案%s", "答案%s", "小测答案%s", "正确选项%s")
		add("why", "解析%s", "小测解析%s", "答案解析%s", "讲解%s")
	}
	return out
}

// Courses judges a table of lessons against the catalogue in dir (dialogs/courses).
func Courses(src Source, dir string) (Report, error) {
	catalogue, err := course.Load(os.DirFS(dir))
	if err != nil {
		return Report{}, fmt.Errorf("现有的课程有问题，请先运行 xinqiao check：\n%w", err)
	}
	t, err := readTable(src, lessonColumns)
	if err != nil {
		return Report{}, err
	}
	last, err := written[course.Lesson](dir, File, "lessons")
	if err != nil {
		return Report{}, err
	}
	var (
		entries []entry
		covers  []picture
	)
	for _, r := range t.rows {
		l := r.lesson(catalogue, last)
		if address := r.optional("cover"); strings.HasPrefix(address, "https://") {
			l.Cover = address
		} else if p, ok := r.cover(src.Covers, l.ID); ok {
			covers = append(covers, p)
			l.Cover = p.name
		}
		e, err := r.entry(l.ID, l.Title, l)
		if err != nil {
			return Report{}, err
		}
		entries = append(entries, e)
	}
	c := content{
		folder: "courses", name: File, list: "lessons", schema: "lessons", dir: dir,
		load: func(f fs.FS) error { _, err := course.Load(f); return err },
		keys: map[string]string{"points": "points,point1,point2,point3", "check": "ask1,answers1,right1,why1,ask2,answers2,right2,why2,ask3,answers3,right3,why3"},
	}
	r, err := finish(src, t, entries, c, last, func(l course.Lesson) string { return l.ID }, lessonFields)
	r.pictures = covers
	return r, err
}

func (r *row) lesson(catalogue *course.Catalogue, last []course.Lesson) course.Lesson {
	l := course.Lesson{
		Title: r.text("title"), Series: r.text("series"), Themes: r.themes(catalogue.Themes), Speaker: inOneLine(r.optional("speaker")),
		Minutes: r.minutes("minutes"), Added: r.date("added"), Stages: r.stages(catalogue.Stages), Summary: r.text("summary"),
		Points: sentences(r.optional("points")), Questions: sentences(r.text2("questions")), Link: r.optional("link"),
		Sample: r.yes("sample", map[string]bool{"示例": true}), Check: r.quiz(),
	}
	l.ID = r.lessonID(l.Title, last)
	l.For = r.audience()
	for _, key := range []string{"point1", "point2", "point3"} {
		if p := inOneLine(r.optional(key)); p != "" {
			l.Points = append(l.Points, p)
		}
	}
	for _, id := range listed(r.optional("related")) {
		l.Related = append(l.Related, relatedID(id))
	}
	return l
}

// audiences are the words for whom a lesson is written; those for parents are written as none.
var audiences = map[string]string{
	"家长": "", "父母": "", "家长们": "", "给家长": "", "parent": "",
	"学生": course.ForPupils, "同学": course.ForPupils, "孩子": course.ForPupils, "青少年": course.ForPupils, "给学生": course.ForPupils, "student": course.ForPupils,
	"老师": course.ForTeachers, "教师": course.ForTeachers, "班主任": course.ForTeachers, "给老师": course.ForTeachers, "teacher": course.ForTeachers,
}

func (r *row) audience() string {
	c, ok := r.cell("for")
	if !ok {
		return ""
	}
	who, known := audiences[bare(c.text)]
	if !known {
		r.bad("for", "写“家长”“学生”或者“老师”，一课只写一种；给家长的可以不写", "看不出是写给谁的")
	}
	return who
}

// text2 is text whose line breaks part what stands in it.
func (r *row) text2(key string) string {
	if r.text(key) == "" {
		return ""
	}
	return r.raw(key).text
}

func (r *row) lessonID(title string, last []course.Lesson) string {
	s := r.optional("id")
	if s != "" && !r.bounds["id"][0].weak {
		return relatedID(s)
	}
	if r.refused("id") || title == "" {
		return ""
	}
	for _, old := range last {
		if old.Title == title {
			return old.ID
		}
	}
	if s == "" {
		return nameID("ep", title)
	}
	// A running number moves when a row is put in above it: it is the number of a new lesson only where no other has it.
	id := relatedID(s)
	for _, old := range last {
		if old.ID == id && slices.ContainsFunc(r.rows, func(other *row) bool { return inOneLine(other.raw("title").text) == old.Title }) {
			return nameID("ep", title)
		}
	}
	return id
}

var bareNumber = regexp.MustCompile(`^(?:第|no\.?)?(\d{1,5}|[〇零一二两三四五六七八九十百千]{1,6})[期集讲课号]?$`)

// relatedID makes an ID out of what the office calls an episode: 第12期 is ep-012; other IDs stay as they are.
func relatedID(s string) string {
	if bareNumber.MatchString(bare(s)) && !parted(s) {
		return numbered(s, "ep")
	}
	return strings.TrimSpace(s)
}

func (r *row) themes(known []string) []string {
	var out []string
	for _, name := range listed(r.optional("themes")) {
		i := slices.IndexFunc(known, func(k string) bool { return hanzi.Fold(k) == hanzi.Fold(name) })
		if i < 0 {
			r.bad("themes", "可以写："+strings.Join(known, "、"), "没有“%s”这个主题", name)
			return nil
		}
		if !slices.Contains(out, known[i]) {
			out = append(out, known[i])
		}
	}
	return out
}

// stages finds the stages that a cell names, each by its ID, its name or one of the words by which parents say it.
func (r *row) stages(stages []course.Stage) []string {
	cell := r.text2("stages")
	var out []string
	for _, name := range listed(cell) {
		found := false
		for _, st := range stages {
			if stageNames(st)[plainStage(name)] {
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
			r.bad("stages", "可以写："+strings.Join(all, "、"), "没有“%s”这个阶段", name)
			return nil
		}
	}
	return out
}

// stageNames are the ways in which a table may name a stage, in the form of plainStage.
func stageNames(st course.Stage) map[string]bool {
	out := map[string]bool{"全部": true, "所有": true, "全学段": true, "全阶段": true, "不限": true, plainStage(st.ID): true, plainStage(st.Name): true}
	for _, w := range st.Words {
		out[plainStage(w)] = true
	}
	name, note, _ := strings.Cut(plain(st.Name), "(")
	out[plainStage(name)] = true
	if note = strings.TrimRight(note, ")"); note != "" {
		out[plainStage(note+"年级")] = true
	}
	for whole, parts := range map[string][]string{"小学": {"低年级", "高年级"}, "中学": {"初中", "高中"}} {
		if slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(name, p) }) {
			out[whole] = true
		}
	}
	return out
}

func plainStage(s string) string {
	s = strings.NewReplacer("低段", "低年级", "高段", "高年级", "岁", "", "至", "-", "到", "-", "~", "-", "–", "-", "—", "-").Replace(bare(s))
	return strings.Map(func(r rune) rune {
		if n := strings.IndexRune("一二三四五六七八九", r); n >= 0 && strings.Contains(s, "-") {
			return rune('1' + n/len("一"))
		}
		return r
	}, s)
}

var lettered = regexp.MustCompile(`(?:^|[\s；;|])([A-Da-dＡ-Ｄ])\s*[.．、:：)）]\s*`)

// quiz reads the check after a lesson.
func (r *row) quiz() []course.Question {
	var out []course.Question
	for n := 1; n <= quizzes; n++ {
		key := func(name string) string { return fmt.Sprintf("%s%d", name, n) }
		q := course.Question{Ask: inOneLine(r.optional(key("ask"))), Answers: answers(r.optional(key("answers"))), Why: inOneLine(r.optional(key("why")))}
		for _, letter := range []string{"a", "b", "c", "d"} {
			if a := inOneLine(r.optional(key("answer" + letter))); a != "" {
				q.Answers = append(q.Answers, a)
			}
		}
		right := r.optional(key("right"))
		if q.Ask == "" && len(q.Answers) == 0 && right == "" && q.Why == "" {
			continue
		}
		if q.Right = rightAnswer(right, q.Answers); q.Right == 0 && !r.refused(key("right")) {
			r.bad(key("right"), "写第几个选项，例如 2 或 B，或者照抄那个选项", "不知道小测第 %d 题哪个选项是对的", n)
		}
		out = append(out, q)
	}
	return out
}

// answers takes the choices of a question apart: on lines of their own, between semicolons, or as A. … B. …
func answers(cell string) []string {
	if at := lettered.FindAllStringSubmatchIndex(cell, -1); len(at) > 1 && at[0][0] == 0 {
		var out []string
		for i, m := range at {
			end := len(cell)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			if want := "abcd"[i%4]; i > 3 || bare(cell[m[2]:m[3]]) != string(want) {
				return nil // B. before A.: which is which?
			}
			a := strings.TrimSpace(strings.Trim(strings.TrimSpace(cell[m[1]:end]), "；;|"))
			if a == "" {
				return nil
			}
			out = append(out, a)
		}
		return out
	}
	out, well := unnumbered(split(cell, "；;|\n"))
	if !well {
		return nil // 2. before 1.: which is the second?
	}
	return out
}

func rightAnswer(cell string, answers []string) int {
	word := strings.Trim(bare(cell), ".、)第个项选")
	right := 0
	for i, a := range answers {
		if i < 4 && word == string("abcd"[i]) || word == fmt.Sprint(i+1) || hanzi.Fold(a) == hanzi.Fold(cell) {
			if right != 0 {
				return 0 // the second choice, or the one that says 2?
			}
			right = i + 1
		}
	}
	return right
}

func lessonFields(l course.Lesson) []field {
	var quiz []string
	for _, q := range l.Check {
		quiz = append(quiz, fmt.Sprintf("%s %s %d %s", q.Ask, strings.Join(q.Answers, "/"), q.Right, q.Why))
	}
	return []field{
		{"标题", l.Title}, {"系列", l.Series}, {"阶段", strings.Join(l.Stages, "、")}, {"写给谁", l.For}, {"主题", strings.Join(l.Themes, "、")}, {"讲师", l.Speaker}, {"时长", fmt.Sprint(l.Minutes)},
		{"上架日期", l.Added}, {"简介", l.Summary}, {"要点", strings.Join(l.Points, "；")}, {"家长会怎么问", strings.Join(l.Questions, "；")}, {"链接", l.Link}, {"封面", l.Cover},
		{"小测", strings.Join(quiz, "；")}, {"相关", strings.Join(l.Related, "、")}, {"示例", yesNo(l.Sample)},
	}
}
