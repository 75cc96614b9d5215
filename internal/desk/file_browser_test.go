package desk_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// fill unfolds a form of the file, fills it and sends it.
func fill(t *testing.T, ctx context.Context, form string, values map[string]string) {
	t.Helper()
	f := `document.querySelector('form[id^="` + form + `"]')`
	browsertest.Do(t, ctx, "find the form "+form, browsertest.Until(f), chromedp.Evaluate[chromedp.Void](`document.getElementById("tab-" + `+f+`.closest(".panel").id.slice(6)).click(); for (let d = `+f+`.closest("details"); d; d = d.parentElement.closest("details")) d.open = true; 0`))
	for name, value := range values {
		sel := `form[id^="` + form + `"] [name="` + name + `"]`
		if strings.HasPrefix(name, "q-") || name == "verdict" || name == "early" {
			browsertest.Do(t, ctx, "mark "+name, browsertest.Click(sel+`[value="`+value+`"]`))
			continue
		}
		browsertest.Do(t, ctx, "write "+name, chromedp.SetValue(sel, value))
	}
	browsertest.Do(t, ctx, "send "+form, browsertest.Click(`form[id^="`+form+`"] button`))
}

// step waits until the newest step of a kind stands in the history.
func step(t *testing.T, ctx context.Context, kind casework.StepKind, text string) {
	t.Helper()
	browsertest.Do(t, ctx, "the step "+string(kind)+" is written", browsertest.Until(`[...document.querySelectorAll('#history li[data-kind="`+string(kind)+`"]')].some(li => li.textContent.includes("`+text+`"))`))
}

// printed keeps the page as a PDF where XINQIAO_TEST_SHOTS names a folder.
func printed(t *testing.T, ctx context.Context, name string) []byte {
	t.Helper()
	pdf, err := chromedp.Run(ctx, func(ctx context.Context, tab *chromedp.Target) ([]byte, error) {
		css := true
		res, err := cdp.Call(ctx, tab, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &css})
		return res.Data, err
	})
	if err != nil || len(pdf) < 1000 {
		t.Fatalf("print %s: %d bytes, %v", name, len(pdf), err)
	}
	if dir := os.Getenv("XINQIAO_TEST_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pdf
}

func TestACaseFromItsSignalToItsClosing(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	o.cases.Address = db.People().Address
	mei := o.signedIn(t, "mei", staff.Supervisor)
	signIn(t, ctx, o)
	who := o.person(t, "openid-of-the-test", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k1")
	path := "/desk/cases/" + k.ID

	browsertest.Do(t, ctx, "open the case", browsertest.Until(`document.querySelector(".case-link")`), browsertest.Click(`.case-link`), browsertest.Until(`document.getElementById("case")?.dataset.id === "`+k.ID+`"`))
	browsertest.Do(t, ctx, "it says what comes next", browsertest.Until(`document.querySelectorAll(".todos li").length === 3`))
	browsertest.Do(t, ctx, "acknowledge and take", browsertest.Click(`#ack`), browsertest.Until(`!document.getElementById("ack")`), browsertest.Click(`#take`), browsertest.Visible(`#text`))
	fill(t, ctx, "f-record", map[string]string{"kind": "guardian", "note": "示例：打电话给妈妈，妈妈二十分钟后到学校"})
	step(t, ctx, casework.StepGuardian, "二十分钟后")
	browsertest.Do(t, ctx, "the form is empty again and folded", browsertest.Until(`document.querySelector("#f-record textarea").value === "" && !document.getElementById("record").open`))
	fill(t, ctx, "f-record", map[string]string{"kind": "one_to_one", "note": "示例：在咨询室陪着谈了四十分钟"})
	step(t, ctx, casework.StepWork, "四十分钟")

	marks := map[string]string{"note": "示例：说今晚就想走"}
	for _, q := range casework.Questions() {
		marks["q-"+q.ID] = "no"
	}
	marks["q-wish"], marks["q-thought"], marks["q-intent"], marks["q-now"] = "yes", "yes", "yes", "unknown"
	fill(t, ctx, "f-triage", marks)
	step(t, ctx, casework.StepTriage, "建议“紧急”")
	browsertest.Do(t, ctx, "the level rose with the answers", browsertest.Visible(`.head.imminent`))

	fill(t, ctx, "f-identity-ask", map[string]string{"note": "示例：警方正在找 TA"})
	step(t, ctx, casework.StepIdentityAsked, "警方正在找")
	if status, _ := mei.post(path+"/identity/open", "note", "示例：情况属实"); status != http.StatusOK {
		t.Fatalf("a second person agrees: %d", status)
	}
	step(t, ctx, casework.StepIdentityOpened, "情况属实")
	browsertest.Do(t, ctx, "the second person's consent arrives live", browsertest.Until(`[...document.querySelectorAll("#identity a")].some(a => a.textContent.includes("打开身份信息"))`))

	fill(t, ctx, "f-refer", map[string]string{"kind": "hospital", "place": "示例医院 心理门诊", "why": "风险评估，需要时住院", "known": "妈妈陪同，没有在吃药", "contact": "示例老师 020-0000-0001"})
	step(t, ctx, casework.StepReferral, "已填单，待送出")
	fill(t, ctx, "f-ref", map[string]string{"to": "sent", "note": "示例：传真并电话告知"})
	step(t, ctx, casework.StepReferral, "已送出，等回音")
	browsertest.Do(t, ctx, "unfold what is read", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".file details").forEach(d => d.open = true); 0`))
	look(t, ctx, "file-open-1440", 1440, 2400)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "fold", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".file details").forEach(d => d.open = d.id === "why"); 0`))
	look(t, ctx, "file-1440", 1440, 900)
	fill(t, ctx, "f-ref", map[string]string{"to": "confirmed", "note": "示例：当天下午两点到"})
	step(t, ctx, casework.StepReferral, "对方已确认")

	lowering := `document.querySelector('form[id^="f-level"] option[value="medium"]')`
	browsertest.Do(t, ctx, "the level cannot go down yet", browsertest.Until(lowering+`.disabled`))
	if status, _ := mei.post(path+"/review", "verdict", "agree", "note", "示例：看过对话和评估，医院已接手"); status != http.StatusOK {
		t.Fatalf("a second person reviews: %d", status)
	}
	step(t, ctx, casework.StepReviewed, "同意")
	browsertest.Do(t, ctx, "the review opens the way", browsertest.Until(`!`+lowering+`.disabled`))
	fill(t, ctx, "f-level", map[string]string{"level": "medium", "note": "示例：已在医院，妈妈陪着"})
	step(t, ctx, casework.StepLevel, "妈妈陪着")
	fill(t, ctx, "f-visit", map[string]string{"date": nextMonth(), "note": "示例：回班一周，睡眠怎样"})
	step(t, ctx, casework.StepPlanned, "回班一周")
	fill(t, ctx, "f-task", map[string]string{"early": "1", "note": "示例：昨晚睡了六个小时，愿意去复诊"})
	step(t, ctx, casework.StepFollowedUp, "六个小时")

	browsertest.Do(t, ctx, "hand back", browsertest.Click(`#handback summary`), browsertest.Visible(`#handback textarea`), browsertest.Click(`#handback .primary`), browsertest.Until(`!document.getElementById("text")`))
	browsertest.Do(t, ctx, "close", browsertest.Click(`#close summary`), browsertest.Visible(`#close textarea`), chromedp.SetValue(`#close [name=outcome]`, "referred"),
		chromedp.SetValue(`#close [name=report]`, "not_asked"), chromedp.SetValue(`#close textarea`, "示例：医院已收治，家长陪护"))
	look(t, ctx, "file-close-1440", 1440, 900)
	browsertest.Do(t, ctx, "close", browsertest.Click(`#close .primary`))
	step(t, ctx, casework.StepClosed, "家长陪护")

	steps, err := o.cases.Steps(t.Context(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []casework.StepKind
	for _, st := range steps {
		kinds = append(kinds, st.Kind)
		if st.At.IsZero() || st.Kind != casework.StepOpened && (st.Staff == "" || st.By == "") {
			t.Errorf("the step %s is not stamped: %+v", st.Kind, st)
		}
	}
	want := []casework.StepKind{
		casework.StepOpened, casework.StepAcknowledged, casework.StepTaken, casework.StepGuardian, casework.StepWork, casework.StepTriage,
		casework.StepIdentityAsked, casework.StepIdentityOpened, casework.StepReferral, casework.StepReferral, casework.StepReferral,
		casework.StepReviewed, casework.StepLevel, casework.StepPlanned, casework.StepFollowedUp, casework.StepHandedBack, casework.StepClosed,
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("the history (-want +got):\n%s", diff)
	}
	f, err := o.cases.File(storetest.Acts(t.Context()), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, where := range map[string]string{"report": path + "/report", "referral": path + "/referrals/" + f.Referrals[0].ID, "tasks": "/desk/tasks"} {
		browsertest.Do(t, ctx, "open "+where, chromedp.Navigate(o.url+where), browsertest.Visible(`main`))
		look(t, ctx, name+"-1440", 1440, 1400)
		look(t, ctx, name+"-390", 390, 844)
		noViolations(t, ctx)
		if name != "tasks" {
			printed(t, ctx, name)
		}
	}
	browsertest.Do(t, ctx, "hold a phone", chromedp.EmulateViewport(390, 844), chromedp.Navigate(o.url+path+"#open-tasks"), browsertest.Visible(`#tasks .item`))
	browsertest.Do(t, ctx, "the head stays in sight", browsertest.Until(`document.querySelector(".head").getBoundingClientRect().top >= 0`))
	browsertest.Do(t, ctx, "the file fits the width", browsertest.Until(`document.documentElement.scrollWidth <= 390`))
	look(t, ctx, "file-390", 390, 844)
	noViolations(t, ctx)
}

func nextMonth() string { return time.Now().AddDate(0, 0, 30).Format(time.DateOnly) }

func TestACaseThatWasNoDangerIsClosedAtOneTap(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	signIn(t, ctx, o)
	k := o.signal(t, o.person(t, "openid-of-the-test", person.Student), risk.Medium, "示例：作业多得要死", "示例原因", "k")
	browsertest.Do(t, ctx, "open it", chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#close summary`), browsertest.Click(`#close summary`), browsertest.Visible(`#mistaken`))
	look(t, ctx, "close-1280", 1280, 900)
	look(t, ctx, "close-390", 390, 844)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "one tap", browsertest.Click(`#mistaken`), browsertest.Until(`document.querySelector(".case .reply")?.textContent.includes("已结案")`))
	steps, err := o.cases.Steps(t.Context(), k.ID)
	if last := steps[len(steps)-1]; err != nil || last.Kind != casework.StepClosed || last.Code != string(casework.OutcomeMistaken) || last.Note == "" {
		t.Errorf("it ended with %+v (%v)", last, err)
	}
}
