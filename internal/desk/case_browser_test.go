package desk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// talk is a counsellor in a browser who has taken a conversation.
func talk(t *testing.T, level risk.Level, changes ...func(*desk.Options)) (context.Context, *office, person.Person, casework.Case) {
	t.Helper()
	ctx := browser(t)
	o := openOffice(t, storetest.SQLite(t).Open(t, nil), changes...)
	who := o.person(t, "openid-of-the-test", person.Student)
	k := o.signal(t, who, level, "我不想活了", "明确说出不想活下去", "k1")
	o.botSays(t, who, channel.Reply{Text: "谢谢你愿意说出来。\n你现在安全吗？"}, channel.Reply{Text: "12356（全国心理援助热线）"})
	signIn(t, ctx, o)
	browsertest.Do(t, ctx, "open the case", chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#take`), connected())
	browsertest.Do(t, ctx, "take it, and the reply box has the focus", browsertest.Click(`#take`), browsertest.Visible(`#text`), browsertest.Until(`document.activeElement.id === "text"`))
	return ctx, o, who, k
}

func connected() chromedp.Action[chromedp.Void] {
	return browsertest.Until(`document.getElementById("link").dataset.state === "live"`)
}

// heard waits until words of the person stand in the talk.
func heard(words string) chromedp.Action[chromedp.Void] {
	return browsertest.Until(`[...document.querySelectorAll(".line.person .bubble")].some((b) => b.textContent.includes("` + words + `"))`)
}

func TestLiveWordsArriveWhateverStandsOpen(t *testing.T) {
	ctx, o, who, k := talk(t, risk.High)
	browsertest.Do(t, ctx, "the pop-over stands open, with words of mine in it", browsertest.Click(`#handback summary`), browsertest.Visible(`#handback textarea`),
		chromedp.SetValue(`#handback textarea`, "明天同一时间我还在。"))
	o.hears(t, who, k.ID, "老师你先别走")
	browsertest.Do(t, ctx, "words arrive under the open pop-over", heard("先别走"),
		browsertest.Until(`document.getElementById("handback").open && document.querySelector("#handback textarea").value === "明天同一时间我还在。"`))
	o.signal(t, who, risk.High, "我手里有刀片", "说出身边有危险的东西", "k2")
	browsertest.Do(t, ctx, "danger that nobody answered is said in the open pop-over", browsertest.Visible(`#handback-unanswered`))
	look(t, ctx, "handback-unanswered-1280", 1280, 860)
	look(t, ctx, "handback-unanswered-390", 390, 844)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "Escape closes it and gives the focus back", chromedp.Focus(`#handback textarea`), chromedp.KeyEvent(kb.Escape),
		browsertest.Until(`!document.getElementById("handback").open && document.activeElement === document.querySelector("#handback summary")`))

	browsertest.Do(t, ctx, "half a triage", browsertest.Click(`#tab-assess`), browsertest.Click(`#triage summary`), browsertest.Click(`#f-triage [name=q-wish][value=yes]`),
		chromedp.SendKeys(`#f-triage textarea`, "说昨晚没有睡"), chromedp.Evaluate[chromedp.Void](`document.querySelector("#f-triage textarea").setSelectionRange(2, 4); 0`),
		chromedp.SetValue(`#f-level select`, "imminent"))
	o.hears(t, who, k.ID, "我把它放到客厅了")
	o.signal(t, who, risk.Imminent, "可是我又想拿回来", "又要拿回危险的东西", "k3") // the level rises under the form
	browsertest.Do(t, ctx, "words arrive beside a half-filled form, which keeps what is in it, its focus and its caret", heard("放到客厅"), heard("拿回来"),
		browsertest.Visible(`.head.imminent`), browsertest.Until(`(() => { const t = document.querySelector("#f-triage textarea");
		return document.querySelector("#f-triage [name=q-wish]:checked").value === "yes" && t.value === "说昨晚没有睡" && document.activeElement === t && t.selectionStart === 2 && t.selectionEnd === 4; })()`))
	browsertest.Do(t, ctx, "the tab that was chosen stays chosen", browsertest.Until(`document.getElementById("tab-assess").getAttribute("aria-selected") === "true" && document.getElementById("f-triage").checkVisibility()`))

	browsertest.Do(t, ctx, "an input method is choosing words", chromedp.Focus(`#text`), browsertest.Call(input.ImeSetComposition, input.ImeSetCompositionParams{Text: "wo zai", SelectionStart: 6, SelectionEnd: 6}),
		browsertest.Until(`document.getElementById("text").value === "wo zai"`))
	o.hears(t, who, k.ID, "老师你还在吗")
	browsertest.Do(t, ctx, "words arrive while it does, and it goes on", heard("还在吗"), browsertest.Until(`document.getElementById("text").value === "wo zai"`),
		browsertest.Call(input.InsertText, input.InsertTextParams{Text: "我在"}), browsertest.Until(`document.getElementById("text").value === "我在"`))
}

func TestALostRaceIsToldUntilItIsRead(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t, storetest.SQLite(t).Open(t, nil))
	who := o.person(t, "openid-of-the-test", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k1")
	signIn(t, ctx, o)
	second := browser(t)
	o.hires(t, "mei", "示例·梅老师", staff.Counsellor, "")
	o.enters(t, second, "mei")
	for _, tab := range []context.Context{ctx, second} {
		browsertest.Do(t, tab, "both look at the case", chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(`#take`), connected())
	}
	o.line.hold() // what the pages fetch again is on its way
	browsertest.Do(t, second, "the second takes it", browsertest.Click(`#take`), browsertest.Visible(`#text`))
	browsertest.Do(t, ctx, "the first taps a moment later", browsertest.Click(`#take`),
		browsertest.Until(`document.getElementById("told")?.textContent.includes("另一位同事刚刚接手了")`))
	o.line.mend()
	look(t, ctx, "lost-race-1280", 1280, 860)
	look(t, ctx, "lost-race-390", 390, 844)
	noViolations(t, ctx)
	for i := range 3 {
		words := fmt.Sprintf("我在听 %d", i)
		o.hears(t, who, k.ID, words)
		browsertest.Do(t, ctx, "every refresh leaves it standing", heard(words), browsertest.Until(`document.getElementById("told").checkVisibility()`))
	}
	browsertest.Do(t, ctx, "a tap says that it was read", browsertest.Click(`#told button`), browsertest.Until(`document.getElementById("told").hidden`))
	o.hears(t, who, k.ID, "好的老师")
	browsertest.Do(t, ctx, "and it stays away", heard("好的老师"), browsertest.Until(`document.getElementById("told").hidden`))
}

func TestARefreshThatFailedIsTriedUntilItIsThere(t *testing.T) {
	// The desk tells of a change once, and never again: it does not look by itself, and the page does not find it silent.
	ctx, o, who, _ := talk(t, risk.High, func(opts *desk.Options) { opts.PollEvery = time.Hour })
	browsertest.Do(t, ctx, "count what is on its way", chromedp.Evaluate[chromedp.Void](`(() => {
		const go = fetch, now = Date.now();
		Date.now = () => now;
		window.asked = window.onTheWay = 0;
		window.fetch = (...what) => { asked++; onTheWay++; return go(...what).finally(() => { onTheWay--; }); };
	})()`))
	o.line.sicken()
	id := o.newID()
	if err := o.db.Messages().Append(t.Context(), transcript.Message{ID: id, Person: who.ID, From: transcript.FromPerson, Text: "老师还在吗", Inbound: id, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{live.TopicPerson(who.ID), live.TopicTyping(who.ID)} {
		if err := o.bus.Publish(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
	}
	browsertest.Do(t, ctx, "the page was told and asked in vain", browsertest.Visible(`#typing`), browsertest.Until(`asked > 0 && onTheWay === 0`))
	if o.line.refused.Load() == 0 {
		t.Fatal("the page asked for nothing")
	}
	o.line.mend()
	browsertest.Do(t, ctx, "the words arrive, though nobody tells of them again", heard("老师还在吗"))
}

func TestHalfASentenceOutlivesADroppedLineAndIsSentOnce(t *testing.T) {
	ctx, o, who, k := talk(t, risk.High)
	browsertest.Do(t, ctx, "half a sentence", chromedp.SendKeys(`#text`, "我一直在这里，"))
	o.line.drop()
	browsertest.Do(t, ctx, "the line is down", browsertest.Visible(`#offline`), browsertest.Until(`document.getElementById("text").value === "我一直在这里，"`))
	browsertest.Do(t, ctx, "the other half, and Enter", chromedp.SendKeys(`#text`, "慢慢说。\r"), browsertest.Until(`document.querySelector("#outgoing .pending .by")?.textContent.includes("连上后自动发送")`),
		browsertest.Until(`document.getElementById("text").value === ""`))
	look(t, ctx, "dropped-1280", 1280, 860)
	look(t, ctx, "dropped-390", 390, 844)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "the next half", chromedp.SendKeys(`#text`, "你在哪里"))
	o.line.mend()
	browsertest.Do(t, ctx, "it is sent once the line is back, and the next half stays", connected(), browsertest.Until(`!document.querySelector("#outgoing .pending") && document.querySelectorAll(".line.staff").length === 1`),
		browsertest.Until(`document.getElementById("text").value === "你在哪里"`))

	o.line.deafen() // the server has it, and the answer is lost
	browsertest.Do(t, ctx, "send again", chromedp.SendKeys(`#text`, "？\r"), browsertest.Until(`document.querySelector("#outgoing .pending .by")?.textContent.includes("连上后自动发送")`))
	o.line.mend()
	browsertest.Do(t, ctx, "a second try is no second message", browsertest.Until(`!document.querySelector("#outgoing .pending") && document.querySelectorAll(".line.staff").length === 2`))
	f, err := o.cases.File(storetest.Acts(t.Context()), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, m := range f.Messages {
		if m.Staff != "" {
			said = append(said, m.Replies[0].Text)
		}
	}
	if o.line.deafened.Load() == 0 || fmt.Sprint(said) != "[我一直在这里，慢慢说。 你在哪里？]" {
		t.Errorf("the person hears %q after %d unheard answers, want each sentence once, in order", said, o.line.deafened.Load())
	}

	o.line.drop()
	browsertest.Do(t, ctx, "while the line is down a sentence can be taken back", browsertest.Visible(`#offline`), chromedp.SendKeys(`#text`, "我来找你\r"), browsertest.Visible(`#outgoing .pending button`),
		browsertest.Click(`#outgoing .pending button`), browsertest.Until(`document.getElementById("text").value === "我来找你" && !document.querySelector("#outgoing .pending")`))
	o.line.mend()
	browsertest.Do(t, ctx, "and is not sent", connected(), browsertest.Until(`document.querySelectorAll(".line.staff").length === 2`))
	_ = who
}

func TestMyOtherConversationsRing(t *testing.T) {
	ctx, o, _, k := talk(t, risk.High)
	me := casework.Actor{ID: o.me(t), Name: "示例值班员"}
	rings := func(kind string) int {
		t.Helper()
		n, err := chromedp.Run(ctx, chromedp.Evaluate[int](`Number(document.getElementById("sound").dataset.`+kind+` || 0)`))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	other := o.person(t, "openid-other", person.Parent)
	mine := o.signal(t, other, risk.Medium, "孩子最近总说活着没意思", "提到活着没有意义（转述孩子）", "m1")
	if _, err := o.cases.Take(t.Context(), mine.ID, me); err != nil {
		t.Fatal(err)
	}
	if err := o.cases.Say(t.Context(), mine.ID, me, "我在，您慢慢说。", "say"); err != nil {
		t.Fatal(err)
	}
	row := `document.querySelector('.case-link[data-case="` + mine.ID + `"]`
	inBanner := func(id, word string) chromedp.Action[chromedp.Void] {
		return browsertest.Until(`[...document.querySelectorAll("#alarm li")].some((li) => li.querySelector("a")?.dataset.case === "` + id + `" && li.textContent.includes("` + word + `"))`)
	}
	browsertest.Do(t, ctx, "my other conversation is in the queue and does not press", browsertest.Until(row+`[data-mine="1"][data-unread="0"]')`), browsertest.Until(`document.getElementById("alarm").hidden`))

	chimes := rings("chimes")
	o.hears(t, other, mine.ID, "老师，他今天没去学校")
	browsertest.Do(t, ctx, "a word in it stands in the banner and in the title", inBanner(mine.ID, "新消息"), browsertest.Until(`document.title.startsWith("(1)")`))
	if rings("chimes") != chimes+1 {
		t.Errorf("it chimed %d times, want once more than %d", rings("chimes"), chimes)
	}
	alarms := rings("alarms")
	o.signal(t, other, risk.High, "他说想从楼上跳下去", "说出想跳下去（转述孩子）", "m2")
	browsertest.Do(t, ctx, "it turned worse: that alarms", browsertest.Until(row+`[data-level="high"]')`), inBanner(mine.ID, ""), browsertest.Until(`Number(document.getElementById("sound").dataset.alarms) > `+fmt.Sprint(alarms)))

	var urgent []casework.Case
	for i := range 3 {
		p := o.person(t, fmt.Sprintf("openid-u%d", i), person.Student)
		urgent = append(urgent, o.signal(t, p, risk.Imminent, "我在天台上", "提到身处高处", fmt.Sprintf("u%d", i)))
	}
	for _, u := range urgent {
		browsertest.Do(t, ctx, "every imminent case is in the banner", inBanner(u.ID, "还没有人接手"))
	}
	browsertest.Do(t, ctx, "the imminent ones stand first, each with a link", browsertest.Until(`(() => { const ids = [...document.querySelectorAll("#alarm a")].map((a) => a.dataset.case); return ids.indexOf("`+mine.ID+`") === 3 && ids.length === 4; })()`),
		browsertest.Until(`document.title.startsWith("(4)")`))
	look(t, ctx, "banner-1280", 1280, 860)
	look(t, ctx, "banner-390", 390, 844)
	noViolations(t, ctx)
	if _, err := o.cases.Take(t.Context(), urgent[0].ID, casework.Actor{ID: "c", Name: "示例·同事"}); err != nil {
		t.Fatal(err)
	}
	browsertest.Do(t, ctx, "one that a colleague took leaves it", browsertest.Until(`document.querySelectorAll("#alarm a").length === 3`))
	browsertest.Do(t, ctx, "a link leads there", browsertest.Click(`#alarm a[data-case="`+mine.ID+`"]`))
	arrives(t, ctx, "my other conversation", `document.getElementById("case")?.dataset.id === "`+mine.ID+`"`)
	_ = k
}

func TestAnEasyDayByKeyboardAlone(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t, storetest.SQLite(t).Open(t, nil))
	who := o.person(t, "openid-of-the-test", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k1")
	signIn(t, ctx, o)
	press := func(what, key string, times int, then string) {
		t.Helper()
		steps := make([]chromedp.Action[chromedp.Void], 0, times+1)
		for range times {
			steps = append(steps, chromedp.KeyEvent(key))
		}
		browsertest.Do(t, ctx, what, append(steps, browsertest.Until(then))...)
	}
	browsertest.Do(t, ctx, "the case is there", browsertest.Until(`document.querySelector(".case-link")`))
	press("j goes to it", "j", 1, `document.activeElement.dataset.case === "`+k.ID+`"`)
	press("Enter opens it", kb.Enter, 1, `document.getElementById("case")?.dataset.id === "`+k.ID+`"`)
	browsertest.Do(t, ctx, "go to 接手", chromedp.Focus(`#take`))
	press("Enter takes it, and the box has the focus", kb.Enter, 1, `document.activeElement.id === "text"`)
	browsertest.Do(t, ctx, "answer", chromedp.SendKeys(`#text`, "我是示例老师，我在。\r"), browsertest.Until(`document.querySelectorAll(".line.staff:not(.pending)").length === 1`), browsertest.Until(`document.activeElement.id === "text"`))
	browsertest.Do(t, ctx, "go to the tabs", chromedp.Focus(`#tab-todo`))
	press("the arrow goes on", kb.ArrowRight, 1, `document.activeElement.id === "tab-assess" && document.getElementById("panel-assess").checkVisibility()`)
	press("End goes to the last", kb.End, 1, `document.activeElement.id === "tab-past" && document.getElementById("panel-past").checkVisibility()`)
	press("and round again", kb.ArrowRight, 1, `document.activeElement.id === "tab-todo"`)
	browsertest.Do(t, ctx, "go to the menu", chromedp.Focus(`#handover summary`))
	press("Enter opens it", kb.Enter, 1, `document.getElementById("handover").open`)
	press("Escape closes it", kb.Escape, 1, `!document.getElementById("handover").open && document.activeElement.matches("#handover summary")`)
	noViolations(t, ctx)
}
