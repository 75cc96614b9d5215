package desk_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// fakeNotifications stands in for the machine's own, which no headless browser shows.
const fakeNotifications = `(() => {
  window.told = [];
  window.Notification = class { constructor(title, options) { window.told.push(title + " / " + options.body); this.close = () => {}; window.lastNote = this; } };
  Notification.permission = "default";
  Notification.requestPermission = async () => (Notification.permission = "granted");
  return true;
})()`

func TestTheDeskCountsDownAndCallsWhoeverIsOnDuty(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	const soon = 4 * time.Second // long enough to be seen counting down
	o.cases.Ladder = casework.Ladder{Within: map[risk.Level]time.Duration{risk.Imminent: time.Hour, risk.High: soon, risk.Medium: 2 * time.Hour}}
	signIn(t, ctx, o)
	arrives(t, ctx, "the switch for notifications", `document.getElementById("notify")`)
	browsertest.Do(t, ctx, "allow notifications", browsertest.Until(fakeNotifications), browsertest.Until(`(document.getElementById("notify").hidden = false, true)`),
		browsertest.Click(`#notify`), browsertest.Until(`document.getElementById("notify").getAttribute("aria-pressed") === "true"`))

	first := o.person(t, "openid-1", person.Student)
	urgent := o.signal(t, first, risk.Imminent, "示例", "示例原因：提到身处高处", "k1")
	browsertest.Do(t, ctx, "a new case is told by alias and level", browsertest.Until(`window.told.length === 1 && window.told[0] === "紧急 · `+urgent.Alias+` / 新的个案等您确认"`),
		browsertest.Until(`/^还剩 59 分 \d\d 秒$/.test(document.querySelector("#q-`+urgent.ID+` .waiting").textContent)`))
	second := o.person(t, "openid-2", person.Parent)
	late := o.signal(t, second, risk.High, "示例", "示例原因：说出不想活下去", "k2")
	browsertest.Do(t, ctx, "the high one is told, and counts down below the imminent one",
		browsertest.Until(`window.told.some((t) => t.startsWith("高危 · `+late.Alias+`"))`),
		browsertest.Until(`document.querySelector(".case-link").dataset.case === "`+urgent.ID+`"`))
	browsertest.Do(t, ctx, "once overdue it is told again, and still stands below the fresh imminent one",
		browsertest.Until(`document.querySelector("#q-`+late.ID+`").classList.contains("overdue")`),
		browsertest.Until(`document.querySelector(".case-link").dataset.case === "`+urgent.ID+`"`),
		browsertest.Until(`/^已超时 \d+ 秒$/.test(document.querySelector("#q-`+late.ID+` .waiting").textContent)`),
		browsertest.Until(`window.told.includes("高危 · `+late.Alias+` / 超过时间还没有人确认")`))
	look(t, ctx, "overdue-1440", 1440, 900)
	look(t, ctx, "overdue-390", 390, 844)
	noViolations(t, ctx)

	me := casework.Actor{ID: o.me(t), Name: "示例值班员"}
	if _, err := o.cases.Take(t.Context(), urgent.ID, me); err != nil {
		t.Fatal(err)
	}
	if _, err := o.cases.Take(t.Context(), late.ID, me); err != nil {
		t.Fatal(err)
	}
	for _, k := range []casework.Case{urgent, late} {
		if err := o.cases.Say(t.Context(), k.ID, me, "我在。", "say-"+k.ID); err != nil {
			t.Fatal(err)
		}
	}
	browsertest.Do(t, ctx, "answered cases press nobody", browsertest.Until(`!document.querySelector(".case-link.overdue, time[data-until]")`),
		browsertest.Click(`#q-`+urgent.ID), browsertest.Visible(`#text`), chromedp.SendKeys(`#text`, "还没写完的话"))
	o.hears(t, second, late.ID, "老师你在吗")
	browsertest.Do(t, ctx, "a message in my other conversation is seen and told at once",
		browsertest.Until(`document.querySelector("#q-`+late.ID+` .badge")?.textContent.startsWith("1")`),
		browsertest.Until(`window.told.includes("高危 · `+late.Alias+` / 您的对话里有新消息")`))
	browsertest.Do(t, ctx, "what I was typing is still there", browsertest.Until(`document.getElementById("text").value === "还没写完的话"`))
	if told, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`window.told.some((t) => /老师你在吗|示例原因/.test(t))`)); err != nil || told {
		t.Errorf("a notification quotes what somebody wrote (%v)", err)
	}
	browsertest.Do(t, ctx, "a click on the notification opens the case", browsertest.Until(`(window.lastNote.onclick(), true)`))
	arrives(t, ctx, "the case that was told of", `document.getElementById("case")?.dataset.id === "`+late.ID+`"`)
}

// me is the staff ID of who signed in.
func (o *office) me(t *testing.T) string {
	t.Helper()
	a, err := o.staff.Store.ByName(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}
