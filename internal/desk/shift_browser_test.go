package desk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// enters signs somebody in whose password is chosen.
func (o *office) enters(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	comesIn(t, ctx, o, name, "/desk")
	arrives(t, ctx, "the live queue of "+name, liveQueue)
}

// views keeps pictures of a page on a phone and on a desk, and has axe look at it on both.
func views(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, size := range []struct{ w, h int64 }{{390, 844}, {1280, 900}} {
		browsertest.Do(t, ctx, "size the window", chromedp.EmulateViewport(size.w, size.h), browsertest.Until(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, size.w)))
		look(t, ctx, fmt.Sprintf("%s-%d", name, size.w), size.w, size.h)
		noViolations(t, ctx)
	}
}

func TestASessionSaysThatItEndsAndGoesOnInPlace(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	o.signedIn(t, "lan", staff.Counsellor)
	k := o.nightOf(t, o.actor(t, "lan"), 2)[1]
	o.staff.Idle = 24 * time.Hour // the longest time alone is at stake here
	o.enters(t, ctx, "lan")
	o.later.set(13*time.Hour + 51*time.Minute)
	browsertest.Do(t, ctx, "a conversation in which something is half written", chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#text`),
		chromedp.SendKeys(`#text`, "还没写完的"), browsertest.Until(`document.getElementById("ending").open && document.getElementById("ending-text").textContent.startsWith("还有 9 分钟")`))
	browsertest.Do(t, ctx, "the warning takes no word out of anybody's hands", browsertest.Until(`document.activeElement.id === "text"`), chromedp.SendKeys(`#text`, "话"),
		browsertest.Until(`document.getElementById("text").value === "还没写完的话"`), browsertest.Until(`!document.getElementById("ending-holds").hidden && document.querySelector("#ending-holds b").textContent === "2"`))
	views(t, ctx, "session-warning")
	browsertest.Do(t, ctx, "a wrong password is said", chromedp.SendKeys(`#ending-again [name=password]`, "wrong\r"), browsertest.Until(`document.querySelector("#ending-again [role=alert]").textContent.includes("密码不对")`))
	browsertest.Do(t, ctx, "signed in again in place", chromedp.Evaluate[chromedp.Void](`document.querySelector("#ending-again [name=password]").value = ""; 0`),
		chromedp.SendKeys(`#ending-again [name=password]`, chosenPassword+"\r"), browsertest.Until(`!document.getElementById("ending").open`), browsertest.Until(`document.getElementById("text").value === "还没写完的话"`),
		browsertest.Until(`document.getElementById("link").dataset.state === "live"`))
	o.later.add(15 * time.Hour)
	browsertest.Do(t, ctx, "once it is over nothing of the conversation can be read", browsertest.Until(`document.getElementById("ending").matches(":modal")`),
		browsertest.Until(`getComputedStyle(document.getElementById("ending"), "::backdrop").backgroundColor === "rgb(245, 243, 238)"`))
	views(t, ctx, "session-over")
	browsertest.Do(t, ctx, "signed in again, what was half written is sent", chromedp.SendKeys(`#ending-again [name=password]`, chosenPassword+"\r"),
		browsertest.Until(`!document.getElementById("ending").open`), browsertest.Until(`document.getElementById("text").value === "还没写完的话"`),
		chromedp.SendKeys(`#text`, "\r"), browsertest.Until(`document.querySelectorAll(".line.staff").length === 1`))
}

func TestAPageWithoutAStreamAsksBeforeItsSessionIsIdle(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	o.signedIn(t, "lan", staff.Counsellor)
	o.staff.Idle = 16 * time.Second // warned of after eight; before any page of the browser reads it
	o.enters(t, ctx, "lan")
	deaf(t, ctx)
	browsertest.Do(t, ctx, "a page that has no stream", chromedp.Navigate(o.url+"/desk/me"), browsertest.Visible(`h1`))
	browsertest.Do(t, ctx, "it warns, and '继续' goes on", browsertest.Visible(`#ending-stay button`), browsertest.Until(`document.getElementById("ending-text").textContent.includes("会自动退出")`))
	look(t, ctx, "session-idle-1280", 1280, 900)
	browsertest.Do(t, ctx, "it warns, and '继续' goes on", browsertest.Click(`#ending-stay button`), browsertest.Until(`!document.getElementById("ending").open`))
	browsertest.Do(t, ctx, "it warns again, and without a sign it ends", browsertest.Until(`document.getElementById("ending").open`),
		browsertest.Until(`document.getElementById("ending").matches(":modal") && !document.getElementById("ending-again").hidden`))
}

// deaf takes the stream away from every page to come, as for a role that may not follow the cases.
func deaf(t *testing.T, ctx context.Context) {
	t.Helper()
	_, err := chromedp.Run(ctx, func(ctx context.Context, tab *chromedp.Target) (bool, error) {
		_, err := cdp.Call(ctx, tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `window.EventSource = class { addEventListener() {} close() {} }`,
		})
		return err == nil, err
	})
	if err != nil {
		t.Fatalf("take the stream away: %v", err)
	}
}

// TestANightIsHandedOverInFourActions counts what two people do, from the wish to leave to the last conversation taken.
func TestANightIsHandedOverInFourActions(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	night, day := browser(t), browser(t)
	o := openOffice(t, db)
	o.signedIn(t, "lan", staff.Counsellor)
	o.signedIn(t, "mei", staff.Counsellor)
	o.signedIn(t, "yun", staff.Supervisor).do("POST", "/desk/logout", nil)
	cases := o.nightOf(t, o.actor(t, "lan"), 5)
	o.enters(t, night, "lan")
	browsertest.Do(t, day, "the day's counsellor works at something else", chromedp.Navigate("about:blank"))
	o.enters(t, day, "mei")
	views(t, night, "handover-desk")

	actions := 0
	act := func(ctx context.Context, what, sel string) {
		t.Helper()
		actions++
		browsertest.Do(t, ctx, what, browsertest.Visible(sel), browsertest.Click(sel))
	}
	browsertest.Do(t, night, "at a desk", chromedp.EmulateViewport(1280, 900))
	act(night, "sign out", `.who form button`)
	arrives(t, night, "what is still open", `document.querySelectorAll("#handover .handed").length === 5`)
	browsertest.Do(t, night, "whoever is there is chosen", browsertest.Until(`document.querySelector(".pick input:checked").closest("label").textContent.includes("示例·mei")`))
	views(t, night, "handover")
	browsertest.Do(t, night, "at a desk", chromedp.EmulateViewport(1280, 900))
	act(night, "hand all over", `.giveto > .primary`)
	arrives(t, night, "that they wait", `document.querySelector(".waitsfor")?.textContent.includes("5 段对话")`)
	views(t, night, "handover-waits")
	browsertest.Do(t, day, "the colleague hears of it without a refresh", browsertest.Until(`!document.getElementById("offered").hidden && document.getElementById("offered").textContent.includes("示例·lan 请您接班：5 段对话")`))
	look(t, day, "handover-banner-1280", 1280, 900)
	look(t, day, "handover-banner-390", 390, 844)
	act(day, "look", `#offered a`)
	arrives(t, day, "the summary", `document.querySelectorAll(".handed").length === 5`)
	views(t, day, "takeover")
	printed(t, day, "takeover")
	browsertest.Do(t, day, "at a desk", chromedp.EmulateViewport(1280, 900))
	act(day, "take all", `.takeall .primary`)
	arrives(t, day, "the queue", `document.getElementById("queue") && document.getElementById("offered").hidden`)
	for _, k := range cases {
		if got, err := o.cases.Get(t.Context(), k.ID); err != nil || got.Assignee != o.actor(t, "mei").ID {
			t.Errorf("%s is %s's (%v), want the colleague's", got.Alias, got.AssigneeName, err)
		}
	}
	if actions > 4 {
		t.Errorf("handing five conversations over took %d actions, want at most 4", actions)
	}
	browsertest.Do(t, night, "whoever gave them sees that all are taken", browsertest.Until(`document.getElementById("handover").textContent.includes("您手里没有对话了")`))
	views(t, night, "handover-empty")
	browsertest.Do(t, day, "nobody offers anything", chromedp.Navigate(o.url+"/desk/handover/in"), browsertest.Visible(`.empty`))
	views(t, day, "takeover-empty")
}

func TestAFollowUpIsWrittenInThreeActions(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	o.staff.Idle, o.staff.Longest = 1000*time.Hour, 1000*time.Hour
	o.signedIn(t, "lan", staff.Counsellor)
	o.enters(t, ctx, "lan")
	browsertest.Do(t, ctx, "no follow-up yet", chromedp.Navigate(o.url+"/desk/tasks"), browsertest.Visible(`.strip`))
	views(t, ctx, "tasks-empty")
	var due casework.Task
	for i, level := range []risk.Level{risk.Medium, risk.High, risk.Imminent, risk.Medium, risk.High, risk.Medium} {
		o.later.set(time.Duration(i*11-30) * time.Hour)
		k := o.signal(t, o.person(t, fmt.Sprintf("openid-%d", i), []person.Audience{person.Student, person.Parent}[i%2]), level, "示例", "示例原因", fmt.Sprintf("k%d", i))
		f, err := o.cases.File(storetest.Acts(t.Context()), k.ID)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			due = f.Tasks[0]
		}
		if i == 1 {
			f := casework.FollowUp{Reach: casework.NoAnswer, Note: "打了两次没人接", Key: "try"}
			o.later.set(0)
			if _, err := o.cases.FollowedUp(t.Context(), k.ID, o.taskOf(t, k.ID).ID, o.actor(t, "lan"), f); err != nil {
				t.Fatal(err)
			}
		}
	}
	o.later.set(0)
	browsertest.Do(t, ctx, "somewhere at the desk", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(o.url+"/desk"), browsertest.Visible(`nav.main a[href="/desk/tasks"]`))
	actions := 0
	act := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		actions++
		browsertest.Do(t, ctx, what, steps...)
	}
	act("open the follow-ups", browsertest.Click(`nav.main a[href="/desk/tasks"]`))
	arrives(t, ctx, "the first one that is due, its form open", `document.querySelector("#t-`+due.ID+` details[open] textarea")`)
	views(t, ctx, "tasks")
	browsertest.Do(t, ctx, "at a desk", chromedp.EmulateViewport(1280, 900))
	act("write what was heard", chromedp.SendKeys(`#t-`+due.ID+` textarea`, "示例：妈妈说昨晚睡了六个小时"))
	act("say that they were reached", browsertest.Click(`#t-`+due.ID+` button[value=reached]`))
	arrives(t, ctx, "the list without it", `document.querySelector(".strip") && !document.getElementById("t-`+due.ID+`")`)
	if actions > 3 {
		t.Errorf("a follow-up took %d actions, want at most 3", actions)
	}
	if got, err := db.Cases().Task(t.Context(), due.ID); err != nil || got.DoneAt.IsZero() {
		t.Errorf("it is not done: %+v (%v)", got, err)
	}
	// on the page of a case, by its scripts: a try in vain, then a tick before its time
	k := due.Case
	browsertest.Do(t, ctx, "the week's on the page of the case", chromedp.Navigate(o.url+"/desk/cases/"+k+"#open-tasks"), browsertest.Until(`document.querySelector("#tasks[open] .item")`))
	browsertest.Do(t, ctx, "it asks for a tick", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("#tasks details").forEach(d => d.open = !!d.querySelector(".early")); 0`),
		browsertest.Until(`document.querySelector("#tasks details[open] .early")`), chromedp.SendKeys(`#tasks details[open] textarea`, "示例：没人接"))
	look(t, ctx, "case-followup-1280", 1280, 900)
	look(t, ctx, "case-followup-390", 390, 844)
	browsertest.Do(t, ctx, "nobody answers", browsertest.Click(`#tasks details[open] button[value=no_answer]`), browsertest.Until(`document.querySelector("#tasks").textContent.includes("试过 1 次")`))
	step(t, ctx, casework.StepNoAnswer, "没人接")
	browsertest.Do(t, ctx, "done before its time", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("#tasks details").forEach(d => d.open = !!d.querySelector(".early")); 0`),
		chromedp.SendKeys(`#tasks details[open] textarea`, "示例：都好"), browsertest.Click(`#tasks details[open] button[value=reached]`),
		browsertest.Until(`document.querySelector("#case .notice")?.textContent.includes("确定现在就算做完吗")`),
		browsertest.Click(`#tasks details[open] .early input`), browsertest.Click(`#tasks details[open] button[value=reached]`))
	step(t, ctx, casework.StepFollowedUp, "都好")
}

// taskOf is the first follow-up of a case.
func (o *office) taskOf(t *testing.T, caseID string) casework.Task {
	t.Helper()
	f, err := o.cases.File(storetest.Acts(t.Context()), caseID)
	if err != nil {
		t.Fatal(err)
	}
	return f.Tasks[0]
}

func TestAnIdentityIsGrantedByASupervisorAndPrintedForThePolice(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	o.cases.Address = db.People().Address
	o.signedIn(t, "lan", staff.Counsellor)
	mei := o.signedIn(t, "mei", staff.Supervisor)
	who := o.person(t, "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", person.Student)
	k := o.signal(t, who, risk.Imminent, "我在天台上，风好大，我真的撑不下去了", "提到身处高处", "k1")
	o.says(t, who, "［位置］示例大厦（纬度 23.12345，经度 113.32100，gcj02）", time.Now())
	o.says(t, who, "就在学校后门那栋楼的楼顶，别告诉我妈", time.Now())
	o.enters(t, ctx, "lan")
	path := "/desk/cases/" + k.ID
	browsertest.Do(t, ctx, "open the case", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(o.url+path), browsertest.Visible(`#take`), browsertest.Click(`#take`), browsertest.Visible(`#text`))
	fill(t, ctx, "f-identity-ask", map[string]string{"note": "示例：已报警，110 要找到 TA"})
	step(t, ctx, casework.StepIdentityAsked, "已报警")
	fill(t, ctx, "f-review-ask", map[string]string{"who": o.actor(t, "mei").ID})
	step(t, ctx, casework.StepCalled, "示例·mei")
	browsertest.Do(t, ctx, "who was asked is said", browsertest.Until(`document.querySelector(".asked-for")?.textContent.includes("示例·mei")`))
	browsertest.Do(t, ctx, "unfold", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".file details").forEach(d => d.open = ["folder", "review", "identity"].includes(d.id)); 0`))
	views(t, ctx, "second")
	if status, _ := mei.post(path+"/identity/open", "note", "示例：情况属实"); status != 200 {
		t.Fatalf("a supervisor agrees: %d", status)
	}
	browsertest.Do(t, ctx, "the way to the page arrives live", browsertest.Until(`document.querySelector('#identity a[href$="/police"]')`))
	for _, name := range []string{"police", "identity"} {
		browsertest.Do(t, ctx, "open "+name, chromedp.Navigate(o.url+path+"/"+name), browsertest.Visible(`h1`))
		views(t, ctx, name)
		look(t, ctx, name+"-whole-1280", 1280, 1500)
	}
	browsertest.Do(t, ctx, "print it", chromedp.Navigate(o.url+path+"/police"), browsertest.Visible(`h1`))
	printed(t, ctx, "police")
}
