package desk_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// dutyPlan is a week in which somebody is always there. The clock of a test is the real one, so days are not named.
const dutyPlan = `
people:
  - {id: chen, name: 示例·陈老师, mobile: "13800000001"}
  - {id: lan, name: 示例·兰老师, mobile: "13800000002"}
  - {id: zhou, name: 示例·周老师, mobile: "13800000003"}
  - {id: wang, name: 示例·王主任, mobile: "13800000004"}
districts:
  - name: 全市
    supervisors: [wang]
    shifts:
      - {days: [每天], from: "08:00", to: "18:00", who: [chen, lan]}
      - {days: [每天], from: "18:00", to: "08:00", who: [zhou]}
  - name: 天河区
    shifts:
      - {days: [周一, 周三, 周五], from: "08:00", to: "18:00", who: [lan, chen]}
`

// withRota gives an office a rota: from a file where there is text for one.
func withRota(t *testing.T, db *store.DB, file string) func(*desk.Options) {
	t.Helper()
	path := ""
	if file != "" {
		path = filepath.Join(t.TempDir(), "rota.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	book, err := rota.Open(path, db.Rota(), time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return func(o *desk.Options) { o.Rota = &rota.Service{Store: db.Rota(), Book: book, Trail: db.Trail()} }
}

func officeWithRota(t *testing.T, file string) *office {
	t.Helper()
	db := storetest.SQLite(t).Open(t, nil)
	return openOffice(t, db, withRota(t, db, file))
}

var (
	beijing = time.FixedZone("CST", 8*60*60)
	formKey = regexp.MustCompile(`name="key" value="([^"]+)"`)
	giveAt  = regexp.MustCompile(`href="(/desk/rota/new/swap\?[^"]+)"`)
)

// inDays is a day from today on, as a form has it.
func inDays(n int) string { return time.Now().In(beijing).AddDate(0, 0, n).Format(time.DateOnly) }

// keyOf is the key of the form on a page.
func keyOf(t *testing.T, page string) string {
	t.Helper()
	m := formKey.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no form:\n%.1500s", page)
	}
	return m[1]
}

// unescape reads an address out of a page.
func unescape(s string) string { return strings.ReplaceAll(s, "&amp;", "&") }

func shows(t *testing.T, what, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			t.Errorf("%s does not show %q:\n%.6000s", what, part, page)
		}
	}
}

func TestASwapIsAskedForAndAnsweredOnTwoDesks(t *testing.T) {
	o := officeWithRota(t, dutyPlan)
	chen, zhou, lan := o.signedIn(t, "chen", staff.Counsellor), o.signedIn(t, "zhou", staff.Counsellor), o.signedIn(t, "lan", staff.Counsellor)
	_, page := chen.do("GET", "/desk/rota?week="+inDays(7), nil)
	shows(t, "the rota", page, "现在值班", "来自服务器上的文件 rota.yaml", "08:00–18:00", "18:00–次日 08:00", "天河区")
	give := giveAt.FindStringSubmatch(page)
	if give == nil {
		t.Fatal("chen has no duty to give away")
	}
	_, page = chen.do("GET", unescape(give[1]), nil)
	shows(t, "the form", page, "把这一班换给同事", "示例·周老师")
	if strings.Contains(page, `<option value="chen"`) {
		t.Error("one may swap with oneself")
	}
	field := func(name string) string {
		m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("the form lacks %s", name)
		}
		return m[1]
	}
	form := url.Values{"key": {keyOf(t, page)}, "district": {field("district")}, "from": {field("from")}, "to": {field("to")}, "in": {"zhou"}, "note": {"示例:家长会"}}
	for range 2 { // a double click
		_, page = chen.do("POST", "/desk/rota/new/swap", form)
	}
	shows(t, "chen's page", page, "示例·陈老师 的班换给 示例·周老师", "等回音", "撤回")
	if n := strings.Count(page, "等回音</span>"); n != 1 {
		t.Errorf("%d swaps wait, want one", n)
	}
	if _, page = lan.do("GET", "/desk/rota", nil); strings.Contains(page, "好，我来") || strings.Contains(page, "示例:家长会") {
		t.Error("somebody who is not named may answer, or reads the note")
	}
	_, page = zhou.do("GET", "/desk/rota", nil)
	shows(t, "zhou's page", page, `<span>1</span><span class="vh"> 件排班的事等您答复`, "好，我来", "示例:家长会")
	answer := regexp.MustCompile(`action="(/desk/rota/changes/[^"]+/answer)"`).FindStringSubmatch(page)[1]
	if res, page := lan.do("POST", answer, url.Values{"agree": {"1"}}); res.StatusCode != http.StatusForbidden || !strings.Contains(page, "被请的那位同事自己") {
		t.Errorf("somebody else answers: %d", res.StatusCode)
	}
	zhou.do("POST", answer, url.Values{"agree": {"1"}})
	if _, page = zhou.do("GET", "/desk/rota", nil); strings.Contains(page, "好，我来") {
		t.Error("it still waits after the answer")
	}
	shows(t, "the history", page, "示例·chen 提出", "示例·zhou 同意", "生效")
	_, page = chen.do("GET", "/desk/rota?week="+inDays(7), nil)
	shows(t, "the grid", page, "换班", "，替 示例·陈老师")
}

func TestLeaveWaitsForASupervisorWhoIsToldOfTheGap(t *testing.T) {
	o := officeWithRota(t, dutyPlan)
	zhou, wang := o.signedIn(t, "zhou", staff.Counsellor), o.signedIn(t, "wang", staff.Supervisor)
	_, page := zhou.do("GET", "/desk/rota/new/leave", nil)
	shows(t, "the form", page, "我要请假", "示例·周老师")
	form := url.Values{"key": {keyOf(t, page)}, "from_day": {inDays(2)}, "to_day": {inDays(3)}, "in": {""}, "note": {"示例:家里有事"}}
	res, page := zhou.do("POST", "/desk/rota/new/leave", form)
	if res.StatusCode != http.StatusConflict {
		t.Errorf("leave that leaves nights without anybody: %d, want a question", res.StatusCode)
	}
	shows(t, "the question", page, "这些时间就没有人值班了", "知道了，仍然这样", inDays(2))
	if list, err := o.db.Rota().History(t.Context(), 9); err != nil || len(list) != 0 {
		t.Fatalf("before the answer %d changes are kept (%v)", len(list), err)
	}
	form.Set("anyway", "1")
	zhou.do("POST", "/desk/rota/new/leave", form)
	_, page = wang.do("GET", "/desk/rota", nil)
	shows(t, "the supervisor's page", page, "示例·周老师 请假", "谁来顶班", "示例:家里有事")
	answer := regexp.MustCompile(`action="(/desk/rota/changes/[^"]+/answer)"`).FindStringSubmatch(page)[1]
	if res, page = wang.do("POST", answer, url.Values{"agree": {"1"}, "in": {""}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "仍然这样") {
		t.Errorf("agreeing without anybody to stand in: %d, want a question", res.StatusCode)
	}
	if res, _ = zhou.do("POST", answer, url.Values{"agree": {"1"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("somebody grants their own leave: %d", res.StatusCode)
	}
	_, page = wang.do("POST", answer, url.Values{"agree": {"1"}, "in": {"chen"}})
	shows(t, "the supervisor's page", page, "示例·陈老师 顶班", "示例·wang 同意")
	if strings.Contains(page, "没有人值班</b>") {
		t.Error("with somebody to stand in a gap is told")
	}
}

func TestAGapIsSaidAndFilled(t *testing.T) {
	o := officeWithRota(t, strings.Replace(dutyPlan, `from: "18:00", to: "08:00"`, `from: "20:00", to: "08:00"`, 1))
	lan, wang := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "wang", staff.Supervisor)
	_, page := lan.do("GET", "/desk/rota", nil)
	shows(t, "the rota", page, "没有人值班")
	if !regexp.MustCompile(`还有 1[12] 段`).MatchString(page) {
		t.Error("the page does not say how many more gaps there are")
	}
	if strings.Contains(page, "补一班") {
		t.Error("a counsellor may fill a gap")
	}
	if res, _ := lan.do("GET", "/desk/rota/new/extra", nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a counsellor opens the form of an extra duty: %d", res.StatusCode)
	}
	_, page = wang.do("GET", "/desk/rota?week="+inDays(7), nil)
	fill := regexp.MustCompile(`class="give noprint" href="(/desk/rota/new/extra[^"]+)"`).FindStringSubmatch(page)
	if fill == nil {
		t.Fatal("the grid offers no way to fill a gap")
	}
	_, page = wang.do("GET", unescape(fill[1]), nil)
	shows(t, "the form", page, `value="18:00"`, `value="20:00"`)
	day := regexp.MustCompile(`name="from_day" value="([^"]+)"`).FindStringSubmatch(page)[1]
	form := url.Values{"key": {keyOf(t, page)}, "district": {"全市"}, "from_day": {day}, "to_day": {day}, "from_time": {"18:00"}, "to_time": {"20:00"}, "in": {"lan"}}
	_, page = wang.do("POST", "/desk/rota/new/extra", form)
	shows(t, "the grid", page, "加班", "示例·兰老师 加一班")
	bad := url.Values{"key": {"bad"}, "district": {"全市"}, "from_day": {""}, "in": {"lan"}}
	if res, page := wang.do("POST", "/desk/rota/new/extra", bad); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "请填好日期和时间") {
		t.Errorf("without a day: %d", res.StatusCode)
	}
	withdraw := regexp.MustCompile(`action="(/desk/rota/changes/[^"]+/withdraw)"`).FindStringSubmatch(page)[1]
	if res, page := wang.do("POST", withdraw, url.Values{}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "撤回这次变动") {
		t.Errorf("taking back what fills a gap: %d, want a question", res.StatusCode)
	}
	if _, page := wang.do("POST", withdraw, url.Values{"anyway": {"1"}}); !strings.Contains(page, "已撤回") {
		t.Error("it cannot be taken back")
	}
}

func TestAHolidayChangesWhoIsThere(t *testing.T) {
	o := officeWithRota(t, strings.Replace(dutyPlan, "days: [每天], from: \"08:00\"", "days: [工作日, 休息日], from: \"08:00\"", 1))
	wang := o.signedIn(t, "wang", staff.Supervisor)
	_, page := wang.do("GET", "/desk/rota/new/holiday", nil)
	monday := rota.Monday(time.Now().AddDate(0, 0, 7)).Format(time.DateOnly)
	form := url.Values{"key": {keyOf(t, page)}, "days": {"holiday"}, "from_day": {monday}, "to_day": {monday}, "note": {"示例:节日"}}
	_, page = wang.do("POST", "/desk/rota/new/holiday", form)
	shows(t, "the grid", page, `class="rday off"`, "放假</i>", "示例:节日")
}

func TestTheBaseIsWrittenOnThePageWhereNoFileHoldsIt(t *testing.T) {
	o := officeWithRota(t, "")
	lan, wang := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "wang", staff.Supervisor)
	_, page := lan.do("GET", "/desk/rota", nil)
	shows(t, "the empty page", page, "还没有排班表", "请督导来排第一张")
	if res, _ := lan.do("GET", "/desk/rota/plan", nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a counsellor opens the base: %d", res.StatusCode)
	}
	_, page = wang.do("GET", "/desk/rota", nil)
	shows(t, "the empty page", page, "排一张值班表")
	_, page = wang.do("GET", "/desk/rota/plan", nil)
	shows(t, "the form", page, "示例·lan", "全市", `name="d.0.s.0.from"`)
	form := url.Values{
		"version": {"0"}, "key": {keyOf(t, page)}, "d.0.name": {"全市"}, "d.0.supervisors": {"wang"},
		"d.0.s.0.days": {"每天"}, "d.0.s.0.from": {"08:00"}, "d.0.s.0.to": {"00:00"}, "d.0.s.0.who": {"lan", "", ""},
		"d.0.s.1.from": {""}, "d.0.s.1.to": {""}, "d.0.s.1.who": {"", "", ""},
	}
	for i, name := range []string{"demo", "lan", "wang"} {
		form.Set(fmt.Sprintf("p.%d.account", i), name)
		form.Set(fmt.Sprintf("p.%d.name", i), "示例·"+name)
	}
	form.Set("p.1.in", "1")
	form.Set("p.1.mobile", "13800000001")
	form.Del("d.0.s.0.days")
	res, page := wang.do("POST", "/desk/rota/plan", form)
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "全市第 1 班：这一班没有写日子或人") {
		t.Errorf("a shift without days: %d\n%.2000s", res.StatusCode, page)
	}
	form.Set("d.0.s.0.days", "每天")
	if res, page = wang.do("POST", "/desk/rota/plan", form); res.StatusCode != http.StatusConflict {
		t.Errorf("nights without anybody: %d, want a question", res.StatusCode)
	}
	shows(t, "the question", page, "接下来两周这些时间没有人值班", "00:00–08:00", `value="13800000001"`)
	form.Set("more", "district")
	_, page = wang.do("POST", "/desk/rota/plan", form)
	shows(t, "one district more", page, `name="d.1.name"`)
	form.Del("more")
	form.Set("anyway", "1")
	for range 2 { // a double click
		_, page = wang.do("POST", "/desk/rota/plan", form)
	}
	shows(t, "the rota", page, "08:00–24:00", "示例·lan", "示例·wang 刚刚排的")
	_, page = wang.do("GET", "/desk/rota/plan", nil)
	shows(t, "the form afterwards", page, `name="version" value="1"`, `value="13800000001"`, `value="lan" selected`, `name="p.1.in" value="1" checked`)
	form.Set("key", "another")
	if res, page = wang.do("POST", "/desk/rota/plan", form); res.StatusCode != http.StatusConflict || !strings.Contains(page, "刚刚有同事也改了排班") {
		t.Errorf("over a version that is not the newest: %d", res.StatusCode)
	}
	filed := officeWithRota(t, dutyPlan)
	boss := filed.signedIn(t, "wang", staff.Supervisor)
	if res, page := boss.do("GET", "/desk/rota/plan", nil); res.StatusCode != http.StatusConflict || !strings.Contains(page, "写在服务器的文件里") {
		t.Errorf("with a file the base is written on the page: %d", res.StatusCode)
	}
}

func TestWhoKeepsTheSystemChangesTheRotaToo(t *testing.T) {
	o := officeWithRota(t, dutyPlan)
	root := o.signedIn(t, "root", staff.Admin)
	_, page := root.do("GET", "/desk/rota", nil)
	shows(t, "an administrator's page", page, "请假和顶班", "加一班")
	if res, _ := root.do("GET", "/desk/rota/new/swap?district=x&from=2026-03-02T00:00:00Z&to=2026-03-02T08:00:00Z", nil); res.StatusCode != http.StatusConflict {
		t.Errorf("somebody who has no duty gives one away: %d", res.StatusCode)
	}
	if res, _ := root.do("GET", "/desk/rota/new/nonsense", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown kind of change: %d", res.StatusCode)
	}
}
