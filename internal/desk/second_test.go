package desk_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestThePoliceGetOnePageWithWhatTheyNeed(t *testing.T) {
	o := officeOnSQLite(t)
	o.cases.Address = o.db.People().Address
	who := o.person(t, "openid-somebody", person.Student)
	first := o.signal(t, who, risk.High, "我撑不下去了，今晚想结束这一切", "明确说出想结束生命", "k0")
	for i := range 210 { // more than the page of the case reaches back to
		o.says(t, who, fmt.Sprintf("闲聊 %d", i), time.Now())
	}
	k := o.signal(t, who, risk.Imminent, "我在天台，风好大", "身处高处", "k1")
	o.says(t, who, "［位置］示例大厦（纬度 23.12345，经度 113.32100，gcj02）", time.Now())
	at := transcript.Message{ID: o.newID(), Person: who.ID, From: transcript.FromPerson, Text: "［位置］", Inbound: "at", At: time.Now(), Location: &channel.Location{Latitude: 23.2, Longitude: 113.4, Label: "示例广场", Datum: "wgs84"}}
	if err := o.db.Messages().Append(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	o.says(t, who, "就在学校后门那栋楼", time.Now())
	lan, mei, yun := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "mei", staff.Supervisor), o.signedIn(t, "yun", staff.Supervisor)
	path := "/desk/cases/" + k.ID
	if k.ID != first.ID {
		t.Fatal("the two signals are in two cases")
	}
	lan.post(path+"/identity/ask", "note", "示例：请 110 协助寻找")
	if res, page := lan.do("GET", path+"/police", nil); res.StatusCode != http.StatusForbidden || strings.Contains(page, "天台") {
		t.Errorf("before a supervisor agrees the page opens: %d", res.StatusCode)
	}
	mei.post(path+"/identity/open", "note", "示例：情况属实")
	for name, v := range map[string]*visitor{"lan": lan} {
		res, page := v.do("GET", path+"/police", nil)
		if res.StatusCode != http.StatusOK || res.Header.Get("Refresh") == "" {
			t.Errorf("%s does not see the page, or it stays: %d", name, res.StatusCode)
		}
		for _, want := range []string{
			"个案 1 号", "我撑不下去了，今晚想结束这一切", "我在天台，风好大", "就在学校后门那栋楼", "示例大厦（纬度 23.12345", "示例广场 纬度 23.20000，经度 113.40000，GPS 的坐标", "openid-somebody", "自称", "学生",
			"示例·周老师", "13800000003", "请 110 协助寻找", "示例·lan", "示例·mei", "签名",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("the page of %s lacks %q", name, want)
			}
		}
		if strings.Contains(page, "闲聊 3<") {
			t.Errorf("the page of %s tells more than the words of danger and the last ones", name)
		}
	}
	for name, v := range map[string]*visitor{"who agreed": mei, "a third person": yun} {
		if res, page := v.do("GET", path+"/police", nil); res.StatusCode != http.StatusForbidden || strings.Contains(page, "天台") {
			t.Errorf("%s sees it: %d", name, res.StatusCode)
		}
	}
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: k.ID}, 20)
	n := 0
	for _, e := range entries {
		if e.Kind == audit.OpenPolice {
			n++
		}
	}
	if err != nil || n != 1 {
		t.Errorf("the log speaks of %d openings (%v), want one", n, err)
	}
	o.later.set(11 * time.Minute)
	if _, page := lan.do("GET", path+"/police", nil); !strings.Contains(page, "再确认一下是您") || strings.Contains(page, "天台") {
		t.Errorf("whoever sits at the desk eleven minutes later is not asked who they are:\n%.300s", page)
	}
	lan.confirms("/desk")
	if res, page := lan.do("GET", path+"/police", nil); res.StatusCode != http.StatusForbidden || strings.Contains(page, "天台") {
		t.Errorf("eleven minutes later it still opens: %d", res.StatusCode)
	}
}

func TestAColleagueIsAskedForASecondLook(t *testing.T) {
	o := officeOnSQLite(t)
	k := o.signal(t, o.person(t, "somebody", person.Student), risk.High, "我不想活了", "明确说出不想活下去", "k")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	o.signedIn(t, "mei", staff.Counsellor)
	o.signedIn(t, "yun", staff.Supervisor).do("POST", "/desk/logout", nil)
	path := "/desk/cases/" + k.ID
	lan.post(path + "/take")
	if _, page := lan.do("GET", path, nil); !strings.Contains(page, "请同事复核") || !strings.Contains(page, `<option value="`+o.actor(t, "mei").ID+`">示例·mei`) {
		t.Error("whoever cannot review their own work is not offered to ask a colleague")
	}
	if status, page := lan.post(path+"/review/ask", "who", o.actor(t, "mei").ID); status != http.StatusOK || !strings.Contains(page, "请您复核 · 示例·mei 复核") && !strings.Contains(page, "示例·mei") {
		t.Errorf("asking a colleague: %d", status)
	}
	if status, _ := lan.post(path+"/review/ask", "who", "supervisors"); status != http.StatusOK {
		t.Errorf("asking the supervisors: %d", status)
	}
	if status, page := lan.post(path+"/review/ask", "who", "x"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "请选一位同事") {
		t.Errorf("asking nobody: %d", status)
	}
	steps, err := o.cases.Steps(t.Context(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, st := range steps {
		if st.Kind == casework.StepCalled {
			asked = append(asked, st.Staff+" "+st.Note)
		}
	}
	if len(asked) != 2 || !strings.Contains(asked[0], "示例·mei") || !strings.Contains(asked[1], "示例·yun") {
		t.Errorf("the history says %q, want a colleague and then the supervisor", asked)
	}
}

func TestAFollowUpIsWrittenOnTheListItself(t *testing.T) {
	o := officeOnSQLite(t)
	o.staff.Idle, o.staff.Longest = 1000*time.Hour, 1000*time.Hour
	k := o.signal(t, o.person(t, "somebody", person.Student), risk.High, "我不想活了", "明确说出不想活下去", "k")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	f, err := o.cases.File(storetest.Acts(t.Context()), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	day, week := f.Tasks[0], f.Tasks[1]
	write := func(task casework.Task, pairs ...string) (int, string) {
		return lan.post("/desk/tasks/"+k.ID+"/"+task.ID, pairs...)
	}
	if status, page := write(week, "reach", "reached", "note", "妈妈说睡得好"); status != http.StatusConflict || !strings.Contains(page, "确定现在就算做完吗") || !strings.Contains(page, "妈妈说睡得好</textarea>") {
		t.Errorf("the week's on the first day: %d, want to be asked, with the note kept", status)
	}
	if status, page := write(day, "note", "妈妈说睡得好"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "联系上了，还是没联系上") {
		t.Errorf("neither reached nor not: %d", status)
	}
	if status, page := write(day, "reach", "no_answer", "note", "x", "next", "2020-01-01T08:00"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "下次的时间") {
		t.Errorf("the next try in the past: %d", status)
	}
	o.later.set(25 * time.Hour)
	if _, page := lan.do("GET", "/desk/tasks", nil); !strings.Contains(page, "到时间了") || !strings.Contains(page, `name="followup" open`) {
		t.Error("a follow-up that is due is not called so, or its form is folded")
	}
	next := time.Now().Add(30 * time.Hour).In(time.FixedZone("CST", 8*3600))
	if status, page := write(day, "reach", "no_answer", "note", "打了两次没人接", "next", next.Format("2006-01-02T15:04")); status != http.StatusOK || !strings.Contains(page, "试过 1 次") || strings.Contains(page, "到时间了") {
		t.Errorf("tried in vain: %d, want it to wait for the next try", status)
	}
	if got, err := o.db.Cases().Task(t.Context(), day.ID); err != nil || !got.Due.Equal(next.Truncate(time.Minute).UTC()) {
		t.Errorf("the next try is at %s (%v), want %s", got.Due, err, next)
	}
	o.later.set(31 * time.Hour)
	if status, page := write(day, "reach", "reached", "note", "妈妈说睡了"); status != http.StatusOK || strings.Contains(page, "24 小时回访") {
		t.Errorf("reached: %d, want it off the list", status)
	}
	if _, page := lan.do("GET", "/desk/cases/"+k.ID, nil); !strings.Contains(page, "回访没联系上") || !strings.Contains(page, "打了两次没人接") || !strings.Contains(page, "妈妈说睡了") {
		t.Error("the history lacks the try, or what came of it")
	}
	due := week.Due.In(time.FixedZone("CST", 8*3600)).Format(time.DateOnly)
	if _, page := lan.do("GET", "/desk/tasks?day="+due, nil); !strings.Contains(page, "7 天回访") || !strings.Contains(page, "看全部") {
		t.Error("the day of the week's follow-up lacks it")
	}
	if _, page := lan.do("GET", "/desk/tasks?day=2027-01-01", nil); !strings.Contains(page, "这一天没有要做的回访") {
		t.Error("a day without follow-ups says nothing")
	}
	if status, _ := lan.post("/desk/tasks/none/none", "reach", "reached", "note", "x"); status != http.StatusNotFound {
		t.Errorf("a case that is none: %d", status)
	}
}
