package desk_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// post sends a form of a case and returns the page after it.
func (v *visitor) post(path string, pairs ...string) (int, string) {
	v.t.Helper()
	form := url.Values{"key": {uuid.NewString()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	res, page := v.do("POST", path, form)
	return res.StatusCode, page
}

func TestAnIdentityNeedsTwoPeopleAndIsLogged(t *testing.T) {
	o := officeOnSQLite(t)
	o.cases.Address = o.db.People().Address
	k := o.signal(t, o.person(t, "openid-somebody", person.Student), risk.Imminent, "我在天台", "身处高处", "k")
	lan, mei, yun := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "mei", staff.Supervisor), o.signedIn(t, "yun", staff.Counsellor)
	path := "/desk/cases/" + k.ID
	if _, page := lan.do("GET", path, nil); !strings.Contains(page, "申请查看") || strings.Contains(page, "openid-somebody") {
		t.Error("an imminent case does not offer the request, or shows the identity unasked")
	}
	lan.post(path+"/identity/ask", "note", "示例：警方正在找 TA")
	for name, v := range map[string]*visitor{"whoever asked": lan, "another counsellor": yun} {
		if status, _ := v.post(path+"/identity/open", "note", "示例：我同意"); status != http.StatusForbidden {
			t.Errorf("%s grants it, who supervises nobody: %d", name, status)
		}
	}
	if _, page := yun.do("GET", path, nil); strings.Contains(page, "我同意查看") || !strings.Contains(page, "要由一位督导来决定") {
		t.Error("another counsellor is offered to grant it, or is not told who may")
	}
	if res, page := lan.do("GET", path+"/identity", nil); res.StatusCode != http.StatusForbidden || strings.Contains(page, "openid-somebody") {
		t.Errorf("one person sees it: %d", res.StatusCode)
	}
	if entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: k.ID}, 20); err != nil || opened(entries) != 0 {
		t.Errorf("the log speaks of %d openings (%v) before there was one", opened(entries), err)
	}
	if status, page := mei.post(path+"/identity/open", "note", "示例：情况属实"); status != http.StatusOK || strings.Contains(page, "打开身份信息") {
		t.Errorf("a second person agrees, and is offered what they need not know: %d", status)
	}
	for range 2 {
		if res, page := lan.do("GET", path+"/identity", nil); res.StatusCode != http.StatusOK || !strings.Contains(page, "openid-somebody") || res.Header.Get("Refresh") == "" {
			t.Errorf("whoever asked does not see it, or the page stays: %d", res.StatusCode)
		}
	}
	for name, v := range map[string]*visitor{"who agreed": mei, "a third person": yun} {
		if res, page := v.do("GET", path+"/identity", nil); res.StatusCode != http.StatusForbidden || strings.Contains(page, "openid-somebody") {
			t.Errorf("%s sees it: %d", name, res.StatusCode)
		}
	}
	if _, page := mei.do("GET", path, nil); strings.Count(page, "打开了身份信息") != 2 {
		t.Errorf("the history speaks of %d showings, want each of the two", strings.Count(page, "打开了身份信息"))
	}
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: k.ID}, 20)
	if err != nil || opened(entries) != 2 {
		t.Errorf("the log speaks of %d openings (%v), want two", opened(entries), err)
	}
}

func opened(es []audit.Line) (n int) {
	for _, e := range es {
		if e.Kind == audit.OpenIdentity {
			n++
		}
	}
	return n
}

func TestAReportAndAReferralArePrintedWithoutTheConversation(t *testing.T) {
	o := officeOnSQLite(t)
	k := o.signal(t, o.person(t, "somebody", person.Student), risk.High, "我不想活了", "明确说出不想活下去", "k")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	path := "/desk/cases/" + k.ID
	if status, page := lan.post(path+"/referrals", "kind", "hospital", "place", "示例医院 心理门诊", "why", "风险评估", "known", "家长陪同", "contact", "示例老师 020-0000-0001"); status != http.StatusOK || !strings.Contains(page, "已填单，待送出") {
		t.Fatalf("a referral is filled: %d", status)
	}
	_, page := lan.do("GET", path, nil)
	if !strings.Contains(page, `<option value="示例·天河社工站">`) {
		t.Error("the form does not offer the stations")
	}
	paper := regexp.MustCompile(`/desk/cases/[^"]+/referrals/[0-9a-f-]+`).FindString(page)
	for _, tt := range []struct {
		path string
		want []string
	}{
		{paper, []string{"就医转介单", "示例医院 心理门诊", "风险评估", "家长陪同", "020-0000-0001", "回执", "监护人"}},
		{path + "/report", []string{"个案报告", "明确说出不想活下去", "等级的变化", "示例医院 心理门诊", "还没有做", "处理经过", "复核人签名"}},
	} {
		res, page := lan.do("GET", tt.path, nil)
		if res.StatusCode != http.StatusOK || strings.Contains(page, "我不想活了") {
			t.Errorf("GET %s answers %d, or quotes the conversation", tt.path, res.StatusCode)
		}
		for _, want := range tt.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", tt.path, want)
			}
		}
	}
	if res, _ := lan.do("GET", path+"/referrals/none", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown referral answers %d", res.StatusCode)
	}
	admin := o.signedIn(t, "root", staff.Admin)
	for _, p := range []string{paper, path + "/report", path + "/identity", "/desk/tasks"} {
		if res, _ := admin.do("GET", p, nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("an administrator opens %s: %d", p, res.StatusCode)
		}
	}
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: k.ID}, 20)
	printed := 0
	for _, e := range entries {
		if e.Kind == audit.OpenReport {
			printed++
		}
	}
	if err != nil || printed != 2 {
		t.Errorf("the log speaks of %d papers (%v), want two", printed, err)
	}
}

func TestTheListOfFollowUpsLeadsToTheirCases(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "somebody", person.Student)
	lan := o.signedIn(t, "lan", staff.Counsellor)
	if _, page := lan.do("GET", "/desk/tasks", nil); !strings.Contains(page, "接下来两周没有要做的回访") {
		t.Error("an empty list says nothing")
	}
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k")
	_, page := lan.do("GET", "/desk/tasks", nil)
	if !strings.Contains(page, "24 小时回访") || !strings.Contains(page, "/desk/cases/"+k.ID+"#open-tasks") || !strings.Contains(page, "明天 · ") || strings.Contains(page, "到时间了") {
		t.Errorf("tomorrow's follow-up is not listed, or is called due:\n%s", page)
	}
	if _, page := lan.post("/desk/cases/"+k.ID+"/visits", "date", time.Now().AddDate(0, 0, 20).Format(time.DateOnly), "note", "回班一周"); !strings.Contains(page, "复学回访") {
		t.Error("a back-to-school follow-up is not on the page of its case")
	}
	if status, page := lan.post("/desk/cases/"+k.ID+"/visits", "date", "soon", "note", "回班一周"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "一年以内的日期") {
		t.Errorf("a date that is none: %d", status)
	}
	f, err := o.cases.File(storetest.Acts(t.Context()), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, page := lan.post("/desk/cases/"+k.ID+"/tasks/"+f.Tasks[0].ID, "note", "睡得好些了", "reach", "reached", "early", "1"); !strings.Contains(page, "睡得好些了") || !strings.Contains(page, "已做") {
		t.Error("a follow-up that was done is not shown so")
	}
	if status, _ := lan.post("/desk/cases/"+k.ID+"/tasks/none", "note", "x", "reach", "reached"); status != http.StatusNotFound {
		t.Errorf("an unknown follow-up answers %d, want 404", status)
	}
}

func TestEveryStepHasAName(t *testing.T) {
	o := officeOnSQLite(t)
	k := o.signal(t, o.person(t, "somebody", person.Student), risk.Medium, "活着没意思", "觉得活着没意思", "k")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	for _, kind := range []casework.StepKind{
		casework.StepNote, casework.StepContacted, casework.StepWork, casework.StepGuardian, casework.StepSchool, casework.StepPolice,
		casework.StepTriage, casework.StepLevel, casework.StepReviewed, casework.StepReferral, casework.StepPlanned, casework.StepReminded,
		casework.StepFollowedUp, casework.StepIdentityAsked, casework.StepIdentityOpened, casework.StepSilent, casework.StepOverdue,
		casework.StepAlerted, casework.StepAlertFailed,
	} {
		if err := o.db.Cases().AddStep(t.Context(), k.ID, casework.Step{Kind: kind, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	_, page := lan.do("GET", "/desk/cases/"+k.ID, nil)
	if raw := regexp.MustCompile(`<b>[a-z_]+</b>`).FindAllString(page, -1); raw != nil {
		t.Errorf("steps without a Chinese name: %v; add them to labels.go", raw)
	}
}
