package editing

import "github.com/xinqiao-bot/xinqiao/internal/booking"

// Form says how a field is filled in.
type Form string

// The forms.
const (
	Line   Form = "line"   // one line of text
	Text   Form = "text"   // several lines
	Number Form = "number" // a whole number
	Real   Form = "real"   // a number with a fraction
	Tick   Form = "tick"   // yes or no
	Lines  Form = "lines"  // a list, one a line
	One    Form = "one"    // one of Options
	Many   Form = "many"   // some of Options
	Day    Form = "day"    // 2026-03-02
	When   Form = "when"   // 2026-03-02 15:00
	Hours  Form = "hours"  // opening hours, some rows of days, from and to
	Weekly Form = "weekly" // one weekday and time, first and last day
	Quiz   Form = "quiz"   // up to three questions with answers
)

// Option is one choice of a field.
type Option struct{ Value, Label string }

// Field is one field of a kind, in the order of the form and of a new item in its file.
type Field struct {
	Name     string // the key in YAML
	Label    string
	Hint     string
	Form     Form
	Must     bool
	Rows     int    // of a text
	From     string // the list of options in the same content: "stages", "themes", "districts", "lessons"; else Options
	Options  []Option
	Fallback string // what a new item begins with
	None     string // what nothing chosen means, of One
}

// shape is where items of a kind stand.
type shape struct {
	kind   Kind
	label  string
	glob   string // the files
	skip   string // a file among them that holds none
	list   string // the key of the list; "" where the file is one mapping of names to texts, or one item
	key    string // the field by which an item is found
	title  string // the field that names it for people
	fresh  string // the file that new items go to
	schema string // of that file
	fixed  bool   // items are neither added nor removed
	fields []Field
}

var weekdayOptions = []Option{{"1", "周一"}, {"2", "周二"}, {"3", "周三"}, {"4", "周四"}, {"5", "周五"}, {"6", "周六"}, {"7", "周日"}}

// shapes is the one table of what can be edited in forms. A key of a file that no field names is left as it is, and the
// form says that it is there.
var shapes = []shape{
	{
		kind: Lesson, label: "课程", glob: "courses/*.yaml", skip: "courses/index.yaml", list: "lessons", key: "id", title: "title", fresh: "courses/desk.yaml", schema: "lessons",
		fields: []Field{
			{Name: "id", Label: "编号", Hint: "已经起好了一个；想换，就用英文小写字母、数字和短横，例如 dinner-talk。发布以后别再改，收藏和进度靠它。", Form: Line, Must: true},
			{Name: "title", Label: "标题", Hint: "30 个字以内", Form: Line, Must: true},
			{Name: "series", Label: "系列", Hint: "学习进度按系列算。从已有的里选，或者写一个新的，例如“青春期与身体”", Form: Line, Must: true, From: "series"},
			{Name: "for", Label: "写给谁", Hint: "写给学生的说“你”，只有学生看得到", Form: One, None: "家长", Options: []Option{{"student", "学生"}, {"teacher", "老师"}}},
			{Name: "stages", Label: "适合哪个阶段", Form: Many, From: "stages", Must: true},
			{Name: "themes", Label: "主题", Form: Many, From: "themes"},
			{Name: "speaker", Label: "讲师", Form: Line},
			{Name: "minutes", Label: "多长（分钟）", Form: Number},
			{Name: "added", Label: "上架日期", Form: Day},
			{Name: "summary", Label: "简介", Hint: "这一课讲什么、能用上什么。60 到 260 个字，120 到 200 个最好", Form: Text, Rows: 6, Must: true},
			{Name: "points", Label: "三条要点", Hint: "正好三条，一行一条", Form: Lines, Rows: 3, Must: true},
			{Name: "questions", Label: "家长会怎么问", Hint: "一行一个，至少一个，3 到 6 个最好，越像大家打字的样子越好，搜索最靠它", Form: Lines, Rows: 5, Must: true},
			{Name: "link", Label: "视频或文章的网址", Hint: "以 https:// 开头；没有就不填", Form: Line},
			{Name: "cover", Label: "封面图", Hint: "图片的网址，以 https:// 开头；或者 dialogs/media 文件夹里一张图的名字，例如 door.jpg。没有就不填，会用主题的颜色", Form: Line},
			{Name: "check", Label: "小测", Hint: "最多三题，不用的空着", Form: Quiz},
			{Name: "related", Label: "相关的课", Hint: "写课的标题，一行一个，存了会换成编号", Form: Lines, Rows: 2, From: "lessons"},
			{Name: "sample", Label: "这是示例", Form: Tick},
		},
	},
	{
		kind: FAQ, label: "常见问题", glob: "flows/*.yaml", list: "faq", key: "questions", title: "questions", fresh: "flows/faq-desk.yaml", schema: "faq",
		fields: []Field{
			{Name: "questions", Label: "大家会怎么问", Hint: "一行一种问法，多写几种，越像大家的话越好", Form: Lines, Rows: 6, Must: true},
			{Name: "answer", Label: "回答", Hint: "三五句话以内，只说真的。称呼写 {{you}}，对家长说成“您”，对学生说成“你”", Form: Text, Rows: 5, Must: true},
			{Name: "then", Label: "答完可以点的", Hint: "会做成按钮，放在回答下面。“人工”就是找老师聊聊。不选就没有按钮", Form: Many, From: "openings"},
		},
	},
	{
		kind: Station, label: "站点", glob: "stations/*.yaml", list: "stations", key: "id", title: "name", fresh: "stations/desk.yaml", schema: "stations",
		fields: stationFields(),
	},
	{
		kind: Event, label: "活动", glob: "events/*.yaml", list: "events", key: "id", title: "title", fresh: "events/desk.yaml", schema: "events",
		fields: []Field{
			{Name: "id", Label: "编号", Hint: "已经起好了一个；想换，就用英文小写字母、数字和短横，例如 talk-sleep。发布以后别再改，报名靠它。", Form: Line, Must: true},
			{Name: "title", Label: "标题", Hint: "30 个字以内", Form: Line, Must: true},
			{Name: "kind", Label: "类型", Form: One, Options: []Option{{"讲座", "讲座"}, {"亲子活动", "亲子活动"}, {"家长课堂", "家长课堂"}}, Must: true},
			{Name: "start", Label: "只办一次：什么时候", Hint: "这一格和下面的“每周都办”，要写一样", Form: When},
			{Name: "weekly", Label: "每周都办：星期几、几点", Form: Weekly},
			{Name: "minutes", Label: "多长（分钟）", Form: Number, Must: true, Fallback: "90"},
			{Name: "place", Label: "在哪里", Form: Line, Must: true},
			{Name: "address", Label: "地址", Form: Line},
			{Name: "district", Label: "哪个区", Form: Line},
			{Name: "speaker", Label: "主讲", Form: Line},
			{Name: "for", Label: "适合谁来", Form: Line},
			{Name: "about", Label: "介绍", Hint: "10 到 300 个字，讲清楚做什么", Form: Text, Rows: 4, Must: true},
			{Name: "bring", Label: "要带什么", Form: Line},
			{Name: "capacity", Label: "能来几个家庭", Form: Number, Must: true, Fallback: "30"},
			{Name: "waiting", Label: "候补几个家庭", Hint: "0 是不设候补", Form: Number},
			{Name: "skip", Label: "每周的，哪几天不办", Hint: "一行一天，写成 2026-05-02", Form: Lines, Rows: 2},
			{Name: "cancelled", Label: "取消了（报了名的人会收到通知）", Form: Tick},
			{Name: "sample", Label: "这是示例", Form: Tick},
		},
	},
	{
		kind: Ready, label: "老师常用语", glob: "replies/ready.yaml", list: "ready", key: "title", title: "title", fresh: "replies/ready.yaml", schema: "ready",
		fields: []Field{
			{Name: "title", Label: "题目", Hint: "20 个字以内，老师靠它找这句话", Form: Line, Must: true},
			{Name: "group", Label: "放在哪一组", Hint: "例如 开头、陪着、打电话", Form: Line, Must: true},
			{Name: "text", Label: "这句话", Hint: "{{you}} 对学生是“你”、对家长是“您”；{{name}} 是老师的名字。不要直接写“你”“您”", Form: Text, Rows: 4, Must: true},
		},
	},
	{
		kind: Notice, label: "通知的话", glob: "replies/notices.yaml", title: "text", fixed: true,
		fields: []Field{{Name: "text", Label: "怎么说", Hint: "{{…}} 是会换上去的内容，留着别动", Form: Text, Rows: 5, Must: true}},
	},
	{
		kind: Flow, label: "流程", glob: "flows/*.yaml", key: "flow", title: "title", fresh: "flows/", schema: "flow",
	},
}

// shapeOf returns the shape of a kind.
func shapeOf(k Kind) (shape, bool) {
	for _, s := range shapes {
		if s.kind == k {
			return s, true
		}
	}
	return shape{}, false
}

// Label is the kind's name for people.
func (k Kind) Label() string {
	s, _ := shapeOf(k)
	return s.label
}

// Valid says whether the kind is known.
func (k Kind) Valid() bool { _, ok := shapeOf(k); return ok }

// Fixed says that items of the kind are neither added nor removed.
func (k Kind) Fixed() bool { s, _ := shapeOf(k); return s.fixed }

// Kinds lists the kinds in the order that people see.
func Kinds() []Kind {
	out := make([]Kind, len(shapes))
	for i, s := range shapes {
		out[i] = s.kind
	}
	return out
}

// KeyField is the field by which an item is found; ok is false where the form has none.
func (k Kind) KeyField() (f Field, ok bool) {
	sh, _ := shapeOf(k)
	for _, f := range sh.fields {
		if f.Name == sh.key {
			return f, true
		}
	}
	return Field{}, false
}

// Fields are the fields of a kind.
func (k Kind) Fields() []Field { s, _ := shapeOf(k); return s.fields }

// stationFields are the fields of a station: booking says what a station has, and the type of each thing how it is filled in.
func stationFields() (fields []Field) {
	for _, c := range booking.Columns() {
		if c.Label == "" {
			continue
		}
		f := Field{Name: c.Key, Label: c.Label, Hint: c.Hint, Must: c.Must, From: c.From, Fallback: c.Fallback}
		for _, o := range c.Options {
			f.Options = append(f.Options, Option{o[0], o[1]})
		}
		switch c.At(&booking.Station{}).(type) {
		case *string:
			f.Form = Line
			if f.From != "" || f.Options != nil {
				f.Form = One
			}
		case *[]string:
			f.Form, f.Rows = Lines, 3
		case *bool:
			f.Form = Tick
		case *int:
			f.Form = Number
		case *float64:
			f.Form = Real
		case *[]booking.Hours:
			f.Form = Hours
		}
		fields = append(fields, f)
	}
	return fields
}
