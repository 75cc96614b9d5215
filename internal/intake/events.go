package intake

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/event"
)

var eventColumns = []column{
	{key: "id", names: []string{"编号", "活动编号", "场次编号"}},
	{key: "title", names: []string{"标题", "活动名称", "活动", "名称", "主题", "讲座名称", "题目", "活动主题"}, required: true},
	{key: "kind", names: []string{"类型", "类别", "活动类型", "形式"}, required: true},
	{key: "date", names: []string{"日期", "活动日期", "举办日期", "开始日期"}, required: true},
	{key: "time", names: []string{"时间", "活动时间", "开始时间", "举办时间", "时段"}},
	{key: "from", names: []string{"起始日期", "从哪天起"}},
	{key: "until", names: []string{"结束日期", "到哪天止"}},
	{key: "skip", names: []string{"停办日期", "不办的日子"}},
	{key: "minutes", names: []string{"时长", "分钟", "活动时长"}},
	{key: "place", names: []string{"地点", "活动地点", "场地", "举办地点", "会场"}, required: true},
	{key: "address", names: []string{"地址", "详细地址", "活动地址"}},
	{key: "district", names: []string{"区", "行政区", "所属区", "所在区"}},
	{key: "speaker", names: []string{"主讲", "主讲人", "讲师", "专家", "嘉宾"}},
	{key: "for", names: []string{"对象", "面向", "适合", "参加对象", "参与对象", "活动对象"}},
	{key: "about", names: []string{"介绍", "简介", "活动介绍", "活动内容", "内容", "活动简介"}, required: true},
	{key: "bring", names: []string{"要带", "携带物品", "请携带"}},
	{key: "capacity", names: []string{"名额", "人数", "家庭数", "限额", "容量"}, required: true},
	{key: "waiting", names: []string{"候补", "候补名额", "候补人数"}},
	{key: "cancelled", names: []string{"取消", "是否取消", "已取消"}},
	{key: "sample", names: []string{"示例", "是否示例"}},
}

// eventEntry is an event as it is written: what it leaves empty is left out.
type eventEntry struct {
	ID        string       `yaml:"id"`
	Title     string       `yaml:"title"`
	Kind      string       `yaml:"kind"`
	Start     string       `yaml:"start,omitempty"`
	Weekly    *weeklyEntry `yaml:"weekly,omitempty"`
	Skip      []string     `yaml:"skip,omitempty"`
	Minutes   int          `yaml:"minutes"`
	Place     string       `yaml:"place"`
	Address   string       `yaml:"address,omitempty"`
	District  string       `yaml:"district,omitempty"`
	Speaker   string       `yaml:"speaker,omitempty"`
	For       string       `yaml:"for,omitempty"`
	About     string       `yaml:"about"`
	Bring     string       `yaml:"bring,omitempty"`
	Capacity  int          `yaml:"capacity"`
	Waiting   int          `yaml:"waiting"`
	Cancelled bool         `yaml:"cancelled,omitempty"`
	Sample    bool         `yaml:"sample,omitempty"`
}

type weeklyEntry struct {
	Day   int    `yaml:"day"`
	Time  string `yaml:"time"`
	From  string `yaml:"from,omitempty"`
	Until string `yaml:"until,omitempty"`
}

// Events judges a table of events against the calendar in dir (dialogs/events).
func Events(src Source, dir string) (Report, error) {
	if _, err := event.Load(os.DirFS(dir)); err != nil {
		return Report{}, fmt.Errorf("现有的活动有问题，请先运行 xinqiao check：\n%w", err)
	}
	t, err := readTable(src, eventColumns)
	if err != nil {
		return Report{}, err
	}
	last, err := written[eventEntry](dir, File, "events")
	if err != nil {
		return Report{}, err
	}
	var entries []entry
	for _, r := range t.rows {
		ev := r.event(last)
		e, err := r.entry(ev.ID, ev.Title, ev)
		if err != nil {
			return Report{}, err
		}
		entries = append(entries, e)
	}
	c := content{
		folder: "events", name: File, list: "events", schema: "events", dir: dir,
		load: func(f fs.FS) error { _, err := event.Load(f); return err },
		keys: map[string]string{"start": "date,time", "weekly": "date,time,from,until", "minutes": "minutes,time"},
	}
	return finish(src, t, entries, c, last, func(e eventEntry) string { return e.ID }, eventFields)
}

func (r *row) event(last []eventEntry) eventEntry {
	e := eventEntry{
		Title: r.text("title"), Kind: r.text("kind"), Minutes: r.minutes("minutes"), Place: r.text("place"), Address: inOneLine(r.optional("address")),
		District: inOneLine(r.optional("district")), Speaker: inOneLine(r.optional("speaker")), For: inOneLine(r.optional("for")), About: r.text("about"),
		Bring: inOneLine(r.optional("bring")), Capacity: r.count("capacity", "个组家庭户人位名"), Waiting: r.countOrNone("waiting", "个组家庭户人位名"),
		Skip: r.days("skip"), Cancelled: r.yes("cancelled", map[string]bool{"取消": true, "已取消": true, "照常": false}), Sample: r.yes("sample", map[string]bool{"示例": true}),
	}
	if r.raw("capacity").blank() {
		r.bad("capacity", "请补上能来几个家庭，例如 30", "是空的")
	}
	if r.when(&e); e.Start == "" && e.Weekly == nil { // refused already; the loader need not say it again in its words
		e.Start, e.Minutes = "2099-12-31 09:00", 60
	}
	if e.ID = r.optional("id"); e.ID != "" {
		e.ID = numbered(e.ID, "ev")
		return e
	}
	for _, old := range last {
		if old.Title == e.Title && old.Start == e.Start && (old.Weekly == nil) == (e.Weekly == nil) {
			e.ID = old.ID
			return e
		}
	}
	if e.Title != "" && !r.refused("id") {
		e.ID = nameID("ev", e.Title+e.Start)
	}
	return e
}

var everyWeek = regexp.MustCompile(`^每个?(?:周|星期|礼拜)([一二三四五六日天])$`)

// when reads the day and the time, in one column or two: 2026-12-19 and 上午9:30-11:00; 每周六 and 9:30.
func (r *row) when(e *eventEntry) {
	c, ok := r.cell("date")
	if !ok {
		if !r.refused("date") {
			r.bad("date", "请补上，写成 2026-12-19 或者 每周六", "是空的")
		}
		return
	}
	date, clock := c.text, ""
	key := "time"
	if t, ok := r.cell("time"); ok {
		clock = t.text
	} else if !r.refused("time") { // both in one cell
		key = "date"
		if head, tail, ok := strings.Cut(strings.TrimSpace(date), " "); ok && !everyWeek.MatchString(bare(date)) {
			date, clock = head, tail
		}
	}
	if r.refused("time") {
		return
	}
	from, to, err := stretchOrStart(clock)
	if err != nil {
		r.bad(key, "写成 09:30，或者 09:30-11:00", "%s", err)
		return
	}
	if to > from {
		if e.Minutes != 0 && e.Minutes != to-from {
			r.bad("minutes", "请改其中一个", "和时间 %s-%s 对不上", clockText(from), clockText(to))
		}
		e.Minutes = to - from
	} else if e.Minutes == 0 && !r.refused("minutes") {
		r.bad("minutes", "请补上时长，或者把时间写成 09:30-11:00", "没有写多长时间")
	}
	if m := everyWeek.FindStringSubmatch(bare(date)); m != nil {
		e.Weekly = &weeklyEntry{dayNames[[]rune(m[1])[0]], clockText(from), r.date("from"), r.date("until")}
		return
	}
	c.text = date
	day, ok := c.day()
	if !ok {
		r.bad("date", "写成 2026-12-19，年月日都要，或者 每周六", "看不懂是哪一天")
		return
	}
	e.Start = day.Format("2006-01-02 ") + clockText(from)
	if read := bare(c.text + clock); !strings.Contains(read, day.Format(time.DateOnly)) || !strings.Contains(read, strings.TrimPrefix(clockText(from), "0")) {
		r.took(key, fmt.Sprintf("%s，%d 分钟", e.Start, e.Minutes))
	}
	for _, key := range []string{"from", "until", "skip"} {
		if r.optional(key) != "" {
			r.bad(key, "只有每周的活动才写；一次的请留空", "和日期对不上")
		}
	}
}

// stretchOrStart reads 9:30 or 9:30-11:00, in the words of opening hours.
func stretchOrStart(text string) (from, to int, err error) {
	s := strings.NewReplacer("—", "-", "–", "-", "〜", "~").Replace(strings.TrimSpace(plain(text)))
	if s == "" {
		return 0, 0, fmt.Errorf("没有写几点")
	}
	at, n, ok, err := clockIn(s, "")
	switch {
	case err != nil:
		return 0, 0, err
	case ok && n == len(s) && at.minutes < 24*60:
		return at.minutes, at.minutes, nil
	}
	tok, n, err := stretch(s)
	if err == nil && n != len(s) {
		err = fmt.Errorf("看不懂“%s”是几点", short(text))
	}
	return tok.from, tok.to, err
}

func eventFields(e eventEntry) []field {
	when := e.Start
	if e.Weekly != nil {
		when = fmt.Sprintf("每%s %s %s %s", dayLabel(min(max(e.Weekly.Day, 1), 7)), e.Weekly.Time, e.Weekly.From, e.Weekly.Until)
	}
	return []field{
		{"标题", e.Title}, {"类型", e.Kind}, {"时间", strings.TrimSpace(when)}, {"停办日期", strings.Join(e.Skip, "、")}, {"时长", fmt.Sprint(e.Minutes)}, {"地点", e.Place}, {"地址", e.Address}, {"区", e.District},
		{"主讲", e.Speaker}, {"对象", e.For}, {"介绍", e.About}, {"要带", e.Bring}, {"名额", fmt.Sprint(e.Capacity)}, {"候补", fmt.Sprint(e.Waiting)}, {"取消", yesNo(e.Cancelled)}, {"示例", yesNo(e.Sample)},
	}
}
