package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// requests makes a request as a flow does.
func (o *office) requests(t *testing.T, who person.Person, k request.Kind, f request.Form) request.Request {
	t.Helper()
	s := request.Service{Store: o.db.Requests(), Trail: o.db.Trail(), Outbox: o.db.Outbox()}
	r, err := s.Make(t.Context(), o.newID(), who.ID, k, f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARequestIsReadPassedOnAndRefusedWithAReason(t *testing.T) {
	o := officeOnSQLite(t)
	r := o.requests(t, o.person(t, "asks", person.Parent), request.Visit, request.Form{School: "示例小学", Grade: "五年级", About: "最近总说累", Phone: "13800000001"})
	path := "/desk/requests/" + r.ID
	lan := o.signedIn(t, "lan", staff.Counsellor)
	if _, page := lan.do("GET", "/desk/me", nil); !strings.Contains(page, `id="due-requests"><span>1</span>`) {
		t.Error("no other page says that a request is new")
	}
	if _, page := lan.do("GET", "/desk/requests", nil); !strings.Contains(page, r.Number) || !strings.Contains(page, "1 个新") || strings.Contains(page, "13800000001") || strings.Contains(page, "最近总说累") {
		t.Error("the list lacks the request, or says more of it than where it belongs")
	}
	if _, page := lan.do("GET", path, nil); !strings.Contains(page, "13800000001") || !strings.Contains(page, "最近总说累") {
		t.Error("the request lacks its words")
	}
	if log, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: r.ID}, 5); err != nil || len(log) != 1 || log[0].Kind != audit.OpenRequest {
		t.Errorf("the log of the opening: %+v, %v", log, err)
	}
	if res, page := lan.do("POST", path, url.Values{"from": {"new"}, "to": {"declined"}, "note": {""}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "不办要写原因") {
		t.Errorf("without a reason: %d", res.StatusCode)
	}
	if _, page := lan.do("POST", path, url.Values{"from": {"new"}, "to": {"passed"}, "note": {"已和王老师说了"}}); !strings.Contains(page, "已转学校") || !strings.Contains(page, "示例·lan") || !strings.Contains(page, "已和王老师说了") {
		t.Error("the step does not stand there")
	}
	if res, page := lan.do("POST", path, url.Values{"from": {"new"}, "to": {"done"}, "note": {"我写的"}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "刚刚变了") || !strings.Contains(page, "我写的</textarea>") {
		t.Errorf("from an old page: %d", res.StatusCode)
	}
	if _, page := lan.do("POST", path, url.Values{"from": {"passed"}, "to": {"done"}}); strings.Contains(page, "改一步") {
		t.Error("an ended request can be moved")
	}
	if _, page := lan.do("GET", "/desk/requests?tab=ended", nil); !strings.Contains(page, r.Number) {
		t.Error("the ended request is not among the ended ones")
	}
}

func TestRequestsAreReadableAndReachable(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t, storetest.SQLite(t).Open(t, nil))
	o.signedInAs(t, "qing", staff.Supervisor)
	look1 := func(what string) {
		for _, wide := range []int64{1280, 390} {
			browsertest.Do(t, ctx, what, chromedp.EmulateViewport(wide, 844), browsertest.Until(`document.documentElement.scrollWidth <= innerWidth`))
			noViolations(t, ctx)
			look(t, ctx, what+map[int64]string{1280: "-1280", 390: "-390"}[wide], wide, 900)
		}
	}
	comesIn(t, ctx, o, "qing", "/desk")
	arrives(t, ctx, "the queue", `location.pathname === "/desk"`)
	shown := func(path, heading string) chromedp.Action[chromedp.Void] {
		return browsertest.Until(`document.readyState === "complete" && location.pathname === "` + path + `" && document.querySelector("main h1")?.textContent.startsWith("` + heading + `")`)
	}
	browsertest.Do(t, ctx, "no requests", chromedp.Navigate(o.url+"/desk/requests"), shown("/desk/requests", "家校请求"))
	look1("requests-empty")
	r := o.requests(t, o.person(t, "one", person.Parent), request.Visit, request.Form{School: "示例市示例区第一小学", Grade: "五年级2班", About: "孩子最近回家总说累，作业拖到很晚，想听听在学校怎么样。", Reach: "工作日晚上", Phone: "13800000001"})
	o.requests(t, o.person(t, "two", person.Student), request.Concern, request.Form{Relation: "同学", Seen: "说过不想活、伤害自己的话，或者做过", Sure: "亲眼看到、亲耳听到", Danger: true, AskBack: true})
	o.requests(t, o.person(t, "three", person.Parent), request.Talk, request.Form{School: "示例中学", Grade: "初二", About: "想谈谈选课"})
	late := request.Service{Store: o.db.Requests(), Trail: o.db.Trail(), Outbox: o.db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return time.Now().Add(-request.ReadWithin) }}}
	if _, err := late.Make(t.Context(), "late", o.person(t, "four", person.Student).ID, request.Concern, request.Form{Relation: "朋友", Seen: "情绪很低落，不说话、不吃不睡", School: "示例中学", AskBack: true}); err != nil {
		t.Fatal(err)
	}
	browsertest.Do(t, ctx, "three requests", chromedp.Navigate(o.url+"/desk/requests"), shown("/desk/requests", "家校请求"))
	look1("requests")
	browsertest.Do(t, ctx, "one of them", chromedp.Navigate(o.url+"/desk/requests/"+r.ID), shown("/desk/requests/"+r.ID, "请老师家访"))
	look1("request")
	browsertest.Do(t, ctx, "agree on a time by keyboard", chromedp.Focus(`input[name=to][value=agreed]`), chromedp.KeyEvent(" "), chromedp.SendKeys(`textarea[name=note]`, "周六上午十点，王老师到家里"),
		chromedp.Focus(`main form button.primary`), chromedp.KeyEvent("\r"))
	arrives(t, ctx, "the step that was taken", `document.readyState === "complete" && document.querySelector(".request-steps")?.textContent.includes("周六上午十点")`)
	look1("request-agreed")
	o.hasFeedback(t)
	browsertest.Do(t, ctx, "how visits were", chromedp.Navigate(o.url+"/desk/feedback"), shown("/desk/feedback", "去过以后"))
	look1("feedback")
	browsertest.Do(t, ctx, "what people wrote", chromedp.Navigate(o.url+"/desk/feedback/words/tianhe-1"), shown("/desk/feedback/words/tianhe-1", "天河"))
	look1("feedback-words")
}

// hasFeedback lets people say something of visits at two stations, long enough ago to be told.
func (o *office) hasFeedback(t *testing.T) {
	t.Helper()
	for i, said := range []booking.Opinion{booking.Helped, booking.Helped, booking.Helped, booking.Helped, booking.Helped, booking.SoSo, booking.SoSo, booking.NoHelp, booking.NoHelp, booking.NoHelp, booking.Helped} {
		r := booking.Rating{Appointment: o.newID(), Person: o.person(t, fmt.Sprint("rates", i), person.Parent).ID, Station: "tianhe-1", Month: "2026-03", Opinion: said, Words: []string{"老师听得很耐心，孩子愿意再来。", "", "等了半个多小时，能不能提前说一声？"}[i%3], Named: i == 2, At: time.Now()}
		if i == 10 {
			r.Station = "tianhe-2"
		}
		if _, err := o.db.Appointments().Rate(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}
