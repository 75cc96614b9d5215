package desk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// visits is somebody new who wrote on the web page, from a network.
func (o *office) visits(t *testing.T, who, network string, level risk.Level, text string) casework.Case {
	t.Helper()
	p, err := o.db.People().Resolve(t.Context(), channel.Address{Channel: "web", Account: "chat", User: channel.UserKey(who)})
	if err != nil {
		t.Fatal(err)
	}
	m := transcript.Message{ID: o.newID(), Person: p.ID, From: transcript.FromPerson, Text: text, Inbound: "in-" + who, At: time.Now()}
	if err := o.db.Messages().Append(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	c, err := o.cases.Raise(t.Context(), casework.Signal{
		Person: p.ID, Level: level, Subject: risk.Self, Rule: "intent.self", Reason: "明确说出不想活下去", Message: m.ID, Key: "visit-" + who,
		Unproved: true, Origin: network,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// busyEvening fills the desk: people who wait, a flood of new visitors, conversations of mine and of colleagues.
func busyEvening(t *testing.T, o *office) map[string]casework.Case {
	t.Helper()
	ctx := t.Context()
	me := casework.Actor{ID: o.me(t), Name: "示例老师"}
	li, mei := casework.Actor{ID: "li", Name: "李老师"}, casework.Actor{ID: "mei", Name: "梅老师"}
	says := func(key string, a person.Audience, l risk.Level, s risk.Subject, text string) casework.Case {
		who := o.person(t, key, a)
		c := o.signal(t, who, l, text, "示例原因："+l.Label(), key)
		if s != risk.Self {
			c.Subject = s
			if err := o.db.Cases().Update(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	must := func(_ casework.Case, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]casework.Case{
		"high":     says("high", person.Student, risk.High, risk.Self, "我把药都放在桌上了，就看着它们，谁也别来找我了，我真的很累很累，不想再撑下去了"),
		"imminent": says("imminent", person.Student, risk.Imminent, risk.Self, "我在天台上，风好大"),
		"medium":   says("medium", person.Parent, risk.Medium, risk.Other, "孩子最近总说活着没意思，我不知道怎么接"),
		"low":      says("low", person.Unknown, risk.Low, risk.Unknown, "我想和老师说说话"),
		"mine":     says("mine", person.Student, risk.High, risk.Self, "老师我到家了"),
		"offered":  says("offered", person.Parent, risk.High, risk.Other, "她还在哭，我该进去吗"),
		"theirs":   says("theirs", person.Student, risk.Medium, risk.Self, "其实我没跟别人讲过"),
		"promised": says("promised", person.Parent, risk.Medium, risk.Other, "他把自己锁在房间里了"),
		"back":     says("back", person.Student, risk.Low, risk.Self, "谢谢老师，我去睡了"),
	}
	must(o.cases.Take(ctx, out["mine"].ID, me))
	must(o.cases.Take(ctx, out["offered"].ID, li))
	must(o.cases.Offer(ctx, out["offered"].ID, li, me, casework.Handing{Note: "我要交班了，她女儿刚缓下来", Key: "offer"}))
	must(o.cases.Take(ctx, out["theirs"].ID, mei))
	must(o.cases.Acknowledge(ctx, out["promised"].ID, li))
	must(o.cases.Take(ctx, out["back"].ID, mei))
	must(o.cases.HandBack(ctx, out["back"].ID, mei, "好好休息。"))
	o.hears(t, person.Person{ID: out["mine"].Person}, out["mine"].ID, "您还在吗？我有点怕")
	for i := range 12 {
		out["flood"] = o.visits(t, fmt.Sprintf("flood-%d", i), []string{"net-a", "net-b"}[i%6/5], risk.High, "我不想活了哈哈哈")
	}
	out["visitor"] = o.visits(t, "visitor", "net-c", risk.Medium, "睡不着，一直在想那件事")
	return out
}

func TestTheQueueStandsInFourGroupsAndEveryCaseIsFoundInThreeSteps(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	signIn(t, ctx, o)
	look(t, ctx, "queue-empty-1280", 1280, 800)
	look(t, ctx, "queue-empty-390", 390, 844)
	noViolations(t, ctx)
	ks := busyEvening(t, o)
	order := func(group string, keys ...string) chromedp.Action[chromedp.Void] {
		ids := ""
		for _, k := range keys {
			ids += ks[k].ID + " "
		}
		return browsertest.Until(`[...document.querySelectorAll("[data-group=` + group + `] > ol > li > .case-link")].map((a) => a.dataset.case + " ").join("") === "` + ids + `"`)
	}
	browsertest.Do(t, ctx, "the four groups fill live",
		order("nobody", "imminent", "high", "medium", "visitor", "low"), order("mine", "offered", "mine"), order("colleagues", "theirs"), order("seen", "promised", "back"),
		browsertest.Until(`document.querySelector("#g-nobody .count").textContent === "17"`),
		browsertest.Until(`document.querySelector("#fold-high summary").textContent.includes("12 件") && document.querySelector("#fold-high summary").textContent.includes("来自 2 个网络")`),
		browsertest.Until(`document.querySelector("#q-`+ks["imminent"].ID+` .quote").textContent === "我在天台上，风好大"`),
		browsertest.Until(`document.querySelector("#q-`+ks["offered"].ID+`").dataset.offered === "1" && document.querySelector("#q-`+ks["offered"].ID+` .owner").textContent === "等您接班"`),
		browsertest.Until(`document.querySelector("#q-`+ks["promised"].ID+` .owner").textContent === "李老师说了收到"`))
	rows, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](`[...document.querySelectorAll(".queue .case-link")].filter((a) => a.checkVisibility()).map((a) => a.getBoundingClientRect().height)`))
	if err != nil || len(rows) == 0 {
		t.Fatalf("measure the rows: %v", err)
	}
	for _, h := range rows {
		if h < 52 || h > 60 {
			t.Errorf("a row is %.0f px high, want about 56", h)
		}
	}
	look(t, ctx, "queue-full-1280", 1280, 900)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "the visitors open", browsertest.Click(`#fold-high summary`), browsertest.Visible(`#fold-high .case-link`))
	look(t, ctx, "queue-open-fold-1280", 1280, 1100)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "they stay open while the queue comes again", chromedp.Evaluate[chromedp.Void](`htmx.ajax("GET", "/desk/queue", {target: "#queue", swap: "innerMorph"})`, chromedp.EvalAwaitPromise),
		browsertest.Until(`document.getElementById("fold-high").open`))

	closed := lastMonthsCase(t, o)
	browsertest.Do(t, ctx, "a case of last month in three steps: type and Enter, then a click", chromedp.SendKeys(`#find`, closed.Alias[len("同学·"):]+"\r"))
	arrives(t, ctx, "what was found", `location.pathname === "/desk/search" && document.querySelectorAll(".found .case-link").length === 1`)
	look(t, ctx, "search-found-1280", 1280, 800)
	browsertest.Do(t, ctx, "open it", browsertest.Click(`.found .case-link`))
	arrives(t, ctx, "the case of last month", `document.getElementById("case")?.dataset.id === "`+closed.ID+`"`)

	browsertest.Do(t, ctx, "the search by its filters", chromedp.Navigate(o.url+"/desk/search?status=open&level=high"), browsertest.Visible(`.found .case-link`))
	look(t, ctx, "search-filters-1280", 1280, 900)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "a search that finds nothing", chromedp.Navigate(o.url+"/desk/search?q=%23999999"), browsertest.Visible(`.empty`))
	look(t, ctx, "search-nothing-1280", 1280, 800)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "the list of visitors", chromedp.Navigate(o.url+"/desk/search?group=visitors"), browsertest.Visible(`.found .case-link`))
	look(t, ctx, "visitors-1280", 1280, 900)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "no such page", chromedp.Navigate(o.url+"/desk/nowhere"), browsertest.Visible(`[role=alert]`))
	look(t, ctx, "missing-1280", 1280, 800)
	noViolations(t, ctx)
	sweepTheFlood(t, ctx, o)
	onAPhone(t, ctx, o)
}

// lastMonthsCase is one that was closed weeks ago.
func lastMonthsCase(t *testing.T, o *office) casework.Case {
	t.Helper()
	who := o.person(t, "last-month", person.Student)
	c := o.signal(t, who, risk.Medium, "那天谢谢老师", "示例原因", "last-month")
	if _, err := o.cases.Take(t.Context(), c.ID, casework.Actor{ID: o.me(t), Name: "示例老师"}); err != nil {
		t.Fatal(err)
	}
	if err := o.cases.Say(t.Context(), c.ID, casework.Actor{ID: o.me(t), Name: "示例老师"}, "我在。", "say-last-month"); err != nil {
		t.Fatal(err)
	}
	c, err := o.cases.Close(t.Context(), c.ID, casework.Actor{ID: o.me(t), Name: "示例老师"}, casework.Closing{
		Outcome: casework.OutcomeSafe, Report: casework.ReportNotAsked, Reason: "已面谈", Key: "close-last-month",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sweepTheFlood(t *testing.T, ctx context.Context, o *office) {
	t.Helper()
	browsertest.Do(t, ctx, "the page of a sweep", chromedp.Navigate(o.url+"/desk/sweep"), browsertest.Visible(`.origins`),
		browsertest.Until(`document.querySelectorAll(".origins > li").length === 3`))
	look(t, ctx, "sweep-1280", 1280, 1000)
	look(t, ctx, "sweep-390", 390, 844)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "sweep the network with the most", browsertest.Click(`.origins > li:first-child input`), chromedp.SendKeys(`textarea[name=reason]`, "两分钟里发来十条一样的话"), browsertest.Click(`main form.stack .primary`))
	arrives(t, ctx, "what the sweep came to", `document.querySelector(".done")?.textContent.includes("已结案 10 件")`)
	look(t, ctx, "sweep-done-1280", 1280, 800)
	noViolations(t, ctx)
}

func onAPhone(t *testing.T, ctx context.Context, o *office) {
	t.Helper()
	browsertest.Do(t, ctx, "hold a phone", chromedp.EmulateViewport(390, 844))
	for _, p := range []struct{ name, path, there string }{
		{"queue", "/desk", ".case-link"}, {"search", "/desk/search", ".found .case-link"}, {"visitors", "/desk/search?group=visitors", ".found"},
		{"tasks", "/desk/tasks", ".list"}, {"me", "/desk/me", ".list"}, {"letters", "/desk/letters", ".list"},
	} {
		browsertest.Do(t, ctx, p.name+" on a phone", chromedp.Navigate(o.url+p.path), browsertest.Visible(p.there), browsertest.Visible(`nav.tabs`),
			browsertest.Until(`document.documentElement.scrollWidth <= 390`), browsertest.Until(`document.querySelector("nav.tabs").getBoundingClientRect().bottom <= 845`))
		look(t, ctx, "phone-"+p.name+"-390", 390, 844)
		noViolations(t, ctx)
	}
	browsertest.Do(t, ctx, "the bottom bar says who waits for me", chromedp.Navigate(o.url+"/desk"), browsertest.Visible(`.case-link`),
		browsertest.Until(`document.querySelector("[data-tab=mine]").textContent.startsWith("2")`),
		browsertest.Click(`#drawer summary`), browsertest.Visible(`#drawer nav`), browsertest.Until(`document.querySelector("#drawer nav").textContent.includes("示例老师")`))
	look(t, ctx, "phone-menu-390", 390, 844)
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "Escape closes the menu", chromedp.KeyEvent("\x1b"), browsertest.Until(`!document.getElementById("drawer").open`),
		browsertest.Click(`nav.tabs a[href="/desk#g-mine"]`), browsertest.Until(`location.hash === "#g-mine"`))
	browsertest.Do(t, ctx, "a conversation has the whole screen", browsertest.Click(`#g-mine .case-link`), browsertest.Visible(`#case`), browsertest.Until(`!document.querySelector("nav.tabs").checkVisibility()`))
}
