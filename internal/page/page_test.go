package page_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// Shipped samples.
const (
	aLesson  = "pregnancy-two"
	aStation = "liwan-1"
	anEvent  = "talk-exam"
)

// weeksSlot is a time of the station that can be booked at noon, a week ahead.
const weeksSlot = "202603091400"

// everyPage is a path of every page, with what stands on each, as somebody who has a little of everything sees it.
func (h *house) everyPage(who person.Person) map[string][]string {
	h.t.Helper()
	ctx := h.t.Context()
	result := h.result(who.ID)
	a, err := h.bookings.Book(ctx, booking.Wish{Key: "b1", Person: who.ID, Slot: aStation + "@202603101400", Note: "和孩子一起去。孩子最近不爱说话。"})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.courses.Like(ctx, who.ID, aLesson, true); err != nil {
		h.t.Fatal(err)
	}
	return map[string][]string{
		"/p/":                              {"听课", "/p/start/check", "我的预约", "树洞信箱", "求助热线", `href="/chat"`},
		"/p/hotlines":                      {`href="tel:120"`, `href="tel:110"`, `href="tel:12356"`, `href="tel:12355"`, `href="tel:02081899120"`, "会等您"},
		"/p/privacy":                       {"谁看得到", "两位负责人", `href="/p/data"`},
		"/p/stations":                      {"荔湾家庭教育指导中心", "现在开门", "tel:02000000001", "看空位"},
		"/p/station/" + aStation:           {"https://uri.amap.com/marker?", "周一至周五 09:00–17:00", "示例站点", "最近的空位"},
		"/p/station/" + aStation + "/book": {"哪一天方便", "个空", "没有空"},
		"/p/station/" + aStation + "/book/at/" + weeksSlot: {"3月9日 周一 14:00", "谁去", "下一步"},
		"/p/bookings":                                     {"3月10日 周二 14:00", a.Code},
		"/p/booking/" + a.Token:                           {"预约好了", a.Code, "改个时间", "确定取消", "tel:02000000001", "和孩子一起去。"},
		"/p/booking/" + a.Token + "/move":                 {"改到哪一天", "3月10日"},
		"/p/booking/" + a.Token + "/move/at/" + weeksSlot: {"改到这个时间吗", "确定，改到这个时间"},
		"/p/lessons":                                      {"父母学堂", "找一找", "♥ 收藏"},
		"/p/lesson/" + aLesson:                            {"记住三点", "示例", "考考自己", "看看答得怎么样", "已收藏"},
		"/p/events":                                       {"活动", "/p/event/"},
		"/p/event/" + anEvent:                             {"免费", "报名"},
		"/p/results":                                      {"情绪自测", "需要留意"},
		result:                                            {"<svg", "找老师聊聊", "约一个辅导站", "把结果给老师看", "不是诊断", "&lt;b&gt;别&lt;/b&gt;"},
		"/p/letters":                                      {"树洞信箱", "我也写一封"},
		"/p/start/human":                                  {"找老师聊聊", "现在就找"},
		"/p/data":                                         {who.Alias, "同意过的事", "全部存成文件", "全部删除"},
		"/p/lesson/nothing":                               {"没有找到这一页"},
	}
}

var (
	elsewhere = regexp.MustCompile(`<(?:script|link|img|iframe|source)[^>]*(?:src|href)="(?:https?:)?//`)
	amount    = 100 << 10
)

func TestEveryPageSaysWhatItIsAboutIsLightAndLoadsNothingFromElsewhere(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-parent", person.Parent)
	b.proves("a-parent")
	assets := len(b.get("/p/page.css").body) + len(b.get("/p/near.js").body)
	for path, want := range h.everyPage(who) {
		status := http.StatusOK
		if path == "/p/lesson/nothing" {
			status = http.StatusNotFound
		}
		p := b.get(path).want(t, status, append(want, `lang="zh-CN"`, "<h1", `name="viewport"`, "12356")...)
		p.lacks(t, "<no value>", "%!", `style="`, "<script>", "onclick", "{{", "ZgotmplZ")
		if n := len(p.body) + assets; n > amount {
			t.Errorf("%s weighs %d bytes with its styles, at most %d", path, n, amount)
		}
		if found := elsewhere.FindString(p.body); found != "" {
			t.Errorf("%s loads from elsewhere: %s", path, found)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex"} {
			if got := p.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		csp := p.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") != strings.Contains(p.body, "<script") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
	}
}

// TestAPageOfSomebodysOwnShowsNobodyElseAnything goes through all routes, so that a new one cannot be forgotten: a stranger
// and another person get no page on which anything of somebody stands, and no form of theirs changes anything.
func TestAPageOfSomebodysOwnShowsNobodyElseAnything(t *testing.T) {
	h := openHouse(t, nil)
	mine, who := h.chatting("a-parent", person.Parent)
	pages := h.everyPage(who)
	other, _ := h.chatting("another", person.Parent)
	secrets := []string{who.Alias, "情绪自测", "孩子最近不爱说话"}
	as, err := h.bookings.Mine(t.Context(), who.ID)
	if err != nil || len(as) != 1 {
		t.Fatal(err)
	}
	secrets = append(secrets, as[0].Code, as[0].Token)
	for path := range pages {
		for _, b := range []*browser{h.browser(), other} {
			for _, secret := range secrets {
				if secret == as[0].Token && strings.Contains(path, secret) {
					continue // the address itself
				}
				if p := b.get(path); strings.Contains(p.body, secret) {
					t.Errorf("%s shows another %q", path, secret)
				}
			}
		}
	}
	r := gin.New()
	h.pages.Register(r)
	form := formWord.FindStringSubmatch(mine.get("/p/booking/" + as[0].Token).body)[1]
	for _, route := range r.Routes() {
		if route.Method != http.MethodPost || strings.HasSuffix(route.Path, "/letters") || strings.HasSuffix(route.Path, "/lessons") || strings.HasSuffix(route.Path, "/stations") {
			continue // what is posted there is searched for, and changes nothing
		}
		path := strings.NewReplacer(":token", as[0].Token, ":slot", weeksSlot, ":what", "check").Replace(route.Path)
		switch {
		case strings.Contains(path, "/station/"):
			path = strings.Replace(path, ":id", aStation, 1)
		case strings.Contains(path, "/lesson/"):
			path = strings.Replace(path, ":id", aLesson, 1)
		default:
			path = strings.Replace(path, ":id", anEvent, 1)
		}
		if strings.Contains(path, "/result/") {
			for p := range pages {
				if strings.HasPrefix(p, "/p/result/") {
					path = p + strings.TrimPrefix(path, "/p/result/"+as[0].Token)
				}
			}
		}
		for name, c := range map[string]struct {
			b    *browser
			form string
		}{"a stranger": {h.browser(), form}, "another person": {other, form}, "a form of another page": {mine, form + "0"}, "another site's form": {mine, ""}} {
			got := c.b.do(http.MethodPost, path, url.Values{"form": {c.form}, "sure": {"1"}, "like": {"1"}, "show": {"1"}, "q1": {"1"}})
			if got.status != http.StatusForbidden && got.status != http.StatusNotFound {
				t.Errorf("%s by %s: %d", path, name, got.status)
			}
		}
	}
	if after, err := h.bookings.Mine(t.Context(), who.ID); err != nil || len(after) != 1 || after[0].Status != booking.Booked || after[0].Slot != as[0].Slot {
		t.Errorf("the appointment is %+v (%v)", after, err)
	}
}

func TestSomebodyBooksMovesAndCancelsOnThePages(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-parent", person.Parent)
	cal := b.get("/p/station/"+aStation+"/book?day=2026-03-09").want(t, 200, "3月9日 周一", `/book/at/`+weeksSlot, `aria-current="date"`)
	if n := strings.Count(cal.body, "<tr>"); n != 6 { // a head, and the four weeks from a Monday with the day after
		t.Errorf("the calendar has %d rows", n)
	}
	at := "/p/station/" + aStation + "/book/at/" + weeksSlot
	form := b.get(at)
	check := b.send(form, at, "note", "<i>怕他不肯来</i>", "with", "child").want(t, 200, "还没有约上", "和孩子一起去。", "&lt;i&gt;怕他不肯来")
	if as, err := h.bookings.Mine(t.Context(), who.ID); err != nil || len(as) != 0 {
		t.Fatalf("booked before the yes: %v %v", as, err)
	}
	done := b.send(check, at, "note", "<i>怕他不肯来</i>", "with", "child", "sure", "1").want(t, 200, "预约好了", "3月9日 周一 14:00")
	twice := b.send(check, at, "note", "<i>怕他不肯来</i>", "with", "child", "sure", "1").want(t, 200, "预约好了")
	as, err := h.bookings.Mine(t.Context(), who.ID)
	if err != nil || len(as) != 1 || as[0].Note != "和孩子一起去。<i>怕他不肯来</i>" || twice.path != done.path {
		t.Fatalf("one tap too many: %+v %v", as, err)
	}
	b.send(b.get(at), at, "sure", "1").want(t, http.StatusConflict, "已经有一个预约")

	own := done.path
	move := own + "/move/at/202603100900"
	b.get(own+"/move").want(t, 200, "改到哪一天", "现在约的是 3月9日 周一 14:00")
	b.send(b.get(move).want(t, 200, "3月10日 周二 09:00"), move).want(t, 200, "预约好了", "3月10日 周二 09:00")
	page := b.get(own)
	b.send(page, own+"/cancel").want(t, 200, "已经取消").lacks(t, "改个时间")
	b.send(page, own+"/cancel").want(t, 200, "已经取消")
	b.get("/p/bookings").want(t, 200, "还没有预约")
	b.get(own+"/move").want(t, 404)
	for _, path := range []string{"/p/station/none", "/p/station/none/book", "/p/station/none/book/at/" + weeksSlot} {
		b.get(path).want(t, 404, "没有找到")
	}
	for _, slot := range []string{"202603021210", "202701010900", "x", "202603011400"} { // too soon, too far, none, past
		b.get("/p/station/"+aStation+"/book/at/"+slot).want(t, http.StatusConflict, "约不了了")
	}
	b.send(b.get(at), at, "note", strings.Repeat("长", 201)).want(t, 200, "最多 200 个字")
}

func TestANoteOfDangerIsHeardBeforeAnythingIsBooked(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-pupil", person.Student)
	at := "/p/station/" + aStation + "/book/at/" + weeksSlot
	b.send(b.get(at), at, "note", "我不想活了", "sure", "1").want(t, 200, "我在，谢谢你说出来", "tel:12356", "tel:120")
	if as, err := h.bookings.Mine(t.Context(), who.ID); err != nil || len(as) != 0 || len(h.said) != 1 || h.said[0] != who.ID+"|我不想活了" {
		t.Errorf("booked %v, the assistant heard %q (%v)", as, h.said, err)
	}
}

func TestANoteOfDangerIsHeardWhateverElseIsWrongWithTheForm(t *testing.T) {
	at := "/p/station/" + aStation + "/book/at/" + weeksSlot
	for name, c := range map[string]struct {
		note  string
		later time.Duration // until the form is sent: the time may be gone by then
	}{
		"it is too long":   {strings.Repeat("长", 250) + "我不想活了", 0},
		"the time is gone": {"我不想活了", 30 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			h := openHouse(t, nil)
			b, _ := h.chatting("a-pupil", person.Student)
			form := b.get(at)
			h.later(c.later)
			b.send(form, at, "note", c.note).want(t, 200, "我在，谢谢你说出来", "tel:12356")
			if len(h.said) != 1 {
				t.Errorf("the assistant heard %q, want the note", h.said)
			}
		})
	}
}

func TestDangerInASearchIsHeardByTheAssistantToo(t *testing.T) {
	h := openHouse(t, nil)
	stranger := h.browser()
	for _, path := range []string{"/p/letters", "/p/lessons"} {
		stranger.do(http.MethodPost, path, url.Values{"words": {"我不想活了"}}).want(t, 200, "tel:12356")
	}
	if len(h.said) != 0 {
		t.Fatalf("words of nobody known were brought to the assistant: %q", h.said)
	}
	b, who := h.chatting("a-pupil", person.Student)
	for i, path := range []string{"/p/letters", "/p/lessons"} {
		b.do(http.MethodPost, path, url.Values{"words": {"我不想活了"}}).want(t, 200, "tel:12356")
		b.do(http.MethodPost, path, url.Values{"words": {"睡不着"}})
		if len(h.said) != i+1 || h.said[i] != who.ID+"|我不想活了" {
			t.Errorf("%s: the assistant heard %q", path, h.said)
		}
	}
}

func TestALessonIsCheckedOnItsPageAndKept(t *testing.T) {
	h := openHouse(t, nil)
	l, _ := h.courses.Catalogue().Lesson(aLesson)
	answers := func(right bool) (fields []string) {
		for i, q := range l.Check {
			n := q.Right
			if !right && i == 0 {
				n = n%len(q.Answers) + 1
			}
			fields = append(fields, "q"+string(rune('1'+i)), string(rune('0'+n)))
		}
		return fields
	}
	path := "/p/lesson/" + aLesson
	t.Run("by somebody who is known", func(t *testing.T) {
		b, who := h.chatting("a-parent", person.Parent)
		first := b.get(path)
		for _, q := range l.Check {
			first.lacks(t, q.Why) // before it is answered
		}
		b.send(first, path).want(t, 200, "还有题没选").lacks(t, l.Check[0].Why)
		b.send(first, path, answers(false)...).want(t, 200, "学完了", "更好的是", l.Check[0].Why, "再答一次").lacks(t, "没有记进")
		marks, err := h.courses.Marks(t.Context(), who.ID)
		if m := marks[aLesson]; err != nil || m.Right != len(l.Check)-1 || m.Asked != len(l.Check) || m.Learnt.IsZero() || m.Opened.IsZero() {
			t.Errorf("kept as %+v (%v)", m, err)
		}
		b.send(first, path, answers(true)...).want(t, 200, "全对")
		b.send(first, path+"/like", "like", "1").want(t, 200, "已收藏")
		b.get("/p/lessons?mine=1").want(t, 200, l.Title, "✓ 学完了", "♥ 收藏", "已经学完了 1 课")
		b.send(first, path+"/like").want(t, 200, "♡ 收藏")
	})
	t.Run("by a stranger", func(t *testing.T) {
		b := h.browser()
		b.send(b.get(path).lacks(t, "收藏这一课"), path, answers(true)...).want(t, 200, "全对", "没有记进学习记录")
	})
}

func TestLessonsAreFoundByWordsStageAndTheme(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	post := func(words string) shown { return b.do(http.MethodPost, "/p/lessons", url.Values{"words": {words}}) }
	found := post("孩子不想上学").want(t, 200, "不想上学", "role=\"status\"")
	if found.path != "/p/lessons" {
		t.Errorf("the words stand in an address: %s", found.path)
	}
	post("我不想活了").want(t, 200, "现在还好吗", "tel:12356")
	post("qqqqzz").want(t, 200, "没有找到")
	stage := h.courses.Catalogue().Stages[0]
	b.get("/p/lessons?stage="+stage.ID).want(t, 200, `value="`+stage.ID+`" selected`, "孕").lacks(t, "高三")
	b.get("/p/lessons?page=2").want(t, 200, "前一页")
}

// TestLessonsForARememberedChildStandFirst: a parent sees first what is for the age of the child, and only they do.
func TestLessonsForARememberedChildStandFirst(t *testing.T) {
	h := openHouse(t, nil)
	all, _ := h.courses.Catalogue().For(course.ForParents).Browse(course.Filter{}, 1, 99)
	senior, _ := h.courses.Catalogue().For(course.ForParents).Browse(course.Filter{Stage: string(family.Senior)}, 1, 1)
	if all[0].ID == senior[0].ID || slices.Contains(all[0].Stages, string(family.Senior)) {
		t.Fatal("the first lesson of all is for the age of the test: choose another age")
	}
	before := func(s shown) bool {
		return strings.Index(s.body, senior[0].ID) < strings.Index(s.body, all[0].ID) || !strings.Contains(s.body, all[0].ID)
	}
	parent, who := h.chatting("a-parent", person.Parent)
	if before(parent.get("/p/lessons").want(t, 200, all[0].ID)) {
		t.Error("lessons stand in another order though no child is known")
	}
	child := family.Child{ID: "1", Name: "小满", Grade: "高一", Since: family.SchoolYear(noon)}
	if err := h.db.Families().Change(t.Context(), who.ID, func(p *family.Profile) error {
		*p = family.Profile{Children: []family.Child{child}, Agreed: noon}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !before(parent.get("/p/lessons").want(t, 200, senior[0].ID).lacks(t, "小满")) {
		t.Error("lessons for a child in 高一 do not stand first")
	}
	if before(h.browser().get("/p/lessons").want(t, 200, all[0].ID)) {
		t.Error("a stranger's list follows somebody's child")
	}
}

// TestEverybodySeesTheLessonsThatAreWrittenToThem: a pupil's list is for pupils, and a list of others is one tap away.
func TestEverybodySeesTheLessonsThatAreWrittenToThem(t *testing.T) {
	h := openHouse(t, nil)
	pupils, _ := h.courses.Catalogue().For(course.ForPupils).Browse(course.Filter{}, 1, 1)
	parents, _ := h.courses.Catalogue().For(course.ForParents).Browse(course.Filter{}, 1, 1)
	theirs, ours := "/p/lesson/"+pupils[0].ID, "/p/lesson/"+parents[0].ID
	pupil, _ := h.chatting("a-pupil", person.Student)
	pupil.get("/p/lessons").want(t, 200, "给同学的小课", theirs, "说的都是你身边的事").lacks(t, ours)
	pupil.get("/p/lessons?for=parent").want(t, 200, "父母学堂", ours, `name="for" value="parent"`).lacks(t, theirs)
	parent, _ := h.chatting("a-parent", person.Parent)
	list := parent.get("/p/lessons").want(t, 200, "父母学堂", ours, `href="/p/lessons?for=student"`, `href="/p/lessons?for=teacher"`).lacks(t, theirs)
	parent.send(parent.get(theirs).want(t, 200, "‹ 给同学的小课"), theirs+"/like", "like", "1")
	parent.get("/p/lessons?mine=1").want(t, 200, theirs) // whoever it is written to
	if list.path != "/p/lessons" {
		t.Errorf("their own list has the address %s", list.path)
	}
	stranger := h.browser()
	stranger.get("/p/lessons?for=nobody").want(t, 200, "父母学堂")
	if found := stranger.do(http.MethodPost, "/p/lessons?for=student", url.Values{"words": {pupils[0].Title}}).want(t, 200, theirs); strings.Contains(found.body, ours) {
		t.Error("a search among pupils' pieces finds a lesson for parents")
	}
}

func TestStationsAreFoundByDistrictHoursAndDistance(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	b.get("/p/stations?district=天河区").want(t, 200, "天河").lacks(t, "荔湾家庭")
	b.get("/p/stations?open=now&district=荔湾区").want(t, 200, "荔湾家庭").lacks(t, "荔湾粤心安") // on Mondays it is shut
	b.get("/p/stations?day=sat&district=荔湾区").want(t, 200, "荔湾家庭", "荔湾粤心安")
	near := b.do(http.MethodPost, "/p/stations", url.Values{"lat": {"23.1289"}, "lng": {"113.2541"}}).want(t, 200, "近的在前面", "公里")
	if near.path != "/p/stations" {
		t.Errorf("the position stands in an address: %s", near.path)
	}
	first := strings.Index(near.body, "/p/station/")
	if !strings.HasPrefix(near.body[first:], "/p/station/liwan-") && !strings.HasPrefix(near.body[first:], "/p/station/yuexiu-") {
		t.Errorf("the first is %s", near.body[first:first+30])
	}
	b.do(http.MethodPost, "/p/stations", url.Values{"lat": {"NaN"}, "lng": {"x"}}).want(t, 200, "找到")
	if strings.Contains(h.logs.String(), "23.1289") {
		t.Error("the position is in the log")
	}
}

func TestAnEventTakesAndGivesBackAPlace(t *testing.T) {
	h := openHouse(t, nil)
	b, _ := h.chatting("a-parent", person.Parent)
	path := "/p/event/" + anEvent
	page := b.get(path).want(t, 200, "还有")
	b.send(page, path, "name", "小林妈妈").want(t, 200, "已经报名", "签到码")
	b.send(page, path, "name", "小林妈妈").want(t, 200, "已经报名") // twice
	b.send(b.get(path), path, "cancel", "1").want(t, 200, "还有").lacks(t, "签到码")
	h.browser().get(path).want(t, 200, "要报名").lacks(t, "签到码")
	b.get("/p/event/none").want(t, 404)
}

func TestAResultIsShownToCounsellorsAndAskedAboutByButtons(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-pupil", person.Student)
	path := h.result(who.ID)
	page := b.get(path).want(t, 200, "只有你自己看得到")
	b.send(page, path+"/share", "show", "1").want(t, 200, "已经给老师看了")
	if shared, err := h.surveys.SharedBy(storetest.Acts(t.Context()), who.ID); err != nil || len(shared) != 1 {
		t.Fatalf("%v %v", shared, err)
	}
	b.proves("a-pupil")
	b.get("/p/data").want(t, 200, "把“情绪自测”的结果给老师看")
	b.send(page, path+"/share").want(t, 200, "只有你自己看得到")
	if there := b.send(page, path+"/human"); there.path != "/chat" || len(h.said) != 1 || !strings.HasSuffix(h.said[0], "|HUMAN") {
		t.Errorf("who has a chat here is led to %s, and the assistant was told %q", there.path, h.said)
	}
	if len(h.said) != 1 || h.said[0] != who.ID+"|HUMAN" {
		t.Errorf("the assistant heard %q", h.said)
	}
}

// TestAButtonBeginsWhatGoesOnInTheChat: nobody is told to go back and type what a page could begin.
func TestAButtonBeginsWhatGoesOnInTheChat(t *testing.T) {
	h := openHouse(t, func(_ *house, o *page.Options) { o.Chat = false })
	mum, to := h.person("openid-mum", person.Parent)
	phone := h.browser()
	results := phone.get(h.pages.Sign(t.Context(), to, "/p/results")).want(t, 200, "做一份自测")
	phone.send(results, "/p/start/check").want(t, 200, "到对话里接着做", "我在，谢谢你说出来", "自测")
	phone.send(phone.get("/p/letters").want(t, 200, "我也写一封"), "/p/start/letter").want(t, 200, "到对话里接着写")
	phone.send(phone.get("/p/start/human").want(t, 200, "现在就找"), "/p/start/human").want(t, 200, "已经告诉老师")
	want := []string{mum.ID + "|CHECKS", mum.ID + "|LETTERS", mum.ID + "|HUMAN"}
	if !slices.Equal(h.said, want) {
		t.Errorf("the assistant was told %q, want %q", h.said, want)
	}
	phone.send(results, "/p/start/letter").want(t, http.StatusForbidden) // the form of another page
	phone.get("/p/start/anything").want(t, http.StatusNotFound)
	h.browser().get("/p/start/letter").want(t, http.StatusForbidden, "写信", "就开始了")
	lesson := h.browser()
	lesson.get(h.pages.Sign(t.Context(), to, "/p/lesson/"+aLesson)).want(t, 200)
	lesson.get("/p/start/human").want(t, http.StatusForbidden) // the link of a lesson speaks for nobody
	if len(h.said) != len(want) {
		t.Errorf("the assistant was told more: %q", h.said)
	}
}

func TestSomebodyTakesBackTakesAwayAndErasesWhatIsHeld(t *testing.T) {
	h := openHouse(t, nil)
	who, to := h.person("openid-mum", person.Parent)
	h.everyPage(who)
	b := h.browser()
	b.get(h.pages.Sign(t.Context(), to, rights.Page)).want(t, 200, who.Alias, "预约", "心理自测")

	file := b.get("/p/data?as=file")
	var rec rights.Record
	if err := json.Unmarshal([]byte(file.body), &rec); err != nil || rec.Alias != who.Alias || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file: %v %s", err, file.header)
	}
	as, err := h.surveys.Mine(t.Context(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.surveys.Show(t.Context(), who.ID, as[0].ID, true); err != nil {
		t.Fatal(err)
	}
	page := b.send(b.get("/p/data").want(t, 200, "结果给老师看"), "/p/data/withdraw", "kind", "result", "id", as[0].ID).want(t, 200, "需要您同意的事")
	b.send(page, "/p/data/withdraw", "kind", "nothing", "id", "x").want(t, 403)

	b.send(page, "/p/data/erase").want(t, 200, who.Alias) // without the tick nothing happens
	b.send(page, "/p/data/erase", "sure", "1").want(t, 200, "都删除了").lacks(t, who.Alias)
	b.get("/p/data").want(t, 403)
	if _, err := h.db.People().Get(t.Context(), who.ID); err == nil {
		t.Error("the person is still there")
	}
}

func TestLeavingForgetsWhoItWas(t *testing.T) {
	h := openHouse(t, nil)
	_, to := h.person("openid-mum", person.Parent)
	b := h.browser()
	page := b.get(h.pages.Sign(t.Context(), to, rights.Page)).want(t, 200)
	b.send(page, "/p/data/leave").want(t, 200)
	b.get("/p/data").want(t, 403)
}

func TestFormsFromOneNetworkAreBounded(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	last := 0
	for range 121 {
		last = b.do(http.MethodPost, "/p/letters", url.Values{"words": {"考试"}}).status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the hundred and twenty-first form of ten minutes: %d", last)
	}
	h.later(10 * time.Minute)
	b.do(http.MethodPost, "/p/letters", url.Values{"words": {"考试"}}).want(t, 200)
}

func TestAPictureIsServedAndMayBeKept(t *testing.T) {
	h := openHouse(t, nil)
	p := h.browser().get("/p/media/a.png").want(t, 200, "a picture")
	if p.header.Get("Content-Type") != "image/png" || !strings.Contains(p.header.Get("Cache-Control"), "max-age") {
		t.Errorf("%v", p.header)
	}
	h.browser().get("/p/media/b.png").want(t, 404, "<html")
	w := httptest.NewRecorder()
	r := gin.New()
	h.pages.Register(r)
	r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `href="/desk"`) {
		t.Errorf("the first page: %d", w.Code)
	}
}
