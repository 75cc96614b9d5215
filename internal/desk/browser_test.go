package desk_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func (o *office) newID() string { return uuid.Must(uuid.NewV7()).String() }

// beside are the tests that run beside others.
var beside sync.Map

// TestMain ends the browser that the tests had in common.
func TestMain(m *testing.M) {
	code := m.Run()
	browsertest.Close()
	os.Exit(code)
}

// browser opens a tab of a browser. A test in one waits more than it works, so that it runs beside others: everything of its
// own it makes itself.
func browser(t *testing.T) context.Context {
	t.Helper()
	if _, twice := beside.LoadOrStore(t.Name(), true); !twice {
		t.Parallel()
	}
	return browsertest.Tab(t)
}

// look keeps a picture of the page where XINQIAO_TEST_SHOTS names a folder.
func look(t *testing.T, ctx context.Context, name string, width, height int64) {
	t.Helper()
	dir := os.Getenv("XINQIAO_TEST_SHOTS")
	if dir == "" {
		return
	}
	before, err := chromedp.Run(ctx, chromedp.Evaluate[[]int64](`[innerWidth, innerHeight]`))
	if err != nil {
		t.Fatalf("measure the window: %v", err)
	}
	browsertest.Do(t, ctx, "size the window", chromedp.EmulateViewport(width, height))
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatalf("take a picture: %v", err)
	}
	browsertest.Do(t, ctx, "size the window", chromedp.EmulateViewport(before[0], before[1]))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

const chosenPassword = "kapok-river-2046"

// signIn lets the demo account in, with a password of its own.
func signIn(t *testing.T, ctx context.Context, o *office) {
	t.Helper()
	a, err := o.db.Staff().ByName(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	a.PasswordHash, _ = hashes(t)
	a.MustChange = false
	if err := o.db.Staff().Update(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	comesIn(t, ctx, o, "demo", "/desk")
	arrives(t, ctx, "the live queue", liveQueue)
}

const liveQueue = `document.getElementById("queue") && document.getElementById("link").dataset.state === "live"`

// signInByHand types what signIn leaves out.
func signInByHand(t *testing.T, ctx context.Context, o *office) {
	t.Helper()
	browsertest.Do(t, ctx, "sign in with the one-time password", chromedp.Navigate(o.url+"/desk"), browsertest.Visible(`input[name=name]`))
	look(t, ctx, "login-390", 390, 844)
	browsertest.Do(t, ctx, "sign in with the one-time password",
		chromedp.SendKeys(`input[name=name]`, "demo"), chromedp.SendKeys(`input[name=password]`, demoPassword+"\r"))
	arrives(t, ctx, "the page to choose a password", `document.readyState === "complete" && document.querySelector("input[name=chosen]")`)
	browsertest.Do(t, ctx, "choose a password",
		chromedp.SendKeys(`input[name=old]`, demoPassword), chromedp.SendKeys(`input[name=chosen]`, chosenPassword),
		chromedp.SendKeys(`input[name=again]`, chosenPassword+"\r"))
	arrives(t, ctx, "the live queue", liveQueue)
}

// arrives waits for a script's condition in a page that may still be on its way.
func arrives(t *testing.T, ctx context.Context, what, js string) {
	t.Helper()
	browsertest.Do(t, ctx, "wait for "+what, browsertest.Until(js))
}

func TestACounsellorMeetsAPersonInDanger(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	signInByHand(t, ctx, o)
	look(t, ctx, "empty-1440", 1440, 900)

	who := o.person(t, "openid-of-the-test", person.Student)
	worried := o.person(t, "openid-of-another", person.Parent)
	o.signal(t, worried, risk.Medium, "孩子最近总说活着没意思，我不知道怎么接", "提到活着没有意义（转述孩子）", "k0")
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k1")
	browsertest.Do(t, ctx, "a case arrives without a refresh", browsertest.Until(`document.querySelectorAll(".case-link").length === 2`),
		browsertest.Until(`!document.getElementById("alarm").hidden && document.title.startsWith("(1)")`))
	first, err := chromedp.Run(ctx, chromedp.AttributeValue(`.case-link`, "data-case"))
	if err != nil || first.Value != k.ID {
		t.Errorf("the first case of the queue is %s (%v), want the high one %s", first.Value, err, k.ID)
	}
	o.botSays(t, who, channel.Reply{Text: "谢谢你愿意说出来。听到你说不想活了，我很在意。\n你现在安全吗？身边有人吗？\n\n12356（全国心理援助热线）\n120 / 110（马上有危险时）", Choices: []channel.Choice{{Label: "我现在安全"}, {Label: "我不安全"}}})

	browsertest.Do(t, ctx, "open it by keyboard", chromedp.KeyEvent("j"), chromedp.KeyEvent("\r"),
		browsertest.Until(`document.getElementById("case")?.dataset.id === "`+k.ID+`"`))
	browsertest.Do(t, ctx, "the message carries its level", browsertest.Visible(`.line.flagged.high`))
	look(t, ctx, "case-open-1440", 1440, 900)
	look(t, ctx, "case-open-390", 390, 844)

	browsertest.Do(t, ctx, "acknowledge", browsertest.Click(`#ack`), browsertest.Until(`!document.getElementById("ack")`))
	browsertest.Do(t, ctx, "take", browsertest.Click(`#take`), browsertest.Visible(`#text`))
	if id, err := o.cases.TalkingWith(t.Context(), who.ID); err != nil || id != k.ID {
		t.Fatalf("after taking, the person talks under case %q (%v), want %s", id, err, k.ID)
	}
	browsertest.Do(t, ctx, "write a draft and reload", chromedp.SendKeys(`#text`, "我是示例老师，我在。"), chromedp.Reload(),
		browsertest.Visible(`#text`), browsertest.Until(`document.getElementById("text").value === "我是示例老师，我在。"`))
	browsertest.Do(t, ctx, "Enter sends", chromedp.SendKeys(`#text`, "\r"), browsertest.Until(`document.querySelectorAll(".line.staff").length === 1`),
		browsertest.Until(`document.getElementById("text").value === ""`))
	o.settle(t, "done")
	browsertest.Do(t, ctx, "the desk shows that it was delivered", browsertest.Until(`document.querySelector(".delivery.delivered")`))

	o.hears(t, who, k.ID, "老师，我现在在宿舍，室友在旁边")
	browsertest.Do(t, ctx, "the person's answer arrives live", browsertest.Until(`[...document.querySelectorAll(".line.person .bubble")].some(b => b.textContent.includes("室友在旁边"))`))
	browsertest.Do(t, ctx, "a second send", chromedp.SendKeys(`#text`, "谢谢你告诉我。先别一个人待着，我们慢慢说。\r"), browsertest.Until(`document.querySelectorAll(".line.staff").length === 2`))
	look(t, ctx, "talking-1440", 1440, 900)
	look(t, ctx, "talking-1024", 1024, 768)
	look(t, ctx, "talking-390", 390, 844)
	noViolations(t, ctx)

	browsertest.Do(t, ctx, "hand back with a closing message", browsertest.Click(`#handback summary`), browsertest.Visible(`#handback textarea`))
	look(t, ctx, "handback-1440", 1440, 900)
	browsertest.Do(t, ctx, "hand back with a closing message", browsertest.Click(`#handback .primary`), browsertest.Until(`document.querySelectorAll(".line.staff").length === 3`),
		browsertest.Until(`!document.getElementById("text")`))
	if id, err := o.cases.TalkingWith(t.Context(), who.ID); err != nil || id != "" {
		t.Errorf("after handing back, staff still have the conversation under %q (%v)", id, err)
	}
	look(t, ctx, "queue-390", 390, 844)
	browsertest.Do(t, ctx, "it does not close before a colleague agreed, and says so", browsertest.Click(`#close summary`),
		browsertest.Until(`document.querySelector("#close").textContent.includes("另一位同事复核同意")`), browsertest.Click(`#close summary`))
	second := casework.Actor{ID: "second", Name: "示例·第二位老师"}
	if _, err := o.cases.Review(t.Context(), k.ID, second, casework.Review{Verdict: casework.VerdictAgree, Note: "看过对话，同意", Key: "review"}); err != nil {
		t.Fatal(err)
	}
	browsertest.Do(t, ctx, "close with an outcome", browsertest.Until(`document.getElementById("f-close")`), browsertest.Click(`#close summary`), browsertest.Visible(`#close textarea`),
		chromedp.SetValue(`#close select[name=outcome]`, "safe"), chromedp.SetValue(`#close select[name=report]`, "not_asked"),
		chromedp.SendKeys(`#close textarea`, "已确认安全，约好明天面谈"), browsertest.Click(`#close .primary`),
		browsertest.Until(`document.querySelectorAll(".case-link").length === 1`))
	entries, err := db.Audit().Find(t.Context(), audit.Filter{Object: k.ID}, 10)
	if err != nil || len(entries) == 0 {
		t.Errorf("opening the conversation left %d lines in the audit log (%v), want at least one", len(entries), err)
	}
	browsertest.Do(t, ctx, "back to the queue", chromedp.Navigate(o.url+"/desk"), browsertest.Visible(`.case-link`))
	look(t, ctx, "desk-390", 390, 844)
	look(t, ctx, "desk-1440", 1440, 900)
	noViolations(t, ctx)
}

func TestAPhoneShowsOneThingAtATimeAndSaysWhenItIsOffline(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	who := o.person(t, "openid-of-the-test", person.Student)
	k := o.signal(t, who, risk.Imminent, "我在天台上，风好大", "提到身处高处", "k1")
	o.botSays(t, who, channel.Reply{Text: "我在。请先离开边上，找个有人的地方。\n110 · 120 · 12356"})
	for i := range 4 {
		p := o.person(t, fmt.Sprintf("openid-%d", i), person.Parent)
		o.signal(t, p, []risk.Level{risk.High, risk.Medium, risk.Low, risk.Medium}[i], "示例", "示例原因：家长说孩子几天没怎么吃饭，也不肯说话", fmt.Sprintf("o%d", i))
	}
	l := o.letter(t, o.person(t, "openid-of-a-writer", person.Student), "老师您好：", "（示例）最近我总是睡不着，不知道该和谁说。")
	browsertest.Do(t, ctx, "hold a phone", chromedp.EmulateViewport(390, 844))
	signIn(t, ctx, o)
	browsertest.Do(t, ctx, "hold a phone", chromedp.EmulateViewport(390, 844))
	fits := func(what string) {
		t.Helper()
		browsertest.Do(t, ctx, what+" fits the width", browsertest.Until(`document.documentElement.scrollWidth <= 390`))
		noViolations(t, ctx)
	}
	browsertest.Do(t, ctx, "the queue alone", browsertest.Visible(`.case-link`), browsertest.Until(`!document.getElementById("pane").checkVisibility()`))
	fits("the queue")
	look(t, ctx, "phone-queue", 390, 844)
	browsertest.Do(t, ctx, "one case alone", browsertest.Click(`#q-`+k.ID), browsertest.Visible(`#case`), browsertest.Until(`!document.getElementById("queue").checkVisibility()`))
	fits("the case")
	browsertest.Do(t, ctx, "take", browsertest.Click(`#take`), browsertest.Visible(`#text`))
	fits("the conversation")
	look(t, ctx, "phone-case", 390, 844)
	browsertest.Do(t, ctx, "the letters", chromedp.Navigate(o.url+"/desk/letters/"+l.ID), browsertest.Visible(`textarea`))
	fits("a letter")
	late := o.person(t, "openid-late", person.Student)
	o.signal(t, late, risk.High, "示例", "示例原因", "late")
	browsertest.Do(t, ctx, "a new case is called on every page", browsertest.Until(`!document.getElementById("alarm").hidden && document.title.startsWith("(")`))
	look(t, ctx, "phone-letter", 390, 844)
	browsertest.Do(t, ctx, "five conversations", chromedp.EmulateViewport(1440, 900), chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#text`),
		browsertest.Until(`document.getElementById("link").dataset.state === "live"`))
	look(t, ctx, "five-1440", 1440, 900)
	o.hangUp()
	browsertest.Do(t, ctx, "the server is gone", browsertest.Visible(`#offline`))
	look(t, ctx, "offline-1440", 1440, 900)
}

// hears is what the bot does with a person's message while staff talk with them.
func (o *office) hears(t *testing.T, who person.Person, caseID, text string) {
	t.Helper()
	id := o.newID()
	m := transcript.Message{ID: id, Person: who.ID, From: transcript.FromPerson, Text: text, Inbound: id, At: time.Now()}
	if err := o.db.Messages().Append(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := o.cases.PersonSaid(t.Context(), who.ID, caseID); err != nil {
		t.Fatal(err)
	}
}

// settle does the outbox rows that wait, as a worker would.
func (o *office) settle(t *testing.T, how string) {
	t.Helper()
	box := o.db.Outbox()
	for { // one of a lane at a time
		rows, err := box.Claim(t.Context(), "desk-test", time.Now().Add(time.Second), time.Minute, 50)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			return
		}
		for _, r := range rows {
			switch how {
			case "done":
				err = box.Done(t.Context(), "desk-test", r.ID)
			case "parked":
				err = box.Park(t.Context(), "desk-test", r.ID, "no window")
			case "buried":
				err = box.Bury(t.Context(), "desk-test", r.ID, "unsubscribed")
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Person != "" {
				_ = o.bus.Publish(t.Context(), "person:"+r.Person)
			}
		}
	}
}

// noViolations runs axe-core in the page.
func noViolations(t *testing.T, ctx context.Context) {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join("testdata", "axe-4.14.1.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	browsertest.Do(t, ctx, "load axe-core", browsertest.Once("axe", string(axe)))
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ["violations"]}).then(r =>
		r.violations.map(v => v.id + ": " + v.help + " — " + v.nodes.map(n => n.target.join(" ")).join(" | ")))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("run axe-core: %v", err)
	}
	if len(found) > 0 {
		t.Errorf("axe-core complains; mend the page:\n%s", strings.Join(found, "\n"))
	}
}
