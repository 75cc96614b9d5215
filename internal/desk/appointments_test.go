package desk_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// at sets the clock of the appointments.
func (o *office) at(t *testing.T, clock string) {
	t.Helper()
	now, err := time.ParseInLocation("2006-01-02 15:04", clock, citytime.Zone)
	if err != nil {
		t.Fatal(err)
	}
	o.clock = func() time.Time { return now }
}

// books makes an appointment from the chat.
func (o *office) books(t *testing.T, who, slot, note string) booking.Appointment {
	t.Helper()
	a, err := o.booking.Book(t.Context(), booking.Wish{Key: "chat:" + who + slot, Person: o.person(t, who, person.Parent).ID, Slot: slot, Note: note})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// clerk is a visitor who works at a station.
func (o *office) clerk(t *testing.T, name, station string) *visitor {
	t.Helper()
	o.hires(t, name, "示例·"+name, staff.Station, station)
	v := o.visitor(t)
	if res, page := v.logsIn(name); res.Request.URL.Path != "/desk/appointments" || !strings.Contains(page, "来的人报预约码") {
		t.Fatalf("a clerk lands on %s, not on the day:\n%.300s", res.Request.URL, page)
	}
	return v
}

// keyOn returns the key of a page's first form.
func keyOn(t *testing.T, page string) string {
	t.Helper()
	m := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no form with a key on the page:\n%.600s", page)
	}
	return m[1]
}

func wants(t *testing.T, what, page string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if unwanted, no := strings.CutPrefix(p, "!"); no == strings.Contains(page, unwanted) {
			t.Errorf("%s: %q is there: %t", what, unwanted, no)
		}
	}
}

func TestAClerkChecksInByCodeWithoutScripts(t *testing.T) {
	o := officeOnSQLite(t)
	o.at(t, "2026-03-02 10:00")
	a := o.books(t, "one", "tianhe-1@202603031400", "孩子最近不太说话")
	elsewhere := o.books(t, "two", "tianhe-2@202603031400", "")
	late := o.books(t, "three", "tianhe-1@202603030900", "")
	o.at(t, "2026-03-03 13:55")
	v := o.clerk(t, "qiantai", "tianhe-1")
	_, page := v.do("GET", "/desk/appointments", nil)
	wants(t, "the day", page, "天河家庭教育指导中心", "3月3日 周二 · 今天", a.Code, late.Code, "有备注", "!"+elsewhere.Code, "!孩子最近不太说话", "!选一个站点")
	find := func(code string) (*http.Response, string) {
		return v.do("POST", "/desk/appointments/find", url.Values{"code": {code}})
	}
	res, page := find("ABCDEF")
	wants(t, "a wrong code", page, "没有这个预约码", `value="ABCDEF"`)
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("a wrong code answers %d", res.StatusCode)
	}
	_, page = find(elsewhere.Code)
	wants(t, "another station's code", page, "这个预约不在本站", "!14:00 约的", "!/desk/appointments/"+elsewhere.ID)
	res, page = find(strings.ToLower(a.Code))
	if res.Request.URL.Path != "/desk/appointments/"+a.ID {
		t.Fatalf("the code leads to %s", res.Request.URL)
	}
	wants(t, "the appointment", page, "孩子最近不太说话", `id="arrived"`, "!"+`id="noshow"`)
	key := keyOn(t, page)
	for range 2 { // a double click
		_, page = v.do("POST", "/desk/appointments/"+a.ID+"/arrived", url.Values{"key": {key}})
		wants(t, "back on the day", page, "已到 13:55", "3月3日 周二 14:00，已到")
	}
	_, page = v.do("GET", "/desk/appointments/"+a.ID, nil)
	wants(t, "its history", page, "记为已到", "示例·qiantai")
	if strings.Count(page, `data-kind="arrived"`) != 1 {
		t.Error("a double click made two steps")
	}
	_, page = v.do("GET", "/desk/appointments/"+late.ID, nil)
	_, page = v.do("POST", "/desk/appointments/"+late.ID+"/noshow", url.Values{"key": {keyOn(t, page)}})
	wants(t, "the day after a no-show", page, "没来")
	res, page = v.do("POST", "/desk/appointments/"+late.ID+"/noshow", url.Values{"key": {""}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a form without a key answers %d, want 422", res.StatusCode)
	}
	wants(t, "a form without a key", page, "表单不完整")
	for object, want := range map[string]audit.Kind{a.ID: audit.Arrived, late.ID: audit.NoShow} {
		es, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: object}, 10)
		if err != nil || len(es) != 2 || es[0].Kind != want || es[1].Kind != audit.OpenAppointment {
			t.Errorf("the log of %s: %+v, %v, want its opening and %s, once each", object, es, err, want)
		}
	}
}

func TestAClerkMovesCancelsAndBlocksWithoutScripts(t *testing.T) {
	o := officeOnSQLite(t)
	o.at(t, "2026-03-02 10:00")
	a := o.books(t, "one", "tianhe-1@202603031400", "")
	b := o.books(t, "two", "tianhe-1@202603031450", "")
	v := o.clerk(t, "qiantai", "tianhe-1")
	path := "/desk/appointments/" + a.ID
	_, page := v.do("GET", path, nil)
	wants(t, "the day before", page, "还没到日子", "!"+`id="arrived"`, `value="tianhe-1@202603031540"`)
	res, page := v.do("POST", path+"/move", url.Values{"key": {keyOn(t, page)}, "slot": {"tianhe-1@202603011400"}, "words": {"老师有事"}})
	if res.StatusCode != http.StatusConflict {
		t.Errorf("moving into the past answers %d", res.StatusCode)
	}
	wants(t, "a move that failed", page, "这个时间现在不能约", "老师有事")
	_, page = v.do("POST", path+"/move", url.Values{"key": {keyOn(t, page)}, "slot": {"tianhe-1@202603041400"}, "words": {"老师有事"}})
	wants(t, "moved", page, "3月4日 周三 14:00，已经改好时间")

	block := url.Values{"day": {"2026-03-03"}, "from": {"14:00"}, "to": {"15:40"}, "reason": {"消防检查"}, "key": {"b1"}}
	res, page = v.do("POST", "/desk/appointments/blocks", block)
	if res.StatusCode != http.StatusConflict {
		t.Errorf("a block over people answers %d", res.StatusCode)
	}
	wants(t, "who is inside", page, "先安排这几位", b.Code, "!"+a.Code, "fate-"+b.ID, `value="tianhe-1@202603031540"`, "!"+`value="tianhe-1@202603031400"`, "消防检查")
	block.Set("fate-"+b.ID, "")
	_, page = v.do("POST", "/desk/appointments/blocks", block)
	wants(t, "without an answer", page, "请给每一位选好")
	block.Set("fate-"+b.ID, "cancel")
	_, page = v.do("POST", "/desk/appointments/blocks", block)
	wants(t, "the blocked day", page, "停约：消防检查", "已取消", "恢复可约")
	lift := regexp.MustCompile(`/desk/appointments/blocks/[^/]+/lift`).FindString(page)
	res, page = v.do("POST", "/desk/appointments/blocks", url.Values{"day": {"2026-03-03"}, "from": {"16:00"}, "to": {"15:00"}, "reason": {"示例"}, "key": {"b2"}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a block the wrong way round answers %d", res.StatusCode)
	}
	wants(t, "a block the wrong way round", page, "结束要在开始之后", `value="示例"`)
	if _, page = v.do("POST", lift, url.Values{}); strings.Contains(page, "停约：消防检查") {
		t.Error("the lifted block still stands there")
	}
	_, page = v.do("GET", "/desk/appointments?view=week&day=2026-03-03", nil)
	wants(t, "the week", page, "3月2日 周一", "3月8日 周日", "不开放", "#s-1400")
	_, page = v.do("GET", "/desk/appointments/print?day=2026-03-04", nil)
	wants(t, "the paper", page, a.Code, "签到", "没有姓名和备注")
	_, page = v.do("GET", "/desk/appointments?day=2026-03-08", nil)
	wants(t, "a Sunday", page, "这一天站点不开放")

	o.at(t, "2026-03-03 14:10")
	_, page = v.do("GET", "/desk/appointments", nil)
	form := url.Values{"slot": {"tianhe-1@202603031400"}, "key": {keyOn(t, page)}}
	var paths [2]string
	for i := range paths { // a double click
		res, page = v.do("POST", "/desk/appointments/walkin", form)
		paths[i] = res.Request.URL.Path
	}
	wants(t, "the walk-in", page, "现场登记，没有预约", "已到", "登记错了")
	if paths[0] != paths[1] {
		t.Error("a double click registered two")
	}
	if _, page = v.do("GET", "/desk/appointments?day=2026-03-04", nil); !strings.Contains(page, a.Code) {
		t.Error("the next day lacks who was moved there")
	}
}

func TestANoteIsReadByThoseWhoNeedItAndTheOpeningIsLogged(t *testing.T) {
	o := officeOnSQLite(t)
	o.at(t, "2026-03-02 10:00")
	a := o.books(t, "one", "tianhe-1@202603031400", "孩子最近不太说话")
	for role, reads := range map[staff.Role]bool{staff.Counsellor: true, staff.Supervisor: true, staff.Admin: false} {
		v := o.signedIn(t, string(role), role)
		_, page := v.do("GET", "/desk/appointments", nil)
		wants(t, string(role)+" chooses a station", page, "选一个站点", "/desk/appointments?station=tianhe-1")
		if _, page = v.do("GET", "/desk/appointments/"+a.ID, nil); strings.Contains(page, "孩子最近不太说话") != reads {
			t.Errorf("%s reads the note: %t, want %t", role, !reads, reads)
		}
		if keeps := strings.Contains(page, "/move"); keeps != (role == staff.Supervisor) {
			t.Errorf("%s is offered to move it: %t", role, keeps)
		}
	}
	es, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: a.ID}, 10)
	if err != nil || len(es) != 3 || es[0].Kind != audit.OpenAppointment {
		t.Errorf("the log: %+v, %v, want three openings", es, err)
	}
}

// who a role is in the table of routes.
type who string

const (
	atHome who = "a clerk of the station"
	away   who = "a clerk of another station"
)

// TestWhoMayOpenEachPageOfTheDesk walks every route of the desk as every role. A route that stands in no line fails it.
func TestWhoMayOpenEachPageOfTheDesk(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db, withRota(t, db, dutyPlan), withPush(db, new([]string), new(error)), withContent(db))
	o.at(t, "2026-03-02 10:00")
	a := o.books(t, "one", "tianhe-1@202603031400", "")
	b, err := o.front.Block(t.Context(), booking.Clerk{}, booking.BlockForm{Station: "tianhe-1", From: a.Start.Add(2 * time.Hour), To: a.Start.Add(3 * time.Hour), Reason: "示例", Key: "b"})
	if err != nil {
		t.Fatal(err)
	}
	k := o.signal(t, o.person(t, "two", person.Student), risk.High, "示例", "示例原因", "k")
	people := map[who]*visitor{
		who(staff.Counsellor): o.signedIn(t, "lan", staff.Counsellor), who(staff.Supervisor): o.signedIn(t, "mei", staff.Supervisor),
		who(staff.Admin): o.signedIn(t, "guan", staff.Admin), atHome: o.clerk(t, "qian", "tianhe-1"), away: o.clerk(t, "hou", "tianhe-2"),
		who(staff.Manager): o.signedInAs(t, "ju", staff.Manager), who(staff.Editor): o.signedInAs(t, "bian", staff.Editor),
		who(staff.Auditor): o.signedInAs(t, "shen", staff.Auditor),
	}
	all := []who{who(staff.Counsellor), who(staff.Supervisor), who(staff.Admin), atHome, away, who(staff.Manager), who(staff.Editor), who(staff.Auditor)}
	noClerk := all[:3]
	talks := all[:2]
	overseers := all[1:2]
	managers := all[1:3]
	admins := all[2:3]
	sees := all[:4] // the appointments of tianhe-1
	keeps := []who{who(staff.Supervisor), atHome}
	writes := []who{who(staff.Editor), who(staff.Supervisor), who(staff.Admin)} // the content
	answers := []who{who(staff.Supervisor), who(staff.Manager)}                 // for the work
	leads := []who{who(staff.Admin), who(staff.Manager)}
	refused := func(status int, page string) bool { // by the role or the station, not by the state of what it is about
		return status == http.StatusForbidden && regexp.MustCompile("您的角色不能|您只能看自己站点").MatchString(page) || status == http.StatusNotFound && strings.Contains(page, "不在本站")
	}
	table := []struct {
		route string
		may   []who
	}{
		{"GET /desk/me", all}, {"POST /desk/me/phone", talks}, {"POST /desk/me/phone/try", talks}, {"POST /desk/me/phone/drop", talks},
		{"GET /desk/password", all}, {"POST /desk/password", all}, {"GET /desk/login", all}, {"POST /desk/login", all}, {"GET /desk/static/*file", all},
		{"GET /desk", all}, // a clerk is sent on to the day, a manager to the board
		{"GET /desk/board", answers}, {"GET /desk/board/table.csv", answers}, {"GET /desk/board/table.xlsx", answers}, {"GET /desk/board/report", answers},
		{"GET /desk/queue", noClerk}, {"GET /desk/live", noClerk}, {"GET /desk/asked", noClerk}, {"POST /desk/asked/:id/follow", talks},
		{"GET /desk/cases/:id", noClerk}, {"POST /desk/cases/:id/ack", talks}, {"GET /desk/cases/:id/report", talks}, {"GET /desk/cases/:id/referrals/:ref", talks},
		{"GET /desk/cases/:id/identity", talks}, {"GET /desk/cases/:id/police", talks}, {"POST /desk/cases/:id/identity/open", []who{who(staff.Supervisor)}},
		{"GET /desk/oversight", overseers}, {"POST /desk/oversight/roles/:staff", overseers}, {"POST /desk/cases/:id/identity/sign", overseers}, {"POST /desk/cases/:id/identity/alone", talks},
		{"GET /desk/tasks", talks}, {"GET /desk/media/:id", talks}, {"POST /desk/tasks/:id/:task", talks},
		{"GET /desk/session", all}, {"POST /desk/session", all}, {"POST /desk/session/again", all},
		{"GET /desk/handover", talks}, {"POST /desk/handover", talks}, {"GET /desk/handover/in", talks}, {"POST /desk/handover/in", talks},
		{"GET /desk/letters", noClerk}, {"GET /desk/letters/:id", talks}, {"GET /desk/letters/:id/state", talks},
		{"GET /desk/letters/:id/piece", talks}, {"POST /desk/letters/:id/piece", talks}, {"POST /desk/letters/:id/alone", overseers}, {"POST /desk/letters/:id/publish", overseers}, {"POST /desk/letters/:id/unpublish", overseers},
		{"GET /desk/appointments", sees}, {"GET /desk/appointments/print", sees}, {"POST /desk/appointments/find", sees}, {"GET /desk/appointments/:id", sees}, {"GET /desk/appointments/scan/:token", keeps},
		{"GET /desk/feedback", []who{who(staff.Supervisor), who(staff.Manager), atHome, away}}, {"GET /desk/feedback/words/:station", overseers},
		{"POST /desk/appointments/walkin", keeps}, {"POST /desk/appointments/blocks", keeps}, {"POST /desk/appointments/blocks/:block/lift", keeps},
		{"POST /desk/appointments/:id/arrived", keeps}, {"POST /desk/appointments/:id/noshow", keeps}, {"POST /desk/appointments/:id/undo", keeps},
		{"POST /desk/appointments/:id/move", keeps}, {"POST /desk/appointments/:id/cancel", keeps},
		{"GET /desk/search", noClerk}, {"GET /desk/sweep", overseers}, {"POST /desk/sweep", overseers}, {"POST /desk/cases/:id/known", talks},
		{"GET /desk/rota", noClerk}, {"GET /desk/rota/new/:kind", noClerk}, {"POST /desk/rota/new/:kind", noClerk}, // what each may change: rota.Service
		{"POST /desk/rota/changes/:id/answer", noClerk}, {"POST /desk/rota/changes/:id/withdraw", noClerk}, {"GET /desk/rota/plan", managers}, {"POST /desk/rota/plan", managers},
		{"POST /desk/me/push", talks}, {"POST /desk/me/push/try", talks}, {"POST /desk/me/push/drop", all}, {"GET /desk/push.js", all}, {"GET /desk/manifest.webmanifest", all},
		{"POST /desk/cases/:id/takeover", []who{who(staff.Supervisor)}}, {"GET /desk/cases/:id/ready", talks}, {"GET /desk/mentions", talks}, {"GET /desk/mentions/count", talks},
		{"GET /desk/board/quiz", answers}, {"GET /desk/board/quiz.csv", answers}, {"GET /desk/campaigns", leads}, {"POST /desk/campaigns/:id/start", leads}, {"POST /desk/campaigns/:id/pause", leads}, {"POST /desk/campaigns/:id/resume", leads}, {"POST /desk/campaigns/:id/test", leads},
		{"GET /desk/consents", []who{who(staff.Counsellor), who(staff.Supervisor), atHome, away}}, {"POST /desk/consents/paper", []who{who(staff.Counsellor), who(staff.Supervisor), atHome, away}}, {"POST /desk/consents/age", talks},
		{"GET /desk/requests", talks}, {"GET /desk/requests/:id", talks}, {"POST /desk/requests/:id", talks},
		{"GET /desk/code", all}, {"POST /desk/code", all}, {"POST /desk/confirm", all}, {"GET /desk/factor", all}, {"POST /desk/factor", all}, {"POST /desk/factor/recovery", all},
		{"POST /desk/me/sessions/end", all}, {"POST /desk/me/sessions/others", all}, {"POST /desk/me/devices/mine", all}, {"POST /desk/me/devices/stranger", all},
		{"GET /desk/accounts", admins}, {"POST /desk/accounts", admins}, {"POST /desk/accounts/:id/reset", admins}, {"POST /desk/accounts/:id/factor", admins}, {"POST /desk/accounts/:id/disable", admins},
		{"GET /desk/tokens", admins}, {"POST /desk/tokens", admins}, {"POST /desk/tokens/:id/revoke", admins},
		{"POST /desk/leave", all}, {"POST /desk/logout", all},
		{"GET /desk/audit", []who{who(staff.Auditor)}}, {"GET /desk/audit/table.csv", []who{who(staff.Auditor)}}, {"POST /desk/audit/verify", []who{who(staff.Auditor)}},
	}
	for _, what := range []string{
		"take", "say", "handback", "close", "steps", "triage", "level", "review", "referrals", "referrals/:ref", "visits", "tasks/:task", "identity/ask", "review/ask",
		"offer", "accept", "decline", "withdraw", "leave", "noted", "typing",
	} {
		table = append(table, struct {
			route string
			may   []who
		}{"POST /desk/cases/:id/" + what, talks})
	}
	for _, what := range []string{"GET ", "GET /list/:kind", "GET /new/:kind", "GET /item/:kind", "GET /drafts/:id", "GET /history/:kind", "GET /asked", "POST /asked", "POST /look", "POST /save",
		"POST /remove", "POST /restore", "POST /drafts/:id/publish", "POST /drafts/:id/withdraw", "POST /drafts/:id/return",
		"POST /drafts/:id/resume", "GET /look", "GET /save", "GET /remove", "GET /restore"} {
		method, path, _ := strings.Cut(what, " ")
		table = append(table, struct {
			route string
			may   []who
		}{method + " /desk/content" + path, writes})
	}
	for _, what := range []string{"claim", "release", "draft", "handin", "adopt", "away", "approve", "giveback"} {
		table = append(table, struct {
			route string
			may   []who
		}{"POST /desk/letters/:id/" + what, talks})
	}
	known := map[string]bool{}
	for _, line := range table {
		known[line.route] = true
	}
	for _, r := range o.routes {
		if !known[r] {
			t.Errorf("%s stands in no line of this test: say who may open it", r)
		}
	}
	for _, line := range table {
		if line.route == "POST /desk/logout" || line.route == "POST /desk/leave" { // everybody may, and is gone
			continue
		}
		method, path, _ := strings.Cut(line.route, " ")
		form := url.Values(nil)
		if method == "POST" {
			form = url.Values{"station": {"tianhe-1"}, "day": {"2026-03-03"}, "code": {a.Code}, "slot": {"tianhe-1@202603021130"}, "from": {"09:00"}, "to": {"09:50"}, "reason": {"示例"}}
		}
		id := a.ID
		if strings.HasPrefix(path, "/desk/cases/") {
			id = k.ID
		}
		path = strings.NewReplacer(":id", id, ":token", a.Token, ":block", b.ID, ":ref", "none", ":task", "none", "*file", "desk.css").Replace(path)
		if strings.HasPrefix(path, "/desk/appointments") && method == "GET" && !strings.Contains(path, a.ID) {
			path += "?station=tianhe-1"
		}
		for name, v := range people {
			may := false
			for _, m := range line.may {
				may = may || m == name
			}
			status, page := v.status(method, path, form)
			if refused(status, page) == may {
				t.Errorf("%s as %s answers %d; they may: %t", line.route, name, status, may)
			}
		}
	}
}

// status asks for a page and reads no further than its head where it never ends, as a stream does.
func (v *visitor) status(method, path string, form url.Values) (int, string) {
	v.t.Helper()
	if path != "/desk/live" {
		res, page := v.do(method, path, form)
		return res.StatusCode, page
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.o.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := v.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		return res.StatusCode, ""
	}
	page, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(page)
}

func TestAClerkWhoseStationWasClosedReadsWhy(t *testing.T) {
	o := officeOnSQLite(t)
	_, oneTime, err := o.staff.AddAtStation(t.Context(), "lao", "示例·lao", "gone-9")
	if err != nil {
		t.Fatal(err)
	}
	v := o.visitor(t)
	v.do("POST", "/desk/login", url.Values{"name": {"lao"}, "password": {oneTime}})
	res, page := v.do("POST", "/desk/password", url.Values{"old": {oneTime}, "chosen": {chosenPassword}, "again": {chosenPassword}})
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("it answers %d", res.StatusCode)
	}
	wants(t, "the page", page, "站点名录里没有这个站点", fmt.Sprintf("href=%q", "/desk"))
}
