package desk_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestAReadyAnswerIsFoundByKeyboardAndByTap(t *testing.T) {
	ctx, o, _, _ := talk(t, risk.High)
	empty := chromedp.Evaluate[chromedp.Void](`document.getElementById("text").value = ""; 0`)
	browsertest.Do(t, ctx, "a slash opens the list", chromedp.SendKeys(`#text`, "/"), browsertest.Until(`document.querySelectorAll("#picker .option").length === 4`))
	look(t, ctx, "ready-1280", 1280, 860)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "typing on filters it", chromedp.SendKeys(`#text`, "110"), browsertest.Until(`document.querySelectorAll("#picker .option").length === 1`))
	browsertest.Do(t, ctx, "Enter chooses, and does not send", chromedp.SendKeys(`#text`, "\r"), browsertest.Until(`document.getElementById("text").value.startsWith("现在请打 110") && document.getElementById("picker").hidden`),
		browsertest.Until(`document.querySelectorAll(".line.staff").length === 0`))
	browsertest.Do(t, ctx, "after words of mine", empty, chromedp.SendKeys(`#text`, "嗯，/听见"), browsertest.Until(`document.getElementById("picker").hidden`),
		empty, chromedp.SendKeys(`#text`, "嗯， /听见"), browsertest.Until(`document.querySelectorAll("#picker .option").length === 1`),
		chromedp.KeyEvent(kb.Escape), browsertest.Until(`document.getElementById("picker").hidden && document.getElementById("text").value === "嗯， /听见"`))
	browsertest.Do(t, ctx, "hold a phone", chromedp.EmulateViewport(390, 844), empty, browsertest.Click(`#ready`), browsertest.Until(`document.querySelectorAll("#picker .option").length === 4`))
	browsertest.Do(t, ctx, "the list fits the width", browsertest.Until(`document.documentElement.scrollWidth <= 390`))
	look(t, ctx, "ready-390", 390, 844)
	browsertest.Do(t, ctx, "a tap chooses", browsertest.Click(`#picker-1`), browsertest.Until(`document.getElementById("text").value.startsWith("这么晚还醒着")`),
		browsertest.Click(`#send`), browsertest.Until(`document.querySelectorAll(".line.staff:not(.pending)").length === 1`))
	_ = o
}

func TestTheMeterStandsBesideTheBox(t *testing.T) {
	ctx, o, who, k := talk(t, risk.High)
	says := func(words string) chromedp.Action[chromedp.Void] {
		return browsertest.Until(`document.getElementById("meter").textContent.includes("` + words + `")`)
	}
	browsertest.Do(t, ctx, "the person just wrote", says("还能主动发 5 条"), browsertest.Until(`document.querySelectorAll("#meter .left").length === 5`))
	for i := range 5 {
		browsertest.Do(t, ctx, "one less", chromedp.SendKeys(`#text`, fmt.Sprintf("第 %d 句\r", i)), browsertest.Until(fmt.Sprintf(`document.querySelectorAll(".line.staff:not(.pending)").length === %d`, i+1)))
		if i == 1 {
			browsertest.Do(t, ctx, "three are left", says("还能主动发 3 条"))
			look(t, ctx, "meter-1280", 1280, 860)
			look(t, ctx, "meter-390", 390, 844)
		}
	}
	browsertest.Do(t, ctx, "used up", says("现在写的，等对方下次来信时送达"))
	look(t, ctx, "meter-used-1280", 1280, 860)
	noViolations(t, ctx)
	o.hears(t, who, k.ID, "老师我在听")
	browsertest.Do(t, ctx, "the person's next word opens it anew", says("还能主动发 5 条"))
}

func TestANoteNamesAColleague(t *testing.T) {
	ctx, o, _, k := talk(t, risk.High)
	mei := o.signedIn(t, "mei", staff.Counsellor)
	browsertest.Do(t, ctx, "the page knows the colleague", chromedp.Reload(), browsertest.Visible(`#text`), browsertest.Until(`[...document.querySelectorAll("#mentionable option")].some((o) => o.value === "示例·mei")`), connected())
	browsertest.Do(t, ctx, "an at sign opens the list", browsertest.Click(`#record summary`), chromedp.SendKeys(`#f-record textarea`, "请 @"), browsertest.Until(`document.querySelectorAll("#picker .option").length >= 1`))
	look(t, ctx, "mention-1280", 1280, 860)
	browsertest.Do(t, ctx, "typing on finds her, Enter chooses", chromedp.SendKeys(`#f-record textarea`, "示例·m"), browsertest.Until(`document.querySelectorAll("#picker .option").length === 1`), chromedp.SendKeys(`#f-record textarea`, "\r"),
		browsertest.Until(`document.querySelector("#f-record textarea").value === "请 @示例·mei "`), chromedp.SendKeys(`#f-record textarea`, "明早 8 点再看一眼睡得怎样"), browsertest.Click(`#f-record button`))
	step(t, ctx, casework.StepNote, "明早 8 点")
	ms, err := o.cases.Mentions(storetest.Acts(t.Context()), o.id(t, "mei"), 10)
	if err != nil || len(ms) != 1 || ms[0].Case != k.ID || ms[0].By != "示例老师" || !strings.Contains(ms[0].Note, "睡得怎样") {
		t.Fatalf("mei is told of %+v (%v), want the one note", ms, err)
	}
	if _, page := mei.do("GET", "/desk", nil); !strings.Contains(page, "提到我的") {
		t.Error("her desk does not say that she was named")
	}
	if _, page := mei.do("GET", "/desk/mentions", nil); !strings.Contains(page, "睡得怎样") || !strings.Contains(page, "/desk/cases/"+k.ID) {
		t.Error("her list lacks the note or the way to its case")
	}
	mei.do("GET", "/desk/cases/"+k.ID, nil)
	if _, page := mei.do("GET", "/desk", nil); strings.Contains(page, "提到我的") {
		t.Error("she has opened the case and is still told")
	}
	if f, err := o.cases.File(storetest.Acts(t.Context()), k.ID); err != nil || len(f.Deliveries) != 0 {
		t.Errorf("a note went to the person: %v (%v)", f.Deliveries, err)
	}

	other := o.signal(t, o.person(t, "openid-other", person.Parent), risk.Medium, "示例", "示例原因", "o1")
	if status, _ := mei.post("/desk/cases/"+other.ID+"/steps", "kind", "note", "note", "@示例老师 这位家长只想和您说"); status != http.StatusOK {
		t.Fatalf("mei writes a note: %d", status)
	}
	browsertest.Do(t, ctx, "my own desk lights up at once", browsertest.Until(`document.getElementById("due-mentions")?.textContent.trim().startsWith("1")`))
	browsertest.Do(t, ctx, "and leads there", chromedp.Navigate(o.url+"/desk/mentions"), browsertest.Visible(`main .case-link`))
	look(t, ctx, "mentions-1280", 1280, 860)
	look(t, ctx, "mentions-390", 390, 844)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "reading it puts it out", browsertest.Click(`main .case-link`), browsertest.Visible(`#case`), browsertest.Until(`!document.getElementById("due-mentions") || document.getElementById("due-mentions").hidden`))
	browsertest.Do(t, ctx, "an empty list says what will stand there", chromedp.Navigate(o.url+"/desk/mentions"), browsertest.Visible(`.empty`))
	look(t, ctx, "mentions-empty-1280", 1280, 860)
}

// id is the staff ID of an account.
func (o *office) id(t *testing.T, name string) string {
	t.Helper()
	a, err := o.staff.Store.ByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

func TestAConversationGoesFromHandToHand(t *testing.T) {
	ctx, o, who, k := talk(t, risk.High)
	o.hires(t, "mei", "示例·梅老师", staff.Counsellor, "")
	second := browser(t)
	o.enters(t, second, "mei")
	offer := func(how, note string) {
		t.Helper()
		browsertest.Do(t, ctx, "choose a colleague", chromedp.Reload(), browsertest.Visible(`#text`), connected(), browsertest.Click(`#handover summary`), browsertest.Visible(`#f-offer`), browsertest.Click(`#f-offer [name=to]`))
		if note != "" {
			browsertest.Do(t, ctx, "say what they need to know", chromedp.SendKeys(`#f-offer textarea`, note))
		}
		if how == "offer" {
			look(t, ctx, "offer-1280", 1280, 860)
			look(t, ctx, "offer-390", 390, 844)
			noViolations(t, ctx)
		}
		browsertest.Do(t, ctx, how, browsertest.Click(`#f-offer [value=`+how+`]`))
	}
	offer("invite", "")
	browsertest.Do(t, ctx, "both speak", browsertest.Until(`document.getElementById("second")?.textContent.includes("示例·梅老师 也在一起谈")`))
	browsertest.Do(t, second, "the second may speak too", chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#text`), connected(), chromedp.SendKeys(`#text`, "我也在。\r"),
		browsertest.Until(`document.querySelectorAll(".line.staff:not(.pending)").length === 1`))
	browsertest.Do(t, ctx, "the first sees it live", browsertest.Until(`[...document.querySelectorAll(".line.staff")].some((l) => l.textContent.includes("我也在"))`))
	browsertest.Do(t, second, "and leave again", browsertest.Click(`#f-leave button`), browsertest.Until(`!document.getElementById("text")`))
	browsertest.Do(t, second, "look at something else", chromedp.Navigate(o.url+"/desk/tasks"), connected())

	offer("offer", "妈妈在路上，8 点再问一次")
	browsertest.Do(t, ctx, "it stays mine until she takes it", browsertest.Until(`document.querySelector("#handover summary").textContent.includes("等 示例·梅老师 接手")`), browsertest.Until(`document.getElementById("text")`))
	browsertest.Do(t, second, "she opens it and reads why", chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#accept`), browsertest.Until(`document.getElementById("offer-me").textContent.includes("妈妈在路上")`))
	look(t, second, "offered-1280", 1280, 860)
	look(t, second, "offered-390", 390, 844)
	noViolations(t, second)
	browsertest.Do(t, second, "she cannot just now", browsertest.Click(`#decline summary`), browsertest.Visible(`#f-decline textarea`), browsertest.Click(`#f-decline button`), browsertest.Until(`!document.getElementById("offer-me")`))
	browsertest.Do(t, ctx, "it comes back", browsertest.Until(`document.querySelector("#handover summary").textContent.includes("转给同事")`))
	offer("offer", "换你来")
	browsertest.Do(t, second, "and now she can", browsertest.Visible(`#accept`), browsertest.Click(`#accept`), browsertest.Visible(`#text`))
	browsertest.Do(t, ctx, "it is hers", browsertest.Until(`!document.getElementById("text") && document.getElementById("reply-hint").textContent.includes("示例·梅老师 正在和 TA 对话")`))
	browsertest.Do(t, ctx, "a supervisor takes over, and says why", browsertest.Click(`#takeover summary`), browsertest.Visible(`#f-takeover textarea`), chromedp.SendKeys(`#f-takeover textarea`, "她要去另一个学校"), browsertest.Click(`#f-takeover .primary`), browsertest.Visible(`#text`))
	step(t, ctx, casework.StepTakenOver, "另一个学校")
	_ = who
}

func TestAPersonWhoComesBackHasAPast(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t, storetest.SQLite(t).Open(t, nil))
	who := o.person(t, "openid-of-the-test", person.Student)
	lan := casework.Actor{ID: "lan", Name: "示例·兰老师"}
	var past []casework.Case
	for i, outcome := range []casework.Outcome{casework.OutcomeSafe, casework.OutcomeReferred} {
		k := o.signal(t, who, risk.Medium, "最近很累", "说活着很累", fmt.Sprintf("p%d", i))
		if _, err := o.cases.Take(t.Context(), k.ID, lan); err != nil {
			t.Fatal(err)
		}
		if err := o.cases.Say(t.Context(), k.ID, lan, "我在", fmt.Sprintf("say%d", i)); err != nil {
			t.Fatal(err)
		}
		if _, err := o.cases.Close(t.Context(), k.ID, lan, casework.Closing{Outcome: outcome, Report: casework.ReportNotAsked, Reason: "示例", Key: fmt.Sprintf("close%d", i)}); err != nil {
			t.Fatal(err)
		}
		past = append(past, k)
	}
	k := o.signal(t, who, risk.High, "我又撑不住了", "说撑不住", "now")
	for i := range 12 {
		o.botSays(t, who, channel.Reply{Text: fmt.Sprintf("第 %d 次：你现在安全吗？", i)})
		o.hears(t, who, k.ID, "嗯")
	}
	signIn(t, ctx, o)
	browsertest.Do(t, ctx, "the newest past case stands first", chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#case`), connected(), browsertest.Click(`#tab-past`), browsertest.Until(`document.querySelectorAll(".past li").length === 2`),
		browsertest.Until(`document.querySelector(".past li").id === "past-`+past[1].ID+`" && document.querySelector(".past li").textContent.includes("已转介")`))
	look(t, ctx, "past-1280", 1280, 860)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "one opens, and says where the person is now", browsertest.Click(`.past li a`))
	arrives(t, ctx, "the past case", `document.getElementById("case")?.dataset.id === "`+past[1].ID+`"`)
	browsertest.Do(t, ctx, "the way back", browsertest.Until(`document.querySelector("#reply-hint a")?.getAttribute("href") === "/desk/cases/`+k.ID+`"`))
	browsertest.Do(t, ctx, "a phone opens at the last line of danger", chromedp.EmulateViewport(390, 844), chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#talk`),
		browsertest.Until(`(() => { const line = [...document.querySelectorAll(".line.flagged")].at(-1).getBoundingClientRect(), talk = document.getElementById("talk").getBoundingClientRect(); return line.top >= talk.top - 1 && line.bottom <= talk.bottom; })()`))
	look(t, ctx, "past-phone-390", 390, 844)
	browsertest.Do(t, ctx, "tabs are within reach", browsertest.Click(`#tab-history`), browsertest.Until(`document.getElementById("panel-history").checkVisibility() && !document.getElementById("talk").checkVisibility()`))
	look(t, ctx, "history-390", 390, 844)
	browsertest.Do(t, ctx, "a tap on the sentence of danger leads to it", browsertest.Click(`#pinned`), browsertest.Until(`document.getElementById("talk").checkVisibility()`))
	noViolations(t, ctx)
}

func TestTypingIsShownBothWaysAndPasses(t *testing.T) {
	ctx, o, who, k := talk(t, risk.High)
	wait, stop := context.WithTimeout(t.Context(), browsertest.Patience)
	defer stop()
	told := o.bus.Subscribe(wait, live.TopicStaffTyping(who.ID))
	browsertest.Do(t, ctx, "I write", chromedp.SendKeys(`#text`, "我"))
	if _, ok := <-told; !ok {
		t.Fatal("the person's page is not told that the counsellor writes")
	}
	if err := o.bus.Publish(t.Context(), live.TopicTyping(who.ID)); err != nil {
		t.Fatal(err)
	}
	browsertest.Do(t, ctx, "the person writes", browsertest.Visible(`#typing`))
	look(t, ctx, "typing-1280", 1280, 860)
	o.hears(t, who, k.ID, "我说完了")
	browsertest.Do(t, ctx, "what was being written has arrived", heard("我说完了"), browsertest.Until(`document.getElementById("typing").hidden`))
	if err := o.bus.Publish(t.Context(), live.TopicTyping(who.ID)); err != nil {
		t.Fatal(err)
	}
	browsertest.Do(t, ctx, "nothing came of it: it passes by itself", browsertest.Visible(`#typing`), browsertest.Until(`document.getElementById("typing").hidden`))

	sly := o.signedIn(t, "sly", staff.Counsellor) // who does not have the conversation
	if status, _ := sly.post("/desk/cases/" + k.ID + "/typing"); status != http.StatusNoContent {
		t.Errorf("typing in a colleague's conversation answers %d", status)
	}
	select {
	case <-told:
		t.Error("the person is told that somebody writes who does not have the conversation")
	default:
	}
}
